// Try-ons as they change: over a WebSocket, and by asking again and again while there is none.
import { get, post, readJson } from '../api.js';

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** How often is asked while no socket tells. */
const AGAIN = 2_000;

/** Where the socket is. A ticket opens it, so that no token stands in an address. */
function addressOf(ticket, after) {
  const place = new URL('/api/v1/tryon/ws', location.href);
  place.protocol = place.protocol === 'https:' ? 'wss:' : 'ws:';
  place.searchParams.set('ticket', ticket);
  if (after !== null) place.searchParams.set('after', after);
  return place;
}

/**
 * Tells `changed(tryon)` and `deleted(id)` until the signal ends. While there is no socket, `poll()` is called every two seconds; it asks
 * for what the page shows.
 */
export function watch({ signal, changed, deleted = () => {}, poll }) {
  let socket = null;
  let after = null;
  let wait = FIRST_WAIT;
  let timer = null;
  let polling = null;

  function hear({ data: text }) {
    const { seq, type, data } = readJson(text);
    after = seq;
    if (type === 'snapshot') data.tryons.forEach(changed);
    else if (type === 'tryon.updated') changed(data);
    else if (type === 'tryon.deleted') deleted(data.id);
  }

  /** One after the other: a slow service is not asked twice at once. */
  async function ask() {
    polling = null;
    if (signal.aborted) return;
    if (!document.hidden) await poll().catch(() => {});
    if (!signal.aborted && socket?.readyState !== WebSocket.OPEN) polling = setTimeout(ask, AGAIN);
  }

  function later() {
    if (signal.aborted) return;
    polling ??= setTimeout(ask, AGAIN);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  async function open() {
    if (signal.aborted) return;
    let ticket;
    try {
      ({ data: { ticket } } = await post('/auth/ws-ticket', undefined, { signal }));
    } catch {
      later();
      return;
    }
    if (signal.aborted) return;
    socket = new WebSocket(addressOf(ticket, after));
    socket.addEventListener('open', () => {
      wait = FIRST_WAIT;
      clearTimeout(polling);
      polling = null;
    });
    socket.addEventListener('message', hear);
    socket.addEventListener('close', later);
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    clearTimeout(polling);
    socket?.close();
  }, { once: true });
  open();
}

/** A try-on as it is now. */
export const tryonOf = async (id, signal) => (await get(`/tryon/${id}`, { signal })).data.tryon;
