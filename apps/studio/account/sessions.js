// Where one is signed in.
import { el, button, replace } from '../elements.js';
import { get, remove } from '../api.js';
import { failureNotice } from '../shell/failure.js';
import { toast } from '../shell/toast.js';
import { ago } from '../shell/wording.js';

const BROWSERS = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl']];
const SYSTEMS = [[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']];
const nameIn = (table, text) => table.find(([words]) => words.test(text))?.[1];

/** A device by what its browser says of itself. */
function deviceName(text) {
  const words = [nameIn(BROWSERS, text), nameIn(SYSTEMS, text)].filter(Boolean);
  return words.length ? words.join(' sur ') : text || 'Appareil inconnu';
}

/** `{node, refresh()}`. */
export async function sessionsView(signal) {
  const list = el('ul', { class: 'plain' });
  const place = el('div', {});
  const failed = (error) => replace(place, failureNotice(error));

  function item(session) {
    const end = button('Déconnecter', async () => {
      await remove(`/auth/sessions/${session.id}`);
      toast('L’appareil est déconnecté.');
      await refresh();
    }, { failed, 'aria-label': `Déconnecter ${deviceName(session.user_agent)}` });
    return el('li', { class: 'line' },
      el('div', {},
        el('strong', { title: session.user_agent }, deviceName(session.user_agent)), ' ',
        session.current ? el('span', { class: 'badge running' }, 'Cet appareil') : null,
        el('p', { class: 'small' }, session.address, ' · actif ', ago(session.last_used_at))),
      session.current ? null : end);
  }

  async function refresh() {
    const { data: { sessions } } = await get('/auth/sessions', { signal });
    replace(list, sessions.map(item));
  }

  await refresh();
  return { node: el('div', {}, list, place), refresh };
}
