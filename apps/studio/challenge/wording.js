// Statuses and times of a hackathon as they are read in French.
import { el } from '../elements.js';
import { time } from '../shell/wording.js';

export { count, figure, time } from '../shell/wording.js';

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
