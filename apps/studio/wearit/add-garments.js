// New garments: each photo becomes a draft with a name and a category; one after the other they are sent.
import { el, button, replace, announce } from '../elements.js';
import { json, keyed } from '../api.js';
import { field, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { count } from '../shell/wording.js';
import { dropZone } from './drop-zone.js';
import { prepared } from './photos.js';
import { engines } from './garments.js';
import { KINDS } from './wording.js';

/** Photos dropped on another page, on their way to this one. */
let handed = [];

/** Keeps photos for this page, which is shown next. */
export function handOver(files) {
  handed = files;
}

/** What a file is called, as a first guess at the garment's name: a camera's numbers are no name. */
function nameOf(file) {
  const words = file.name.replace(/\.\w+$/, '').replace(/[_-]+/g, ' ').trim();
  return /^(img|dsc|image|photo|pxl|screenshot|capture)?[\s\d]*$/i.test(words) ? '' : words.slice(0, 200);
}

let category = 'tops';

/** One garment on its way in. `served` are the categories some engine takes. */
function draft(file, { served, signal, gone, done }) {
  const once = keyed();
  const shown = URL.createObjectURL(file);
  signal.addEventListener('abort', () => URL.revokeObjectURL(shown), { once: true });
  const picture = el('img', { src: shown, alt: '', class: 'draft-picture' });
  const name = field('Nom', { name: 'name', value: nameOf(file), required: true, maxlength: 200 });
  const kind = field('Catégorie', { name: 'category', control: select(Object.entries(KINDS), { value: category, required: true }) });
  const brand = field('Marque', { name: 'brand', maxlength: 100, hint: 'Facultatif.' });
  const fields = [name, kind, brand];
  const place = el('div', {});
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Envoi de la photo' });
  bar.hidden = true;
  const drop = button('Retirer', () => {
    node.remove();
    gone(own);
  }, { kind: 'quiet' });
  const submit = el('button', { type: 'submit', class: 'primary' }, 'Ajouter');
  const form = el('form', { 'aria-label': `Nouveau vêtement, ${file.name}` }, el('div', { class: 'columns' }, fields.map((one) => one.node)), place, bar,
    el('div', { class: 'actions' }, submit, drop));
  const node = el('li', { class: 'card draft' }, picture, form);
  const unserved = () => replace(place, served.has(kind.input.value) ? null
    : el('p', { class: 'small' }, 'Cette catégorie se range dans la garde-robe, mais aucun moteur ne l’essaie pour l’instant.'));
  kind.input.addEventListener('change', unserved);

  let ready = null;

  async function prepare() {
    const { file: made, fault, notes } = await prepared(file);
    if (fault) {
      picture.hidden = true;
      submit.hidden = true;
      replace(form, el('p', {}, el('strong', {}, file.name)), el('p', { class: 'notice failure', role: 'alert' }, fault), el('div', { class: 'actions' }, drop));
      own.broken = true;
      return;
    }
    ready = made;
    unserved();
    if (notes.length) place.append(el('p', { class: 'small' }, notes.join(' ')));
  }

  async function send() {
    if (!form.reportValidity() || submit.disabled) return false;
    const said = { name: name.input.value.trim(), category: kind.input.value, brand: brand.input.value.trim() };
    const body = new FormData();
    Object.entries(said).forEach(([key, value]) => value && body.append(key, value));
    body.append('image', ready, ready.name);
    submit.disabled = true;
    drop.hidden = true;
    bar.hidden = false;
    bar.value = 0;
    fields.forEach((one) => one.fault(null));
    replace(place);
    try {
      const content = [said, ready.name, ready.size, ready.lastModified];
      const { data: { clothing } } = await once(content, (key) => json('POST', '/clothing', {
        form: body, key, signal, progress: (share) => { bar.value = share; },
      }));
      category = said.category;
      settle(clothing);
      return true;
    } catch (error) {
      if (error.name === 'AbortError') return false;
      const faults = error.details?.fields ?? [];
      fields.forEach((one) => one.fault(faults.some((fault) => fault.field === one.name) ? 'À corriger' : null));
      replace(place, failureNotice(error));
      return false;
    } finally {
      submit.disabled = false;
      drop.hidden = false;
      bar.hidden = true;
    }
  }

  function settle(clothing) {
    own.sent = true;
    node.classList.add('settled');
    replace(form,
      el('p', {}, el('strong', {}, clothing.name), ' est dans votre garde-robe.'),
      el('p', { class: 'actions' },
        served.has(clothing.category) ? el('a', { class: 'button primary', href: `#/essayer?vetement=${clothing.id}` }, 'L’essayer') : null,
        el('a', { class: 'button', href: `#/garde-robe/${clothing.id}` }, 'Voir')));
    announce(`${clothing.name} est ajouté`);
    done(own, form.querySelector('a'));
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  const own = { node, send, prepare, first: name.input, sent: false, broken: false };
  return own;
}

export async function addGarments({ signal }) {
  const { served } = await engines(signal);
  const list = el('ul', { class: 'drafts' });
  const everything = el('div', { class: 'actions' });
  let drafts = [];
  const waiting = () => drafts.filter(({ sent, broken }) => !sent && !broken);

  const sendAll = button('', async () => {
    for (const one of waiting()) {
      if (!await one.send()) return;
    }
  }, { kind: 'primary' });

  function tally() {
    sendAll.textContent = `Ajouter les ${waiting().length} vêtements`;
    replace(everything, waiting().length > 1 ? sendAll : null,
      drafts.some(({ sent }) => sent) ? el('a', { class: 'button', href: '#/garde-robe' }, 'Voir la garde-robe') : null);
  }

  async function take(files) {
    const added = files.map((file) => draft(file, {
      served,
      signal,
      gone: (own) => {
        drafts = drafts.filter((one) => one !== own);
        tally();
        (waiting()[0]?.first ?? zone.querySelector('input')).focus();
      },
      done: (own, link) => {
        tally();
        (waiting()[0]?.first ?? link)?.focus();
      },
    }));
    drafts = [...added, ...drafts];
    list.prepend(...added.map(({ node }) => node));
    await Promise.all(added.map(({ prepare }) => prepare()));
    tally();
    announce(`${count(added.length, 'photo')}, à nommer`);
    (added.find(({ broken }) => !broken) ?? added[0]).first.focus();
  }

  const zone = dropZone({
    label: 'Déposez vos photos ici',
    hint: 'JPEG, PNG ou WebP. Vous pouvez aussi coller une image (Ctrl + V).',
    multiple: true,
    signal,
    take,
  });
  if (handed.length) {
    take(handed);
    handed = [];
  }
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/garde-robe' }, 'Garde-robe')),
    el('h1', {}, 'Ajouter des vêtements'),
    zone,
    el('p', { class: 'small tips' }, 'Pour un bel essayage : le vêtement à plat, de face, entier, sur un fond uni d’une autre couleur, sans ombre marquée.'),
    list, everything,
  ];
}
