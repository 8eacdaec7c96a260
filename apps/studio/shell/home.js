// The first page: for those signed in where their work is, else what this is.
import { el } from '../elements.js';
import { signedIn } from '../session.js';
import { go } from '../router.js';
import { served } from './products.js';
import { productsOf } from './header.js';
import { demonstration, wearitPanel } from '../wearit/welcome.js';

const doors = () => el('p', { class: 'actions' },
  el('a', { class: 'button primary', href: '#/inscription' }, 'Créer un compte'),
  el('a', { class: 'button', href: '#/connexion' }, 'Se connecter'));

const challengeWords = 'Choisissez une tâche, dialoguez avec un modèle sous quota, rendez votre meilleure version : un jury la note à l’aveugle.';

const productsWithPages = () => ['wearit', 'challenge'].filter((name) => served.has(name));

function landing() {
  if (!productsWithPages().length) {
    return el('section', { class: 'hero' },
      el('h1', {}, 'Atelier'),
      el('p', { class: 'lead' }, 'Ce service est fait pour d’autres services : il n’a pas de pages à lui.'),
      el('p', { class: 'actions' }, el('a', { class: 'button primary', href: '/docs/' }, 'Documentation de l’API')));
  }
  if (!served.has('wearit')) {
    return el('section', { class: 'hero' },
      el('h1', {}, 'Des hackathons de prompts, du premier essai au classement'),
      el('p', { class: 'lead' }, challengeWords),
      doors());
  }
  return [
    el('section', { class: 'hero split-hero' },
      el('div', {},
        el('h1', {}, 'Essayez vos vêtements sans les enfiler'),
        el('p', { class: 'lead' }, 'Une photo de vous, une photo du vêtement : l’image se fait en quelques secondes, ici même, et n’appartient qu’à vous.'),
        doors()),
      demonstration()),
    served.has('challenge') ? el('section', { class: 'card other-product' },
      el('h2', {}, 'Et des hackathons de prompts, du premier essai au classement'),
      el('p', {}, challengeWords)) : null,
  ];
}

function challengePanel({ pages: [[path, label]] }) {
  return el('section', { class: 'card panel-after' },
    el('h2', {}, 'Prompt Challenge'),
    el('p', {}, challengeWords),
    el('p', { class: 'actions' }, el('a', { class: 'button', href: `#${path}` }, label)));
}

export async function home({ signal }) {
  const user = signedIn();
  if (!user) return landing();
  const products = productsOf(user);
  const challenge = products.find(({ name }) => name === 'challenge');
  if (!served.has('wearit')) {
    if (challenge) go(challenge.pages[0][0]);
    return challenge ? null : [el('h1', {}, `Bonjour ${user.name}`), el('p', {}, el('a', { href: '#/compte' }, 'Mon compte'))];
  }
  return [
    el('h1', {}, `Bonjour ${user.name.split(' ')[0]}`),
    await wearitPanel(signal),
    challenge ? challengePanel(challenge) : null,
  ];
}
