// A hackathon as a student sees it: the tasks, what is left of the quota, one's conversations, and the results once they are published.
import { el } from '../elements.js';
import { all, get, keyed, post } from '../api.js';
import { field, form, select } from '../shell/forms.js';
import { go } from '../router.js';
import { badge, count, figure, period, taskLabel, time } from './wording.js';
import { quotaMeters } from './charts.js';
import { participant } from './profile.js';
import { leaderboardTable } from './leaderboard.js';

/** Null where the caller has none yet. */
const orNull = (promise) => promise.catch((error) => {
  if ([403, 404].includes(error.status)) return null;
  throw error;
});

function conversationItem(hackathon, conversation) {
  const submitted = conversation.versionFinale.soumisLe;
  return el('li', { class: 'card' },
    el('h3', {}, el('a', { href: `#/conversations/${conversation.id}` }, taskLabel(hackathon, conversation.tacheId))),
    el('p', { class: 'row' },
      el('span', { class: submitted ? 'badge running' : 'badge' }, submitted ? 'Rendue' : 'En cours'),
      el('span', { class: 'small' }, `${conversation.modelName} · ${count(conversation.messageCount, 'message')} · ${count(conversation.statistiquesIA.tokensTotal, 'token')}`)),
    el('p', { class: 'small' }, submitted ? ['Rendue le ', time(submitted)] : ['Modifiée le ', time(conversation.updatedAt)]));
}

/** The form that begins a conversation: what a model takes depends on the model. */
function beginning(hackathon, models) {
  const once = keyed();
  const task = field('Tâche', { name: 'tacheId', control: select(hackathon.taches.map(({ id, label }) => [id, label]), { required: true }) });
  const model = field('Modèle', { name: 'modelName', control: select(models.map(({ modelName }) => [modelName, modelName])) });
  const temperature = field('Température', { name: 'temperature', type: 'number', step: 0.1, required: true, hint: 'Bas : constant. Haut : varié.' });
  const tokens = field('Longueur de réponse (tokens)', { name: 'maxTokens', type: 'number', min: 50, max: 4000, value: 512, required: true });
  const fit = () => {
    const { temperature: range, maxOutput } = models.find(({ modelName }) => modelName === model.input.value);
    temperature.node.hidden = !range;
    temperature.input.disabled = !range;
    temperature.input.min = Math.max(0.1, range?.min ?? 0.1);
    temperature.input.max = Math.min(2, range?.max ?? 2);
    temperature.input.value = Math.min(0.7, temperature.input.max);
    tokens.input.max = Math.min(4000, maxOutput);
    tokens.input.value = Math.min(tokens.input.valueAsNumber || 512, tokens.input.max);
  };
  model.input.addEventListener('change', fit);
  fit();
  const send = async () => {
    const body = {
      hackathonId: hackathon.id,
      tacheId: task.input.value,
      modelName: model.input.value,
      temperature: temperature.input.disabled ? undefined : temperature.input.valueAsNumber,
      maxTokens: tokens.input.valueAsNumber,
    };
    const { data } = await once(body, (key) => post('/conversations', body, { key }));
    go(`/conversations/${data.conversation.id}`);
  };
  return form([task, el('div', { class: 'columns' }, model.node, temperature.node, tokens.node), ...hiddenFields(model, temperature, tokens)],
    { submit: 'Commencer la conversation', send, 'aria-label': 'Commencer une conversation' });
}

/** Fields that are laid out elsewhere but belong to the form's faults. */
const hiddenFields = (...fields) => fields.map((one) => ({ ...one, node: '' }));

async function results(hackathon, signal) {
  if (!hackathon.resultatsPubliesLe) return null;
  const [board, notes] = await Promise.all([
    orNull(get(`/hackathons/${hackathon.id}/leaderboard`, { signal })),
    orNull(all(`/evaluations?hackathonId=${hackathon.id}`, 'evaluations', { signal })),
  ]);
  return [
    el('h2', {}, 'Résultats'),
    notes?.length ? [el('h3', {}, 'Vos évaluations'), el('ul', { class: 'cards' }, notes.map((one) => el('li', { class: 'card' },
      el('p', {}, el('strong', {}, `${figure(one.note)} / 10 · ${one.label}`), ` — ${taskLabel(hackathon, one.tacheId)}`),
      el('p', {}, one.comment))))] : null,
    board ? leaderboardTable(hackathon, board.data) : null,
  ];
}

export async function studentHackathon({ id, signal }) {
  const [{ data: { hackathon } }, { data: { models } }, quota, known, conversations] = await Promise.all([
    get(`/hackathons/${id}`, { signal }),
    get('/models', { signal }),
    orNull(get(`/hackathons/${id}/quota`, { signal })),
    participant(signal),
    all(`/conversations?hackathonId=${id}`, 'conversations', { signal }),
  ]);
  const open = ['En cours', 'Test'].includes(hackathon.statut);
  const begin = () => (known?.consentementRGPD
    ? beginning(hackathon, models)
    : el('p', { class: 'notice' }, 'Pour participer, complétez d’abord ', el('a', { href: `#/profil?puis=/hackathons/${id}` }, 'votre profil et votre consentement'), '.'));
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/hackathons' }, 'Hackathons')),
    el('h1', {}, hackathon.nom),
    el('p', { class: 'row' }, badge(hackathon.statut), el('span', { class: 'small' }, period(hackathon)), hackathon.anonymatActif ? el('span', { class: 'badge' }, 'Notation anonyme') : null),
    hackathon.description ? el('p', { class: 'prewrap' }, hackathon.description) : null,
    hackathon.objectifs ? [el('h2', {}, 'Objectifs'), el('p', { class: 'prewrap' }, hackathon.objectifs)] : null,
    await results(hackathon, signal),
    el('div', { class: 'split' },
      el('section', { class: 'card' },
        el('h2', {}, open ? 'Commencer une conversation' : 'Tâches'),
        open ? begin() : el('ul', {}, hackathon.taches.map(({ label }) => el('li', {}, label)))),
      quota ? el('section', { class: 'card quota' }, el('h2', {}, 'Votre quota'), quotaMeters(quota.data.quota, quota.data.compte)) : null),
    el('h2', {}, 'Vos conversations'),
    conversations.length
      ? el('ul', { class: 'cards' }, conversations.map((one) => conversationItem(hackathon, one)))
      : el('p', { class: 'empty' }, 'Aucune conversation pour l’instant.'),
  ];
}
