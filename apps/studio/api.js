// Calls of the API: with the token, once more after a refresh when it has run out, and with errors a person can read.
import { transmit } from './upload.js';

const BASE = '/api/v1';

/** What the session has to offer: the access token, whether it is about to run out, and a way to get another one (true when there is one). */
let tokens = { access: () => null, stale: () => false, renew: async () => false };

/** Told of each request whether the service was reached. */
let reached = () => {};

/** Lets the session provide the tokens. */
export function useTokens(provider) {
  tokens = provider;
}

/** Calls back after each request with whether the service was reached. */
export function onReach(listener) {
  reached = listener;
}

/** An answer that is an error: the API's code, message and details. */
export class ApiError extends Error {
  constructor(status, error, retryAfter) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? {};
    this.requestId = error.request_id ?? null;
    this.retryAfter = retryAfter ?? this.details.retryAfter ?? null;
  }

  /** What is wrong with a field of the body, if anything. */
  field(name) {
    return this.details.fields?.filter((fault) => fault.field === name).map((fault) => fault.message).join(' ') || null;
  }
}

/** A key for a request that must not happen twice. `crypto.randomUUID` is missing on pages without TLS. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends a request and answers the response, or throws an ApiError; without a connection, one of code `OFFLINE`. `form` is sent as
 * multipart, its `progress` told from 0 to 1. With `proof` the body has the person's password: a 401 is then of the password, and nothing
 * is sent twice.
 */
export async function send(method, path, options = {}) {
  const { body, form, progress, signal, accept = 'application/json', key, version, anonymous = false, proof = false } = options;
  let token = null;
  const attempt = () => {
    token = anonymous ? null : tokens.access();
    const headers = { accept };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (key) headers['idempotency-key'] = key;
    if (version !== undefined) headers['if-match'] = `"${version}"`;
    if (token) headers.authorization = `Bearer ${token}`;
    if (form) return transmit(method, BASE + path, { headers, form, progress, signal });
    return fetch(BASE + path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  };
  if (proof && tokens.stale()) await tokens.renew();
  let response = await reach(attempt);
  if (response.status === 401 && proof) throw Object.assign(await failure(response), { code: 'WRONG_PASSWORD' });
  if (response.status === 401 && !anonymous) {
    // Another request may have got a new token while this one was refused.
    const renewed = tokens.access() !== token || await tokens.renew();
    if (renewed && tokens.access()) response = await reach(attempt);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function reach(attempt) {
  try {
    const response = await attempt();
    reached(true);
    return response;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    reached(false);
    throw new ApiError(0, { code: 'OFFLINE', message: error.message });
  }
}

/** The error in a response that is not a success. */
async function failure(response) {
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  try {
    const { error } = await response.json();
    return new ApiError(response.status, error, retryAfter);
  } catch {
    return new ApiError(response.status, { code: 'UNREADABLE', message: `HTTP ${response.status}` }, retryAfter);
  }
}

/** Keys for a request that is sent until it is answered: the same one again after silence, another one after an answer of any kind. */
export function keyed() {
  let known = null;
  return async (content, request) => {
    const text = JSON.stringify(content);
    if (known?.text !== text) known = { text, key: newKey() };
    try {
      const answer = await request(known.key);
      known = null;
      return answer;
    } catch (error) {
      if (error.code !== 'OFFLINE') known = null;
      throw error;
    }
  };
}

/** A signed address of the embedded store, where the page came from: the service may know itself by another name than this browser does. */
function near(address) {
  const place = new URL(address, location.href);
  const own = place.pathname.startsWith('/files/') && place.searchParams.has('signature');
  return own ? place.pathname + place.search : address;
}

/** Reads a text of the API. */
export const readJson = (text) => JSON.parse(text, (name, value) => (name.endsWith('_url') && typeof value === 'string' ? near(value) : value));

/** Sends a request and answers its JSON; of an answer without content, an empty object. */
export async function json(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? {} : readJson(await response.text());
}

export const get = (path, options) => json('GET', path, options);
export const post = (path, body, options) => json('POST', path, { ...options, body });
export const put = (path, body, options) => json('PUT', path, { ...options, body });
export const patch = (path, body, options) => json('PATCH', path, { ...options, body });
export const remove = (path, options) => json('DELETE', path, options);

/** Every item of a list, page after page, at most `most`. */
export async function all(path, name, { most = 1000, signal } = {}) {
  const items = [];
  let after = null;
  do {
    const address = `${path}${path.includes('?') ? '&' : '?'}limit=100${after ? `&after=${encodeURIComponent(after)}` : ''}`;
    const { data, pagination } = await get(address, { signal });
    items.push(...data[name]);
    after = data[name].length ? pagination?.next : null;
  } while (after && items.length < most);
  return items;
}
