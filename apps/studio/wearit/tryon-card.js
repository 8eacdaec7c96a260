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
  const why = el('p', { class: 'small' });
  const words = el('div', { class: 'words' }, el('h2', {}, el('a', { href: `#/essayages/${tryon.id}` }, namesOf(tryon, garments))), badges, why);
  const node = el('li', { class: 'piece' }, picture, words);
  let shown = null;

  /** What it will show, while it does not: the garment. */
  const garment = () => {
    const known = tryon.clothing_ids.map((id) => garments.get(id)).find(Boolean);
    return known ? el('img', { src: known.thumbnail_url, alt: '', loading: 'lazy' }) : null;
  };

  function draw(now) {
    picture.classList.toggle('unfinished', now.status !== 'completed');
    picture.classList.toggle('ended', isFinal(now) && now.status !== 'completed');
    if (now.status === 'completed') {
      // Not the thumbnail: that one is square, and a person is not.
      replace(picture, el('img', { src: now.result_image_url, alt: '', loading: 'lazy', decoding: 'async' }));
    } else {
      replace(picture, garment(), isFinal(now) ? null : el('progress', { max: 100, value: now.progress, 'aria-label': 'Avancement' }));
    }
  }

  function update(now) {
    const state = `${now.status} ${now.stage} ${now.progress} ${now.is_favorite}`;
    if (state === shown) return;
    draw(now);
    replace(badges,
      el('span', { class: `badge ${TONES[now.status] ?? ''}` }, STATUSES[now.status]),
      now.is_favorite ? el('span', { class: 'badge love' }, 'Favori') : null,
      el('span', { class: 'small' }, ago(now.created_at)));
    if (now.status === 'failed' && now.error) why.textContent = failureOf(now.error).what;
    else why.textContent = isFinal(now) ? '' : stageText(now);
    shown = state;
  }

  update(tryon);
  return { node, update };
}
