// What went wrong, in the words of the interface. The service's own words stand only where none are known here.
import { el } from '../elements.js';
import { faultText, isKnown, labelOf } from './faults.js';

const TEXTS = {
  OFFLINE: 'Le service ne répond pas. Vérifiez votre connexion, puis réessayez.',
  UNAUTHORIZED: 'Votre session est terminée : reconnectez-vous.',
  WRONG_CREDENTIALS: 'L’adresse et le mot de passe ne vont pas ensemble.',
  WRONG_PASSWORD: 'Ce n’est pas votre mot de passe actuel.',
  EMAIL_TAKEN: 'Un compte existe déjà avec cette adresse.',
  LINK_INVALID: 'Ce lien a expiré ou a déjà servi. Demandez-en un autre.',
  RESET_CODE_INVALID: 'Ce code est faux ou a expiré. Demandez-en un autre.',
  LAST_ADMIN: 'Vous êtes le dernier administrateur : donnez d’abord ce rôle à quelqu’un d’autre.',
  VALIDATION_ERROR: 'Vérifiez les champs indiqués.',
  FORBIDDEN: 'Votre compte n’y est pas autorisé.',
  NOT_FOUND: 'Introuvable, ou pas accessible à votre compte.',
  ROUTE_NOT_FOUND: 'Ce service n’offre pas cette fonction.',
  CONSENT_REQUIRED: 'Votre consentement est nécessaire d’abord.',
  HACKATHON_CLOSED: 'Le hackathon n’est pas ouvert à cela maintenant.',
  CONVERSATION_BUSY: 'Une réponse est en cours : attendez sa fin ou arrêtez-la.',
  INVALID_STATE: 'Ce n’est pas possible dans l’état actuel.',
  INVALID_TRANSITION: 'Ce changement de statut n’est pas possible.',
  ALREADY_CLAIMED: 'Assez d’examinateurs ont déjà cette copie.',
  EVALUATION_EXISTS: 'Vous avez déjà évalué cette copie.',
  PRECONDITION_FAILED: 'Quelqu’un l’a modifié entre-temps : rechargez avant de recommencer.',
  IDEMPOTENCY_MISMATCH: 'La demande a changé entre-temps : recommencez.',
  CONTENT_FILTERED: 'Le fournisseur du modèle a refusé ce contenu.',
  CONTEXT_TOO_LONG: 'La conversation est trop longue pour ce modèle.',
  CUT: 'La connexion a été coupée ; la réponse continue sans elle.',
  TIMEOUT: 'La réponse se fait attendre. Réessayez dans un instant.',
  BUSY: 'Le service est très occupé : réessayez dans un instant.',
  NOT_CONFIGURED: 'Cette fonction n’est pas configurée sur ce service.',
  INTERNAL_ERROR: 'Une erreur s’est produite de notre côté.',
  SERVICE_UNAVAILABLE: 'Le service est indisponible pour le moment : réessayez dans un instant.',
  BODY_PHOTO_REQUIRED: 'Ajoutez d’abord une photo de vous.',
  PHOTO_NOT_USABLE: 'Votre photo ne convient pas à un essayage : choisissez-en une autre, d’une personne seule, entière, nette et de face.',
  DUPLICATE_TRYON: 'Le même essayage est déjà en cours.',
  CATEGORY_NOT_SUPPORTED: 'Aucun moteur d’essayage ne prend cette catégorie de vêtement.',
  OPTION_NOT_SUPPORTED: 'Aucun moteur d’essayage ne prend cette option.',
  ALREADY_FAVORITE: 'C’est déjà un favori.',
  TOO_MANY_ENDPOINTS: 'Vous avez déjà dix adresses : supprimez-en une d’abord.',
  UPLOAD_NOT_READY: 'L’envoi de la photo n’est pas terminé : recommencez.',
  PAYLOAD_TOO_LARGE: 'Le fichier est trop lourd : 10 Mo au plus.',
  UNSUPPORTED_MEDIA_TYPE: 'Ce n’est pas une photo que nous savons lire : choisissez un fichier JPEG, PNG ou WebP.',
  UNREADABLE: 'La réponse du service est illisible.',
};

const QUOTAS = { prompts: 'prompts', tokens: 'tokens' };

function quotaText({ quota, limit, remaining }) {
  if (quota === 'tryons') return `Vos ${limit} essayages d’aujourd’hui sont utilisés : il y en aura d’autres demain.`;
  if (quota === 'storage') return `Vos ${Math.round(limit / 1_000_000)}\u00a0Mo de photos sont pleins : supprimez d’abord des vêtements ou des essayages.`;
  const what = QUOTAS[quota] ?? quota;
  return `Votre quota de ${what} est épuisé\u00a0: il en reste ${remaining ?? 0} sur ${limit}.`;
}

/** The text for an error, or null where only the service's words are known. */
function text(error) {
  if (error.code === 'QUOTA_EXCEEDED') return quotaText(error.details);
  if (error.status === 429) return `Trop de demandes : réessayez dans ${error.retryAfter ?? 'quelques'} secondes.`;
  if (error.code?.startsWith('MODEL_')) {
    const when = error.retryAfter ? ` Réessayez dans ${error.retryAfter} s.` : '';
    return `Le modèle n’a pas répondu.${when}`;
  }
  // What is wrong with a picture is said in the message alone.
  if (error.code === 'VALIDATION_ERROR' && !error.details.fields) return isKnown(error) ? faultText(error) : null;
  return TEXTS[error.code] ?? null;
}

/** A notice of an error, read out at once. `label` names a field of the API as the form at hand calls it. */
export function failureNotice(error, { label = () => null } = {}) {
  // What the browser itself throws may have a number for a code.
  if (typeof error.code !== 'string') return el('div', { class: 'notice failure', role: 'alert' }, el('p', {}, el('strong', {}, 'La page a rencontré une erreur.')));
  const own = text(error);
  const faults = error.details?.fields ?? [];
  const line = (fault) => el('li', {}, `${label(fault) ?? labelOf(fault.field)} : ${faultText(fault)}`);
  return el('div', { class: 'notice failure', role: 'alert' },
    el('p', {}, el('strong', {}, own ?? 'La demande a échoué.')),
    faults.length ? el('ul', {}, faults.map(line)) : null,
    own ? null : el('p', { class: 'small', lang: 'en' }, error.message),
    error.code === 'UNAUTHORIZED' ? el('p', {}, el('a', { href: '#/connexion' }, 'Se connecter')) : null,
    error.status >= 500 && error.requestId ? el('p', { class: 'small' }, `Référence : ${error.requestId}`) : null);
}
