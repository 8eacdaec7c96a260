// What a person says about herself, and the consent to take part.
import { el, announce } from '../elements.js';
import { field, form, group } from '../shell/forms.js';
import { get, put } from '../api.js';
import { signedIn } from '../session.js';
import { go } from '../router.js';

/** The version of the text beside the box below: it is stored with the consent. */
const CONSENT_VERSION = '1';

/** The caller's profile, or null when there is none yet. */
export async function participant(signal) {
  try {
    return (await get('/participants/me', { signal })).data.participant;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

const text = (one) => one.input.value.trim() || undefined;

function studentFields(known) {
  const level = field('Niveau de formation', { name: 'profilEtudiant.niveauFormation', value: known?.niveauFormation, placeholder: 'L3, M1, M2…' });
  const studies = field('Type d’étude', { name: 'profilEtudiant.typeEtude', value: known?.typeEtude, placeholder: 'Informatique' });
  const team = field('Groupe', {
    name: 'profilEtudiant.groupId', value: known?.groupId, hint: 'Facultatif. Les membres d’un groupe lisent les conversations les uns des autres.',
  });
  const value = () => {
    const said = { niveauFormation: text(level), typeEtude: text(studies), groupId: text(team) };
    return Object.values(said).some(Boolean) ? said : undefined;
  };
  return { parts: [group('Études'), level, studies, team], value, name: 'profilEtudiant' };
}

/** `domaine ; niveau` a line. */
const expertises = (lines) => lines.split('\n').filter((line) => line.trim()).map((line) => {
  const [domain, level] = line.split(/;(?=[^;]*$)/);
  return { domaine: domain.trim(), niveauAutoEvaluation: Number(level) };
});

function juryFields(known) {
  const number = { type: 'number', min: 0, required: true };
  const degree = field('Niveau de diplôme', { name: 'profilJury.niveauDiplome', value: known?.niveauDiplome, required: true });
  const position = field('Poste occupé', { name: 'profilJury.posteOccupe', value: known?.posteOccupe, required: true });
  const sector = field('Secteur d’activité', { name: 'profilJury.secteurActivite', value: known?.secteurActivite, required: true });
  const years = field('Années d’expérience', { name: 'profilJury.anneesExperience', value: known?.anneesExperience, step: 0.5, ...number });
  const size = field('Effectif de l’employeur (ETP)', { name: 'profilJury.nombreETPEmployeur', value: known?.nombreETPEmployeur, ...number });
  const lines = known?.expertises.map((one) => `${one.domaine} ; ${one.niveauAutoEvaluation}`).join('\n');
  const known_fields = field('Expertises', {
    name: 'profilJury.expertises',
    control: el('textarea', { rows: 3, value: lines ?? '' }),
    hint: 'Une par ligne : domaine ; niveau de 1 à 10.',
  });
  const value = () => ({
    niveauDiplome: text(degree),
    posteOccupe: text(position),
    secteurActivite: text(sector),
    anneesExperience: years.input.valueAsNumber,
    nombreETPEmployeur: size.input.valueAsNumber,
    expertises: expertises(known_fields.input.value),
  });
  return { parts: [group('Parcours'), degree, position, sector, years, size, known_fields], value, name: 'profilJury' };
}

/** The form; after the first time on to where the person wanted to go. */
export async function profile({ query, signal }) {
  const known = await participant(signal);
  const role = signedIn().role;
  const [given, family] = [signedIn().name.split(' ')[0], signedIn().name.split(' ').slice(1).join(' ')];
  const first = field('Prénom', { name: 'prenom', value: known?.prenom ?? given, required: true, maxlength: 200, autocomplete: 'given-name' });
  const last = field('Nom', { name: 'nom', value: known?.nom ?? family, required: true, maxlength: 200, autocomplete: 'family-name' });
  const birth = field('Date de naissance', { name: 'dateNaissance', type: 'date', value: known?.dateNaissance, hint: 'Facultatif.' });
  const student = field('Numéro étudiant', {
    name: 'numeroEtudiant', value: known?.numeroEtudiant, hint: 'Facultatif. N’est jamais montré au jury.',
  });
  const examiner = role === 'examiner';
  const own = examiner ? juryFields(known?.profilJury) : studentFields(known?.profilEtudiant);
  const box = el('input', { type: 'checkbox', checked: known?.consentementRGPD ?? false, required: !known && !examiner });
  const consent = field('J’accepte que mes données soient traitées pour ce service (RGPD).', {
    name: 'consentementRGPD',
    control: box,
    hint: 'Vos prompts, les réponses et leurs notes sont conservés pour le hackathon. Vous pouvez retirer cet accord ici à tout moment ; vous ne participez alors plus.',
  });
  const send = async () => {
    await put('/participants/me', {
      prenom: first.input.value,
      nom: last.input.value,
      dateNaissance: text(birth),
      numeroEtudiant: examiner ? undefined : text(student),
      [own.name]: own.value(),
      consentementRGPD: box.checked,
      consentementVersion: CONSENT_VERSION,
    });
    announce('Profil enregistré');
    go(query.get('puis') ?? (examiner ? '/jury' : '/hackathons'));
  };
  const used = known ? el('p', { class: 'small' }, `Tokens utilisés au total : ${known.tokensUsed}${known.tokensAuthorized === null ? '' : ` sur ${known.tokensAuthorized}`}.`) : null;
  return el('section', { class: 'narrow card' },
    el('h1', {}, known ? 'Mon profil' : 'Bienvenue : votre profil'),
    known ? used : el('p', {}, 'Avant de participer, dites-nous qui vous êtes. Le jury ne le voit pas tant que le hackathon est anonyme.'),
    form([first, last, birth, examiner ? null : student, own.parts, consent].filter(Boolean), { submit: 'Enregistrer', send }));
}
