// Messages of a conversation.
import { el, replace } from '../elements.js';
import { all } from '../api.js';
import { count } from './wording.js';

const SPEAKERS = { student: 'Vous', assistant: 'Réponse', system: 'Service' };
const STATES = { streaming: 'en cours', stopped: 'arrêtée', failed: 'échouée', interrupted: 'interrompue' };

/** Every message of a conversation, the oldest first. */
export const messagesOf = (id, signal) => all(`/conversations/${id}/messages`, 'messages', { most: 5000, signal });

/** A message that can grow: `{node, append(text), settle(message)}`; `actions(message)` are what can be done with it. */
export function messageView(message, { student = SPEAKERS.student, actions } = {}) {
  const speaker = message.role === 'student' ? student : SPEAKERS[message.role];
  const text = el('div', { class: 'text' }, message.content);
  const foot = el('p', { class: 'small row' });
  const node = el('article', { class: `message ${message.role}`, 'data-state': message.state }, el('h2', {}, speaker), text, foot);
  const settle = (told) => {
    node.dataset.state = told.state ?? 'complete';
    text.textContent = told.content;
    const state = STATES[told.state];
    replace(foot,
      state ? el('span', { class: 'badge' }, state) : null,
      told.tokenCount === null || told.tokenCount === undefined ? null : el('span', {}, `${count(told.tokenCount, 'token')}${told.role === 'student' ? ' avec le contexte' : ''}${told.estimated ? ' (estimation)' : ''}`),
      told.finishReason === 'length' ? el('span', {}, 'coupée à la longueur demandée') : null,
      actions?.(told));
  };
  settle(message);
  return { node, settle, append: (piece) => { text.textContent += piece; } };
}
