// Forms: every input with its label, hint and fault, and one way to send them.
import { el, replace } from '../elements.js';
import { failureNotice } from './failure.js';
import { faultText } from './faults.js';

let numbered = 0;

/** A labelled input: `{node, input, label, fault(text)}`. `control` may be an input of the caller's own. */
export function field(label, { name, hint, control, ...attributes }) {
  const id = `field-${numbered += 1}`;
  const input = control ?? el('input', { type: 'text', ...attributes });
  const told = el('span', { class: 'fault', id: `${id}-fault` });
  const hinted = hint ? el('span', { class: 'hint', id: `${id}-hint` }, hint) : null;
  input.id = id;
  if (name) input.name = name;
  input.setAttribute('aria-describedby', [hinted?.id, told.id].filter(Boolean).join(' '));
  const required = input.required ? el('span', { class: 'required', 'aria-hidden': 'true' }, ' *') : null;
  const words = el('label', { for: id }, label, required);
  const check = input.type === 'checkbox';
  const node = el('div', { class: check ? 'field check' : 'field' }, check ? [input, words] : [words, input], hinted, told);
  const fault = (text) => {
    told.textContent = text ?? '';
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  };
  input.addEventListener('input', () => fault(null));
  return { node, input, label, fault, name };
}

/** A select of `[value, label]`. */
export function select(options, attributes) {
  return el('select', attributes, options.map(([value, label]) => el('option', { value }, label)));
}

/** Names of fields in the API's answers, where they are not those of the form. */
const here = (fields, fault) => fields.find((one) => one.name && (fault.field === one.name || fault.field.startsWith(`${one.name}.`)));

/** Shows an error at the fields it is of; the focus goes to the first of them. */
function show(error, fields, place) {
  const faults = error.details?.fields ?? [];
  fields.forEach((one) => one.fault(faults.filter((fault) => here(fields, fault) === one).map(faultText).join(' ')));
  replace(place, failureNotice(error, { label: (fault) => here(fields, fault)?.label }));
  const first = fields.find((one) => one.input.getAttribute('aria-invalid'));
  if (first) first.input.focus();
}

/** A form of fields (or other nodes) that `send`s itself once at a time. */
export function form(parts, { submit, send, more, ...attributes }) {
  const fields = parts.flat(Infinity).filter((part) => part?.input);
  const place = el('div', {});
  const pressed = el('button', { type: 'submit', class: 'primary' }, submit);
  const node = el('form', { ...attributes }, parts.flat(Infinity).map((part) => part?.node ?? part), place, el('div', { class: 'actions' }, pressed, more));
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (pressed.disabled) return;
    pressed.disabled = true;
    replace(place);
    fields.forEach((one) => one.fault(null));
    try {
      await send();
    } catch (error) {
      show(error, fields, place);
    } finally {
      pressed.disabled = false;
    }
  });
  return node;
}

/** A group of fields under a heading. */
export const group = (heading, ...parts) => [el('h2', { class: 'group' }, heading), ...parts];

/** Asks before something that cannot be taken back; resolves to whether it was confirmed. */
export function confirm(question, explanation, label, { kind = 'primary' } = {}) {
  return new Promise((resolve) => {
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-question' },
      el('h2', { id: 'dialog-question' }, question),
      el('p', {}, explanation),
      el('form', { method: 'dialog', class: 'actions' },
        el('button', { value: 'yes', class: kind }, label),
        el('button', { value: 'no' }, 'Annuler')));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
