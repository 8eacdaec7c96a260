// WearIT through the pages: a photo, garments, try-ons that are watched, kept and marked, then one's data taken along and erased. At a desk,
// on a small phone in the dark, and with the keyboard alone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, curtain, person, PASSWORD, shot, signIn, signUp, SMALL_PHONE } from './people.mjs';

const sample = (name) => join(process.env.STUDIO_SAMPLES, name);
const OTHER_PASSWORD = 'anotherpassword456';
const TRIED = 60_000;
/** Try-ons that keep the worker busy while another one waits. */
const AHEAD = 8;

const button = (page, name) => page.getByRole('main').getByRole('button', { name });
const link = (page, name) => page.getByRole('main').getByRole('link', { name });
const heading = (page, name) => page.getByRole('heading', { name });
const title = (page, name) => page.getByRole('heading', { name, level: 1 });
const choose = (page, ...files) => page.locator('.drop input[type="file"]').first().setInputFiles(files);
const confirmed = (page, label) => page.getByRole('dialog').getByRole('button', { name: label }).click();

/** Lets a file fall on the page, or pastes it, as the browser would hand it over. */
async function hand(page, kind, name, type = 'image/jpeg') {
  const bytes = readFileSync(name).toString('base64');
  await page.evaluate(([event, text, media]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], 'pull_bleu.jpg', { type: media }));
    window.dispatchEvent(event === 'drop'
      ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
      : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, [kind, bytes, type]);
}

async function photographed(page) {
  await link(page, 'Ajouter ma photo').click();
  await heading(page, 'Une bonne photo').waitFor();
  await shot(page, 'photo-none');
  await accessible(page);
  await choose(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a picture') });
  await page.getByRole('alert').getByText('n’est pas une photo lisible').waitFor();
  // What the service finds on a photo is told at once, with what helps.
  await choose(page, sample('garments/g_tee.jpg'));
  await page.getByText('Personne n’a été trouvé sur la photo.').waitFor();
  await page.getByText('Prenez une photo nette').waitFor();
  await shot(page, 'photo-with-findings');
  await accessible(page);
  await choose(page, sample('person_2.jpg'));
  await page.getByText('Cette photo convient très bien.').waitFor();
  await page.getByLabel('Taille (cm)', { exact: true }).fill('175');
  await page.getByLabel('Poitrine (cm)').fill('95');
  await button(page, 'Enregistrer les mesures').click();
  await page.getByText('Vos mesures sont enregistrées.').waitFor();
  await shot(page, 'photo');
  await accessible(page);
  await page.reload();
  assert.equal(await page.getByLabel('Poitrine (cm)').inputValue(), '95');
}

async function filled(page) {
  await page.getByRole('link', { name: 'Garde-robe' }).click();
  await heading(page, 'Votre garde-robe est vide').waitFor();
  await shot(page, 'wardrobe-empty');
  await accessible(page);
  await link(page, 'Ajouter un vêtement').click();
  await shot(page, 'add');
  await choose(page, ...['tee_plaid', 'sweater_grey', 'g_dress', 'tee_black', 'shirt_blue'].map((name) => sample(`garments/${name}.jpg`)), sample('README.md'));
  const drafts = page.getByRole('listitem').filter({ has: page.getByLabel('Nom') });
  await button(page, 'Ajouter les 5 vêtements').waitFor();
  await page.getByText('n’est pas une photo lisible').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'README.md' }).getByRole('button', { name: 'Retirer' }).click();
  const [first, second, third] = [drafts.nth(0), drafts.nth(1), drafts.nth(2)];
  assert.equal(await first.getByLabel('Nom').inputValue(), 'tee plaid');
  await first.getByLabel('Nom').fill('Tee à carreaux');
  await first.getByLabel('Marque').fill('Atelier');
  await second.getByLabel('Nom').fill('');
  await third.getByLabel('Nom').fill('Robe à pois');
  await third.getByLabel('Catégorie').selectOption('Robe');
  await shot(page, 'add-drafts');
  await accessible(page);
  // The token has run out while the names were written: nobody notices.
  await page.route('**/api/v1/clothing', (route) => route.fulfill({
    status: 401, contentType: 'application/json', body: '{"error":{"code":"UNAUTHORIZED","message":"Could not validate credentials"}}',
  }), { times: 1 });
  await button(page, 'Ajouter les 5 vêtements').click();
  // One without a name stops there, and is asked for.
  await page.getByText('Tee à carreaux est dans votre garde-robe.').waitFor();
  await button(page, 'Ajouter les 4 vêtements').waitFor();
  await page.getByRole('listitem').filter({ has: page.getByLabel('Nom') }).first().getByLabel('Nom').fill('Pull gris');
  await button(page, 'Ajouter les 4 vêtements').click();
  await page.getByText('shirt blue est dans votre garde-robe.').waitFor();
  await shot(page, 'add-done');
  await link(page, 'Voir la garde-robe').click();
}

/** Photos fall on the wardrobe, are pasted, are far too large, and are taken away again. */
async function handed(page) {
  await page.getByRole('radio', { name: 'Tout 5' }).waitFor();
  await hand(page, 'drop', sample('garments/longsleeve_plain.jpg'));
  await heading(page, 'Ajouter des vêtements').waitFor();
  const names = page.getByLabel('Nom');
  await names.first().waitFor();
  assert.equal(await names.first().inputValue(), 'pull bleu');
  await hand(page, 'paste', sample('garments/vneck.jpg'));
  await names.nth(1).waitFor();
  await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 6400;
    canvas.height = 6400;
    canvas.getContext('2d').fillRect(0, 0, 3200, 6400);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.5); });
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], 'IMG_0042.jpg', { type: 'image/jpeg' }));
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer }));
  });
  await page.getByText('La photo a été réduite pour l’envoi.').waitFor();
  assert.equal(await names.first().inputValue(), '', 'a camera’s number is no name');
  for (let left = 3; left > 0; left -= 1) {
    await button(page, 'Retirer').first().click();
    await page.waitForFunction((number) => document.querySelectorAll('.draft').length === number, left - 1);
  }
  await page.getByRole('link', { name: 'Garde-robe' }).first().click();
}

async function found(page) {
  await page.getByText('5 vêtements').waitFor();
  await shot(page, 'wardrobe');
  await accessible(page);
  await page.getByRole('radio', { name: 'Robes 1' }).check();
  await page.getByText('1 vêtement', { exact: true }).waitFor();
  assert.match(page.url(), /categorie=dresses/);
  await page.getByRole('radio', { name: 'Tout 5' }).check();
  await page.getByLabel('Rechercher').fill('carreaux');
  await page.getByText('1 vêtement', { exact: true }).waitFor();
  await link(page, 'Tee à carreaux').first().click();
  await title(page, 'Tee à carreaux').waitFor();
  await page.getByLabel('Nom').fill('Tee écossais');
  await button(page, 'Enregistrer').click();
  await page.getByText('Le vêtement est enregistré.').waitFor();
  await title(page, 'Tee écossais').waitFor();
  await page.locator('label', { hasText: 'Remplacer la photo' }).locator('input').setInputFiles(sample('garments/tee_plaid.jpg'));
  await page.getByText('La photo est remplacée.').waitFor();
  await shot(page, 'garment');
  await accessible(page);
  // The way back leads to the same choice.
  await page.goBack();
  await page.getByText('Aucun vêtement ne correspond.').waitFor();
  await page.getByLabel('Rechercher').fill('black');
  await page.getByText('1 vêtement', { exact: true }).waitFor();
  await link(page, 'tee black').first().click();
  await button(page, 'Supprimer').click();
  await shot(page, 'garment-delete');
  await confirmed(page, 'Supprimer');
  await page.getByText('« tee black » est supprimé.').waitFor();
  await page.getByText('4 vêtements').waitFor();
}

/** Watched until the picture is there; by a socket, which tells what is being done. */
async function tried(page) {
  const told = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => told.push(JSON.parse(payload))));
  await link(page, 'Essayer Tee écossais').click();
  await page.getByText('Choisi : Tee écossais').waitFor();
  await shot(page, 'start');
  await accessible(page);
  await button(page, 'Lancer l’essayage').click();
  await page.getByRole('dialog').getByText('Vos photos, votre accord').waitFor();
  await shot(page, 'consent');
  await accessible(page);
  await page.getByRole('dialog').getByLabel('J’accepte').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Accepter et continuer' }).click();
  await page.getByRole('progressbar', { name: 'Avancement' }).waitFor();
  await shot(page, 'making');
  const range = page.getByRole('slider', { name: 'Comparer avant et après' });
  await range.waitFor({ timeout: TRIED });
  const updates = told.filter(({ type }) => type === 'tryon.updated').map(({ data }) => data);
  assert.ok(updates.some(({ status }) => status === 'completed'), `the socket told of the end: ${told.map(({ type }) => type)}`);
  await shot(page, 'result');
  await accessible(page);
  return range;
}

/** The line between before and after, by keyboard and by pointer. */
async function compared(page, range) {
  const at = () => page.locator('.compare').evaluate((node) => node.style.getPropertyValue('--at'));
  await range.focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await at(), '49%');
  await page.keyboard.press('Home');
  assert.equal(await at(), '0%');
  assert.match(await range.getAttribute('aria-valuetext'), /^0 % /);
  const { x, y, width, height } = await page.locator('.compare').boundingBox();
  await page.mouse.move(x + width * 0.25, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.75, y + height / 2, { steps: 5 });
  await page.mouse.up();
  assert.match(await at(), /^7[456]%$/);
  const loaded = await page.locator('.compare img').evaluateAll((pictures) => pictures.every(({ naturalWidth }) => naturalWidth > 100));
  assert.ok(loaded, 'both pictures are there');
}

/** Other measurements make no other photo. */
async function remeasured(page) {
  const address = page.url();
  await page.getByRole('link', { name: 'Ma photo' }).click();
  await page.getByLabel('Hanches (cm)').fill('97');
  await button(page, 'Enregistrer les mesures').click();
  await page.getByText('Vos mesures sont enregistrées.').waitFor();
  await page.goto(address);
  await page.getByRole('slider').waitFor();
}

async function kept(page) {
  const favourite = button(page, 'Favori');
  await favourite.click();
  await page.locator('button[aria-pressed="true"]').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), link(page, 'Télécharger').click()]);
  assert.equal(file.suggestedFilename(), 'tee-ecossais.jpg');
  assert.deepEqual([...readFileSync(await file.path()).subarray(0, 3)], [0xff, 0xd8, 0xff]);
  await page.getByRole('link', { name: 'Essayages' }).first().click();
  await page.getByText('1 essayage', { exact: true }).waitFor();
  await page.getByText('Favori', { exact: true }).waitFor();
  await shot(page, 'history');
  await accessible(page);
  await page.getByRole('radio', { name: 'Échoués' }).check();
  await page.getByText('Aucun essayage dans cet état.').waitFor();
  await link(page, 'Favoris').click();
  await link(page, 'Tee écossais').waitFor();
  await shot(page, 'favourites');
  await accessible(page);
}

/** Without a socket the page asks; a try-on that cannot be made says why and what helps; one that is cancelled can be asked for again. */
async function difficult(page) {
  await page.routeWebSocket(/\/tryon\/ws/, (socket) => socket.close());
  await page.goto('/#/ma-photo');
  // A document that is there already keeps its sockets.
  await page.reload();
  await choose(page, sample('garments/tee_white.jpg'));
  await page.getByText('Personne n’a été trouvé sur la photo.').waitFor();
  await page.getByRole('link', { name: 'Garde-robe' }).click();
  await link(page, 'Essayer Pull gris').click();
  await button(page, 'Lancer l’essayage').click();
  await page.getByRole('alert').getByText('Personne n’a été trouvé').waitFor({ timeout: TRIED });
  await shot(page, 'failed');
  await accessible(page);
  await link(page, 'Changer ma photo').click();
  await choose(page, sample('person_1.jpg'));
  await page.getByText('Cette photo convient très bien.').waitFor();
  await page.goBack();
  await button(page, 'Réessayer').click();
  await page.getByRole('slider').waitFor({ timeout: TRIED });
  // The first one was made on another photo, which is not there any more: no wrong person is shown beside it.
  await page.goto('/#/favoris');
  await link(page, 'Tee écossais').click();
  await page.getByText('n’est plus la vôtre').waitFor();
  assert.equal(await page.getByRole('slider').count(), 0);
  await page.getByRole('img', { name: 'Vous avec Tee écossais' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Garde-robe' }).click();
  await page.getByRole('alert').getByText('Le service ne répond pas').waitFor();
  await page.getByText('Hors connexion').waitFor();
  await shot(page, 'offline');
  await page.context().setOffline(false);
  await page.getByRole('link', { name: 'Essayages' }).first().click();
  await page.getByText('3 essayages').waitFor();
  await page.getByText('Hors connexion').waitFor({ state: 'hidden' });
}

/** One that waits says where in the queue, can be cancelled, and asked for again. */
async function queued(page) {
  await page.getByRole('link', { name: 'Garde-robe' }).click();
  // The page before has links of the same name, to try-ons.
  await heading(page, 'Garde-robe').waitFor();
  await link(page, 'Tee écossais').first().click();
  await title(page, 'Tee écossais').waitFor();
  const garment = page.url().split('/').pop();
  const token = await page.evaluate(() => sessionStorage.getItem('atelier.access_token'));
  for (let number = 0; number < AHEAD; number += 1) {
    const asked = await page.request.post('/api/v1/tryon', { headers: { authorization: `Bearer ${token}` }, data: { clothing_id: garment } });
    assert.equal(asked.status(), 202);
  }
  await link(page, 'Essayer ce vêtement').click();
  await button(page, 'Lancer l’essayage').click();
  await page.getByText('Dans la file d’attente, en position').waitFor();
  await shot(page, 'queued');
  await button(page, 'Annuler').click();
  await page.getByText('L’essayage a été annulé.').waitFor();
  await shot(page, 'cancelled');
  await accessible(page);
  await button(page, 'Réessayer').click();
  await page.getByRole('slider').waitFor({ timeout: TRIED });
}

/** A small phone in the dark: every page, nothing wider than the screen. */
async function onAPhone() {
  const phone = await person('phone', { viewport: SMALL_PHONE, dark: true, still: true, expected: [[401, /\/api\/v1\//]] });
  await shot(phone, 'phone-landing');
  await accessible(phone);
  await signIn(phone, 'zoe@example.com');
  await heading(phone, 'Vos derniers essayages').waitFor();
  for (const [path, title, name] of [
    ['', 'Bonjour Zoé', 'home'], ['garde-robe', 'Garde-robe', 'wardrobe'], ['garde-robe/ajouter', 'Ajouter des vêtements', 'add'],
    ['ma-photo', 'Ma photo', 'photo'], ['essayer', 'Essayer', 'start'], ['essayages', 'Essayages', 'history'], ['favoris', 'Favoris', 'favourites'], ['compte', 'Mon compte', 'account'],
  ]) {
    await phone.goto(`/#/${path}`);
    await phone.getByRole('heading', { name: title, level: 1 }).waitFor();
    await phone.waitForLoadState('networkidle');
    await shot(phone, `phone-${name}`);
    await accessible(phone);
  }
  await phone.goto('/#/essayages');
  await phone.getByRole('main').getByRole('link', { name: 'Tee écossais' }).first().tap();
  await phone.getByRole('slider').waitFor();
  await shot(phone, 'phone-result');
  await accessible(phone);
  return phone;
}

/** A device that was signed out elsewhere is asked to sign in, and is then where it wanted to go. */
async function expelled(phone) {
  await phone.evaluate(() => sessionStorage.setItem('atelier.access_token', 'no.token.atall'));
  await phone.goto('/#/garde-robe?categorie=dresses');
  await phone.getByText('Connectez-vous pour voir cette page.').waitFor();
  await phone.getByLabel('Adresse e-mail').fill('zoe@example.com');
  await phone.getByLabel('Mot de passe').fill(PASSWORD);
  await button(phone, 'Se connecter').first().click();
  await phone.getByRole('radio', { name: 'Robes 1', checked: true }).waitFor();
  await phone.context().close();
}

/** From the landing page to the picture, without a pointer. */
async function byKeyboard() {
  const page = await person('keyboard', { expected: [[403, /\/tryon$/]] });
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const focused = () => page.evaluate(() => {
    const { activeElement: node } = document;
    return (node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent ?? '').trim();
  });
  // It is drawn on the element itself, or on what stands for it.
  const isSeen = () => page.evaluate(() => {
    const { activeElement: node } = document;
    const label = node.closest('label');
    const around = [node, label, label?.querySelector('.picture'), node.nextElementSibling, node.closest('.compare')].filter(Boolean);
    return [...around.map((one) => getComputedStyle(one)), getComputedStyle(node, '::after')].some(({ outlineStyle }) => outlineStyle !== 'none');
  });
  const until = async (label) => {
    for (let step = 0; step < 60; step += 1) {
      await press('Tab');
      if (!(await focused()).startsWith(label)) continue;
      assert.ok(await isSeen(), `the focus on ${label} is seen`);
      return;
    }
    throw new Error(`the keyboard does not get to ${label}, it is at ${await focused()}`);
  };
  let wanted = [];
  page.on('filechooser', (chooser) => chooser.setFiles(wanted));
  const chosen = async (...files) => {
    wanted = files;
    await press('Enter');
  };
  await until('Créer un compte');
  await press('Enter');
  await heading(page, 'Créer un compte').waitFor();
  for (const text of ['Karl Clavier', 'karl@example.com', PASSWORD]) {
    await press('Tab');
    await page.keyboard.type(text);
  }
  await press('Enter');
  await heading(page, 'Votre premier essayage').waitFor();
  await until('Ajouter ma photo');
  await press('Enter');
  await heading(page, 'Ma photo').waitFor();
  await until('Choisir une photo');
  await shot(page, 'keyboard-focus');
  await chosen(sample('person_1.jpg'));
  await page.getByText('Cette photo convient').waitFor();
  await until('Essayer un vêtement');
  await press('Enter');
  await heading(page, 'Essayer').waitFor();
  await until('Ajouter un vêtement');
  await press('Enter');
  await heading(page, 'Ajouter des vêtements').waitFor();
  await until('Choisir des photos');
  await chosen(sample('garments/g_tee.jpg'));
  // The name has the focus, ready to be written over.
  await page.waitForFunction(() => document.activeElement?.name === 'name');
  await press('Control+A');
  await page.keyboard.type('Tee imprimé');
  await press('Enter');
  await page.getByText('Tee imprimé est dans votre garde-robe.').waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === 'L’essayer');
  await press('Enter');
  await page.getByText('Choisi : Tee imprimé').waitFor();
  await until('Lancer l’essayage');
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await until('J’accepte');
  await press('Space', 'Tab', 'Enter');
  await page.getByRole('slider').waitFor({ timeout: TRIED });
  await until('Comparer avant et après');
  await press('ArrowRight');
  await shot(page, 'keyboard-result');
  await page.context().close();
}

/** A forgotten password: the mailed code sets another one. */
async function forgotten() {
  const page = await person('forgetful');
  await page.getByRole('link', { name: 'Se connecter' }).first().click();
  await link(page, 'Mot de passe oublié ?').click();
  await page.getByLabel('Adresse e-mail').fill('karl@example.com');
  await button(page, 'Recevoir un code').click();
  await page.getByText('un code vient de partir').waitFor();
  const code = () => readdirSync(process.env.STUDIO_MAILS)
    .map((name) => readFileSync(join(process.env.STUDIO_MAILS, name), 'utf8'))
    .filter((mail) => mail.includes('To: karl@example.com'))
    .map((mail) => mail.match(/^\s+(\d{6})\s*$/m)?.[1]).find(Boolean);
  while (!code()) await page.waitForTimeout(50);
  await page.getByLabel('Code reçu par e-mail').fill(code());
  await page.getByLabel('Nouveau mot de passe').fill(OTHER_PASSWORD);
  await shot(page, 'reset');
  await accessible(page);
  await button(page, 'Changer le mot de passe').click();
  await heading(page, 'Se connecter').waitFor();
  await page.getByLabel('Adresse e-mail').fill('karl@example.com');
  await page.getByLabel('Mot de passe').fill(OTHER_PASSWORD);
  await button(page, 'Se connecter').first().click();
  await heading(page, 'Vos derniers essayages').waitFor();
  await page.context().close();
}

/** Devices, a copy of one's data, another password, and the end. */
async function left(page, phone) {
  await page.getByRole('link', { name: 'Mon compte' }).click();
  await heading(page, 'Appareils connectés').waitFor();
  await shot(page, 'account');
  await accessible(page);
  await page.getByRole('button', { name: /^Déconnecter / }).first().click();
  await page.getByText('L’appareil est déconnecté.').waitFor();
  await expelled(phone);
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Télécharger mes données').click()]);
  const { contexts } = JSON.parse(readFileSync(await file.path(), 'utf8'));
  assert.equal(contexts.wearit.clothing.length, 4);
  assert.equal(contexts.wearit.tryons.length, 3 + AHEAD + 2);
  const password = page.getByRole('form', { name: 'Mot de passe' });
  await password.getByLabel('Mot de passe actuel').fill('not the password');
  await password.getByLabel('Nouveau mot de passe').fill(OTHER_PASSWORD);
  await button(page, 'Changer le mot de passe').click();
  await page.getByRole('alert').getByText('Ce n’est pas votre mot de passe actuel.').waitFor();
  await password.getByLabel('Mot de passe actuel').fill(PASSWORD);
  await button(page, 'Changer le mot de passe').click();
  await page.getByText('Votre mot de passe est changé.').waitFor();
  await page.getByText('Effacer mon compte…').click();
  const erase = button(page, 'Effacer mon compte');
  assert.ok(await erase.isDisabled(), 'the word comes first');
  await page.getByLabel('Tapez EFFACER').fill('EFFACER');
  await page.getByLabel('Votre mot de passe').fill(OTHER_PASSWORD);
  await shot(page, 'erase');
  await erase.click();
  await page.getByText('Votre compte est fermé').waitFor();
  await heading(page, 'Essayez vos vêtements').waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'Se connecter' }).first().click();
  await page.getByLabel('Adresse e-mail').fill('zoe@example.com');
  await page.getByLabel('Mot de passe').fill(OTHER_PASSWORD);
  await button(page, 'Se connecter').first().click();
  await page.getByRole('alert').getByText('ne vont pas ensemble').waitFor();
}

const zoe = await person('zoe', {
  expected: [[403, /\/tryon$/], [401, /\/clothing$/], [401, /\/users\/me\/password$/], [401, /\/auth\/login$/]],
});
await shot(zoe, 'landing');
await accessible(zoe);
await signUp(zoe, 'Zoé Lenoir', 'zoe@example.com');
await heading(zoe, 'Votre premier essayage').waitFor();
await shot(zoe, 'first-steps');
await accessible(zoe);
await photographed(zoe);
await filled(zoe);
await handed(zoe);
await found(zoe);
await compared(zoe, await tried(zoe));
await remeasured(zoe);
await kept(zoe);
await difficult(zoe);
await queued(zoe);
const phone = await onAPhone();
await byKeyboard();
await forgotten();
await left(zoe, phone);
await curtain();
