// The consent to the processing of photos, where the service asks for one.
import { el } from '../elements.js';
import { put } from '../api.js';
import { consentVersion } from '../shell/products.js';

/** Asks for the consent and records it; resolves to whether it was given. */
export function askConsent() {
  return new Promise((resolve, reject) => {
    const box = el('input', { type: 'checkbox', id: 'consent-box', required: true });
    const form = el('form', { method: 'dialog' },
      el('div', { class: 'field check' }, box, el('label', { for: 'consent-box' }, 'J’accepte que mes photos soient traitées pour faire mes essayages.')),
      el('div', { class: 'actions' },
        el('button', { value: 'yes', class: 'primary' }, 'Accepter et continuer'),
        el('button', { value: 'no', formnovalidate: true }, 'Pas maintenant')));
    const dialog = el('dialog', { 'aria-labelledby': 'consent-title' },
      el('h2', { id: 'consent-title' }, 'Vos photos, votre accord'),
      el('p', {}, 'Pour faire l’image, le moteur d’essayage lit la photo de vous et celle du vêtement. Elles ne servent à rien d’autre, et vous pouvez les effacer à tout moment.'),
      el('p', { class: 'small' }, `Version du texte : ${consentVersion ?? '1'}`),
      form);
    dialog.addEventListener('close', async () => {
      dialog.remove();
      if (dialog.returnValue !== 'yes') {
        resolve(false);
        return;
      }
      try {
        await put('/users/me/consent', { version: consentVersion ?? '1' });
        resolve(true);
      } catch (error) {
        reject(error);
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Does what may need the consent, and once more when it was given. Answers null when it was not. */
export async function withConsent(action) {
  try {
    return await action();
  } catch (error) {
    if (error.code !== 'CONSENT_REQUIRED') throw error;
  }
  return await askConsent() ? action() : null;
}
