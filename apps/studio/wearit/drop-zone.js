// Where photos come in: chosen, taken with the camera, dropped, or pasted.
import { el, svg, announce } from '../elements.js';
import { fileButton } from '../shell/file-button.js';
import { hasFiles, picturesIn } from './photos.js';

const camera = () => svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
  svg('path', { d: 'M4 8h3l1.6-2.4h6.8L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z' }),
  svg('circle', { cx: 12, cy: 13, r: 3.6 }));

/** A phone's camera is offered where there is one to point: a mouse is no sign of it. */
const hasCamera = () => window.matchMedia('(pointer: coarse)').matches;

/**
 * `take(files)` gets what comes in. The whole page is the target while the zone is on it: `signal` ends that. `facing` is the camera that
 * is offered on a phone: `user` or `environment`.
 */
export function dropZone({ label, hint, multiple = false, facing = 'environment', signal, take }) {
  const hand = (files) => {
    const taken = multiple ? files : files.slice(0, 1);
    if (taken.length) take(taken);
  };
  const node = el('div', { class: 'drop' },
    camera(),
    el('p', { class: 'drop-label' }, label),
    el('div', { class: 'actions' },
      fileButton(multiple ? 'Choisir des photos' : 'Choisir une photo', { kind: 'primary', multiple, take: hand }),
      hasCamera() ? fileButton('Prendre une photo', { capture: facing, take: hand }) : null),
    el('p', { class: 'small' }, hint));

  let depth = 0;
  const over = (is) => node.classList.toggle('over', is);
  const listen = (type, listener) => window.addEventListener(type, listener, { signal });
  listen('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    over(true);
  });
  listen('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (!depth) over(false);
  });
  listen('dragover', (event) => hasFiles(event) && event.preventDefault());
  listen('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    const pictures = picturesIn(event.dataTransfer);
    if (pictures.length) hand(pictures);
    else announce('Ce n’est pas une photo.');
  });
  listen('paste', (event) => {
    const pictures = picturesIn(event.clipboardData);
    if (!pictures.length) return;
    event.preventDefault();
    hand(pictures);
  });
  return node;
}
