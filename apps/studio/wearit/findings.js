// What was found on a photo, with what to do about it.
import { el } from '../elements.js';
import { finding, unusable } from './wording.js';

function item(code) {
  const known = finding(code);
  if (!known) return el('li', { lang: 'en' }, code.replaceAll('_', ' '));
  return el('li', {}, el('strong', {}, known.what), ' ', known.advice);
}

/** A notice of findings, or that there are none. */
export function findingsView(codes, { fine = 'Cette photo convient très bien.' } = {}) {
  if (!codes.length) return el('p', { class: 'notice good' }, fine);
  const bad = unusable(codes);
  return el('div', { class: bad ? 'notice failure' : 'notice warning' },
    el('p', {}, el('strong', {}, bad ? 'Cette photo ne convient pas à un essayage' : 'Cette photo peut servir, mais :')),
    el('ul', {}, codes.map(item)));
}
