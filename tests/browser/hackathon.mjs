// A whole hackathon, played through the pages: created, started, prompted, submitted, graded by two examiners, published, exported.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { accessible, curtain, person, PASSWORD, PHONE, shot, signIn, signUp } from './people.mjs';

const NAME = 'Hackathon de printemps';
const TASKS = ['Analyse de données avec IA', 'Création de chatbot'];
// Read as text, not as markup; with the student's name, which the jury must not see.
const PROMPT = 'Je suis Léa Martin. <img src=x onerror=alert(1)> Résume ce tableau en trois points.';

const visible = (page, text) => page.getByText(text).first().waitFor();
const confirmed = (page, label) => page.getByRole('dialog').getByRole('button', { name: label }).click();

async function make(admin) {
  await admin.getByRole('link', { name: 'Nouveau hackathon' }).click();
  await admin.getByLabel('Nom').fill(NAME);
  await admin.getByLabel('Description').fill('Deux jours de prompts');
  await admin.getByLabel('Objectifs').fill('Apprendre à formuler');
  await admin.getByLabel('Tâches').fill(TASKS.join('\n'));
  await admin.getByLabel('Prompts par étudiant').fill('3');
  await shot(admin, 'organiser-new');
  await accessible(admin);
  await admin.getByRole('button', { name: 'Créer le hackathon' }).click();
  await admin.getByRole('heading', { name: NAME }).waitFor();
  await admin.getByRole('button', { name: 'Démarrer' }).click();
  await shot(admin, 'organiser-confirm');
  await confirmed(admin, 'Démarrer');
  await admin.getByRole('button', { name: 'Terminer' }).waitFor();
}

async function profile(student) {
  await student.getByRole('link', { name: 'votre profil et votre consentement' }).click();
  await student.getByLabel('Prénom').fill('Léa');
  await student.getByRole('textbox', { name: 'Nom', exact: true }).fill('Martin');
  await student.getByLabel('Numéro étudiant').fill('20231234');
  await student.getByLabel('Niveau de formation').fill('M1');
  await student.getByLabel('Type d’étude').fill('Informatique');
  await student.getByLabel('J’accepte').check();
  await shot(student, 'student-profile');
  await accessible(student);
  await student.getByRole('button', { name: 'Enregistrer' }).click();
}

async function prompted(student) {
  await student.getByRole('link', { name: NAME }).click();
  await student.getByRole('heading', { name: 'Commencer une conversation' }).waitFor();
  await visible(student, '3 sur 3');
  await student.getByLabel('Tâche').selectOption(TASKS[1]);
  await shot(student, 'student-hackathon');
  await accessible(student);
  await student.getByRole('button', { name: 'Commencer la conversation' }).click();
  await student.getByLabel('Votre prompt').waitFor();
  assert.equal(await student.evaluate(() => window.scrollY), 0, 'a page begins at its top, and does not slip from under a click');
  await student.getByLabel('Votre prompt').fill(PROMPT);
  await student.getByRole('button', { name: 'Envoyer' }).click();
  await student.getByRole('log').getByText('An operator gets real answers').waitFor();
  await visible(student, '2 sur 3');
  assert.equal(await student.locator('main img').count(), 0, 'a prompt is text');
  await shot(student, 'student-chat');
  await accessible(student);
  // A reload keeps the person signed in and the conversation where it was.
  await student.reload();
  await student.getByRole('log').getByText(PROMPT).first().waitFor();
  await student.getByLabel('Votre prompt').fill('Et en une phrase ?');
  await student.getByLabel('Votre prompt').press('Control+Enter');
  await student.getByRole('log').getByText('It is message 2 of yours').waitFor();
  await visible(student, '1 sur 3');
}

async function submitted(student) {
  await student.getByRole('button', { name: 'Choisir cette réponse' }).first().click();
  assert.equal(await student.getByLabel('Prompt final').inputValue(), PROMPT);
  await shot(student, 'student-hand-in');
  await student.getByRole('button', { name: 'Rendre la version finale' }).click();
  await student.getByRole('heading', { name: 'Version finale rendue' }).waitFor();
  await visible(student, 'Le prompt final contient votre nom');
  await student.getByLabel('Votre prompt').waitFor({ state: 'hidden' });
  await shot(student, 'student-handed-in');
  await accessible(student);
}

async function promote(admin, names) {
  await admin.getByRole('link', { name: 'Comptes' }).click();
  for (const name of names) {
    const changed = admin.waitForResponse((response) => response.request().method() === 'PATCH');
    await admin.getByLabel(`Rôle de ${name}`).selectOption('examiner');
    assert.equal((await changed).status(), 200);
  }
  await shot(admin, 'organiser-accounts');
  await accessible(admin);
}

/** With the keyboard alone, from the top of the page. */
async function signUpByKeyboard(page, name, email) {
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  const until = async (label) => {
    for (let step = 0; step < 30; step += 1) {
      await press('Tab');
      if (await focused() === label) return;
    }
    throw new Error(`the keyboard does not get to ${label}`);
  };
  await until('Créer un compte');
  await press('Enter');
  await page.getByRole('heading', { name: 'Créer un compte' }).waitFor();
  await press('Tab');
  await page.keyboard.type(name);
  await press('Tab');
  await page.keyboard.type(email);
  await press('Tab');
  await page.keyboard.type('short');
  await press('Enter');
  assert.ok(await page.getByLabel('Mot de passe').evaluate((input) => !input.validity.valid), 'a short password is refused');
  await press('Control+A');
  await page.keyboard.type(PASSWORD);
  await until('Créer le compte');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus is seen');
  await shot(page, 'sign-up-keyboard');
  await accessible(page);
  await press('Enter');
}

async function graded(examiner, note) {
  await examiner.reload();
  await examiner.getByRole('link', { name: 'Jury' }).first().click();
  await examiner.getByRole('link', { name: NAME }).click();
  await examiner.getByRole('link', { name: 'Copie 1' }).waitFor();
  await shot(examiner, 'examiner-queue');
  await accessible(examiner);
  await examiner.getByRole('link', { name: 'Copie 1' }).click();
  await examiner.getByText('Toute la conversation').click();
  await examiner.getByRole('button', { name: 'Réserver 30 minutes' }).click();
  await visible(examiner, 'Réservée pour vous');
  const page = await examiner.locator('body').innerText();
  assert.ok(page.includes('[masqué]') && !/Léa|Martin|lea@/.test(page), `the copy is blind: ${page}`);
  await examiner.getByLabel('Note').selectOption(note);
  await examiner.getByLabel('Commentaire').fill('Trop court');
  await examiner.getByLabel('Commentaire').fill('Prompt clair, réponse vérifiée.');
  await visible(examiner, '31 caractères');
  await shot(examiner, 'examiner-copy');
  await accessible(examiner);
  await examiner.getByRole('button', { name: 'Enregistrer l’évaluation' }).click();
  await examiner.getByRole('button', { name: 'Modifier l’évaluation' }).waitFor();
}

async function edited(examiner) {
  await examiner.getByLabel('Note').selectOption('8.5');
  await examiner.getByRole('button', { name: 'Modifier l’évaluation' }).click();
  await visible(examiner, '8,5 / 10 · Très bien');
  await examiner.getByRole('link', { name: 'Retour à la file' }).click();
  await examiner.getByRole('heading', { name: 'Évaluées par vous' }).waitFor();
  await visible(examiner, '1 copie évaluée sur 1');
}

async function published(admin) {
  await admin.getByRole('button', { name: 'Publier les résultats' }).click();
  await confirmed(admin, 'Publier');
  await visible(admin, 'Les résultats sont publiés.');
  await admin.getByRole('row', { name: /Candidat-/ }).getByText('8,75', { exact: true }).first().waitFor();
  await shot(admin, 'organiser-published');
  await accessible(admin);
}

async function exported(admin) {
  const download = async (what, format) => {
    await admin.getByLabel('Contenu').selectOption(what);
    await admin.getByLabel('Format').selectOption(format);
    const [file] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('button', { name: 'Télécharger' }).click()]);
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
  };
  const csv = await download('results', 'csv');
  assert.equal(csv.name, 'hackathon-de-printemps-results.csv');
  assert.match(csv.text, /Candidat-/);
  assert.doesNotMatch(csv.text, /Martin|lea@/, 'exports are pseudonymous');
  assert.match((await download('evaluations', 'csv')).text, /Prompt clair/);
  assert.match((await download('conversations', 'csv')).text, /Candidat-/);
  assert.equal(JSON.parse((await download('results', 'json')).text).length, 1);
}

const admin = await person('admin');
await shot(admin, 'home');
await accessible(admin);
await signIn(admin, 'admin@example.com');
await admin.getByRole('heading', { name: 'Organisation' }).waitFor();
await make(admin);

const student = await person('student', { viewport: PHONE, dark: true });
await shot(student, 'home-phone');
await signUp(student, 'Léa Martin', 'lea@example.com');
await profile(student);
await prompted(student);
await submitted(student);

const [first, second] = [await person('first examiner', { dark: true }), await person('second examiner', { viewport: PHONE })];
await signUpByKeyboard(first, 'Anne Un', 'anne@example.com');
await first.getByRole('heading', { name: 'Hackathons' }).waitFor();
await signUp(second, 'Bruno Deux', 'bruno@example.com');
await second.getByRole('heading', { name: 'Hackathons' }).waitFor();
await promote(admin, ['Anne Un', 'Bruno Deux']);

await admin.getByRole('link', { name: 'Organisation' }).click();
await admin.getByRole('link', { name: NAME }).click();
await admin.getByRole('button', { name: 'Terminer' }).click();
await confirmed(admin, 'Terminer');
await admin.getByRole('button', { name: 'Publier les résultats' }).waitFor();
await shot(admin, 'organiser-finished');

await graded(first, '9');
await graded(second, '7.5');
await edited(second);

await published(admin);
await exported(admin);

await student.goto('/#/hackathons');
await student.getByRole('link', { name: NAME }).click();
await student.getByRole('heading', { name: 'Résultats' }).waitFor();
await visible(student, 'Prompt clair, réponse vérifiée.');
await student.getByRole('row', { name: /Candidat-/ }).waitFor();
await shot(student, 'student-results');
await accessible(student);
await student.getByRole('link', { name: 'Mon compte' }).click();
await student.getByRole('main').getByRole('button', { name: 'Se déconnecter' }).click();
await student.getByRole('heading', { name: 'Se connecter' }).waitFor();
await student.reload();
await student.getByRole('heading', { name: 'Se connecter' }).waitFor();
await curtain();
