// The first page: for those signed in where their work is, else what this is.
import { el } from '../elements.js';
import { signedIn } from '../session.js';
import { go } from '../router.js';
import { pagesOf } from './header.js';

export function home() {
  const user = signedIn();
  if (user) {
    go(pagesOf(user)[0][0]);
    return null;
  }
  return [
    el('section', { class: 'hero' },
      el('h1', {}, 'Des hackathons de prompts, du premier essai au classement'),
      el('p', { class: 'lead' }, 'Choisissez une tâche, dialoguez avec un modèle sous quota, rendez votre meilleure version : un jury la note à l’aveugle.'),
      el('p', { class: 'actions' },
        el('a', { class: 'button primary', href: '#/inscription' }, 'Créer un compte'),
        el('a', { class: 'button', href: '#/connexion' }, 'Se connecter'))),
  ];
}
