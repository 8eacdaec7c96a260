// Everything that is held on a person: a copy of it, and its end.
import { el, button, replace } from '../elements.js';
import { send as request } from '../api.js';
import { leave } from '../session.js';
import { go } from '../router.js';
import { field, form } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { toast } from '../shell/toast.js';

const WORD = 'EFFACER';

/** Hands a text to the person as a file. */
function hand(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  el('a', { href: address, download: name }).click();
  // The browser reads it a moment after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function exporting() {
  const place = el('div', { role: 'status' });
  const take = button('Télécharger mes données', async () => {
    replace(place);
    const { data } = await (await request('GET', '/users/me/export')).json();
    hand(JSON.stringify(data, null, 2), `atelier-export-${data.exported_at.slice(0, 10)}.json`);
    replace(place, el('p', { class: 'notice good' }, 'Le fichier est prêt. Les photos y sont sous forme de liens, valables une heure.'));
  }, { failed: (error) => replace(place, failureNotice(error)) });
  return [el('p', {}, 'Tout ce que le service garde sur vous, dans un fichier JSON.'), el('p', { class: 'actions' }, take), place];
}

function erasing() {
  const word = field(`Tapez ${WORD} pour confirmer`, { required: true, pattern: WORD, title: WORD, autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' });
  const password = field('Votre mot de passe', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' });
  const send = async () => {
    await request('DELETE', '/users/me', { body: { password: password.input.value }, proof: true });
    leave();
    toast('Votre compte est fermé ; tout ce qui vous concerne est en cours d’effacement.');
    go('/');
  };
  const asked = form([word, password], { submit: 'Effacer mon compte', send, 'aria-label': 'Effacer le compte' });
  const submit = asked.querySelector('button[type="submit"]');
  submit.classList.replace('primary', 'danger');
  submit.disabled = true;
  word.input.addEventListener('input', () => { submit.disabled = word.input.value !== WORD; });
  return el('details', {}, el('summary', {}, 'Effacer mon compte…'),
    el('p', {}, 'Votre compte, vos photos, vos vêtements, vos essayages et vos participations sont effacés. Personne ne pourra les rendre.'),
    asked);
}

export const personalData = (section) => [
  section('Mes données', exporting()),
  section('Effacement', erasing()),
];
