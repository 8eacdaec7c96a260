// Begins a try-on: on whom, and what.
import { el, replace } from '../elements.js';
import { get, keyed, post } from '../api.js';
import { go } from '../router.js';
import { field, form, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { growing } from '../shell/more.js';
import { bodyOf } from './body.js';
import { withConsent } from './consent.js';
import { findingsView } from './findings.js';
import { engines, garmentPicture } from './garments.js';
import { choices } from './choices.js';
import { CATEGORIES, KINDS } from './wording.js';

const LIMIT = 24;

function person(body, back) {
  if (!body?.image_url) {
    return el('div', { class: 'blank' },
      el('h3', {}, 'Il manque une photo de vous'),
      el('p', {}, 'Une photo debout, de face, suffit pour tous vos essayages.'),
      el('p', { class: 'actions' }, el('a', { class: 'button primary', href: `#/ma-photo?puis=${encodeURIComponent(back)}` }, 'Ajouter ma photo')));
  }
  return [
    el('img', { class: 'sheet-picture', src: body.image_url, alt: 'Votre photo' }),
    body.photo_findings.length ? findingsView(body.photo_findings) : null,
    el('p', {}, el('a', { href: `#/ma-photo?puis=${encodeURIComponent(back)}` }, 'Changer de photo')),
  ];
}

/** The options the models take: which model, where there are several, and a seed. */
function optionFields(models) {
  const model = models.length > 1
    ? field('Modèle', { name: 'options.model', control: select([['', 'Choisi pour vous'], ...models.map(({ model: name, provider }) => [name, `${name} (${provider})`])]) })
    : null;
  const seed = models.some(({ options }) => options.includes('seed'))
    ? field('Graine', { name: 'options.seed', type: 'number', min: 0, step: 1, hint: 'Facultatif. La même graine redonne la même image.' })
    : null;
  const value = () => {
    const said = {};
    if (model?.input.value) said.model = model.input.value;
    if (seed?.input.value) said.seed = seed.input.valueAsNumber;
    return Object.keys(said).length ? said : undefined;
  };
  return { fields: [model, seed].filter(Boolean), value };
}

export async function startTryon({ query, signal }) {
  const [body, { models, served, most }] = await Promise.all([bodyOf(signal), engines(signal)]);
  const chosen = new Map();
  const wanted = query.get('vetement');
  const place = el('div', {});
  const tally = el('span', { class: 'small', role: 'status' });
  const back = `/essayer${wanted ? `?vetement=${wanted}` : ''}`;
  let category = '';

  if (wanted) {
    const { data } = await get(`/clothing/${wanted}`, { signal });
    if (served.has(data.clothing.category)) chosen.set(wanted, data.clothing);
    else replace(place, el('p', { class: 'notice warning' }, `« ${data.clothing.name} » n’est d’aucune catégorie qui s’essaie pour l’instant.`));
  }

  const single = most === 1;
  function option(garment) {
    const input = el('input', { type: single ? 'radio' : 'checkbox', name: 'garment', value: garment.id, checked: chosen.has(garment.id) });
    input.addEventListener('change', () => {
      if (single) chosen.clear();
      if (input.checked) chosen.set(garment.id, garment);
      else chosen.delete(garment.id);
      // The first chosen makes room when there are too many.
      if (chosen.size > most) {
        const [first] = chosen.keys();
        chosen.delete(first);
        const other = list.list.querySelector(`input[value="${first}"]`);
        if (other) other.checked = false;
      }
      tell();
    });
    return el('li', { class: 'piece pick' }, el('label', {},
      input,
      el('span', { class: 'picture' }, garmentPicture(garment, '(max-width: 30rem) 45vw, 10rem')),
      el('span', { class: 'words' }, el('strong', {}, garment.name), el('span', { class: 'small' }, [garment.brand, KINDS[garment.category]].filter(Boolean).join(' · ')))));
  }
  const tell = () => {
    const names = [...chosen.values()].map(({ name }) => name);
    tally.textContent = names.length ? `Choisi : ${names.join(' et ')}` : 'Choisissez un vêtement.';
  };

  const list = growing({
    class: 'pieces small-pieces',
    fetchPage: async (after) => {
      const asked = { limit: LIMIT, after, category: category || (served.size === 1 ? [...served][0] : '') };
      const { data, pagination } = await get(`/clothing?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`, { signal });
      const items = data.clothing.filter((garment) => served.has(garment.category));
      // What was chosen before stands first, whatever page it is on.
      const first = after ? [] : [...chosen.values()].filter((garment) => !category || garment.category === category);
      return { items: [...first, ...items.filter(({ id }) => after || !first.some((one) => one.id === id))], pagination };
    },
    item: option,
    empty: () => el('div', { class: 'blank' },
      el('p', {}, 'Aucun vêtement à essayer ici.'),
      el('p', { class: 'actions' }, el('a', { class: 'button', href: '#/garde-robe/ajouter' }, 'Ajouter un vêtement'))),
  });
  const kinds = served.size > 1
    ? choices('Catégorie', [['', 'Tout'], ...Object.entries(CATEGORIES).filter(([name]) => served.has(name))], '', (value) => {
      category = value;
      list.begin().catch((error) => signal.aborted || replace(place, failureNotice(error)));
    })
    : null;

  const options = optionFields(models);
  const once = keyed();
  const send = async () => {
    replace(place);
    if (!chosen.size) {
      replace(place, el('p', { class: 'notice warning', role: 'alert' }, 'Choisissez d’abord un vêtement.'));
      list.list.querySelector('input')?.focus();
      return;
    }
    const asked = { clothing_ids: [...chosen.keys()], options: options.value() };
    const answer = await withConsent(() => once(asked, (key) => post('/tryon', asked, { key })));
    if (answer) go(`/essayages/${answer.data.tryon.id}`);
  };
  const extra = options.fields.length
    ? el('details', {}, el('summary', {}, 'Options'), el('div', { class: 'columns' }, options.fields.map(({ node }) => node)))
    : null;
  const begin = form([el('div', {}, kinds, list.node), extra, ...options.fields.map((one) => ({ ...one, node: '' }))].filter(Boolean),
    { submit: 'Lancer l’essayage', send, more: tally, 'aria-label': 'Essayage', class: 'start' });
  if (!body?.image_url) begin.querySelector('button[type="submit"]').disabled = true;
  tell();
  await list.begin();
  return [
    el('h1', {}, 'Essayer'),
    place,
    el('div', { class: 'sheet reversed' },
      el('section', {}, el('h2', {}, 'Sur vous'), person(body, back)),
      el('section', {}, el('h2', {}, single ? 'Quel vêtement ?' : `Quels vêtements ? (${most} au plus)`), begin)),
  ];
}
