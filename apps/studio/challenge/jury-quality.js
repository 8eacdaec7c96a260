// How far the jury agrees, and which final prompts are nearly the same: what an organiser looks at before publishing.
import { el, button, replace } from '../elements.js';
import { get } from '../api.js';
import { failureNotice } from '../shell/failure.js';
import { table } from '../shell/table.js';
import { count, figure, taskLabel } from './wording.js';

/** How to read an alpha (Krippendorff, Content Analysis, 2004, section 11.4.2). */
function reading(alpha) {
  if (alpha === null) return 'pas assez de notes à comparer';
  if (alpha >= 0.8) return 'accord fiable';
  return alpha >= 0.667 ? 'accord à confirmer' : 'accord faible';
}

const COLUMNS = [['Examinateur', 'name'], ['Notes', 'figure'], ['Moyenne', 'figure'], ['Écart type', 'figure'], ['Biais', 'figure']];

const examiner = (one, index) => [`Examinateur ${index + 1}`, figure(one.notes), figure(one.moyenne), figure(one.ecartType), figure(one.biais)];

export function agreementView({ compared, alpha, examinateurs, divergents }) {
  return [
    el('p', {}, 'Alpha de Krippendorff : ', el('strong', {}, figure(alpha.interval)), ` (${reading(alpha.interval)}), sur ${count(compared, 'copie')} à deux notes ou plus.`),
    divergents.length ? el('p', { class: 'notice' }, `${count(divergents.length, 'copie')} dont les notes diffèrent d’au moins 3 points : un troisième avis est utile.`) : null,
    examinateurs.length ? table('Examinateurs', COLUMNS, examinateurs.map(examiner)) : null,
  ];
}

function pairs(hackathon, task, board) {
  const who = (id) => board.rows.find((row) => row.conversationId === id)?.pseudonyme ?? id;
  return el('li', {}, `${taskLabel(hackathon, task.tacheId)} : ${count(task.total, 'paire')}`,
    el('ul', {}, task.paires.map((pair) => el('li', {}, `${who(pair.premiere)} et ${who(pair.seconde)} : ${Math.round(100 * pair.jaccard)} % en commun`))));
}

/** The search takes the service some work: only when it is asked for. */
export function similarityView(hackathon, board, signal) {
  const found = el('div', { role: 'status' });
  const search = button('Chercher les prompts semblables', async () => {
    const { data: { taches } } = await get(`/hackathons/${hackathon.id}/similarity`, { signal });
    const some = taches.filter(({ paires }) => paires.length);
    replace(found, some.length
      ? el('ul', {}, some.map((task) => pairs(hackathon, task, board)))
      : el('p', {}, 'Aucun prompt final n’est presque le même qu’un autre.'));
  }, { failed: (error) => replace(found, failureNotice(error)) });
  return [search, found];
}
