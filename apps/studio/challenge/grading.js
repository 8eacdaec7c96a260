// A copy: the whole conversation, the final version, and the examiner's own note on it.
import { el, announce, button, replace } from '../elements.js';
import { all, get, keyed, patch, post, remove } from '../api.js';
import { signedIn } from '../session.js';
import { confirm, field, form, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { go } from '../router.js';
import { messagesOf, messageView } from './messages.js';
import { figure, taskLabel, time } from './wording.js';

const SHORTEST = 10;
const LONGEST = 5000;

/** The legal notes with the scale's labels; half points have the label of the whole note below. */
function notes({ min, max, precision, labels }) {
  const steps = Math.round((max - min) / precision);
  return Array.from({ length: steps + 1 }, (_, step) => max - step * precision)
    .map((note) => [String(note), `${figure(note)} — ${labels[Math.floor(note)]}`]);
}

function noteForm(scale, id, known, done) {
  const once = keyed();
  const note = field('Note', {
    name: 'note',
    control: select([['', 'Choisir une note'], ...notes(scale)], { required: true, value: known ? String(known.note) : '' }),
  });
  const comment = field('Commentaire', {
    name: 'comment',
    control: el('textarea', { rows: 6, required: true, maxlength: LONGEST, value: known?.comment ?? '' }),
    hint: `De ${SHORTEST} à ${figure(LONGEST)} caractères.`,
  });
  const tally = el('p', { class: 'small', role: 'status' });
  const counted = () => {
    const length = [...comment.input.value.trim()].length;
    tally.textContent = `${figure(length)} caractères${length < SHORTEST ? `, encore ${SHORTEST - length} au moins` : ''}`;
  };
  comment.input.addEventListener('input', counted);
  counted();
  const send = async () => {
    const body = { note: Number(note.input.value), comment: comment.input.value };
    const { data } = known
      ? await patch(`/evaluations/${known.id}`, body, { version: known.version })
      : await once(body, (key) => post('/evaluations', { conversationId: id, ...body }, { key }));
    announce('Évaluation enregistrée');
    done(data.evaluation);
  };
  return form([note, comment, tally], { submit: known ? 'Modifier l’évaluation' : 'Enregistrer l’évaluation', send, 'aria-label': 'Évaluation' });
}

export async function copy({ id: hackathonId, copy: id, signal }) {
  const [{ data: { hackathon } }, { data: { conversation } }, messages, { data: { assignments } }, { data: scale }, given] = await Promise.all([
    get(`/hackathons/${hackathonId}`, { signal }),
    get(`/conversations/${id}`, { signal }),
    messagesOf(id, signal),
    get(`/hackathons/${hackathonId}/assignments`, { signal }),
    get('/evaluations/scale', { signal }),
    all(`/evaluations?hackathonId=${hackathonId}&examinerId=${signedIn().id}`, 'evaluations', { signal }),
  ]);
  const mine = assignments.find(({ conversationId }) => conversationId === id);
  const place = el('div', { role: 'status' });
  const panel = el('section', { class: 'card', 'aria-label': 'Votre évaluation' });
  const failed = (error) => replace(place, failureNotice(error));
  const back = `/jury/${hackathonId}`;

  const claim = button('Réserver 30 minutes', async () => {
    const { data: { assignment } } = await post(`/conversations/${id}/claim`, undefined);
    replace(place, el('p', { class: 'notice' }, 'Réservée pour vous jusqu’au ', time(assignment.claimedUntil), '.'));
  }, { failed });
  const recuse = button('Me récuser', async () => {
    const sure = await confirm('Vous récuser de cette copie ?', 'En cas de conflit d’intérêts. Elle quitte votre file définitivement.', 'Me récuser');
    if (!sure) return;
    await post(`/conversations/${id}/recuse`, undefined);
    announce('Vous êtes récusé de cette copie');
    go(back);
  }, { failed, kind: 'quiet' });

  function draw(known) {
    const open = ['En cours', 'Terminé'].includes(hackathon.statut) && !hackathon.resultatsPubliesLe;
    const withdraw = button('Retirer l’évaluation', async () => {
      if (!await confirm('Retirer votre évaluation ?', 'La note et le commentaire sont effacés.', 'Retirer')) return;
      await remove(`/evaluations/${known.id}`);
      draw(null);
    }, { failed, kind: 'quiet' });
    const summary = known ? el('p', { role: 'status' }, 'Votre note : ', el('strong', {}, `${figure(known.note)} / 10 · ${known.label}`), ', donnée le ', time(known.gradedAt), '.') : null;
    replace(panel,
      el('h2', {}, 'Votre évaluation'),
      summary,
      open
        ? [known ? el('div', { class: 'actions' }, withdraw) : el('div', { class: 'actions' }, claim, recuse), noteForm(scale, id, known, draw)]
        : el('p', {}, hackathon.resultatsPubliesLe ? 'Les résultats sont publiés : les notes ne changent plus.' : 'Le hackathon ne s’évalue pas maintenant.'),
      known ? el('p', {}, el('a', { href: `#${back}` }, 'Retour à la file')) : null);
  }

  draw(given.find(({ conversationId }) => conversationId === id) ?? null);
  if (mine?.claimedUntil) replace(place, el('p', { class: 'notice' }, 'Réservée pour vous jusqu’au ', time(mine.claimedUntil), '.'));
  const version = conversation.versionFinale;
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/jury' }, 'Jury'), ' › ', el('a', { href: `#${back}` }, hackathon.nom)),
    el('h1', {}, `Copie ${assignments.indexOf(mine) + 1 || ''}`),
    el('p', {}, taskLabel(hackathon, conversation.tacheId)),
    el('p', { class: 'small' }, `${conversation.modelName} · température ${figure(conversation.temperature)} · ${figure(conversation.statistiquesIA.tokensTotal)} tokens`),
    el('div', { class: 'split grade' },
      el('div', {},
        el('section', { class: 'card handed-in' },
          el('h2', {}, 'Version finale'),
          el('h3', {}, 'Prompt'), el('div', { class: 'text' }, version.promptFinal),
          el('h3', {}, 'Réponse'), el('div', { class: 'text' }, version.reponseIAFinale)),
        el('details', {},
          el('summary', {}, `Toute la conversation (${messages.length} messages)`),
          el('div', { class: 'log' }, messages.map((message) => messageView(message, { student: 'Candidat' }).node)))),
      el('div', { class: 'beside' }, panel, place)),
  ];
}
