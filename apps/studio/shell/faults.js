// What is wrong with a field, in French. The service's own words stand where it says them in French, or where none are known here.
const RULES = [
  [/^is required$/, 'Ce champ est obligatoire.'],
  [/^must not be empty$/, 'Ce champ ne peut pas être vide.'],
  [/^(each )?must have (\d+) to (\d+) characters$/, (_, each, least, most) => `${each ? 'Chaque ligne doit avoir' : 'Il faut'} de ${least} à ${most} caractères.`],
  [/^must have (\d+) to (\d+) characters without blanks$/, 'Il faut de $1 à $2 caractères, sans espace.'],
  [/^must have at least (\d+) characters$/, 'Il faut au moins $1 caractères.'],
  [/^must have at most (\d+) characters.*$/, 'Il faut au plus $1 caractères.'],
  [/^must have at most (\d+) bytes$/, 'C’est trop long : $1 octets au plus.'],
  [/^must be at most (\d+)$/, 'Il en faut au plus $1.'],
  [/^must be ([\d.]+) to ([\d.]+)$/, 'Il faut une valeur de $1 à $2.'],
  [/^must be 0 or more$/, 'Il faut 0 ou plus.'],
  [/^must be a whole number from (\d+)( to \d+)?$/, (_, least) => `Il faut un nombre entier, ${least} ou plus.`],
  [/^must be a whole number$/, 'Il faut un nombre entier.'],
  [/^must be a number$/, 'Il faut un nombre.'],
  [/^must be (an instant|a date).*$/, 'Il faut une date.'],
  [/^must not be in the future$/, 'Cette date est dans le futur.'],
  [/^must be after dates\.debut$/, 'La fin doit être après le début.'],
  [/^must not be before dates\.fin$/, 'L’archivage ne peut pas être avant la fin.'],
  [/^must be exactly an answer of the model.*$/, 'Il faut exactement une réponse du modèle dans cette conversation.'],
  [/^is no task of this hackathon$/, 'Cette tâche n’est pas de ce hackathon.'],
  [/^must have (\d+) to (\d+) characters on one line$/, 'Il faut de $1 à $2 caractères, sur une ligne.'],
  [/^must be ([\d.]+) to ([\d.]+) (cm|kg)$/, 'Il faut une valeur de $1 à $2\u00a0$3.'],
  [/^is required the first time$/, 'Une photo est nécessaire la première fois.'],
  [/^is needed to change the e-mail address$/, 'Votre mot de passe est nécessaire pour changer d’adresse.'],
  [/^must name (\d+) to (\d+) garments$/, 'Choisissez de $1 à $2 vêtements.'],
  [/^must be the present version.*$/, 'Le texte du consentement a changé : rechargez la page.'],
  [/^is not a valid e-mail address$|^(must be )?an e-mail address.*$/, 'Ce n’est pas une adresse e-mail.'],
  [/^must have (\d+) to (\d+) sizes$/, 'Il faut de $1 à $2 tailles.'],
  [/^must be a list like .*$/, 'Écrivez une taille par ligne, par exemple : S ; poitrine 86-94 ; tour de taille 70-78.'],
  [/^must be an absolute https:.*$|^must begin with https:.*$/, 'Il faut une adresse complète, qui commence par https://, sans nom ni mot de passe.'],
  [/^must not be an address of a private, local or reserved network$/, 'Cette adresse est celle d’un réseau privé, où ce service n’envoie rien.'],
  [/^has a host that cannot be found$/, 'Le nom de cette adresse est introuvable.'],
  [/^the image cannot be read.*$/, 'L’image est illisible : le fichier est abîmé ou incomplet.'],
  [/^the image is too large: (\d+)×(\d+).*$/, 'L’image est trop grande ($1 × $2 pixels) : 40 mégapixels au plus.'],
  [/^the image is larger than.*$/, 'Le fichier est trop lourd : 10 Mo au plus.'],
  [/^the image must be a JPEG.*$/, 'Choisissez un fichier JPEG, PNG ou WebP.'],
];

/** What fields of the API are called where no form says so. */
const LABELS = {
  image: 'Photo', name: 'Nom', email: 'Adresse e-mail', password: 'Mot de passe', new_password: 'Nouveau mot de passe',
  current_password: 'Mot de passe actuel', category: 'Catégorie', brand: 'Marque', clothing_id: 'Vêtement', clothing_ids: 'Vêtements',
  body_id: 'Photo de vous', q: 'Recherche', code: 'Code', height: 'Taille', weight: 'Poids', chest: 'Poitrine', waist: 'Tour de taille',
  hips: 'Hanches', shoulders: 'Épaules', arms: 'Bras', body: 'Demande', url: 'Adresse', events: 'Événements', 'options.seed': 'Graine', 'options.model': 'Modèle',
};

/** The name of a field of the API, as a person calls it; its path where nobody does. */
export const labelOf = (field) => LABELS[field] ?? field;

/** Whether the message of a fault is known here. */
export const isKnown = ({ message }) => RULES.some(([words]) => words.test(message));

/** The message of a fault of the API. */
export function faultText({ message }) {
  const rule = RULES.find(([words]) => words.test(message));
  return rule ? message.replace(...rule) : message;
}
