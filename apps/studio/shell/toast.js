// A short message that outlives the page it was said on.
import { el, replace } from '../elements.js';

const LASTS = 6000;
let timer = null;

/** Says what was done, at the foot of the screen and to a screen reader. */
export function toast(text) {
  const place = document.getElementById('toast');
  clearTimeout(timer);
  replace(place);
  // Put in after the region was emptied, so that the same words are read again.
  requestAnimationFrame(() => replace(place, el('p', {}, text)));
  timer = setTimeout(() => replace(place), LASTS);
}
