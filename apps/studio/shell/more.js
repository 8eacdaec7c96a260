// A list that grows page by page, by the cursor of the API.
import { el, button, replace, announce } from '../elements.js';
import { failureNotice } from './failure.js';
import { figure } from './wording.js';

/**
 * `fetchPage(after)` answers `{items, pagination}`; `item(one)` is the `li` of one; `empty()` stands where there is none; `told(total)` hears
 * how many there are. `begin()` shows the list from its start, also when something else is asked for meanwhile: the last one asked wins.
 */
export function growing({ fetchPage, item, empty, told = () => {}, ...attributes }) {
  const list = el('ul', attributes);
  const foot = el('div', { class: 'more' });
  const none = el('div', {});
  let next = null;
  let turn = 0;

  async function load(fresh) {
    if (fresh) turn += 1;
    const mine = turn;
    const { items, pagination } = await fetchPage(fresh ? null : next);
    if (mine !== turn) return null;
    const nodes = items.map(item);
    if (fresh) list.replaceChildren();
    list.append(...nodes);
    next = items.length ? pagination.next : null;
    told(pagination.total);
    const shown = list.children.length;
    list.hidden = !shown;
    replace(none, shown ? null : empty());
    replace(foot, next ? [el('p', { class: 'small' }, `${figure(shown)} sur ${figure(pagination.total)}`), more] : null);
    return nodes[0] ?? null;
  }

  const more = button('Afficher la suite', async () => {
    const first = await load(false);
    // The keyboard goes on where the list grew.
    first?.querySelector('a, button')?.focus();
    if (first) announce(`${list.children.length} affichés`);
  }, { failed: (error) => replace(foot, failureNotice(error), more) });

  async function begin() {
    list.setAttribute('aria-busy', 'true');
    try {
      await load(true);
    } finally {
      list.removeAttribute('aria-busy');
    }
  }

  return { node: el('div', {}, none, list, foot), list, begin };
}
