// A forgotten password: a code by mail, then another password.
import { el, replace } from '../elements.js';
import { post } from '../api.js';
import { field, form } from '../shell/forms.js';
import { toast } from '../shell/toast.js';
import { go } from '../router.js';

export function resetPassword() {
  const place = el('div', {});
  const email = field('Adresse e-mail', { name: 'email', type: 'email', required: true, autocomplete: 'username' });

  function second(address) {
    const code = field('Code reçu par e-mail', {
      name: 'code', required: true, pattern: '\\d{6}', title: 'Six chiffres', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 6, hint: 'Six chiffres, valables dix minutes.',
    });
    const password = field('Nouveau mot de passe', {
      name: 'new_password', type: 'password', required: true, minlength: 8, autocomplete: 'new-password', hint: 'Au moins 8 caractères.',
    });
    const send = async () => {
      await post('/auth/reset-password', { email: address, code: code.input.value, new_password: password.input.value }, { anonymous: true });
      toast('Votre mot de passe est changé : connectez-vous.');
      go('/connexion');
    };
    replace(place,
      el('p', { class: 'notice' }, 'Si un compte existe avec cette adresse, un code vient de partir.'),
      form([code, password], { submit: 'Changer le mot de passe', send }));
    code.input.focus();
  }

  const first = form([email], {
    submit: 'Recevoir un code',
    send: async () => {
      await post('/auth/forgot-password', { email: email.input.value }, { anonymous: true });
      second(email.input.value);
    },
  });
  replace(place, el('p', {}, 'Dites-nous votre adresse : vous recevrez un code pour choisir un autre mot de passe.'), first);
  return el('section', { class: 'narrow card' },
    el('h1', {}, 'Mot de passe oublié'), place,
    el('p', {}, el('a', { href: '#/connexion' }, 'Retour à la connexion')));
}
