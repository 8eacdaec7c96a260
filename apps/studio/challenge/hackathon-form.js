// Making and changing a hackathon.
import { el, announce } from '../elements.js';
import { get, keyed, patch, post } from '../api.js';
import { field, form, group, select } from '../shell/forms.js';
import { go } from '../router.js';
import { figure, fromLocalInput, localInput } from './wording.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where nothing is known yet: from now on, for a day. */
const suggested = () => ({ debut: new Date(Date.now()).toISOString(), fin: new Date(Date.now() + DAY).toISOString(), archiveLe: null });

function fields(known, presets) {
  const dates = known?.dates ?? suggested();
  const own = {
    name: field('Nom', { name: 'nom', required: true, maxlength: 200, value: known?.nom }),
    description: field('Description', { name: 'description', control: el('textarea', { rows: 3, maxlength: 10000, value: known?.description }) }),
    objectives: field('Objectifs', { name: 'objectifs', control: el('textarea', { rows: 3, maxlength: 10000, value: known?.objectifs }) }),
    starts: field('Début', { name: 'dates.debut', type: 'datetime-local', required: true, value: localInput(dates.debut) }),
    ends: field('Fin', { name: 'dates.fin', type: 'datetime-local', required: true, value: localInput(dates.fin) }),
    archive: field('Archivage', {
      name: 'dates.archiveLe', type: 'datetime-local', value: dates.archiveLe ? localInput(dates.archiveLe) : '', hint: 'Facultatif : à la main sinon.',
    }),
    tasks: field('Tâches', {
      name: 'taches', control: el('textarea', { rows: 4, value: known?.taches.map(({ label }) => label).join('\n') }), hint: 'Une par ligne.',
    }),
    anonymous: field('Notation anonyme : le jury ne sait pas de qui est une copie', {
      name: 'anonymatActif', control: el('input', { type: 'checkbox', checked: known?.anonymatActif ?? true }),
    }),
    preset: field('Quotas types', { control: select([['', 'Libres'], ...presets.map(({ nom, quotas }) => [nom, `${nom} : ${figure(quotas.promptsParEtudiant)} prompts, ${figure(quotas.tokensParEtudiant)} tokens`])]) }),
    prompts: field('Prompts par étudiant', { name: 'quotas.promptsParEtudiant', type: 'number', min: 0, required: true, value: known?.quotas.promptsParEtudiant }),
    tokens: field('Tokens par étudiant', { name: 'quotas.tokensParEtudiant', type: 'number', min: 0, required: true, value: known?.quotas.tokensParEtudiant }),
  };
  own.preset.input.addEventListener('change', () => {
    const preset = presets.find(({ nom }) => nom === own.preset.input.value);
    if (!preset) return;
    own.prompts.input.value = preset.quotas.promptsParEtudiant;
    own.tokens.input.value = preset.quotas.tokensParEtudiant;
  });
  return own;
}

function body(own) {
  const labels = own.tasks.input.value.split('\n').map((line) => line.trim()).filter(Boolean);
  return {
    nom: own.name.input.value,
    description: own.description.input.value,
    objectifs: own.objectives.input.value,
    dates: {
      debut: fromLocalInput(own.starts.input.value),
      fin: fromLocalInput(own.ends.input.value),
      archiveLe: own.archive.input.value ? fromLocalInput(own.archive.input.value) : null,
    },
    anonymatActif: own.anonymous.input.checked,
    quotas: { promptsParEtudiant: own.prompts.input.valueAsNumber, tokensParEtudiant: own.tokens.input.valueAsNumber },
    taches: labels,
  };
}

const layout = (own) => [
  own.name, own.description, own.objectives,
  group('Quand'), own.starts, own.ends, own.archive,
  group('Quoi'), own.tasks, own.anonymous,
  group('Combien'), own.preset, own.prompts, own.tokens,
];

/** What the organiser may not have meant is told where the hackathon is shown next. */
const told = ({ hackathon, warnings }) => {
  announce('Hackathon enregistré');
  go(`/organisation/${hackathon.id}${warnings.length ? '?quotas=justes' : ''}`);
};

export async function newHackathon({ signal }) {
  const { data: { presets } } = await get('/hackathons/presets', { signal });
  const own = fields(null, presets);
  const standard = presets.find(({ nom }) => nom === 'standard') ?? presets[0];
  if (standard) {
    own.preset.input.value = standard.nom;
    own.preset.input.dispatchEvent(new Event('change'));
  }
  const once = keyed();
  const send = async () => told((await once(body(own), (key) => post('/hackathons', body(own), { key }))).data);
  return el('section', { class: 'narrow card' },
    el('h1', {}, 'Nouveau hackathon'),
    form(layout(own), { submit: 'Créer le hackathon', send, more: el('a', { class: 'button', href: '#/organisation' }, 'Annuler') }));
}

/** What was not touched is not sent: some of it cannot change any more once the hackathon runs. */
function changes(before, after) {
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(value, before[name])));
}

export async function editHackathon({ id, signal }) {
  const [{ data: { presets } }, { data: { hackathon } }] = await Promise.all([
    get('/hackathons/presets', { signal }),
    get(`/hackathons/${id}`, { signal }),
  ]);
  const own = fields(hackathon, presets);
  const before = body(own);
  const send = async () => told((await patch(`/hackathons/${id}`, changes(before, body(own)), { version: hackathon.version })).data);
  return el('section', { class: 'narrow card' },
    el('h1', {}, 'Modifier le hackathon'),
    hackathon.statut === 'Brouillon' ? null : el('p', { class: 'notice' }, 'Une fois commencé, ses tâches restent et ses quotas ne font que croître ; une fois terminé, seul l’archivage change.'),
    form(layout(own), { submit: 'Enregistrer', send, more: el('a', { class: 'button', href: `#/organisation/${id}` }, 'Annuler') }));
}
