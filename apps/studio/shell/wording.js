// Numbers and times as they are read in French.
import { el } from '../elements.js';

const date = new Intl.DateTimeFormat('fr-FR', { dateStyle: 'medium', timeStyle: 'short' });
const number = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 });
const relative = new Intl.RelativeTimeFormat('fr-FR', { numeric: 'auto' });

/** A time of the API as it is read here. */
export const time = (text) => el('time', { datetime: text }, date.format(new Date(text)));

const STEPS = [['day', 86_400], ['hour', 3_600], ['minute', 60]];

/** How long ago a time of the API was, the time itself in its title; a week and more ago, the time. */
export function ago(text) {
  const at = new Date(text);
  const seconds = (at.getTime() - Date.now()) / 1000;
  if (seconds < -7 * 86_400) return time(text);
  const step = STEPS.find(([, length]) => -seconds >= length);
  const words = step ? relative.format(Math.round(seconds / step[1]), step[0]) : 'à l’instant';
  return el('time', { datetime: text, title: date.format(at) }, words);
}

/** A number; a dash for none. */
export const figure = (value) => (value === null || value === undefined ? '–' : number.format(value));

/** A count with its noun: 0 and 1 are singular in French. */
export const count = (value, one, many = `${one}s`) => `${number.format(value)} ${value < 2 ? one : many}`;
