// A student's conversation with a model.
import { el, replace, announce, button } from '../elements.js';
import { get } from '../api.js';
import { signedIn } from '../session.js';
import { failureNotice } from '../shell/failure.js';
import { quotaMeters } from './charts.js';
import { ask, settled, stop } from './exchange.js';
import { handedIn, handInForm, leakNotice } from './hand-in.js';
import { messagesOf, messageView } from './messages.js';
import { figure, taskLabel } from './wording.js';

const LONGEST = 16_000;

/** Lets the page grow; who looks at its end goes on doing so, who reads further up is left there. */
function following(grow) {
  const page = document.documentElement;
  const atEnd = page.scrollHeight - window.scrollY - window.innerHeight < 120;
  grow();
  if (atEnd) window.scrollTo({ top: page.scrollHeight, behavior: 'instant' });
}

export async function conversation({ id, signal }) {
  let { data: { conversation: present } } = await get(`/conversations/${id}`, { signal });
  const [{ data: { hackathon } }, messages] = await Promise.all([
    get(`/hackathons/${present.hackathonId}`, { signal }),
    messagesOf(id, signal),
  ]);
  const own = present.studentId === signedIn().id;
  const quota = el('section', { class: 'card quota' }, el('h2', {}, 'Votre quota'), el('div', {}));
  // Answers tell what is left in the hackathon; what is left of the account's own budget is asked for.
  let account = null;
  const showQuota = (left) => replace(quota.lastChild, quotaMeters(left, account));
  const askQuota = async () => {
    const { data } = await get(`/hackathons/${hackathon.id}/quota`, { signal });
    account = data.compte;
    showQuota(data.quota);
  };
  if (own) await askQuota();

  const final = el('div', {});
  const place = el('div', {});
  const log = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages' });
  let lastPrompt = '';
  let inFlight = null;

  function choose(message, prompt) {
    const close = () => replace(final, submitted());
    const panel = handInForm(present, prompt, message.content, {
      done: (updated, warnings) => {
        present = updated;
        replace(final, leakNotice(warnings), submitted());
        draw();
      },
      cancel: close,
    });
    replace(final, panel.node);
    panel.node.scrollIntoView({ block: 'start' });
    panel.focus();
  }

  const submitted = () => (present.versionFinale.soumisLe ? handedIn(present.versionFinale) : []);
  const open = ['En cours', 'Test'].includes(hackathon.statut) && !present.archived;
  const choosable = (message) => own && open && message.role === 'assistant' && message.content && message.state !== 'streaming';
  const chosen = (prompt) => (message) => (choosable(message)
    ? button('Choisir cette réponse', () => choose(message, prompt), { kind: 'quiet' }) : null);

  function show(message) {
    if (message.role === 'student') lastPrompt = message.content;
    const view = messageView(message, { actions: chosen(lastPrompt) });
    log.append(view.node);
    return view;
  }

  function showAll(list) {
    replace(log);
    list.forEach(show);
    if (!list.length) log.append(el('p', { class: 'empty' }, 'Écrivez votre premier prompt ci-dessous.'));
  }

  const text = el('textarea', { id: 'prompt', rows: 4, required: true, maxlength: LONGEST, 'aria-describedby': 'prompt-count' });
  const counter = el('span', { id: 'prompt-count', class: 'small' });
  const sendButton = el('button', { type: 'submit', class: 'primary' }, 'Envoyer');
  const stopButton = button('Arrêter', () => (inFlight ? stop(id, inFlight) : null), { kind: 'danger', failed: (error) => replace(place, failureNotice(error)) });
  const composer = el('form', { class: 'composer card' },
    el('label', { for: 'prompt' }, 'Votre prompt'), text,
    el('div', { class: 'actions' }, sendButton, stopButton, counter, el('span', { class: 'small keys' }, 'Ctrl + Entrée pour envoyer')));
  const tally = () => { counter.textContent = `${figure(text.value.length)} / ${figure(LONGEST)} caractères`; };

  function draw() {
    const busy = Boolean(inFlight);
    composer.hidden = !own || !open || Boolean(present.versionFinale.soumisLe);
    sendButton.disabled = busy;
    stopButton.hidden = !busy;
    log.setAttribute('aria-busy', String(busy));
    tally();
  }

  /** After a cut or a reload: what the service has kept in the meantime. */
  async function catchUp() {
    draw();
    present = await settled(id, signal);
    inFlight = null;
    showAll(await messagesOf(id, signal));
    await askQuota();
    announce('La réponse est terminée');
  }

  async function sendPrompt() {
    const content = text.value;
    if (!content.trim() || inFlight) return;
    replace(place);
    log.querySelector('.empty')?.remove();
    inFlight = 'asked';
    draw();
    let view = null;
    try {
      await ask(id, content, {
        signal,
        start: (messageId) => {
          inFlight = messageId;
          text.value = '';
          tally();
          show({ role: 'student', content, state: 'complete' });
          view = show({ role: 'assistant', content: '', state: 'streaming' });
          view.node.scrollIntoView({ block: 'end' });
        },
        delta: (piece) => following(() => view?.append(piece)),
        done: ({ message, quota: left }) => {
          if (view) view.settle(message);
          showQuota(left);
          announce(message.state === 'stopped' ? 'Réponse arrêtée' : 'Réponse terminée');
        },
      });
      if (account.tokensAuthorized !== null) await askQuota();
      // Sent before, when no answer came through: it has been there since.
      if (!view) {
        text.value = '';
        await catchUp();
      }
    } catch (error) {
      if (signal.aborted) return;
      replace(place, failureNotice(error));
      // What arrived before a failure is kept, and the reason stands beside it.
      if (view || ['CUT', 'TIMEOUT', 'CONVERSATION_BUSY'].includes(error.code)) await catchUp();
      if (error.details.retryable && !text.value) text.value = content;
    } finally {
      inFlight = null;
      if (!signal.aborted) {
        draw();
        text.focus();
      }
    }
  }

  composer.addEventListener('submit', (event) => {
    event.preventDefault();
    sendPrompt();
  });
  text.addEventListener('input', tally);
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });

  showAll(messages);
  replace(final, submitted());
  if (present.enCours) {
    inFlight = present.enCours;
    catchUp().catch((error) => replace(place, failureNotice(error))).finally(() => draw());
  }
  draw();
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/hackathons' }, 'Hackathons'), ' › ', el('a', { href: `#/hackathons/${hackathon.id}` }, hackathon.nom)),
    el('h1', {}, taskLabel(hackathon, present.tacheId)),
    el('p', { class: 'small' }, `${present.modelName} · température ${figure(present.temperature)} · réponses de ${figure(present.maxTokens)} tokens au plus`),
    el('div', { class: 'split chat' },
      el('div', {}, final, log, place, composer),
      own ? quota : null),
  ];
}
