// A student's first page: the hackathons one may take part in, and those one has taken part in.
import { el } from '../elements.js';
import { all, get } from '../api.js';
import { badge, count, period } from './wording.js';
import { participant } from './profile.js';

function card(hackathon) {
  return el('li', { class: 'card' },
    el('h3', {}, el('a', { href: `#/hackathons/${hackathon.id}` }, hackathon.nom)),
    el('p', { class: 'row' }, badge(hackathon.statut), el('span', { class: 'small' }, period(hackathon))),
    hackathon.description ? el('p', {}, hackathon.description) : null,
    el('p', { class: 'small' }, `${count(hackathon.taches.length, 'tâche')} · ${count(hackathon.quotas.promptsParEtudiant, 'prompt')} · ${count(hackathon.quotas.tokensParEtudiant, 'token')} par personne`));
}

const list = (hackathons, empty) => (hackathons.length
  ? el('ul', { class: 'cards' }, hackathons.map(card))
  : el('p', { class: 'empty' }, empty));

export async function hackathons({ signal }) {
  const [known, active, everything] = await Promise.all([
    participant(signal),
    get('/hackathons?actif=true&limit=100', { signal }).then(({ data }) => data.hackathons),
    all('/hackathons', 'hackathons', { most: 300, signal }),
  ]);
  const open = new Set(active.map(({ id }) => id));
  const trials = everything.filter(({ statut }) => statut === 'Test');
  const others = everything.filter(({ id, statut }) => !open.has(id) && statut !== 'Test');
  return [
    el('h1', {}, 'Hackathons'),
    known?.consentementRGPD ? null : el('p', { class: 'notice' }, 'Avant de participer, complétez ', el('a', { href: '#/profil' }, 'votre profil et votre consentement'), '.'),
    el('h2', {}, 'En ce moment'),
    list(active, 'Aucun hackathon n’est ouvert pour l’instant.'),
    trials.length ? [el('h2', {}, 'En test'), list(trials)] : null,
    others.length ? [el('h2', {}, 'Autres hackathons'), list(others)] : null,
  ];
}
