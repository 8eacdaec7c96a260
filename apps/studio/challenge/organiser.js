// The organiser's hackathons.
import { el, replace } from '../elements.js';
import { get } from '../api.js';
import { field, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { badge, NEXT, period } from './wording.js';

const LIMIT = 20;

const row = (hackathon) => el('li', { class: 'card' },
  el('h2', {}, el('a', { href: `#/organisation/${hackathon.id}` }, hackathon.nom)),
  el('p', { class: 'row' }, badge(hackathon.statut), el('span', { class: 'small' }, period(hackathon))),
  hackathon.resultatsPubliesLe ? el('p', { class: 'small' }, 'Résultats publiés') : null);

export async function organisation({ signal }) {
  const words = field('Rechercher', { type: 'search', placeholder: 'mots entiers du nom ou de la description' });
  const status = field('Statut', { control: select([['', 'Tous'], ...Object.keys(NEXT).map((name) => [name, name])]) });
  const list = el('div', { 'aria-live': 'polite' });
  let page = 1;

  async function draw() {
    const query = new URLSearchParams({ page, limit: LIMIT });
    if (words.input.value.trim()) query.set('q', words.input.value.trim());
    if (status.input.value) query.set('statut', status.input.value);
    const { data, pagination } = await get(`/hackathons?${query}`, { signal });
    const turn = (to, label) => {
      const node = el('button', { type: 'button', disabled: to < 1 || to > Math.ceil(pagination.total / LIMIT) }, label);
      node.addEventListener('click', () => change(to));
      return node;
    };
    replace(list,
      data.hackathons.length ? el('ul', { class: 'cards' }, data.hackathons.map(row)) : el('p', { class: 'empty' }, 'Aucun hackathon.'),
      pagination.total > LIMIT ? el('p', { class: 'actions' }, turn(page - 1, 'Précédents'), turn(page + 1, 'Suivants')) : null);
  }

  async function change(to) {
    page = to;
    await draw().catch((error) => signal.aborted || replace(list, failureNotice(error)));
  }

  const search = el('form', { class: 'columns', role: 'search' }, words.node, status.node, el('div', { class: 'field end' }, el('button', { type: 'submit' }, 'Chercher')));
  search.addEventListener('submit', (event) => {
    event.preventDefault();
    change(1);
  });
  status.input.addEventListener('change', () => change(1));
  await draw();
  return [
    el('h1', {}, 'Organisation'),
    el('p', { class: 'actions' }, el('a', { class: 'button primary', href: '#/organisation/nouveau' }, 'Nouveau hackathon')),
    search,
    list,
  ];
}
