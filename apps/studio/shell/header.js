// The bar: which product, where one may go in it, and who is signed in.
import { el, replace, button } from '../elements.js';
import { signedIn, signOut, onChange } from '../session.js';
import { go } from '../router.js';
import { avatar } from './avatar.js';
import { served } from './products.js';

const WEARIT = [['/garde-robe', 'Garde-robe'], ['/essayages', 'Essayages', '/favoris'], ['/ma-photo', 'Ma photo']];
const STUDENT = [['/hackathons', 'Hackathons', '/conversations'], ['/profil', 'Profil']];
const EXAMINER = [['/jury', 'Jury'], ['/profil', 'Profil']];
const ORGANISER = [['/organisation', 'Organisation'], ['/organisation/comptes', 'Comptes'], ['/jury', 'Jury']];
const CHALLENGE = { admin: ORGANISER, examiner: EXAMINER };

/** Pages that belong to a product though they are not in the bar. */
const ALSO = { wearit: ['/essayer', '/favoris'], challenge: ['/conversations', '/hackathons', '/profil', '/jury', '/organisation'] };

/** The products an account can use here: `{name, label, pages}`; the Core Database Service has no pages. */
export function productsOf(user) {
  if (!user) return [];
  return [
    { name: 'wearit', label: 'WearIT', pages: WEARIT },
    { name: 'challenge', label: 'Challenge', pages: CHALLENGE[user.role] ?? STUDENT },
  ].filter(({ name }) => served.has(name));
}

const within = (path, place) => path === place || path.startsWith(`${place}/`);

/** A button that signs out. */
export const leaving = (kind) => button('Se déconnecter', async () => {
  await signOut();
  go('/connexion');
}, { kind });

let here = '/';
/** The product one was in last: pages of the account belong to none. */
let last = null;

function present(products) {
  const own = products.find(({ name, pages }) => [...pages.map(([path]) => path), ...ALSO[name]].some((place) => within(here, place)));
  if (own) last = own.name;
  return own ?? products.find(({ name }) => name === last) ?? (products.length === 1 ? products[0] : null);
}

function draw() {
  const user = signedIn();
  if (!user) last = null;
  const products = productsOf(user);
  const product = present(products);
  const pages = product?.pages ?? [];
  const best = pages.flatMap(([path, , ...others]) => [path, ...others].filter((place) => within(here, place)).map((place) => [path, place.length]))
    .sort(([, one], [, other]) => other - one)[0]?.[0];
  replace(document.getElementById('products'), products.length > 1
    ? products.map(({ name, label, pages: [[path]] }) => el('a', { href: `#${path}`, 'aria-current': name === product?.name ? 'true' : null }, label)) : null);
  replace(document.getElementById('navigation'),
    pages.map(([path, label]) => el('a', { href: `#${path}`, 'aria-current': path === best ? 'page' : null }, label)));
  replace(document.getElementById('account'), user
    ? [
      el('a', { class: 'who', href: '#/compte', title: user.email, 'aria-current': here === '/compte' ? 'page' : null },
        avatar(user), el('span', { class: 'hidden-visually' }, 'Mon compte, '), el('span', { class: 'who-name' }, user.name)),
      leaving('quiet'),
    ]
    : [el('a', { href: '#/connexion' }, 'Se connecter'), el('a', { href: '#/inscription' }, 'Créer un compte')]);
}

/** Draws the bar for the page that is shown. */
export function showHeader(path) {
  here = path;
  draw();
}

onChange(draw);
