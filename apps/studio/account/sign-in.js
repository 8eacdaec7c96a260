// Signing in, by password or by a mailed link.
import { el, button, replace } from '../elements.js';
import { field, form } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { post } from '../api.js';
import { signInWith } from '../session.js';
import { go } from '../router.js';

/** After signing in, the page that was asked for, else the first. */
export function signIn({ then } = {}) {
  const email = field('Adresse e-mail', { name: 'email', type: 'email', required: true, autocomplete: 'username' });
  const password = field('Mot de passe', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' });
  const mailed = el('div', { role: 'status' });
  const link = button('Recevoir un lien par e-mail', async () => {
    if (!email.input.reportValidity()) return;
    await post('/auth/magic-link', { email: email.input.value }, { anonymous: true });
    replace(mailed, el('p', { class: 'notice' }, 'Si un compte existe avec cette adresse, un lien valable dix minutes vient de partir.'));
  }, { failed: (error) => replace(mailed, failureNotice(error)) });
  const send = async () => {
    await signInWith(email.input.value, password.input.value);
    go(then ?? '/');
  };
  return el('section', { class: 'narrow card' },
    el('h1', {}, 'Se connecter'),
    then ? el('p', {}, 'Connectez-vous pour voir cette page.') : null,
    form([email, password], { submit: 'Se connecter', send, more: link }),
    mailed,
    el('p', {}, el('a', { href: '#/mot-de-passe' }, 'Mot de passe oublié ?')),
    el('p', {}, 'Pas encore de compte ? ', el('a', { href: '#/inscription' }, 'Créer un compte')));
}
