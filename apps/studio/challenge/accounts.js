// Accounts and their roles: who is on the jury.
import { el, announce, replace } from '../elements.js';
import { get, patch } from '../api.js';
import { signedIn } from '../session.js';
import { field, select } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { table } from '../shell/table.js';

const ROLES = [['user', 'Utilisateur'], ['premium', 'Premium'], ['student', 'Étudiant'], ['examiner', 'Examinateur'], ['admin', 'Administrateur']];
const LIMIT = 50;

export async function accounts({ signal }) {
  const filter = field('Rôle', { control: select([['', 'Tous'], ...ROLES]) });
  const list = el('div', {});
  const place = el('div', { role: 'status' });
  let page = 1;

  function row(user) {
    const role = select(ROLES, { 'aria-label': `Rôle de ${user.name}`, value: user.role, disabled: user.id === signedIn().id });
    role.addEventListener('change', async () => {
      try {
        await patch(`/users/${user.id}`, { role: role.value });
        user.role = role.value;
        replace(place);
        announce(`${user.name} : ${role.selectedOptions[0].textContent}`);
      } catch (error) {
        role.value = user.role;
        replace(place, failureNotice(error));
      }
    });
    return [user.name, user.email, role];
  }

  async function draw(to) {
    page = to;
    const query = new URLSearchParams({ page, limit: LIMIT });
    if (filter.input.value) query.set('role', filter.input.value);
    const { data: { users }, pagination } = await get(`/users?${query}`, { signal });
    const turn = (other, label) => {
      const node = el('button', { type: 'button', disabled: other < 1 || other > Math.ceil(pagination.total / LIMIT) }, label);
      node.addEventListener('click', () => draw(other).catch((error) => replace(place, failureNotice(error))));
      return node;
    };
    replace(list,
      table(`${pagination.total} comptes`, [['Nom', 'name'], ['E-mail'], ['Rôle']], users.map(row)),
      pagination.total > LIMIT ? el('p', { class: 'actions' }, turn(page - 1, 'Précédents'), turn(page + 1, 'Suivants')) : null);
  }

  filter.input.addEventListener('change', () => draw(1).catch((error) => replace(place, failureNotice(error))));
  await draw(1);
  return [el('h1', {}, 'Comptes'), el('div', { class: 'columns' }, filter.node), place, list];
}
