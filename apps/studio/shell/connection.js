// Tells when the service cannot be reached, and when it can again.
import { el, replace } from '../elements.js';
import { onReach } from '../api.js';

let away = false;

function show(isAway) {
  if (away === isAway) return;
  away = isAway;
  replace(document.getElementById('connection'),
    away ? el('p', {}, 'Hors connexion : ce que vous voyez n’est peut-être plus à jour.') : null);
}

/** Watches the browser's connection and the answers of the service. */
export function watchConnection() {
  onReach((reached) => show(!reached));
  window.addEventListener('offline', () => show(true));
  window.addEventListener('online', () => show(false));
}
