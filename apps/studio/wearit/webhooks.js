// Addresses of one's own applications that are told what becomes of try-ons, and what was sent to them.
import { el, button, replace } from '../elements.js';
import { get, keyed, patch, post, remove } from '../api.js';
import { confirm, field, form } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { toast } from '../shell/toast.js';
import { time } from '../shell/wording.js';
import { deliveryLog } from './deliveries.js';
import { EVENTS, eventText } from './wording.js';

const DISABLED = { by_owner: 'vous l’avez suspendue', failing: 'rien n’y est arrivé pendant cinq jours', gone: 'elle a répondu qu’elle n’existe plus' };

/** A secret is shown once: by whoever leaves the page without it, another one has to be made. */
function secretNotice(secret) {
  const copy = button('Copier', async () => {
    await navigator.clipboard.writeText(secret);
    toast('Le secret est copié.');
  });
  return el('div', { class: 'notice good', role: 'status' },
    el('p', {}, el('strong', {}, 'Le secret qui vérifie les signatures, affiché une seule fois :')),
    el('p', {}, el('code', { class: 'secret' }, secret)), navigator.clipboard ? copy : null);
}

function newEndpoint(made) {
  const url = field('Adresse', { name: 'url', type: 'url', required: true, maxlength: 2048, placeholder: 'https://', autocomplete: 'off' });
  const description = field('Description', { name: 'description', maxlength: 200 });
  const events = Object.entries(EVENTS).map(([event, label]) => ({ event, ...field(label, { type: 'checkbox', checked: true }) }));
  const once = keyed();
  const send = async () => {
    const chosen = events.filter(({ input }) => input.checked).map(({ event }) => event);
    const body = { url: url.input.value.trim(), description: description.input.value, events: chosen };
    const { data } = await once(body, (key) => post('/webhooks/endpoints', body, { key }));
    url.input.value = '';
    description.input.value = '';
    await made(data);
  };
  return form([url, description, el('fieldset', {}, el('legend', {}, 'Ce qui lui est dit (rien de coché : tout)'), events.map(({ node }) => node))],
    { submit: 'Ajouter l’adresse', send, 'aria-label': 'Nouvelle adresse' });
}

export async function webhooks({ signal }) {
  const list = el('ul', { class: 'plain' });
  const told = el('div', {});
  const shown = el('div', {});
  const failed = (error) => replace(told, failureNotice(error));
  const log = deliveryLog(signal);

  async function refresh() {
    const { data: { endpoints } } = await get('/webhooks/endpoints', { signal });
    replace(list, endpoints.length ? endpoints.map(item) : el('li', { class: 'line' }, 'Aucune adresse pour le moment.'));
  }

  function item(endpoint) {
    const path = `/webhooks/endpoints/${endpoint.id}`;
    const act = (label, action, attributes) => button(label, async () => {
      replace(told);
      await action();
      await refresh();
    }, { failed, 'aria-label': `${label} : ${endpoint.url}`, ...attributes });
    const test = act('Envoyer un essai', async () => {
      await post(`${path}/test`, undefined);
      toast('Un message d’essai est parti.');
      await log.begin();
    });
    const turn = act(endpoint.enabled ? 'Suspendre' : 'Reprendre', () => patch(path, { enabled: !endpoint.enabled }));
    const renew = act('Changer le secret', async () => {
      if (!await confirm('Changer le secret ?', 'Pendant un jour, les messages portent les deux signatures.', 'Changer')) return;
      replace(shown, secretNotice((await post(`${path}/secret`, undefined)).data.secret));
    });
    const take = act('Supprimer', async () => {
      if (!await confirm('Supprimer cette adresse ?', 'Plus rien ne lui sera envoyé, et ce qui l’attend est abandonné.', 'Supprimer', { kind: 'danger' })) return;
      await remove(path);
      await log.begin();
    }, { kind: 'quiet' });
    return el('li', { class: 'line' },
      el('div', {},
        el('strong', { class: 'address' }, endpoint.url), ' ',
        endpoint.enabled ? el('span', { class: 'badge running' }, 'Active') : el('span', { class: 'badge bad' }, 'Suspendue'),
        endpoint.description ? el('p', {}, endpoint.description) : null,
        el('p', { class: 'small' }, endpoint.events.map(eventText).join(', ')),
        endpoint.enabled ? null : el('p', { class: 'small' }, `Suspendue : ${DISABLED[endpoint.disabled_reason] ?? endpoint.disabled_reason}.`),
        endpoint.failing_since ? el('p', { class: 'small' }, 'Rien n’y arrive depuis le ', time(endpoint.failing_since), '.') : null),
      el('div', { class: 'actions' }, test, turn, renew, take));
  }

  const made = async ({ secret }) => {
    replace(shown, secretNotice(secret));
    await refresh();
  };
  await Promise.all([refresh(), log.begin()]);
  return [
    el('h1', {}, 'Webhooks'),
    el('p', {}, 'Vos propres applications apprennent ce que deviennent vos essayages, sans le demander sans cesse. Les messages suivent ',
      el('a', { href: 'https://www.standardwebhooks.com/', rel: 'noreferrer' }, 'Standard Webhooks'), ', dont les bibliothèques vérifient la signature.'),
    el('div', { class: 'stack' },
      el('section', { class: 'card' }, el('h2', {}, 'Adresses'), shown, told, list),
      el('section', { class: 'card' }, el('h2', {}, 'Ajouter une adresse'), newEndpoint(made)),
      el('section', { class: 'card' }, el('h2', {}, 'Messages envoyés'), log.node)),
  ];
}
