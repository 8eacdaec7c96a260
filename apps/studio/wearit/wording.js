// What the API's words of WearIT are called in French, and what can be done about what was found.

/** Categories of garments, as the API has them. */
export const CATEGORIES = {
  tops: 'Hauts', bottoms: 'Bas', dresses: 'Robes', outerwear: 'Vestes et manteaux', shoes: 'Chaussures', accessories: 'Accessoires',
};

/** A category in the singular, for one garment. */
export const KINDS = {
  tops: 'Haut', bottoms: 'Bas', dresses: 'Robe', outerwear: 'Veste ou manteau', shoes: 'Chaussures', accessories: 'Accessoire',
};

export const STATUSES = { pending: 'En attente', processing: 'En cours', completed: 'Prêt', failed: 'Échoué', cancelled: 'Annulé' };

/** What webhooks tell of. */
export const EVENTS = {
  'tryon.completed': 'Essayage prêt', 'tryon.failed': 'Essayage échoué', 'tryon.cancelled': 'Essayage annulé',
};

/** What a message tells of, an asked-for trial included. */
export const eventText = (event) => (event === 'webhook.test' ? 'Message d’essai' : EVENTS[event] ?? event);

const STAGES = {
  queued: 'Dans la file d’attente',
  starting: 'Préparation',
  pose: 'Lecture de votre posture',
  labels: 'Repérage de ce que vous portez',
  garment: 'Découpe du vêtement',
  warp: 'Ajustement du vêtement à votre silhouette',
  composite: 'Assemblage de l’image',
  processing: 'Le moteur travaille',
  storing: 'Enregistrement de l’image',
  done: 'Terminé',
  failed: 'Échoué',
  cancelled: 'Annulé',
};

/** What is being done. */
export const stageText = (tryon) => {
  if (tryon.status === 'pending' && tryon.queue_position > 1) return `Dans la file d’attente, en position ${tryon.queue_position}`;
  return STAGES[tryon.stage] ?? 'En cours';
};

/** Whether no more will come of a try-on. */
export const isFinal = ({ status }) => ['completed', 'failed', 'cancelled'].includes(status);

const NEW_PHOTO = 'Prenez une photo nette d’une seule personne, debout, de face, de la tête aux hanches au moins.';

/** What may be found on a photo or said of a result: `[what, what to do]`; `bad` when no try-on can be made of it. */
const FINDINGS = {
  no_person: { bad: true, what: 'Personne n’a été trouvé sur la photo.', advice: 'Prenez une photo nette d’une personne qui en occupe presque toute la hauteur.' },
  several_people: { bad: true, what: 'Il y a plusieurs personnes sur la photo.', advice: 'Choisissez une photo où vous êtes seul, ou recadrez-la.' },
  picture_too_small: { bad: true, what: 'L’image est trop petite.', advice: 'Choisissez une image d’au moins 200 pixels sur son petit côté.' },
  pose_cut_off: { bad: true, what: 'La partie du corps que couvre le vêtement sort du cadre.', advice: 'Montrez-vous de la tête aux hanches au moins ; pour un bas ou une robe, jusqu’aux pieds.' },
  pose_not_frontal: { bad: true, what: 'Vous n’êtes pas face à l’appareil.', advice: 'Tournez-vous vers l’appareil, les deux épaules visibles.' },
  pose_unsupported: { bad: true, what: 'Ce vêtement ne peut pas être ajusté à cette posture.', advice: 'Tenez-vous debout et droit, les bras un peu écartés du corps.' },
  clothing_unclear: { bad: true, what: 'Vos vêtements se confondent avec le reste de la photo.', advice: 'Portez quelque chose d’ajusté, d’une autre couleur que le fond.' },
  garment_not_found: { bad: true, what: 'Aucun vêtement n’a été trouvé sur l’image.', advice: 'Posez le vêtement à plat sur un fond uni d’une autre couleur.' },
  garment_background_not_plain: { bad: true, what: 'Le vêtement n’est pas sur un fond uni.', advice: 'Photographiez-le sur une seule surface unie, bien éclairée.' },
  garment_cut_off: { bad: true, what: 'Le vêtement dépasse de l’image.', advice: 'Laissez un peu de fond tout autour.' },
  garment_worn: { bad: true, what: 'Quelqu’un porte le vêtement sur sa photo.', advice: 'Photographiez-le seul, à plat, sur un fond uni.' },
  garment_landmarks: { bad: true, what: 'La forme du vêtement n’est pas reconnue.', advice: 'Posez-le à plat, de face, les manches écartées.' },
  garment_photo: { bad: true, what: 'Le moteur n’a pas pu utiliser la photo du vêtement.', advice: 'Photographiez-le seul, ou porté par une personne, de face.' },
  category_mismatch: { bad: true, what: 'Le vêtement ne ressemble pas à sa catégorie.', advice: 'Choisissez la bonne catégorie, ou une autre photo.' },
  not_worn_together: { bad: true, what: 'Ces vêtements ne se portent pas ensemble.', advice: 'Choisissez un vêtement par partie du corps : un haut et un bas, ou une robe, et une veste par-dessus.' },
  pose_not_found: { bad: true, what: 'Le moteur n’a trouvé personne d’utilisable sur la photo.', advice: NEW_PHOTO },
  picture_unreadable: { bad: true, what: 'Le moteur n’a pas pu lire une photo.', advice: 'Envoyez-la de nouveau, en JPEG ou en PNG.' },
  person_unreadable: { bad: true, what: 'Votre photo est illisible.', advice: 'Envoyez-la de nouveau.' },
  garment_unreadable: { bad: true, what: 'La photo du vêtement est illisible.', advice: 'Envoyez-la de nouveau.' },
  picture_size: { bad: true, what: 'Une photo est trop petite ou trop grande pour le moteur.', advice: 'Choisissez une image d’au moins 768 × 1024 pixels.' },
  input_rejected: { bad: true, what: 'Le moteur n’a pas accepté la demande.', advice: 'Essayez avec une autre photo.' },
  not_served: { bad: true, what: 'Aucun modèle de ce moteur ne prend ces vêtements.', advice: 'Choisissez moins de vêtements, ou un autre modèle.' },
  seated: { what: 'Vous êtes assis : le bas d’un vêtement sera caché.', advice: 'Une photo debout donnera un meilleur résultat.' },
  wrist_hidden: { what: 'Un poignet n’est pas visible : le bout de la manche est deviné.', advice: 'Écartez un peu les bras du corps, les mains visibles.' },
  old_garment_may_show: { what: 'Ce que vous portez peut dépasser sous le vêtement essayé.', advice: 'Portez quelque chose d’ajusté sur la photo.' },
  low_confidence: { what: 'Le moteur n’est pas sûr de ce résultat.', advice: 'Essayez avec une photo plus nette, de face, sur un fond simple.' },
  blurred: { what: 'La photo n’est pas nette.', advice: 'Tenez l’appareil immobile, avec plus de lumière.' },
  noisy: { what: 'La photo a beaucoup de grain.', advice: 'Prenez-la avec plus de lumière.' },
  overexposed: { what: 'Une grande partie de vous est toute blanche sur la photo.', advice: 'Tournez-vous vers la lumière, sans soleil dans le dos, et évitez le flash de près.' },
  low_resolution: { what: 'Vous êtes petit sur la photo : le résultat manquera de détails.', advice: 'Rapprochez-vous, ou recadrez la photo.' },
  unusual_shape: { what: 'La photo est très large ou très haute.', advice: 'Choisissez une photo au format habituel, en portrait.' },
};

/** What was found: `{what, advice, bad}`; null for a word that is not known. */
export const finding = (code) => FINDINGS[code] ?? null;

/** Whether no try-on can be made of a photo with these findings. */
export const unusable = (codes) => codes.some((code) => FINDINGS[code]?.bad);

const FAULTS = {
  INPUT_UNREADABLE: ['Une photo est illisible.', 'Envoyez-la de nouveau, en JPEG ou en PNG.'],
  INPUT_REJECTED: ['Une des photos ne convient pas.', 'Essayez avec une autre photo.'],
  POSE_NOT_FOUND: ['Votre posture n’a pas été reconnue.', NEW_PHOTO],
  CONTENT_REJECTED: ['Le moteur a refusé le contenu des photos.', 'Choisissez d’autres photos, avec moins de peau nue.'],
  PROVIDER_BUSY: ['Le moteur d’essayage est très occupé.', 'Réessayez dans quelques instants.'],
  PROVIDER_EXHAUSTED: ['Le moteur d’essayage n’est pas disponible.', 'Vos photos n’y sont pour rien : c’est à l’exploitant du service d’agir.'],
  PROVIDER_TIMEOUT: ['Le moteur n’a pas répondu à temps.', 'Réessayez dans quelques instants.'],
  PROVIDER_ERROR: ['Le moteur d’essayage a échoué.', 'Réessayez dans quelques instants.'],
  CANCELLED: ['L’essayage a été annulé.', 'Vous pouvez le relancer quand vous voulez.'],
};

/** What went wrong with a try-on: `{what, advice}`, by its reason, else by its code, else in the service's words. */
export function failureOf({ code, reason, message, advice }) {
  if (FINDINGS[reason]) return FINDINGS[reason];
  if (FAULTS[code]) return { what: FAULTS[code][0], advice: FAULTS[code][1] };
  return { what: message, advice, lang: 'en' };
}

/** Which photo has to be another one: `person`, `garment`, or null where it is neither's fault. */
export function photoAtFault({ code, reason }) {
  if (reason?.startsWith('garment') || reason === 'category_mismatch') return 'garment';
  if (code === 'POSE_NOT_FOUND' || reason === 'clothing_unclear' || reason === 'person_unreadable') return 'person';
  return null;
}
