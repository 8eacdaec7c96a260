// The wardrobe: every garment, by category, name or brand.
import { el, replace } from '../elements.js';
import { get } from '../api.js';
import { go } from '../router.js';
import { field, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { growing } from '../shell/more.js';
import { count, figure } from '../shell/wording.js';
import { handOver } from './add-garments.js';
import { engines, garmentCard } from './garments.js';
import { hasFiles, picturesIn } from './photos.js';
import { choices } from './choices.js';
import { CATEGORIES } from './wording.js';

const LIMIT = 24;
const PAUSE = 300;
const ORDERS = [['', 'Les plus récents'], ['oldest', 'Les plus anciens'], ['name', 'Par nom']];

/** The address that shows this choice; the plain one for none. */
function addressOf(wanted) {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  return `#/garde-robe${query.size ? `?${query}` : ''}`;
}

const nothingYet = () => el('div', { class: 'blank' },
  el('h2', {}, 'Votre garde-robe est vide'),
  el('p', {}, 'Photographiez un vêtement à plat, sur un fond uni et bien éclairé. Quelques secondes plus tard, vous pourrez l’essayer.'),
  el('p', { class: 'actions' }, el('a', { class: 'button primary', href: '#/garde-robe/ajouter' }, 'Ajouter un vêtement')));

export async function wardrobe({ query, signal }) {
  const wanted = { categorie: query.get('categorie') ?? '', marque: query.get('marque') ?? '', q: query.get('q') ?? '', tri: query.get('tri') ?? '' };
  const [{ data: { categories } }, { served }] = await Promise.all([get('/clothing/stats', { signal }), engines(signal)]);
  const total = categories.reduce((sum, { count: number }) => sum + number, 0);
  const told = el('p', { class: 'small', role: 'status' });
  const place = el('div', {});

  const path = (after) => {
    const asked = { limit: LIMIT, after, category: wanted.categorie, brand: wanted.marque, q: wanted.q.trim(), sort: wanted.tri };
    return `/clothing?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
  };
  const list = growing({
    class: 'pieces',
    fetchPage: (after) => get(path(after), { signal }).then(({ data, pagination }) => ({ items: data.clothing, pagination })),
    item: (garment) => garmentCard(garment, { tryable: served.has(garment.category) }),
    empty: () => (total ? el('p', { class: 'empty' }, 'Aucun vêtement ne correspond.') : nothingYet()),
    told: (number) => { told.textContent = total ? count(number, 'vêtement') : ''; },
  });

  const show = () => {
    // The choice stays in the address, for the way back to it.
    history.replaceState(null, '', addressOf(wanted));
    brand.hidden = !wanted.marque;
    replace(place);
    return list.begin().catch((error) => signal.aborted || replace(place, failureNotice(error)));
  };

  const words = field('Rechercher', { type: 'search', value: wanted.q, maxlength: 100, placeholder: 'Nom ou marque' });
  let pause = null;
  words.input.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      wanted.q = words.input.value;
      show();
    }, PAUSE);
  });
  signal.addEventListener('abort', () => clearTimeout(pause), { once: true });
  const order = field('Trier', { control: select(ORDERS, { value: wanted.tri }) });
  order.input.addEventListener('change', () => {
    wanted.tri = order.input.value;
    show();
  });
  const numbers = Object.fromEntries(categories.map(({ category, count: number }) => [category, number]));
  const kinds = choices('Catégorie', [
    ['', 'Tout', figure(total)],
    ...Object.entries(CATEGORIES).filter(([category]) => numbers[category]).map(([category, label]) => [category, label, figure(numbers[category])]),
  ], wanted.categorie, (value) => {
    wanted.categorie = value;
    show();
  });
  const brand = el('p', { class: 'row' }, el('span', { class: 'badge' }, `Marque : ${wanted.marque}`), el('a', { href: '#/garde-robe' }, 'Toutes les marques'));
  brand.hidden = !wanted.marque;

  // Photos may be dropped right here, too.
  const listen = (type, listener) => window.addEventListener(type, listener, { signal });
  listen('dragover', (event) => hasFiles(event) && event.preventDefault());
  listen('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const pictures = picturesIn(event.dataTransfer);
    if (!pictures.length) return;
    handOver(pictures);
    go('/garde-robe/ajouter');
  });

  await list.begin();
  return [
    el('div', { class: 'heading' },
      el('div', {}, el('h1', {}, 'Garde-robe'), told),
      total ? el('a', { class: 'button primary', href: '#/garde-robe/ajouter' }, 'Ajouter un vêtement') : null),
    total ? el('div', { class: 'filters' }, kinds, el('div', { class: 'filters-fields' }, words.node, order.node)) : null,
    brand, place, list.node,
  ];
}
