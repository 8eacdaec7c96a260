// The bar: where one may go, and who is signed in.
import { el, replace, button } from '../elements.js';
import { signedIn, signOut, onChange } from '../session.js';
import { go } from '../router.js';

const STUDENT = [['/hackathons', 'Hackathons'], ['/profil', 'Profil']];
const EXAMINER = [['/jury', 'Jury'], ['/profil', 'Profil']];
const ORGANISER = [['/organisation', 'Organisation'], ['/organisation/comptes', 'Comptes'], ['/jury', 'Jury']];

/** The pages of an account. */
export function pagesOf(user) {
  if (!user) return [];
  return { admin: ORGANISER, examiner: EXAMINER }[user.role] ?? STUDENT;
}

let here = '/';

function draw() {
  const user = signedIn();
  const pages = pagesOf(user);
  const present = pages.map(([path]) => path).filter((path) => here === path || here.startsWith(`${path}/`)).sort((a, b) => b.length - a.length)[0];
  replace(document.getElementById('navigation'),
    pages.map(([path, label]) => el('a', { href: `#${path}`, 'aria-current': path === present ? 'page' : null }, label)));
  const leave = async () => {
    await signOut();
    go('/connexion');
  };
  replace(document.getElementById('account'), user
    ? [el('span', { class: 'who', title: user.email }, user.name), button('Se déconnecter', leave, { kind: 'quiet' })]
    : [el('a', { href: '#/connexion' }, 'Se connecter'), el('a', { href: '#/inscription' }, 'Créer un compte')]);
}

/** Draws the bar for the page that is shown. */
export function showHeader(path) {
  here = path;
  draw();
}

onChange(draw);
