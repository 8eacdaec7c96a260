// Who is signed in. Both tokens live in sessionStorage: a reload keeps the person signed in, closing the tab ends it, and no other tab holds
// the same tokens. In localStorage two tabs would refresh with one token at once, which the service takes for a theft and answers by ending
// the session. For the same reason the access token is kept, too: a page that refreshed at every load and was loaded again in that moment
// would come with a token that is used up.
import { get, post, useTokens } from './api.js';

const ACCESS = 'atelier.access_token';
const REFRESH = 'atelier.refresh_token';

let user = null;
let renewal = null;
const listeners = new Set();

/** The account that is signed in, or null. */
export const signedIn = () => user;

/** Calls back whenever somebody signs in or out. */
export function onChange(listener) {
  listeners.add(listener);
}

function take(answer) {
  sessionStorage.setItem(ACCESS, answer.access_token);
  sessionStorage.setItem(REFRESH, answer.refresh_token);
  return become(answer.data.user);
}

function become(account) {
  user = account;
  listeners.forEach((listener) => listener(user));
  return user;
}

function forget() {
  sessionStorage.removeItem(ACCESS);
  sessionStorage.removeItem(REFRESH);
  become(null);
}

async function refresh() {
  const token = sessionStorage.getItem(REFRESH);
  if (!token) return false;
  try {
    take(await post('/auth/refresh', { refresh_token: token }, { anonymous: true }));
    return true;
  } catch (error) {
    // Only a refused token is of no use any more; without a connection it may still be good.
    if (error.status === 401 || error.status === 400) forget();
    return false;
  }
}

/** Gets another access token; requests that find theirs expired at once share one refresh. */
function renew() {
  renewal ??= refresh().finally(() => { renewal = null; });
  return renewal;
}

/** Whether the access token runs out within ten seconds: its claims are readable by who holds it (RFC 7519). */
function stale() {
  const claims = sessionStorage.getItem(ACCESS)?.split('.')[1];
  if (!claims) return true;
  try {
    return JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/'))).exp * 1000 < Date.now() + 10_000;
  } catch {
    return true;
  }
}

useTokens({ access: () => sessionStorage.getItem(ACCESS), stale, renew });

/** Lets the pages know the account as it is after a change. */
export const update = (account) => become(account);

/** Forgets who was signed in, without telling the service: the account is gone. */
export const leave = () => forget();

/** Takes the session up again after a reload, with the account as it is now: an administrator may have changed its role. */
export async function begin() {
  if (user || !sessionStorage.getItem(REFRESH)) return;
  try {
    become((await get('/users/me')).data.user);
  } catch (error) {
    if (error.status !== 401) throw error;
    forget();
  }
}

export const signUpWith = async (name, email, password) => take(await post('/auth/signup', { name, email, password }, { anonymous: true }));

/** Signs in; a wrong address and a wrong password are refused alike. */
export async function signInWith(email, password) {
  try {
    return take(await post('/auth/login', { email, password }, { anonymous: true }));
  } catch (error) {
    if (error.status === 401) error.code = 'WRONG_CREDENTIALS';
    throw error;
  }
}

export const signInByLink = async (token) => take(await post('/auth/magic-link/consume', { token }, { anonymous: true }));

/** Signs out here, and tells the service; offline, the token runs out by itself. */
export async function signOut() {
  const token = sessionStorage.getItem(REFRESH);
  forget();
  if (token) await post('/auth/logout', { refresh_token: token }, { anonymous: true }).catch(() => {});
}
