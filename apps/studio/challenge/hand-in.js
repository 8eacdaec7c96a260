// Handing in the final version: an answer of the conversation, and the prompt that goes with it.
import { el, announce } from '../elements.js';
import { put } from '../api.js';
import { field, form } from '../shell/forms.js';
import { time } from './wording.js';

/** What was handed in. */
export function handedIn(version) {
  return el('section', { class: 'card handed-in' },
    el('h2', {}, 'Version finale rendue'),
    el('p', { class: 'small' }, 'Le ', time(version.soumisLe), '. Vous pouvez la remplacer tant que le hackathon est ouvert et que le jury n’a pas commencé.'),
    el('h3', {}, 'Prompt'),
    el('div', { class: 'text' }, version.promptFinal),
    el('h3', {}, 'Réponse'),
    el('div', { class: 'text' }, version.reponseIAFinale));
}

/** What the texts tell of their author, who may hand in another version. */
export function leakNotice(warnings) {
  if (warnings.length === 0) return [];
  return el('div', { class: 'notice', role: 'status' },
    el('p', {}, 'La notation est anonyme, et vos textes vous désignent :'),
    el('ul', {}, warnings.map(({ message }) => el('li', {}, message))));
}

/** The form that hands an answer in; `done` gets the conversation as it is then, and what the texts tell of their author. */
export function handInForm(conversation, prompt, answer, { done, cancel }) {
  const text = field('Prompt final', {
    name: 'promptFinal', control: el('textarea', { rows: 4, required: true, maxlength: 16000, value: prompt }),
    hint: 'Le prompt que le jury lira avec la réponse choisie.',
  });
  const send = async () => {
    const { data } = await put(`/conversations/${conversation.id}/version-finale`, { promptFinal: text.input.value, reponseIAFinale: answer });
    announce('Version finale rendue');
    done(data.conversation, data.avertissements);
  };
  const back = el('button', { type: 'button' }, 'Annuler');
  back.addEventListener('click', cancel);
  const node = el('section', { class: 'card', 'aria-label': 'Rendre la version finale' },
    el('h2', {}, 'Rendre cette version'),
    el('h3', {}, 'Réponse choisie'),
    el('div', { class: 'text quoted' }, answer),
    form([text], { submit: 'Rendre la version finale', send, more: back }));
  return { node, focus: () => text.input.focus() };
}
