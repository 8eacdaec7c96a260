// A button that asks for files: the browser's own input, looking like the other buttons.
import { el } from '../elements.js';

/** What file inputs accept. A phone's own formats are turned into JPEG by its browser when only these are asked for. */
const PICTURES = 'image/jpeg,image/png,image/webp';

/** `take(files)` gets what was chosen, never nothing. */
export function fileButton(words, { kind = '', take, ...attributes }) {
  const input = el('input', { type: 'file', accept: PICTURES, class: 'hidden-visually', ...attributes });
  input.addEventListener('change', () => {
    const files = [...input.files];
    // The same file may be chosen again.
    input.value = '';
    if (files.length) take(files);
  });
  return el('label', { class: `button ${kind}` }, input, words);
}
