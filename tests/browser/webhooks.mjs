// Webhooks through the pages: an address is named, refused, tested, given another secret, suspended and taken away, at a desk and on a phone.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { accessible, curtain, person, shot, signUp, SMALL_PHONE } from './people.mjs';

const received = [];
const receiver = createServer((request, response) => {
  received.push(request.headers);
  request.resume().on('end', () => response.writeHead(204).end());
});
await new Promise((listening) => { receiver.listen(0, '127.0.0.1', listening); });
const address = `http://127.0.0.1:${receiver.address().port}/crochet`;

const page = await person('desk', { expected: [[400, /\/webhooks\/endpoints$/]] });
const button = (name) => page.getByRole('main').getByRole('button', { name });
const dialog = (name) => page.getByRole('dialog').getByRole('button', { name }).click();
const named = page.getByRole('textbox', { name: 'Adresse', exact: true });
const secret = () => page.locator('code.secret').textContent();

await signUp(page, 'Hugo Crochet', 'hugo@example.com');
await page.getByRole('heading', { name: 'Votre premier essayage' }).waitFor();
await page.goto('/#/compte');
await page.getByRole('link', { name: 'Gérer les webhooks' }).click();
await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
await page.getByText('Aucune adresse pour le moment.').waitFor();
await shot(page, 'webhooks-none');
await accessible(page);

await named.fill('https://10.0.0.1/crochet');
await button('Ajouter l’adresse').click();
await page.getByText('Cette adresse est celle d’un réseau privé').first().waitFor();
await shot(page, 'webhooks-refused');
await accessible(page);
await named.fill(address);
await page.getByLabel('Description').fill('La boutique');
await page.getByLabel('Essayage annulé').uncheck();
await button('Ajouter l’adresse').click();
await page.locator('code.secret').waitFor();
const first = await secret();
assert.match(first, /^whsec_/);
await page.getByText('Essayage prêt, Essayage échoué').waitFor();
await shot(page, 'webhooks-secret');
await accessible(page);

await button('Envoyer un essai').click();
while (!received.length) await page.waitForTimeout(50);
assert.match(received[0]['webhook-signature'], /^v1,/);
await button('Actualiser').click();
await page.getByText('Arrivé').waitFor();
await page.getByText('le dernier : réponse 204').click();
await page.getByText('webhook.test').first().waitFor();
await button('Renvoyer').click();
while (received.length < 2) await page.waitForTimeout(50);
assert.equal(received[1]['webhook-id'], received[0]['webhook-id']);
await shot(page, 'webhooks-log');
await accessible(page);

await button('Changer le secret').click();
await dialog('Changer');
await page.waitForFunction((known) => document.querySelector('code.secret')?.textContent !== known, first);
await button('Suspendre').click();
await page.getByText('Suspendue : vous l’avez suspendue.').waitFor();
await button('Reprendre').click();
await page.getByText('Active').waitFor();

await page.setViewportSize(SMALL_PHONE);
await shot(page, 'webhooks-phone');
await accessible(page);
await button('Supprimer').click();
await dialog('Supprimer');
await page.getByText('Aucune adresse pour le moment.').waitFor();
receiver.close();
await curtain();
