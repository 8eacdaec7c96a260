// A hackathon as its organiser sees it: where it is, how far it has come, what came of it.
import { el, announce, button, replace } from '../elements.js';
import { get, post, remove } from '../api.js';
import { confirm } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { go } from '../router.js';
import { bars } from './charts.js';
import { exportForm } from './export.js';
import { agreementView, similarityView } from './jury-quality.js';
import { leaderboardTable } from './leaderboard.js';
import { badge, figure, NEXT, period, time } from './wording.js';

const AGAIN = 15_000;

const ACTIONS = {
  'En cours': ['Démarrer', 'Les étudiants peuvent écrire ; les tâches ne changent plus.'],
  'Test': ['Mettre en test', 'Ouvert aux essais ; rien de ce qui s’y fait ne compte.'],
  'Brouillon': ['Remettre en brouillon', 'Les essais sont effacés de la vue des étudiants.'],
  'Terminé': ['Terminer', 'Plus aucun prompt ni aucune version finale ; le jury continue.'],
  'Archivé': ['Archiver', 'Tout devient lecture seule.'],
};

/** Conversations begun and handed in, and how many evaluations they have: one request each, however many there are. */
async function progress(hackathon, signal) {
  const [{ pagination }, { data: { assignments } }] = await Promise.all([
    get(`/hackathons/${hackathon.id}/conversations?limit=1`, { signal }),
    get(`/hackathons/${hackathon.id}/assignments`, { signal }),
  ]);
  const evaluated = (least) => assignments.filter(({ evaluationCount }) => evaluationCount >= least).length;
  const evaluations = assignments.reduce((sum, { evaluationCount }) => sum + evaluationCount, 0);
  const ofTask = (id) => assignments.filter(({ tacheId }) => tacheId === id);
  return el('div', { class: 'charts' },
    bars('Avancement', [
      { label: 'Conversations commencées', value: pagination.total, limit: pagination.total },
      { label: 'Versions finales rendues', value: assignments.length, limit: pagination.total },
      { label: 'Évaluées au moins une fois', value: evaluated(1), limit: assignments.length },
      { label: 'Évaluées au moins deux fois', value: evaluated(2), limit: assignments.length },
      { label: 'Évaluations données', value: evaluations },
    ]),
    bars('Versions rendues par tâche',
      hackathon.taches.map(({ id, label }) => ({ label, value: ofTask(id).length, limit: assignments.length }))));
}

/** What is shown when a part of the page is not there yet. */
const part = (promise, show) => promise.then(show, (error) => (error.status === 404 ? el('p', { class: 'empty' }, 'Pas encore disponible.') : failureNotice(error)));

async function resultsView(hackathon, signal) {
  const path = `/hackathons/${hackathon.id}`;
  return Promise.all([
    part(get(`${path}/leaderboard`, { signal }), ({ data }) => [
      leaderboardTable(hackathon, data),
      data.rows.length > 1 ? [el('h3', {}, 'Prompts semblables'), similarityView(hackathon, data, signal)] : null,
    ]),
    part(get(`${path}/agreement`, { signal }), ({ data }) => [el('h3', {}, 'Accord du jury'), agreementView(data)]),
  ]);
}

export async function organisedHackathon({ id, query, signal }) {
  let { data: { hackathon } } = await get(`/hackathons/${id}`, { signal });
  const place = el('div', { role: 'status' });
  const state = el('p', { class: 'row' });
  const actions = el('p', { class: 'actions' });
  const figures = el('div', {});
  const results = el('div', {});
  const failed = (error) => replace(place, failureNotice(error));

  /** The hackathon as it is then; none when somebody is grading and the organiser would rather wait. */
  async function moveTo(to) {
    try {
      return (await post(`/hackathons/${id}/statut`, { statut: to })).data.hackathon;
    } catch (error) {
      if (to !== 'Archivé' || error.code !== 'INVALID_TRANSITION') throw error;
    }
    if (!await confirm('Des évaluations sont en cours', 'Archiver quand même ? Elles ne pourront plus être données.', 'Archiver quand même')) return null;
    return (await post(`/hackathons/${id}/statut`, { statut: to, force: true })).data.hackathon;
  }

  const move = (to) => button(ACTIONS[to][0], async () => {
    if (!await confirm(`${ACTIONS[to][0]} « ${hackathon.nom} » ?`, ACTIONS[to][1], ACTIONS[to][0])) return;
    const moved = await moveTo(to);
    if (!moved) return;
    hackathon = moved;
    replace(place);
    announce(`Statut : ${to}`);
    await draw();
  }, { kind: ['En cours', 'Terminé'].includes(to) ? 'primary' : '', failed });

  const publish = button('Publier les résultats', async () => {
    if (!await confirm('Publier les résultats ?', 'Le classement est figé et visible de tous ; les notes ne changent plus.', 'Publier')) return;
    await post(`/hackathons/${id}/results/publish`, undefined);
    hackathon = (await get(`/hackathons/${id}`, { signal })).data.hackathon;
    replace(place, el('p', { class: 'notice' }, 'Les résultats sont publiés.'));
    await draw();
  }, { kind: 'primary', failed });

  const discard = button('Supprimer', async () => {
    if (!await confirm(`Supprimer « ${hackathon.nom} » ?`, 'Seul un hackathon sans conversation se supprime.', 'Supprimer')) return;
    await remove(`/hackathons/${id}`);
    go('/organisation');
  }, { kind: 'quiet', failed });

  const refresh = async () => replace(figures, await part(progress(hackathon, signal), (charts) => charts));

  async function draw() {
    replace(state, badge(hackathon.statut), el('span', { class: 'small' }, period(hackathon)),
      hackathon.resultatsPubliesLe ? el('span', { class: 'badge running' }, 'Publié le ', time(hackathon.resultatsPubliesLe)) : null);
    replace(actions,
      hackathon.statut === 'Terminé' && !hackathon.resultatsPubliesLe ? publish : null,
      NEXT[hackathon.statut].map(move),
      el('a', { class: 'button', href: `#/organisation/${id}/modifier` }, 'Modifier'),
      hackathon.statut === 'Brouillon' ? discard : null);
    const [shown] = await Promise.all([hackathon.statut === 'Brouillon' ? [] : resultsView(hackathon, signal), refresh()]);
    replace(results, shown);
  }

  await draw();
  const timer = setInterval(() => {
    if (!document.hidden && hackathon.statut !== 'Archivé') refresh();
  }, AGAIN);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/organisation' }, 'Organisation')),
    el('h1', {}, hackathon.nom),
    state, actions, place,
    query.has('quotas') ? el('p', { class: 'notice' }, 'Le quota de tokens est juste pour ce nombre de prompts : ils pourraient manquer avant.') : null,
    hackathon.description ? el('p', { class: 'prewrap' }, hackathon.description) : null,
    el('p', { class: 'small' }, `${figure(hackathon.quotas.promptsParEtudiant)} prompts et ${figure(hackathon.quotas.tokensParEtudiant)} tokens par étudiant · ${hackathon.anonymatActif ? 'notation anonyme' : 'notation non anonyme'}`),
    el('h2', {}, 'Progression'), figures,
    el('h2', {}, 'Résultats'), results,
    el('h2', {}, 'Exporter'), exportForm(hackathon),
  ];
}
