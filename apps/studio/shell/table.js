// Tables that become a list of cards on a phone. Laid out as blocks they would lose their meaning, so every role is said.
import { el } from '../elements.js';

/** `columns` are `[label, class]`; the first of class `name` heads its row. `rows` are arrays of what is in the cells. */
export function table(caption, columns, rows) {
  const cell = (content, index) => {
    const [label, kind] = columns[index];
    const attributes = { class: kind, 'data-label': label };
    return kind === 'name'
      ? el('th', { ...attributes, scope: 'row', role: 'rowheader' }, content)
      : el('td', { ...attributes, role: 'cell' }, content);
  };
  const heading = ([label, kind]) => el('th', { scope: 'col', role: 'columnheader', class: kind }, label);
  return el('div', { class: 'table' }, el('table', { role: 'table' },
    el('caption', {}, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, columns.map(heading))),
    el('tbody', { role: 'rowgroup' }, rows.map((cells) => el('tr', { role: 'row' }, cells.map((content, index) => cell(content, index)))))));
}
