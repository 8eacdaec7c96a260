// One of a few, as a row of buttons: a group of radio buttons, so the arrow keys work.
import { el } from '../elements.js';

let numbered = 0;

/** `options` are `[value, label, beside]`; `changed(value)` is told of another choice. */
export function choices(legend, options, value, changed) {
  numbered += 1;
  const name = `choices-${numbered}`;
  const choice = ([own, label, beside]) => {
    const input = el('input', { type: 'radio', name, value: own, checked: own === value });
    input.addEventListener('change', () => changed(own));
    return el('label', { class: 'choice' }, input, el('span', {}, label, beside ? el('span', { class: 'beside' }, ` ${beside}`) : null));
  };
  return el('fieldset', { class: 'choices' }, el('legend', { class: 'hidden-visually' }, legend), options.map(choice));
}
