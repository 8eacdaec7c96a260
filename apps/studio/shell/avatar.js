// A person's picture, or the first letter of the name.
import { el } from '../elements.js';

/** `size` is empty or `large`. It says nothing to a screen reader: the name stands beside it. */
export function avatar(user, size = '') {
  const content = user.avatar_url ? el('img', { src: user.avatar_url, alt: '' }) : [...user.name.trim()][0]?.toUpperCase() ?? '?';
  return el('span', { class: `avatar ${size}`, 'aria-hidden': 'true' }, content);
}
