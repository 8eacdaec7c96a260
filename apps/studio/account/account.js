// The account: who one is, how one signs in, where one is signed in, and what is kept.
import { el, button, replace } from '../elements.js';
import { get, json, patch, post, put, remove } from '../api.js';
import { signedIn, update } from '../session.js';
import { field, form } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { fileButton } from '../shell/file-button.js';
import { avatar } from '../shell/avatar.js';
import { leaving } from '../shell/header.js';
import { toast } from '../shell/toast.js';
import { quotasView } from './quotas.js';
import { served } from '../shell/products.js';
import { sessionsView } from './sessions.js';
import { personalData } from './personal-data.js';

function profileForm(drawn) {
  const user = signedIn();
  const name = field('Nom affiché', { name: 'name', value: user.name, required: true, minlength: 2, maxlength: 100, autocomplete: 'name' });
  const email = field('Adresse e-mail', { name: 'email', type: 'email', value: user.email, required: true, autocomplete: 'email' });
  const password = field('Mot de passe actuel', {
    name: 'current_password', type: 'password', autocomplete: 'current-password', hint: 'Nécessaire pour changer d’adresse.',
  });
  const moved = () => email.input.value.trim().toLowerCase() !== signedIn().email.toLowerCase();
  const ask = () => {
    password.node.hidden = !moved();
    password.input.required = moved();
  };
  email.input.addEventListener('input', ask);
  ask();
  const send = async () => {
    const body = { name: name.input.value };
    if (moved()) Object.assign(body, { email: email.input.value.trim(), current_password: password.input.value });
    const was = moved();
    update((await patch('/users/me', body, { proof: was })).data.user);
    password.input.value = '';
    ask();
    drawn();
    toast(was ? 'Enregistré. Un lien de confirmation part à votre nouvelle adresse.' : 'Votre profil est enregistré.');
  };
  return form([name, email, password], { submit: 'Enregistrer', send, 'aria-label': 'Profil' });
}

function confirmation() {
  if (signedIn().email_verified) return null;
  const place = el('div', { role: 'status' });
  const ask = button('Renvoyer le lien', async () => {
    await post('/auth/verify-email/request', undefined);
    replace(place, el('p', {}, 'Le lien est parti ; il vaut 24 heures.'));
  }, { failed: (error) => replace(place, failureNotice(error)) });
  return el('div', { class: 'notice' }, el('p', {}, 'Votre adresse n’est pas encore confirmée : ouvrez le lien que vous avez reçu par e-mail.'), place, ask);
}

function avatarForm(drawn) {
  const place = el('div', {});
  const failed = (error) => replace(place, failureNotice(error));
  const choose = fileButton('Choisir une image', { take: async ([file]) => {
    const content = new FormData();
    content.append('image', file, file.name);
    replace(place);
    try {
      update((await json('PUT', '/users/me/avatar', { form: content })).data.user);
      drawn();
    } catch (error) {
      failed(error);
    }
  } });
  const take = button('Retirer', async () => {
    await remove('/users/me/avatar');
    update({ ...signedIn(), avatar_url: null });
    drawn();
  }, { kind: 'quiet', failed });
  return el('div', {}, el('div', { class: 'row' }, avatar(signedIn(), 'large'),
    choose, signedIn().avatar_url ? take : null), place);
}

function passwordForm(changed) {
  const current = field('Mot de passe actuel', { name: 'current_password', type: 'password', required: true, autocomplete: 'current-password' });
  const next = field('Nouveau mot de passe', {
    name: 'new_password', type: 'password', required: true, minlength: 8, autocomplete: 'new-password', hint: 'Au moins 8 caractères. Vos autres appareils seront déconnectés.',
  });
  const send = async () => {
    await put('/users/me/password', { current_password: current.input.value, new_password: next.input.value }, { proof: true });
    current.input.value = '';
    next.input.value = '';
    toast('Votre mot de passe est changé.');
    await changed();
  };
  return form([current, next], { submit: 'Changer le mot de passe', send, 'aria-label': 'Mot de passe' });
}

export async function account({ signal }) {
  const { data } = await get('/users/me', { signal });
  update(data.user);
  const sessions = await sessionsView(signal);
  const profile = el('div', {});
  const draw = () => replace(profile, avatarForm(draw), confirmation(), profileForm(draw));
  draw();
  const section = (title, ...parts) => el('section', { class: 'card' }, el('h2', {}, title), parts);
  return [
    el('div', { class: 'heading' }, el('h1', {}, 'Mon compte'), leaving('')),
    el('div', { class: 'panels' },
      section('Profil', profile),
      section('Mot de passe', passwordForm(sessions.refresh)),
      section('Appareils connectés', sessions.node),
      quotasView(data.quotas, section),
      served.has('wearit') ? section('Vos applications', el('p', {}, 'Une adresse à vous peut apprendre ce que deviennent vos essayages.'),
        el('p', { class: 'actions' }, el('a', { class: 'button', href: '#/webhooks' }, 'Gérer les webhooks'))) : null,
      personalData(section)),
  ];
}
