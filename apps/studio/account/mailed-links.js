// Where mailed links lead. A mail scanner opens them too: the token is used only when the person confirms.
import { el, button, replace } from '../elements.js';
import { failureNotice } from '../shell/failure.js';
import { post } from '../api.js';
import { signInByLink } from '../session.js';
import { go } from '../router.js';

function ask(title, question, label, action) {
  const place = el('div', { role: 'status' });
  const pressed = button(label, async () => {
    await action(place);
    pressed.hidden = true;
  }, { kind: 'primary', failed: (error) => replace(place, failureNotice(error)) });
  return el('section', { class: 'narrow card' }, el('h1', {}, title), el('p', {}, question), el('p', { class: 'actions' }, pressed), place);
}

export function magicLink({ token }) {
  return ask('Connexion par lien', 'Vous connecter avec le lien reçu par e-mail ?', 'Se connecter', async () => {
    await signInByLink(token);
    go('/');
  });
}

export function verification({ token }) {
  return ask('Confirmation de l’adresse', 'Confirmer que cette adresse e-mail est la vôtre ?', 'Confirmer', async (place) => {
    await post('/auth/verify-email', { token }, { anonymous: true });
    replace(place, el('p', { class: 'notice' }, 'Votre adresse est confirmée. ', el('a', { href: '#/' }, 'Continuer')));
  });
}
