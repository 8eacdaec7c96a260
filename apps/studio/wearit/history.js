// Every try-on, newest first, and how those under way come along.
import { el, replace } from '../elements.js';
import { get } from '../api.js';
import { failureNotice } from '../shell/failure.js';
import { growing } from '../shell/more.js';
import { count } from '../shell/wording.js';
import { choices } from './choices.js';
import { garmentsOf } from './garments.js';
import { tryonOf, watch } from './live.js';
import { tryonCard } from './tryon-card.js';
import { isFinal } from './wording.js';

const LIMIT = 24;
const FILTERS = [['', 'Tous'], ['processing', 'En cours'], ['pending', 'En attente'], ['completed', 'Prêts'], ['failed', 'Échoués'], ['cancelled', 'Annulés']];

const nothing = (title, text) => el('div', { class: 'blank' },
  el('h2', {}, title), el('p', {}, text),
  el('p', { class: 'actions' }, el('a', { class: 'button primary', href: '#/essayer' }, 'Essayer un vêtement')));

const tabs = (present) => el('nav', { class: 'tabs', 'aria-label': 'Essayages' },
  [['/essayages', 'Historique'], ['/favoris', 'Favoris']].map(([path, label]) => el('a', { href: `#${path}`, 'aria-current': path === present ? 'page' : null }, label)));

/** Cards with the names of what they show; known names are kept from page to page. */
function cards(signal) {
  const garments = new Map();
  const known = new Map();
  const learn = async (tryons) => {
    const missing = tryons.flatMap(({ clothing_ids: ids }) => ids).filter((id) => !garments.has(id));
    (await garmentsOf(missing, signal)).forEach((garment, id) => garments.set(id, garment));
  };
  const card = (tryon) => {
    const made = tryonCard(tryon, garments);
    known.set(tryon.id, { ...made, tryon });
    return made.node;
  };
  return { learn, card, known };
}

export async function tryons({ query, signal }) {
  const garment = query.get('vetement');
  let status = query.get('etat') ?? '';
  const told = el('p', { class: 'small', role: 'status' });
  const place = el('div', {});
  const { learn, card, known } = cards(signal);

  const list = growing({
    class: 'pieces',
    fetchPage: async (after) => {
      const asked = { limit: LIMIT, after, status, clothing_id: garment };
      const { data, pagination } = await get(`/tryon?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`, { signal });
      await learn(data.tryons);
      return { items: data.tryons, pagination };
    },
    item: card,
    empty: () => (status ? el('p', { class: 'empty' }, 'Aucun essayage dans cet état.') : nothing('Aucun essayage pour l’instant', 'Choisissez un vêtement de votre garde-robe : l’image se fait en quelques secondes.')),
    told: (total) => { told.textContent = total ? count(total, 'essayage') : ''; },
  });
  const filter = choices('État', FILTERS, status, (value) => {
    status = value;
    replace(place);
    const asked = new URLSearchParams(Object.entries({ etat: status, vetement: garment }).filter(([, said]) => said));
    history.replaceState(null, '', `#/essayages${asked.size ? `?${asked}` : ''}`);
    list.begin().catch((error) => signal.aborted || replace(place, failureNotice(error)));
  });

  await list.begin();
  const changed = (tryon) => {
    const shown = known.get(tryon.id);
    if (!shown || (isFinal(shown.tryon) && !isFinal(tryon))) return;
    known.set(tryon.id, { ...shown, tryon });
    shown.update(tryon);
  };
  watch({
    signal,
    changed,
    deleted: (id) => known.get(id)?.node.remove(),
    poll: async () => {
      const open = [...known.values()].filter(({ tryon, node }) => !isFinal(tryon) && node.isConnected).slice(0, 5);
      await Promise.all(open.map(async ({ tryon }) => changed(await tryonOf(tryon.id, signal))));
    },
  });
  return [
    el('div', { class: 'heading' },
      el('div', {}, el('h1', {}, 'Essayages'), told),
      el('a', { class: 'button primary', href: '#/essayer' }, 'Nouvel essayage')),
    tabs('/essayages'),
    garment ? el('p', { class: 'row' }, el('span', { class: 'badge' }, 'D’un seul vêtement'), el('a', { href: '#/essayages' }, 'Tous les essayages')) : null,
    el('div', { class: 'filters' }, filter),
    place, list.node,
  ];
}

export async function favorites({ signal }) {
  const told = el('p', { class: 'small', role: 'status' });
  const { learn, card } = cards(signal);
  const list = growing({
    class: 'pieces',
    fetchPage: async (after) => {
      const { data, pagination } = await get(`/favorites?limit=${LIMIT}${after ? `&after=${encodeURIComponent(after)}` : ''}`, { signal });
      const items = data.favorites.map(({ tryon }) => tryon);
      await learn(items);
      return { items, pagination };
    },
    item: card,
    empty: () => nothing('Aucun favori pour l’instant', 'Marquez d’un cœur les essayages qui vous plaisent : ils vous attendront ici.'),
    told: (total) => { told.textContent = total ? count(total, 'favori') : ''; },
  });
  await list.begin();
  return [
    el('div', { class: 'heading' },
      el('div', {}, el('h1', {}, 'Favoris'), told),
      el('a', { class: 'button primary', href: '#/essayer' }, 'Nouvel essayage')),
    tabs('/favoris'), list.node,
  ];
}
