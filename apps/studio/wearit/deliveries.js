// What was sent to one's addresses, each attempt with what came of it.
import { el, button, replace } from '../elements.js';
import { get, post } from '../api.js';
import { failureNotice } from '../shell/failure.js';
import { growing } from '../shell/more.js';
import { toast } from '../shell/toast.js';
import { ago, count, figure, time } from '../shell/wording.js';
import { eventText } from './wording.js';

const STATUSES = { pending: ['En route', ''], delivered: ['Arrivé', 'running'], failed: ['Abandonné', 'bad'] };
const FAILURES = {
  target_refused: 'adresse refusée', host_not_found: 'nom introuvable', connection_failed: 'connexion impossible', tls_failed: 'certificat refusé',
  timeout: 'pas de réponse à temps',
};

const outcome = ({ response_status: status, error }) => (status ? `réponse ${status}` : FAILURES[error] ?? error);

function attempts(delivery) {
  if (!delivery.attempts.length) return null;
  const line = (attempt) => el('li', {}, time(attempt.at), ` : ${outcome(attempt)}, ${figure(attempt.duration_ms)} ms`);
  return el('details', {}, el('summary', {}, `${count(delivery.attempts.length, 'envoi')}, le dernier : ${outcome(delivery.attempts.at(-1))}`),
    el('ol', { class: 'small' }, delivery.attempts.map(line)),
    el('pre', { class: 'small' }, JSON.stringify(delivery.payload, null, 2)));
}

/** `{node, begin()}`: the newest first, growing by pages. */
export function deliveryLog(signal) {
  const place = el('div', {});

  function item(delivery) {
    const [label, kind] = STATUSES[delivery.status] ?? [delivery.status, ''];
    const again = button('Renvoyer', async () => {
      replace(place);
      await post(`/webhooks/deliveries/${delivery.id}/redeliver`, undefined);
      toast('Le message repart, sous le même identifiant.');
      await list.begin();
    }, { failed: (error) => replace(place, failureNotice(error)), 'aria-label': `Renvoyer le message ${delivery.message_id}` });
    return el('li', { class: 'line' },
      el('div', {},
        el('strong', {}, eventText(delivery.event)), ' ', el('span', { class: `badge ${kind}` }, label),
        el('p', { class: 'small' }, ago(delivery.created_at), ' · ', el('code', {}, delivery.message_id)),
        delivery.next_attempt_at ? el('p', { class: 'small' }, 'Prochain envoi : ', time(delivery.next_attempt_at)) : null,
        attempts(delivery)),
      delivery.status === 'pending' ? null : again);
  }

  const list = growing({
    class: 'plain',
    'aria-label': 'Messages envoyés',
    fetchPage: async (after) => {
      const query = new URLSearchParams({ limit: 20, ...(after ? { after } : {}) });
      const { data, pagination } = await get(`/webhooks/deliveries?${query}`, { signal });
      return { items: data.deliveries, pagination };
    },
    item,
    empty: () => el('p', {}, 'Rien n’a encore été envoyé.'),
  });
  const look = button('Actualiser', () => list.begin(), { kind: 'quiet', failed: (error) => replace(place, failureNotice(error)) });
  return { node: el('div', {}, place, list.node, el('p', { class: 'actions' }, look)), begin: list.begin };
}
