// What the account may use, where the service counts it.
import { el } from '../elements.js';
import { figure } from '../shell/wording.js';

const NAMES = { tryons_today: 'Essayages du jour', storage_bytes: 'Place pour vos photos' };
const isBytes = (name) => name === 'storage_bytes';
const megabytes = (value) => `${figure(Math.round(value / 100_000) / 10)} Mo`;

/** A card of meters, or null where nothing is limited. */
export function quotasView(quotas, section) {
  const limited = Object.entries(quotas ?? {}).filter(([, quota]) => typeof quota?.limit === 'number');
  if (!limited.length) return null;
  const line = ([name, { used = 0, limit }]) => {
    const words = isBytes(name) ? megabytes : figure;
    const id = `quota-${name}`;
    return el('div', { class: 'meter' },
      el('p', {}, el('label', { for: id }, NAMES[name] ?? name), el('strong', {}, `${words(used)} sur ${words(limit)}`)),
      el('meter', { id, min: 0, max: Math.max(limit, 1), value: Math.min(used, limit), high: limit * 0.8, optimum: 0 }));
  };
  return section('Utilisation', limited.map(line));
}
