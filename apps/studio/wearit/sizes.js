// Which size of a garment would fit, and the chart its seller gives.
import { el } from '../elements.js';
import { figure } from '../shell/wording.js';

const MEASURES = { chest: 'poitrine', waist: 'tour de taille', hips: 'hanches', height: 'taille' };

const CHARTS = { garment: 'd’après son guide des tailles', en_13402_women: 'd’après les tailles européennes femme', en_13402_men: 'd’après les tailles européennes homme' };

const FITS = {
  good: 'devrait bien tomber',
  loose: 'devrait aller, un peu large',
  uneven: 'au plus près : vos mesures tombent dans des tailles éloignées',
  body_too_large: 'la plus grande, sans doute trop juste',
  body_too_small: 'la plus petite, sans doute trop large',
};

function hintView({ chart, size, fit, measured }) {
  const by = measured.map(({ measure, cm }) => `${MEASURES[measure] ?? measure} ${figure(cm)} cm`).join(', ');
  return el('li', {}, el('strong', {}, `Taille ${size}`), ` : ${FITS[fit] ?? fit}, ${CHARTS[chart] ?? chart}`, by ? el('span', { class: 'small' }, ` (${by})`) : null);
}

/** The hints of a garment; what is missing for one, where the service gives hints at all. */
export function sizeHints({ size_hints: hints, category }) {
  if (!hints || ['shoes', 'accessories'].includes(category)) return null;
  if (!hints.length) return el('p', { class: 'small' }, 'Donnez ', el('a', { href: '#/ma-photo' }, 'vos mesures'), ' pour savoir quelle taille choisir.');
  return el('ul', { class: 'hints' }, hints.map(hintView));
}

/** A chart as lines: `S ; poitrine 86-94 ; tour de taille 70-78`. */
export const chartText = (chart) => (chart ?? []).map(({ size, ...ranges }) => [
  size, ...Object.entries(ranges).map(([name, [from, to]]) => `${MEASURES[name]} ${from}-${to}`),
].join(' ; ')).join('\n');

const NAMES = Object.fromEntries(Object.entries(MEASURES).map(([name, label]) => [label, name]));

/** The chart of such lines, null for none; what is not understood is left to the service to refuse. */
export function chartOf(text) {
  const lines = text.split('\n').filter((line) => line.trim());
  if (!lines.length) return null;
  return lines.map((line) => {
    const [size, ...ranges] = line.split(';').map((part) => part.trim());
    return { size, ...Object.fromEntries(ranges.filter(Boolean).map((range) => {
      const [, label, from, to] = range.match(/^(.*?)\s+([\d.,]+)\s*(?:-|–|à)\s*([\d.,]+)(?:\s*cm)?$/) ?? [];
      const name = NAMES[label?.toLowerCase()] ?? range;
      return [name, [from, to].map((number) => Number(number?.replace(',', '.')))];
    })) };
  });
}
