// One prompt and its answer as it comes in, also when the connection breaks: the service goes on, and keeps what it gets.
import { ApiError, get, keyed, post, send } from '../api.js';
import { events } from '../sse.js';

const AGAIN = 1500;

const wait = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  }, { once: true });
});

const once = keyed();

/** Asks, and tells `start(messageId)`, `delta(text)` and `done({message, quota})`. */
export async function ask(id, content, { signal, start, delta, done }) {
  const options = { body: { content }, accept: 'text/event-stream', signal };
  const response = await once([id, content], (key) => send('POST', `/conversations/${id}/messages`, { ...options, key }));
  let ended = false;
  try {
    for await (const { event, data } of events(response)) {
      const told = JSON.parse(data);
      if (event === 'start') start(told.messageId);
      else if (event === 'delta') delta(told.text);
      else if (event === 'done') {
        ended = true;
        done(told);
      } else if (event === 'error') throw new ApiError(response.status, told);
    }
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) throw error;
  }
  if (!ended) throw new ApiError(0, { code: 'CUT', message: 'La connexion a été coupée ; la réponse continue sans elle.' });
}

/** Stops an answer on its way. One that has just ended is fine, too. */
export async function stop(id, messageId) {
  await post(`/conversations/${id}/messages/${messageId}/stop`, undefined).catch((error) => {
    if (error.code !== 'INVALID_STATE') throw error;
  });
}

/** Resolves to the conversation when no answer of it is on its way any more. */
export async function settled(id, signal) {
  for (;;) {
    try {
      const { data: { conversation } } = await get(`/conversations/${id}`, { signal });
      if (!conversation.enCours) return conversation;
    } catch (error) {
      if (error.code !== 'OFFLINE') throw error;
    }
    await wait(AGAIN, signal);
  }
}
