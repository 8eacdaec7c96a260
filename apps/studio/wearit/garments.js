// Garments as cards, and their names where only their ids are known.
import { el } from '../elements.js';
import { get } from '../api.js';
import { KINDS } from './wording.js';

/** The picture of a garment: the small one first, the sharp one where there is room. */
export const garmentPicture = (garment, sizes) => el('img', {
  src: garment.thumbnail_url, srcset: `${garment.thumbnail_url} 200w, ${garment.image_url} 800w`, sizes, alt: '', loading: 'lazy', decoding: 'async', width: 200, height: 200,
});

/** A garment in the wardrobe; `tryable` when some engine takes its category. */
export function garmentCard(garment, { tryable }) {
  return el('li', { class: 'piece' },
    el('div', { class: 'picture' }, garmentPicture(garment, '(max-width: 30rem) 45vw, 14rem')),
    el('div', { class: 'words' },
      el('h2', {}, el('a', { href: `#/garde-robe/${garment.id}` }, garment.name)),
      el('p', { class: 'small' }, [garment.brand, KINDS[garment.category]].filter(Boolean).join(' · '))),
    tryable ? el('a', { class: 'button small-button', href: `#/essayer?vetement=${garment.id}`, 'aria-label': `Essayer ${garment.name}` }, 'Essayer') : null);
}

/** The models there are: `{served, most, models}`, asked once while the person is signed in. */
export async function engines(signal) {
  const { data: { capabilities } } = await get('/tryon/capabilities', { signal });
  return {
    models: capabilities,
    served: new Set(capabilities.flatMap(({ categories }) => categories)),
    most: Math.max(1, ...capabilities.map(({ max_garments: most }) => most)),
  };
}

/** Garments by id: those of a list are asked for at once, with one request where they are among the newest. */
export async function garmentsOf(ids, signal) {
  const found = new Map();
  const wanted = new Set(ids.filter(Boolean));
  if (!wanted.size) return found;
  if (wanted.size > 2) {
    const { data } = await get('/clothing?limit=100', { signal });
    data.clothing.filter(({ id }) => wanted.has(id)).forEach((garment) => found.set(garment.id, garment));
  }
  await Promise.all([...wanted].filter((id) => !found.has(id)).map(async (id) => {
    try {
      found.set(id, (await get(`/clothing/${id}`, { signal })).data.clothing);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }));
  return found;
}

/** What a try-on shows, in words. */
export function namesOf(tryon, garments) {
  const names = tryon.clothing_ids.map((id) => garments.get(id)?.name).filter(Boolean);
  return names.length ? names.join(' et ') : 'Vêtement supprimé';
}
