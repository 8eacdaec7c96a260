// WearIT on the first page: what it does, the first steps, and the newest pictures.
import { el } from '../elements.js';
import { get } from '../api.js';
import { bodyOf } from './body.js';
import { compare } from './compare.js';
import { garmentsOf } from './garments.js';
import { tryonCard } from './tryon-card.js';

/** A try-on to play with; both pictures were made by the project. */
export function demonstration() {
  return el('div', { class: 'demonstration' }, compare(
    { src: '/studio/wearit/demo-before.jpg', alt: 'Une personne dans son propre haut' },
    { src: '/studio/wearit/demo-after.jpg', alt: 'La même personne avec le vêtement essayé' },
  ));
}

function step(done, number, title, text, path, label) {
  return el('li', { class: done ? 'card step done' : 'card step' },
    el('p', { class: 'step-number', 'aria-hidden': 'true' }, done ? '✓' : String(number)),
    el('div', {},
      el('h3', {}, title, done ? el('span', { class: 'hidden-visually' }, ' : fait') : null),
      el('p', {}, text),
      done ? null : el('a', { href: `#${path}` }, label)));
}

/** The newest try-ons, or what to do first. */
export async function wearitPanel(signal) {
  const [body, { pagination: garments }, { data: { tryons } }] = await Promise.all([
    bodyOf(signal),
    get('/clothing?limit=1', { signal }),
    get('/tryon?limit=4', { signal }),
  ]);
  if (tryons.length) {
    const names = await garmentsOf(tryons.flatMap(({ clothing_ids: ids }) => ids), signal);
    return el('section', {},
      el('div', { class: 'heading' }, el('h2', {}, 'Vos derniers essayages'), el('a', { class: 'button primary', href: '#/essayer' }, 'Nouvel essayage')),
      el('ul', { class: 'pieces' }, tryons.map((tryon) => tryonCard(tryon, names).node)),
      el('p', {}, el('a', { href: '#/essayages' }, 'Tous les essayages')));
  }
  return el('section', {},
    el('h2', {}, 'Votre premier essayage en trois pas'),
    el('ol', { class: 'steps' },
      step(Boolean(body?.image_url), 1, 'Une photo de vous', 'Debout, de face, de la tête aux hanches au moins.', '/ma-photo', 'Ajouter ma photo'),
      step(garments.total > 0, 2, 'Un vêtement', 'À plat, sur un fond uni, bien éclairé.', '/garde-robe/ajouter', 'Ajouter un vêtement'),
      step(false, 3, 'L’essayage', 'Choisissez le vêtement ; l’image se fait en quelques secondes.', '/essayer', 'Essayer')));
}
