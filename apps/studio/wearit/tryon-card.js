// A try-on as a card, which follows its try-on.
import { el, replace } from '../elements.js';
import { ago } from '../shell/wording.js';
import { namesOf } from './garments.js';
import { STATUSES, failureOf, isFinal, stageText } from './wording.js';

const TONES = { completed: 'running', failed: 'bad', processing: 'finished' };

/** `{node, update(tryon)}`; `garments` are those that are known, by id. */
export function tryonCard(tryon, garments) {
  const picture = el('div', { class: 'picture portrait' });
  const badges = el('p', { class: 'row' });
  const words = el('div', { class: 'words' });
  const node = el('li', { class: 'piece' }, picture, words);
  let shown = null;

  function update(now) {
    const state = `${now.status} ${now.stage} ${now.progress} ${now.is_favorite}`;
    if (state === shown) return;
    if (now.status === 'completed' && !picture.querySelector('img')) {
      replace(picture, el('img', {
        src: now.thumbnail_url, srcset: `${now.thumbnail_url} 200w, ${now.result_image_url} 800w`, sizes: '(max-width: 30rem) 45vw, 14rem', alt: '', loading: 'lazy', decoding: 'async',
      }));
    } else if (!isFinal(now)) {
      replace(picture, el('div', { class: 'waiting' }, el('progress', { max: 100, value: now.progress, 'aria-label': 'Avancement' }), el('span', { class: 'small' }, stageText(now))));
    } else if (now.status !== 'completed') replace(picture, el('div', { class: 'waiting', 'aria-hidden': 'true' }, now.status === 'failed' ? '!' : '–'));
    replace(words,
      el('h2', {}, el('a', { href: `#/essayages/${now.id}` }, namesOf(now, garments))),
      badges);
    replace(badges,
      el('span', { class: `badge ${TONES[now.status] ?? ''}` }, STATUSES[now.status]),
      now.is_favorite ? el('span', { class: 'badge love' }, 'Favori') : null,
      el('span', { class: 'small' }, ago(now.created_at)));
    if (now.status === 'failed' && now.error) words.append(el('p', { class: 'small' }, failureOf(now.error).what));
    shown = state;
  }

  update(tryon);
  return { node, update };
}
