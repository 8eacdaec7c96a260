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
];

/** The message of a fault of the API. */
export function faultText({ message }) {
  const rule = RULES.find(([words]) => words.test(message));
  return rule ? message.replace(...rule) : message;
}
