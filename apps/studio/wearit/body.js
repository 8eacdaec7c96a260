// The photo of oneself, what was found on it, and one's measurements.
import { el, button, replace, announce } from '../elements.js';
import { get, json, patch, remove } from '../api.js';
import { go } from '../router.js';
import { confirm, field, form } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { toast } from '../shell/toast.js';
import { time } from '../shell/wording.js';
import { dropZone } from './drop-zone.js';
import { findingsView } from './findings.js';
import { prepared } from './photos.js';
import { unusable } from './wording.js';

const MEASURES = [
  ['height', 'Taille', 'cm', 50, 260], ['weight', 'Poids', 'kg', 20, 400], ['chest', 'Poitrine', 'cm', 10, 300], ['waist', 'Tour de taille', 'cm', 10, 300],
  ['hips', 'Hanches', 'cm', 10, 300], ['shoulders', 'Épaules', 'cm', 10, 300], ['arms', 'Bras', 'cm', 10, 300],
];

/** The caller's body, or null when there is none yet. */
export async function bodyOf(signal) {
  try {
    return (await get('/body', { signal })).data.body;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

const valueOf = (body, name) => body[name] ?? body.measurements[name] ?? null;

function measurements(body, changed) {
  const fields = MEASURES.map(([name, label, unit, min, max]) => field(`${label} (${unit})`, {
    name, type: 'number', inputmode: 'decimal', step: 0.1, min, max, value: valueOf(body, name),
  }));
  const send = async () => {
    const said = Object.fromEntries(fields.map(({ name, input }) => [name, input.value === '' ? null : input.valueAsNumber]));
    changed((await patch('/body', said)).data.body);
    toast('Vos mesures sont enregistrées.');
  };
  const laid = el('div', { class: 'columns' }, fields.map(({ node }) => node));
  return el('section', { class: 'card' },
    el('h2', {}, 'Vos mesures'),
    el('p', { class: 'small' }, 'Facultatives. Laissez vide ce que vous ne voulez pas dire.'),
    form([laid, ...fields.map((one) => ({ ...one, node: '' }))], { submit: 'Enregistrer les mesures', send }));
}

const guide = () => el('section', { class: 'guide' },
  el('h2', {}, 'Une bonne photo'),
  el('ul', { class: 'ticks' },
    el('li', {}, 'une seule personne, debout, de face'),
    el('li', {}, 'de la tête aux hanches au moins, les bras un peu écartés'),
    el('li', {}, 'nette, bien éclairée, sur un fond simple'),
    el('li', {}, 'dans quelque chose d’ajusté')));

export async function bodyPage({ query, signal }) {
  let body = await bodyOf(signal);
  const then = query.get('puis');
  const photo = el('div', { class: 'sheet-photo' });
  const found = el('div', { role: 'status' });
  const place = el('div', {});
  const beside = el('div', {});
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Envoi de la photo' });
  bar.hidden = true;

  async function take([file]) {
    replace(place);
    const { file: made, fault, notes } = await prepared(file);
    if (fault) {
      replace(place, el('p', { class: 'notice failure', role: 'alert' }, fault));
      return;
    }
    const shown = URL.createObjectURL(made);
    replace(photo, el('img', { src: shown, alt: 'La photo qui est envoyée', class: 'sheet-picture sending' }));
    replace(found, el('p', { class: 'notice' }, 'La photo est envoyée et examinée…'));
    bar.hidden = false;
    bar.value = 0;
    const content = new FormData();
    content.append('image', made, made.name);
    try {
      body = (await json('PUT', '/body', { form: content, signal, progress: (share) => { bar.value = share; } })).data.body;
      draw();
      if (notes.length) place.append(el('p', { class: 'small' }, notes.join(' ')));
      announce(body.photo_findings.length ? 'La photo est enregistrée, avec des remarques' : 'La photo est enregistrée');
    } catch (error) {
      if (error.name === 'AbortError') return;
      draw();
      replace(place, failureNotice(error));
    } finally {
      bar.hidden = true;
      URL.revokeObjectURL(shown);
    }
  }

  const zone = dropZone({
    label: 'Déposez une photo de vous',
    hint: 'JPEG, PNG ou WebP. Vous pouvez aussi coller une image (Ctrl + V).',
    facing: 'user',
    signal,
    take,
  });
  const discard = button('Supprimer ma photo et mes mesures', async () => {
    const sure = await confirm('Supprimer votre photo ?', 'Vos mesures partent avec elle, et les essayages en cours sont annulés. Les images déjà faites restent.', 'Supprimer', { kind: 'danger' });
    if (!sure) return;
    await remove('/body');
    toast('Votre photo et vos mesures sont supprimées.');
    go('/ma-photo');
  }, { kind: 'danger', failed: (error) => replace(place, failureNotice(error)) });

  function draw() {
    const usable = Boolean(body?.image_url) && !unusable(body.photo_findings);
    zone.classList.toggle('slim', usable);
    zone.querySelector('.drop-label').textContent = body?.image_url ? 'Changer de photo' : 'Déposez une photo de vous';
    replace(photo, body?.image_url ? el('img', { src: body.image_url, alt: 'Votre photo', class: 'sheet-picture' }) : null);
    photo.hidden = !body?.image_url;
    replace(found, body?.image_url ? findingsView(body.photo_findings) : null);
    replace(beside, body?.image_url
      ? [
        usable ? el('p', { class: 'actions' }, el('a', { class: 'button primary', href: then ? `#${then}` : '#/essayer' }, then ? 'Continuer l’essayage' : 'Essayer un vêtement')) : guide(),
        measurements(body, (changed) => { body = changed; }),
        el('p', { class: 'actions' }, discard),
        el('p', { class: 'small' }, 'Modifiée le ', time(body.updated_at)),
      ]
      : guide());
  }

  draw();
  return [
    el('h1', {}, 'Ma photo'),
    el('p', { class: 'lead' }, 'Les vêtements sont essayés sur cette photo. Elle n’est montrée à personne d’autre.'),
    el('div', { class: 'sheet' },
      el('div', {}, photo, bar, found, place, zone),
      beside),
  ];
}
