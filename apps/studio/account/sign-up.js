// Signing up.
import { el } from '../elements.js';
import { field, form } from '../shell/forms.js';
import { signUpWith } from '../session.js';
import { go } from '../router.js';

export function signUp() {
  const name = field('Nom affiché', { name: 'name', required: true, minlength: 2, maxlength: 100, autocomplete: 'name' });
  const email = field('Adresse e-mail', { name: 'email', type: 'email', required: true, autocomplete: 'email' });
  const password = field('Mot de passe', {
    name: 'password', type: 'password', required: true, minlength: 8, autocomplete: 'new-password', hint: 'Au moins 8 caractères.',
  });
  const send = async () => {
    await signUpWith(name.input.value, email.input.value, password.input.value);
    go('/');
  };
  return el('section', { class: 'narrow card' },
    el('h1', {}, 'Créer un compte'),
    form([name, email, password], { submit: 'Créer le compte', send }),
    el('p', {}, 'Déjà inscrit ? ', el('a', { href: '#/connexion' }, 'Se connecter')));
}
