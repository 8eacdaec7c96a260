// Exports: fetched with the token, then given to the browser as a file. A link alone would carry no token.
import { el, announce, replace } from '../elements.js';
import { send } from '../api.js';
import { field, form, select } from '../shell/forms.js';

const CONTENTS = [['results', 'Classement'], ['evaluations', 'Évaluations'], ['conversations', 'Conversations']];
// With a byte order mark, without which spreadsheets read UTF-8 as something else.
const FORMATS = [['csv', 'CSV (tableur)', 'text/csv', '&bom=true'], ['json', 'JSON', 'application/json', '']];

async function save(hackathon, what, format) {
  const [ending, , accept, more] = FORMATS.find(([name]) => name === format);
  const title = hackathon.nom.normalize('NFD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').toLowerCase();
  const name = `${title || 'hackathon'}-${what}.${ending}`;
  const response = await send('GET', `/hackathons/${hackathon.id}/export.${ending}?what=${what}${more}`, { accept });
  const address = URL.createObjectURL(await response.blob());
  const link = el('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the bytes after the click, at a time it does not tell.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return name;
}

/** What is exported in which form, and the button that does it. */
export function exportForm(hackathon) {
  const what = field('Contenu', { control: select(CONTENTS) });
  const format = field('Format', { control: select(FORMATS) });
  const done = el('p', { class: 'small', role: 'status' });
  const download = async () => {
    const name = await save(hackathon, what.input.value, format.input.value);
    replace(done, `${name} est téléchargé.`);
    announce(`${name} est téléchargé`);
  };
  return form([el('div', { class: 'columns' }, what.node, format.node), done], { submit: 'Télécharger', send: download, class: 'export', 'aria-label': 'Exporter' });
}
