// What goes wrong in front of a page: a wrong password, a token that has run out, an answer that takes long, breaks off, fails, or is one
// too many. The model behind answers slowly twice, then not at all, then at once.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { accessible, curtain, PASSWORD, person, PHONE, shot, signUp } from './people.mjs';

const NAME = 'Essais';
const log = (page) => page.getByRole('log');
const ask = async (page, prompt) => {
  await page.getByLabel('Votre prompt').fill(prompt);
  await page.getByRole('button', { name: 'Envoyer' }).click();
};

async function prepare() {
  const admin = await person('admin', { expected: [[401, /\/auth\/login$/], [400, /\/hackathons$/]] });
  await admin.getByRole('link', { name: 'Se connecter' }).first().click();
  await admin.getByLabel('Adresse e-mail').fill('admin@example.com');
  await admin.getByLabel('Mot de passe').fill('not the password');
  await admin.getByRole('button', { name: 'Se connecter', exact: true }).click();
  await admin.getByRole('alert').getByText('ne vont pas ensemble').waitFor();
  await shot(admin, 'wrong-password');
  await admin.getByLabel('Mot de passe').fill(PASSWORD);
  await admin.getByRole('button', { name: 'Se connecter', exact: true }).click();
  await admin.getByRole('link', { name: 'Nouveau hackathon' }).click();
  await admin.getByLabel('Nom').fill(NAME);
  await admin.getByLabel('Tâches').fill('Une tâche');
  await admin.getByLabel('Prompts par étudiant').fill('4');
  const [begins, ends] = [admin.getByLabel('Début'), admin.getByLabel('Fin')];
  const [from, to] = [await begins.inputValue(), await ends.inputValue()];
  await begins.fill(to);
  await ends.fill(from);
  await admin.getByRole('button', { name: 'Créer le hackathon' }).click();
  await admin.getByRole('alert').waitFor();
  assert.ok(await admin.locator('[aria-invalid]').count() > 0, 'the field at fault is marked');
  const told = await admin.getByRole('alert').innerText();
  assert.ok(told.includes('Fin : La fin doit être après le début.') && !told.includes('dates.'), `fields are named as the form names them: ${told}`);
  await shot(admin, 'invalid-field');
  await accessible(admin);
  await begins.fill(from);
  await ends.fill(to);
  await admin.getByRole('button', { name: 'Créer le hackathon' }).click();
  await admin.getByRole('button', { name: 'Démarrer' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Démarrer' }).click();
  await admin.getByRole('button', { name: 'Terminer' }).waitFor();
}

async function join(student) {
  await signUp(student, 'Sami Petit', 'sami@example.com');
  await student.getByRole('link', { name: 'votre profil et votre consentement' }).click();
  await student.getByLabel('J’accepte').check();
  await student.getByRole('button', { name: 'Enregistrer' }).click();
  await student.getByRole('link', { name: NAME }).click();
  await student.getByRole('button', { name: 'Commencer la conversation' }).click();
  await student.getByLabel('Votre prompt').waitFor();
}

/** The words come one by one, and no more of them once it is stopped. */
async function stopped(student) {
  await ask(student, 'Une longue réponse, lentement');
  const answer = log(student).locator('.assistant').first();
  await answer.getByText('mot-2').waitFor();
  assert.equal(await log(student).getAttribute('aria-busy'), 'true');
  assert.ok(await student.getByRole('button', { name: 'Envoyer' }).isDisabled(), 'one prompt at a time');
  await shot(student, 'answer-streaming');
  await student.getByRole('button', { name: 'Arrêter' }).click();
  await answer.getByText('arrêtée').waitFor();
  assert.doesNotMatch(await answer.innerText(), /mot-59/);
  assert.equal(await log(student).getAttribute('aria-busy'), 'false');
}

/** The page goes away in the middle; the answer does not. */
async function reloaded(student) {
  await ask(student, 'Encore une');
  await log(student).locator('.assistant').nth(1).getByText('mot-2').waitFor();
  await student.reload();
  await student.getByRole('button', { name: 'Arrêter' }).waitFor();
  await log(student).locator('.assistant').nth(1).getByText('mot-59').waitFor();
  await student.getByRole('button', { name: 'Arrêter' }).waitFor({ state: 'hidden' });
}

async function failed(student) {
  await ask(student, 'Personne ne répond');
  await student.getByRole('alert').getByText('Le modèle n’a pas répondu.').waitFor();
  assert.equal(await student.getByLabel('Votre prompt').inputValue(), 'Personne ne répond', 'it can be sent again');
  await shot(student, 'model-failed');
}

async function exhausted(student) {
  for (const left of ['1 sur 4', '0 sur 4']) {
    await ask(student, `Reste ${left}`);
    await student.getByText(left, { exact: true }).waitFor();
  }
  await ask(student, 'Un de trop');
  await student.getByRole('alert').getByText('Votre quota de prompts est épuisé').waitFor();
  assert.doesNotMatch(await student.getByRole('alert').innerText(), /the quota|used/, 'in one language');
  assert.equal(await student.getByLabel('Votre prompt').inputValue(), 'Un de trop', 'what was not sent is not lost');
  await shot(student, 'quota-exhausted');
  await accessible(student);
}

/** A token that has run out is replaced once, whatever number of requests find out. */
async function renewed(student) {
  let refreshes = 0;
  student.on('request', (request) => { if (request.url().endsWith('/auth/refresh')) refreshes += 1; });
  const refused = new Set();
  await student.route('**/api/v1/{hackathons,participants}*/**', async (route) => {
    if (refused.has(route.request().url())) return route.continue();
    refused.add(route.request().url());
    return route.fulfill({ status: 401, contentType: 'application/json', body: '{"error":{"code":"UNAUTHORIZED","message":"Could not validate credentials"}}' });
  });
  await student.getByRole('link', { name: NAME }).click();
  await student.getByRole('heading', { name: 'Vos conversations' }).waitFor();
  assert.ok(refused.size > 1, `several were refused: ${refused.size}`);
  assert.equal(refreshes, 1);
  await student.unroute('**/api/v1/{hackathons,participants}*/**');
}

/** The service is not reached: it is told, and nothing is lost. */
async function offline(student) {
  await student.context().setOffline(true);
  await student.getByRole('link', { name: 'Profil' }).click();
  await student.getByRole('alert').getByText('Le service ne répond pas').waitFor();
  await student.context().setOffline(false);
  await student.getByRole('link', { name: 'Hackathons' }).click();
  await student.getByRole('link', { name: NAME }).waitFor();
}

/** A mailed link signs in when it is confirmed, once, and its token is not in the address any more. */
async function mailed() {
  const page = await person('mailed', { expected: [[401, /\/auth\/magic-link\/consume$/]] });
  await page.getByRole('link', { name: 'Se connecter' }).first().click();
  await page.getByLabel('Adresse e-mail').fill('sami@example.com');
  await page.getByRole('button', { name: 'Recevoir un lien par e-mail' }).click();
  await page.getByText('vient de partir').waitFor();
  let link = null;
  while (!link) {
    const texts = readdirSync(process.env.STUDIO_MAILS).map((name) => readFileSync(`${process.env.STUDIO_MAILS}/${name}`, 'utf8').replace(/=\r?\n/g, '').replace(/=3D/g, '='));
    link = texts.map((text) => text.match(/#magic=[\w.~-]+/)?.[0]).find(Boolean);
    await page.waitForTimeout(50);
  }
  const confirm = page.getByRole('main').getByRole('button', { name: 'Se connecter' });
  await page.goto('about:blank');
  await page.goto(`/${link}`);
  await confirm.waitFor();
  assert.ok(!page.url().includes('magic'), 'the token is not in the address');
  await confirm.click();
  await page.getByRole('heading', { name: 'Hackathons' }).waitFor();
  await page.goto(`/${link}`);
  await confirm.click();
  await page.getByRole('alert').getByText('Ce lien a expiré').waitFor();
}

await prepare();
const student = await person('student', {
  viewport: PHONE,
  expected: [[503, /\/messages$/], [429, /\/messages$/], [401, /\/api\/v1\/(hackathons|participants|models|conversations)/]],
});
await join(student);
await stopped(student);
await reloaded(student);
await failed(student);
await exhausted(student);
await renewed(student);
await offline(student);
await mailed();
await curtain();
