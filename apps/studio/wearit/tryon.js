// One try-on: how far it is, then the picture beside the photo it was made on, or what went wrong and what helps.
import { el, button, replace, announce } from '../elements.js';
import { get, keyed, post, remove } from '../api.js';
import { go } from '../router.js';
import { confirm } from '../shell/forms.js';
import { failureNotice } from '../shell/failure.js';
import { toast } from '../shell/toast.js';
import { figure, time } from '../shell/wording.js';
import { bodyOf } from './body.js';
import { compare } from './compare.js';
import { withConsent } from './consent.js';
import { favoriteButton } from './favorite.js';
import { garmentPicture, garmentsOf, namesOf } from './garments.js';
import { tryonOf, watch } from './live.js';
import { isSamePhoto } from './same-photo.js';
import { failureOf, finding, isFinal, photoAtFault, stageText } from './wording.js';

/** The picture, over the photo it was made on; alone where that photo is gone or another one by now. */
async function resultPicture(tryon, body, names) {
  const after = { src: tryon.result_image_url, alt: `Vous avec ${names}` };
  if (await isSamePhoto(tryon, body)) return compare({ src: body.image_url, alt: 'Votre photo, avant' }, after);
  return el('figure', { class: 'alone' }, el('img', after), el('figcaption', { class: 'small' }, 'La photo sur laquelle cet essayage a été fait n’est plus la vôtre : il n’y a pas d’avant à montrer.'));
}

const fileName = (names) => `${names.normalize('NFD').replace(/\p{M}/gu, '').replace(/[^\w]+/g, '-').replace(/^-|-$/g, '').toLowerCase() || 'essayage'}.jpg`;

function warningsView(codes) {
  const known = codes.map(finding).filter(Boolean);
  if (!known.length) return null;
  return el('div', { class: 'notice warning' }, el('ul', {}, known.map(({ what, advice }) => el('li', {}, el('strong', {}, what), ' ', advice))));
}

const facts = (tryon) => el('details', {}, el('summary', {}, 'Détails'), el('dl', { class: 'facts' }, [
  ['Demandé le', time(tryon.created_at)],
  ['Moteur', tryon.model_used ?? '–'],
  ['Temps de calcul', tryon.processing_time === null ? '–' : `${figure(tryon.processing_time)} s`],
  ['Confiance', tryon.confidence === undefined ? '–' : `${figure(Math.round(tryon.confidence * 100))} %`],
].map(([term, value]) => [el('dt', {}, term), el('dd', {}, value)])));

function failed({ status, error }, garmentId) {
  const { what, advice, lang } = failureOf(error);
  const fault = photoAtFault(error);
  return {
    notice: el('div', { class: status === 'cancelled' ? 'notice' : 'notice failure', role: 'alert', lang }, el('p', {}, el('strong', {}, what)), el('p', {}, advice)),
    remedy: [
      fault === 'person' ? el('a', { class: 'button primary', href: '#/ma-photo' }, 'Changer ma photo') : null,
      fault === 'garment' && garmentId ? el('a', { class: 'button primary', href: `#/garde-robe/${garmentId}` }, 'Changer la photo du vêtement') : null,
    ],
  };
}

export async function tryonPage({ id, signal }) {
  let tryon = await tryonOf(id, signal);
  const [body, garments] = await Promise.all([bodyOf(signal), garmentsOf(tryon.clothing_ids, signal)]);
  const names = namesOf(tryon, garments);
  const stage = el('div', { class: 'stage' });
  const side = el('div', {});
  const place = el('div', {});
  const bar = el('progress', { max: 100, value: 0, 'aria-label': 'Avancement de l’essayage' });
  const doing = el('p', { role: 'status' });
  const failing = (error) => replace(place, failureNotice(error));
  let drawn = null;
  // Nothing more is told of a try-on that has ended.
  const ended = new AbortController();

  const once = keyed();
  const retry = (kind) => button('Réessayer', async () => {
    const answer = await withConsent(() => once(id, (key) => post(`/tryon/${id}/retry`, undefined, { key })));
    if (answer) go(`/essayages/${answer.data.tryon.id}`);
  }, { kind, failed: failing });
  const cancel = button('Annuler', async () => {
    try {
      changed((await post(`/tryon/${id}/cancel`, undefined)).data.tryon);
    } catch (error) {
      // It ended in that moment: what came of it is shown.
      if (error.code !== 'INVALID_STATE') throw error;
      changed(await tryonOf(id, signal));
    }
  }, { failed: failing });
  const discard = button('Supprimer', async () => {
    if (!await confirm('Supprimer cet essayage ?', 'L’image est effacée pour de bon.', 'Supprimer', { kind: 'danger' })) return;
    await remove(`/tryon/${id}`);
    toast('L’essayage est supprimé.');
    go('/essayages');
  }, { kind: 'danger', failed: failing });

  const waitingStage = () => el('div', { class: 'making' },
    body?.image_url ? el('img', { src: body.image_url, alt: 'Votre photo', class: 'sheet-picture' }) : el('div', { class: 'sheet-picture' }));

  function drawWaiting() {
    if (drawn !== 'waiting') {
      replace(stage, waitingStage());
      replace(side, el('div', { class: 'card' }, bar, doing, el('p', { class: 'small' }, 'Vous pouvez quitter cette page : l’image vous attendra dans vos essayages.'), el('p', { class: 'actions' }, cancel)));
      drawn = 'waiting';
    }
    bar.value = tryon.progress;
    const text = stageText(tryon);
    if (doing.textContent !== text) doing.textContent = text;
  }

  async function drawCompleted() {
    const had = drawn;
    drawn = 'completed';
    replace(stage, await resultPicture(tryon, body, names));
    replace(side,
      el('p', { class: 'actions' },
        favoriteButton(tryon, failing),
        el('a', { class: 'button', href: tryon.result_image_url, download: fileName(names), target: '_blank', rel: 'noopener' }, 'Télécharger')),
      tryon.preview ? el('p', { class: 'notice' }, el('strong', {}, 'Aperçu. '), 'Cette image donne une idée de l’allure ; les plis et la matière sont simplifiés.') : null,
      warningsView(tryon.warnings),
      facts(tryon),
      el('p', { class: 'actions' }, el('a', { class: 'button primary', href: '#/essayer' }, 'Essayer autre chose'), discard));
    if (had) announce('L’image est prête');
  }

  function drawEnded() {
    drawn = tryon.status;
    replace(stage, waitingStage());
    stage.firstChild.classList.add('ended');
    const { notice, remedy } = failed(tryon, garments.size ? tryon.clothing_id : null);
    const again = tryon.status === 'cancelled' || tryon.error.retryable;
    replace(side, notice,
      el('p', { class: 'actions' }, remedy, garments.size ? retry(again ? 'primary' : '') : null, discard),
      el('p', { class: 'small' }, 'Un essayage sans image ne compte pas dans votre quota.'));
  }

  function changed(now) {
    if (now.id !== id || signal.aborted) return;
    // What is told late of a try-on that has ended is old.
    if (isFinal(tryon) && drawn && !isFinal(now)) return;
    tryon = now;
    replace(place);
    if (!isFinal(tryon)) drawWaiting();
    else if (drawn !== tryon.status) {
      ended.abort();
      if (tryon.status === 'completed') drawCompleted().catch(failing);
      else drawEnded();
    }
  }

  if (isFinal(tryon)) {
    if (tryon.status === 'completed') await drawCompleted();
    else drawEnded();
  } else {
    drawWaiting();
    watch({
      signal: AbortSignal.any([signal, ended.signal]),
      changed,
      deleted: (gone) => gone === id && go('/essayages'),
      poll: async () => changed(await tryonOf(id, signal)),
    });
  }
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/essayages' }, 'Essayages')),
    el('h1', {}, names),
    el('div', { class: 'sheet' },
      stage,
      el('div', {}, place, side,
        garments.size ? el('ul', { class: 'worn' }, [...garments.values()].map((garment) => el('li', {},
          garmentPicture(garment, '4rem'), el('a', { href: `#/garde-robe/${garment.id}` }, garment.name)))) : null)),
  ];
}
