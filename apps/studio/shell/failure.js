// What went wrong, in the words of the interface, with what the service itself says of it.
import { el } from '../elements.js';
import { faultText } from './faults.js';

const TEXTS = {
  OFFLINE: 'Le service ne répond pas. Vérifiez votre connexion, puis réessayez.',
  UNAUTHORIZED: 'Votre session est terminée : reconnectez-vous.',
  WRONG_CREDENTIALS: 'L’adresse et le mot de passe ne vont pas ensemble.',
  EMAIL_TAKEN: 'Un compte existe déjà avec cette adresse.',
  LINK_INVALID: 'Ce lien a expiré ou a déjà servi. Demandez-en un autre.',
  VALIDATION_ERROR: 'Vérifiez les champs indiqués.',
  FORBIDDEN: 'Votre compte n’y est pas autorisé.',
  NOT_FOUND: 'Introuvable, ou pas accessible à votre compte.',
  CONSENT_REQUIRED: 'Participer demande votre consentement : complétez votre profil.',
  HACKATHON_CLOSED: 'Le hackathon n’est pas ouvert à cela maintenant.',
  CONVERSATION_BUSY: 'Une réponse est en cours : attendez sa fin ou arrêtez-la.',
  INVALID_STATE: 'Ce n’est pas possible dans l’état actuel.',
  INVALID_TRANSITION: 'Ce changement de statut n’est pas possible.',
  ALREADY_CLAIMED: 'Assez d’examinateurs ont déjà cette copie.',
  EVALUATION_EXISTS: 'Vous avez déjà évalué cette copie.',
  PRECONDITION_FAILED: 'Quelqu’un l’a modifié entre-temps : rechargez avant de recommencer.',
  CONTENT_FILTERED: 'Le fournisseur du modèle a refusé ce contenu.',
  CONTEXT_TOO_LONG: 'La conversation est trop longue pour ce modèle.',
  NOT_CONFIGURED: 'Cette fonction n’est pas configurée sur ce service.',
  INTERNAL_ERROR: 'Une erreur s’est produite de notre côté.',
};

function text(error) {
  if (error.code === 'QUOTA_EXCEEDED') {
    const { quota, limit, remaining } = error.details;
    const what = quota === 'prompts' ? 'prompts' : 'tokens';
    return `Votre quota de ${what} est épuisé\u00a0: il en reste ${remaining ?? 0} sur ${limit}.`;
  }
  if (error.status === 429) return `Trop de demandes : réessayez dans ${error.retryAfter ?? 'quelques'} secondes.`;
  if (error.code?.startsWith('MODEL_')) {
    const when = error.retryAfter ? ` Réessayez dans ${error.retryAfter} s.` : '';
    return `Le modèle n’a pas répondu.${when}`;
  }
  return TEXTS[error.code] ?? 'La demande a échoué.';
}

/** A notice of an error, read out at once. */
export function failureNotice(error) {
  const own = error.code ? text(error) : 'La page a rencontré une erreur.';
  const fields = error.details?.fields;
  const said = fields ? fields.map((fault) => el('li', {}, `${fault.field} : ${faultText(fault)}`)) : [];
  return el('div', { class: 'notice failure', role: 'alert' },
    el('p', {}, el('strong', {}, own)),
    said.length ? el('ul', {}, said) : el('p', { class: 'small' }, error.message));
}
