// One garment: its picture, what it is called, and what it looks like on.
import { el, button, replace } from '../elements.js';
import { get, json, patch, remove } from '../api.js';
import { go } from '../router.js';
import { confirm, field, form, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { fileButton } from '../shell/file-button.js';
import { toast } from '../shell/toast.js';
import { time } from '../shell/wording.js';
import { prepared } from './photos.js';
import { engines } from './garments.js';
import { chartOf, chartText, sizeHints } from './sizes.js';
import { tryonCard } from './tryon-card.js';
import { KINDS } from './wording.js';

/** A button that takes another photo for it. */
function anotherPhoto(id, changed, signal) {
  const place = el('div', {});
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Envoi de la photo' });
  bar.hidden = true;

  async function take([file]) {
    replace(place);
    const { file: made, fault } = await prepared(file);
    if (fault) {
      replace(place, el('p', { class: 'notice failure', role: 'alert' }, fault));
      return;
    }
    const body = new FormData();
    body.append('image', made, made.name);
    bar.hidden = false;
    try {
      const progress = (share) => { bar.value = share; };
      changed((await json('PUT', `/clothing/${id}/image`, { form: body, signal, progress })).data.clothing);
      toast('La photo est remplacée.');
    } catch (error) {
      if (error.name !== 'AbortError') replace(place, failureNotice(error));
    } finally {
      bar.hidden = true;
    }
  }

  return el('div', {}, fileButton('Remplacer la photo', { take }), bar, place);
}

export async function garment({ id, signal }) {
  const [{ data }, { served }, shown] = await Promise.all([
    get(`/clothing/${id}`, { signal }),
    engines(signal),
    get(`/tryon?clothing_id=${id}&limit=6`, { signal }),
  ]);
  let own = data.clothing;
  const title = el('h1', {}, own.name);
  const picture = el('img', { class: 'sheet-picture', alt: `Photo de ${own.name}`, width: 800, height: 800 });
  const facts = el('p', { class: 'row' });
  const sizes = el('div', {});
  const actions = el('p', { class: 'actions' });
  const place = el('div', {});

  function draw() {
    title.textContent = own.name;
    if (picture.dataset.at !== own.updated_at) {
      picture.src = own.image_url;
      picture.dataset.at = own.updated_at;
    }
    replace(facts,
      el('span', { class: 'badge' }, KINDS[own.category]),
      own.brand ? el('a', { href: `#/garde-robe?marque=${encodeURIComponent(own.brand)}` }, own.brand) : null,
      el('span', { class: 'small' }, 'Ajouté le ', time(own.created_at)));
    replace(sizes, sizeHints(own));
    replace(actions, served.has(own.category)
      ? el('a', { class: 'button primary', href: `#/essayer?vetement=${id}` }, 'Essayer ce vêtement')
      : el('span', { class: 'small' }, 'Aucun moteur d’essayage ne prend cette catégorie pour l’instant.'));
  }

  const name = field('Nom', { name: 'name', value: own.name, required: true, maxlength: 200 });
  const kind = field('Catégorie', { name: 'category', control: select(Object.entries(KINDS), { value: own.category }) });
  const brand = field('Marque', { name: 'brand', value: own.brand, maxlength: 100, hint: 'Facultatif.' });
  // Where the service knows of sizes.
  const chart = 'size_chart' in own ? field('Guide des tailles', {
    name: 'size_chart',
    control: el('textarea', { rows: 3, value: chartText(own.size_chart), placeholder: 'S ; poitrine 86-94 ; tour de taille 70-78' }),
    hint: 'Facultatif, en cm. Une taille par ligne : son nom, puis poitrine, tour de taille, hanches, taille.',
  }) : null;
  const send = async () => {
    const said = { name: name.input.value.trim(), category: kind.input.value, brand: brand.input.value.trim() || null };
    if (chart) said.size_chart = chartOf(chart.input.value);
    own = (await patch(`/clothing/${id}`, said)).data.clothing;
    draw();
    toast('Le vêtement est enregistré.');
  };
  const discard = button('Supprimer', async () => {
    const sure = await confirm(`Supprimer « ${own.name} » ?`, 'Les essayages en cours de ce vêtement sont annulés ; les images déjà faites restent.', 'Supprimer', { kind: 'danger' });
    if (!sure) return;
    await remove(`/clothing/${id}`);
    toast(`« ${own.name} » est supprimé.`);
    go('/garde-robe');
  }, { kind: 'danger', failed: (error) => replace(place, failureNotice(error)) });

  draw();
  const names = new Map([[id, own]]);
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/garde-robe' }, 'Garde-robe')),
    el('div', { class: 'sheet' },
      el('div', {}, picture),
      el('div', {},
        title, facts, sizes, actions,
        el('section', { class: 'card' }, el('h2', {}, 'Modifier'), form([name, kind, brand, chart].filter(Boolean), { submit: 'Enregistrer', send })),
        el('div', { class: 'actions' }, anotherPhoto(id, (changed) => { own = changed; draw(); }, signal), discard),
        place)),
    shown.data.tryons.length ? [
      el('h2', {}, 'Essayages de ce vêtement'),
      el('ul', { class: 'pieces' }, shown.data.tryons.map((tryon) => tryonCard(tryon, names).node)),
      shown.pagination.next ? el('p', {}, el('a', { href: `#/essayages?vetement=${id}` }, 'Tous les essayages de ce vêtement')) : null,
    ] : null,
  ];
}
