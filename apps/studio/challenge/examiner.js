// The jury's hackathons, and an examiner's queue in one: copies without names, in an order of the examiner's own.
import { el } from '../elements.js';
import { all, get } from '../api.js';
import { badge, count, period, taskLabel, time } from './wording.js';

/** The hackathons that are, or will be, graded. */
export async function jury({ signal }) {
  const everything = await all('/hackathons', 'hackathons', { most: 300, signal });
  const graded = everything.filter(({ statut }) => ['En cours', 'Terminé', 'Archivé'].includes(statut));
  return [
    el('h1', {}, 'Jury'),
    graded.length
      ? el('ul', { class: 'cards' }, graded.map((hackathon) => el('li', { class: 'card' },
        el('h2', {}, el('a', { href: `#/jury/${hackathon.id}` }, hackathon.nom)),
        el('p', { class: 'row' }, badge(hackathon.statut), el('span', { class: 'small' }, period(hackathon))),
        hackathon.anonymatActif ? el('p', { class: 'small' }, 'Copies anonymes') : null)))
      : el('p', { class: 'empty' }, 'Aucun hackathon à évaluer pour l’instant.'),
  ];
}

const STATES = [
  ['claimed', 'Réservées pour vous', 'Rien de réservé.'],
  ['open', 'À évaluer', 'Plus aucune copie libre.'],
  ['graded', 'Évaluées par vous', 'Pas encore d’évaluation.'],
];

function item(hackathon, { conversationId, tacheId, claimedUntil, evaluationCount }, number) {
  return el('li', { class: 'card' },
    el('h3', {}, el('a', { href: `#/jury/${hackathon.id}/${conversationId}` }, `Copie ${number}`)),
    el('p', {}, taskLabel(hackathon, tacheId)),
    claimedUntil ? el('p', { class: 'small' }, 'Réservée jusqu’au ', time(claimedUntil)) : null,
    evaluationCount === undefined ? null : el('p', { class: 'small' }, count(evaluationCount, 'évaluation')));
}

export async function queue({ id, signal }) {
  const [{ data: { hackathon } }, { data: { assignments } }] = await Promise.all([
    get(`/hackathons/${id}`, { signal }),
    get(`/hackathons/${id}/assignments`, { signal }),
  ]);
  const numbered = assignments.map((assignment, index) => ({ ...assignment, number: index + 1 }));
  const graded = assignments.filter(({ state }) => state === 'graded').length;
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/jury' }, 'Jury')),
    el('h1', {}, hackathon.nom),
    el('p', { class: 'row' }, badge(hackathon.statut), el('span', {}, `${count(graded, 'copie évaluée', 'copies évaluées')} sur ${assignments.length}`)),
    STATES.map(([state, heading, empty]) => {
      const some = numbered.filter((assignment) => assignment.state === state);
      return [el('h2', {}, heading), some.length
        ? el('ul', { class: 'cards' }, some.map((assignment) => item(hackathon, assignment, assignment.number)))
        : el('p', { class: 'empty' }, empty)];
    }),
  ];
}
