// Two pictures on top of each other, with a line between them that can be moved: by pointer, by touch, by keyboard.
import { el } from '../elements.js';

const number = new Intl.NumberFormat('fr-FR');

/** `before` and `after` are `{src, alt}`. The range input is what the keyboard and a screen reader use. */
export function compare(before, after) {
  const range = el('input', { type: 'range', min: 0, max: 100, step: 1, value: 50, 'aria-label': 'Comparer avant et après' });
  const picture = ({ src, alt }, kind) => el('img', { src, alt, class: kind, draggable: 'false' });
  const node = el('figure', { class: 'compare' },
    picture(before, 'before'), picture(after, 'after'),
    el('span', { class: 'side left', 'aria-hidden': 'true' }, 'Avant'), el('span', { class: 'side right', 'aria-hidden': 'true' }, 'Après'),
    el('span', { class: 'divider', 'aria-hidden': 'true' }), range);

  const show = () => {
    node.style.setProperty('--at', `${range.value}%`);
    range.setAttribute('aria-valuetext', `${number.format(range.value)} % de la photo d’avant`);
    node.classList.toggle('all-before', range.valueAsNumber > 85);
    node.classList.toggle('all-after', range.valueAsNumber < 15);
  };
  range.addEventListener('input', show);

  const follow = (event) => {
    const { left, width } = node.getBoundingClientRect();
    range.value = Math.round(((event.clientX - left) / width) * 100);
    show();
  };
  node.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    node.setPointerCapture(event.pointerId);
    follow(event);
  });
  node.addEventListener('pointermove', (event) => node.hasPointerCapture(event.pointerId) && follow(event));
  show();
  return node;
}
