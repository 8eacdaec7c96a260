// People in front of a browser: each with a context of her own, watched for errors, photographed at each step.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const modules = createRequire(`${process.env.TEST_NODE_MODULES}/`);
const { chromium } = modules('playwright-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 390, height: 844 };
export const SMALL_PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 860 };
export const PASSWORD = 'securepassword123';

const base = process.env.STUDIO_URL;
const shots = process.env.STUDIO_SHOTS;
mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.TEST_CHROMIUM, args: ['--no-proxy-server'] });

const troubles = [];
let taken = 0;

/** Answers that are no success but belong to the play; the browser's console tells each of them. */
const EXPECTED = [[404, /\/participants\/me$/], [404, /\/api\/v1\/body$/]];

function watch(page, name, expected) {
  page.on('pageerror', (error) => troubles.push(`${name}: ${error.stack}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) troubles.push(`${name}: ${message.text()}`);
  });
  page.on('response', (response) => {
    const fine = response.ok() || response.status() === 304
      || [...EXPECTED, ...expected].some(([status, path]) => response.status() === status && path.test(new URL(response.url()).pathname));
    if (!fine) troubles.push(`${name}: ${response.status()} ${response.request().method()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith('blob:') && !url.startsWith('data:')) troubles.push(`${name}: asks elsewhere: ${url}`);
  });
}

/** Somebody with a page at the start; `expected` are further answers that are no success. */
export async function person(name, { viewport = DESK, dark = false, still = false, expected = [] } = {}) {
  const phone = viewport !== DESK;
  const context = await browser.newContext({
    baseURL: base, viewport, colorScheme: dark ? 'dark' : 'light', reducedMotion: still ? 'reduce' : 'no-preference',
    locale: 'fr-FR', timezoneId: 'Europe/Paris', hasTouch: phone, isMobile: phone,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watch(page, name, expected);
  await page.goto('/');
  return page;
}

/** A picture of the whole page; on a phone nothing may be wider than the screen. */
export async function shot(page, name) {
  taken += 1;
  await page.screenshot({ path: join(shots, `${String(taken).padStart(2, '0')}-${name}.png`), fullPage: true });
  const { wide, screen } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, screen: window.innerWidth }));
  if (wide > screen) troubles.push(`${name}: ${wide} pixels wide on a screen of ${screen}`);
}

/** The rules of WCAG 2.2 AA that a program can check: names, contrast, structure. https://github.com/dequelabs/axe-core */
export async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary})`).join(', ')}`);
  if (told.length) troubles.push(`${page.url()} is not accessible: ${told.join('\n  ')}`);
}

export async function signUp(page, name, email) {
  await page.getByRole('link', { name: 'Créer un compte' }).first().click();
  await page.getByLabel('Nom affiché').fill(name);
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Créer le compte' }).click();
}

export async function signIn(page, email) {
  await page.getByRole('link', { name: 'Se connecter' }).first().click();
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Se connecter', exact: true }).click();
}

/** Ends the play; anything that went wrong beside it fails it. */
export async function curtain() {
  await browser.close();
  if (troubles.length) throw new Error(`in the browser:\n${troubles.join('\n')}`);
}

/** A play that breaks off leaves a picture of what everybody saw. */
process.on('uncaughtException', async (error) => {
  console.error(error);
  troubles.forEach((trouble) => console.error(trouble));
  const pages = browser.contexts().flatMap((context) => context.pages());
  await Promise.allSettled(pages.map((page, index) => page.screenshot({ path: join(shots, `broken-off-${index + 1}.png`), fullPage: true })));
  process.exit(1);
});
