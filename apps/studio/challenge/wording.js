// Numbers, times and statuses as they are read in French.
import { el } from '../elements.js';

const date = new Intl.DateTimeFormat('fr-FR', { dateStyle: 'medium', timeStyle: 'short' });
const number = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 });

/** A time of the API as it is read here. */
export const time = (text) => el('time', { datetime: text }, date.format(new Date(text)));

/** A number; a dash for none. */
export const figure = (value) => (value === null || value === undefined ? '–' : number.format(value));

/** A count with its noun: 0 and 1 are singular in French. */
export const count = (value, one, many = `${one}s`) => `${number.format(value)} ${value < 2 ? one : many}`;

/** A time of the API for an input of type `datetime-local`, which is in the person's own zone. */
export function localInput(text) {
  const at = new Date(text);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What an input of type `datetime-local` says, for the API. */
export const fromLocalInput = (text) => new Date(text).toISOString();

const CLASSES = { 'Brouillon': 'draft', 'Test': 'test', 'En cours': 'running', 'Terminé': 'finished', 'Archivé': 'archived' };

/** A hackathon's status as a badge. */
export const badge = (status) => el('span', { class: `badge ${CLASSES[status] ?? ''}` }, status);

/** What a task is called. */
export const taskLabel = (hackathon, id) => hackathon.taches.find((task) => task.id === id)?.label ?? id;

/** The statuses that may follow a status: the source's table. */
export const NEXT = {
  'Brouillon': ['En cours', 'Test'],
  'Test': ['En cours', 'Brouillon'],
  'En cours': ['Terminé'],
  'Terminé': ['Archivé'],
  'Archivé': [],
};

/** When a hackathon takes place. */
export const period = (hackathon) => el('span', {}, 'du ', time(hackathon.dates.debut), ' au ', time(hackathon.dates.fin));
