// The leaderboard, with every key that decides a place.
import { el } from '../elements.js';
import { table } from '../shell/table.js';
import { figure, taskLabel, time } from './wording.js';

const COLUMNS = [
  ['Rang'], ['Candidat', 'name'], ['Tâche'], ['Moyenne', 'figure'], ['Médiane', 'figure'], ['Évaluations', 'figure'], ['Tokens', 'figure'], ['Rendue le'],
];

/** The pseudonym, and who it is where that may be told. */
const candidate = ({ pseudonyme, prenom, nom, divergent }) => el('span', {}, pseudonyme,
  nom ? el('span', { class: 'small' }, ` ${prenom} ${nom}`) : null,
  divergent ? [' ', el('span', { class: 'badge test', title: 'Les notes diffèrent d’au moins 3 points' }, '3ᵉ avis')] : null);

const rank = ({ rang }) => (rang === null ? el('span', { title: 'Pas encore assez d’évaluations' }, '–') : el('strong', {}, String(rang)));

/** The table; a conversation without enough notes stands below, without a rank. */
export function leaderboardTable(hackathon, board) {
  if (!board.rows.length) return el('p', { class: 'empty' }, 'Aucune version rendue.');
  return [
    el('p', { class: 'small' }, `Moyenne ${figure(board.averageNote)} · de ${figure(board.minNote)} à ${figure(board.maxNote)} · ${figure(board.totalEvaluations)} évaluations. À égalité de moyenne comptent la médiane, puis le moins de tokens, puis la première rendue.`),
    table('Classement', COLUMNS, board.rows.map((row) => [
      rank(row), candidate(row), taskLabel(hackathon, row.tacheId), figure(row.moyenne), figure(row.mediane), figure(row.evaluations), figure(row.tokens), time(row.soumisLe),
    ])),
  ];
}
