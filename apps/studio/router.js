// Pages by the address behind the '#'. A page is a function of its parameters that answers what to show; its signal ends with it.
import { el, replace, announce } from './elements.js';
import { failureNotice } from './shell/failure.js';

let leave = new AbortController();

function compile(route) {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  return { ...route, names, pattern: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}/?$`) };
}

/** Where the address leads. Mailed links have their token behind '#magic=' or '#verify=', where no server sees it. */
function place() {
  const hash = location.hash.slice(1);
  if (hash.startsWith('/')) {
    const [path, query] = hash.split('?');
    return { path, query: new URLSearchParams(query) };
  }
  const mailed = new URLSearchParams(hash);
  const token = mailed.get('magic') ?? mailed.get('verify');
  if (token) {
    // Out of the address, so that it is not in the history or on a screenshot.
    history.replaceState(null, '', location.pathname);
    return { path: mailed.has('magic') ? '/lien' : '/verification', token, query: new URLSearchParams() };
  }
  return { path: '/', query: new URLSearchParams() };
}

/** Goes to another page; with `again`, also when it is the present one. */
export function go(path) {
  if (location.hash === `#${path}`) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = path;
}

/** Shows the page of the address, now and whenever it changes. */
export function start(main, routes, { signedIn, before, after }) {
  const compiled = routes.map(compile);

  async function show() {
    leave.abort();
    leave = new AbortController();
    const { signal } = leave;
    const { path, query, token } = place();
    main.setAttribute('aria-busy', 'true');
    const page = await before().then(() => answer(path, query, token, signal), broken);
    if (signal.aborted) return;
    replace(main, page);
    main.removeAttribute('aria-busy');
    after(path);
    const title = main.querySelector('h1');
    document.title = title ? `${title.textContent} · Atelier` : 'Atelier';
    if (title) {
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
    }
    // At once: a page still on its way to the top would slip from under a click.
    window.scrollTo({ top: 0, behavior: 'instant' });
    announce(document.title);
  }

  async function answer(path, query, token, signal) {
    const route = compiled.find(({ pattern }) => pattern.test(path));
    if (!route) return missing('Cette page n’existe pas.');
    const user = signedIn();
    const asked = query.size ? `${path}?${query}` : path;
    const signInFirst = () => compiled.find((other) => other.path === '/connexion').page({ then: asked, query, signal });
    if (route.roles && !user) return signInFirst();
    if (Array.isArray(route.roles) && !route.roles.includes(user.role)) return missing('Cette page n’est pas pour votre compte.');
    const values = path.match(route.pattern).slice(1);
    const parameters = Object.fromEntries(route.names.map((name, index) => [name, decodeURIComponent(values[index])]));
    try {
      return await route.page({ ...parameters, query, token, signal });
    } catch (error) {
      if (signal.aborted) return null;
      // The session ended in the meantime: after signing in again, the page that was asked for.
      if (error.status === 401 && route.roles && !signedIn()) return signInFirst();
      return broken(error);
    }
  }

  const broken = (error) => [el('h1', {}, 'Cela n’a pas fonctionné'), failureNotice(error), el('p', {}, el('a', { href: '#/' }, 'Retour à l’accueil'))];

  const missing = (text) => [el('h1', {}, 'Page introuvable'), el('p', {}, text), el('p', {}, el('a', { href: '#/' }, 'Retour à l’accueil'))];

  window.addEventListener('hashchange', show);
  show();
}
