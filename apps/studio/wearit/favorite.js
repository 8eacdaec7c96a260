// The mark of a favourite.
import { button, svg, announce } from '../elements.js';
import { post, remove } from '../api.js';

const heart = () => svg('svg', { viewBox: '0 0 24 24', class: 'icon heart', 'aria-hidden': 'true' },
  svg('path', { d: 'M12 20.3 4.6 13a4.9 4.9 0 0 1 6.9-6.9l.5.5.5-.5a4.9 4.9 0 0 1 6.9 6.9Z' }));

/** A button that marks a try-on, and takes the mark away. */
export function favoriteButton(tryon, failed) {
  let marked = tryon.is_favorite;
  const node = button([heart(), 'Favori'], async () => {
    const wanted = !marked;
    try {
      if (wanted) await post('/favorites', { tryon_id: tryon.id });
      else await remove(`/favorites/${tryon.id}`);
    } catch (error) {
      // Another tab was faster.
      if (error.code !== 'ALREADY_FAVORITE' && !(error.status === 404 && !wanted)) throw error;
    }
    marked = wanted;
    show();
    announce(marked ? 'Ajouté à vos favoris' : 'Retiré de vos favoris');
  }, { kind: 'favorite', failed });
  const show = () => node.setAttribute('aria-pressed', String(marked));
  show();
  return node;
}
