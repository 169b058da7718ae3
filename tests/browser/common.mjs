// What the scripts share: the browser, pictures of pages, the accessibility check, and steps with their times.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What the Rust side gives: addresses, keys, paths. */
export const given = JSON.parse(process.env.PAGEGATE_TEST);
const require = createRequire(path.join(given.modules, 'here.js'));
const { chromium } = require('playwright-core');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser. Nothing it shows comes from elsewhere, and as root it knows no sandbox of its own. */
export const launch = () => chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox', '--disable-gpu'] });

/** A browser of one person. What its pages complain of is kept in `complaints`. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ baseURL: given.url, viewport: WIDE, locale: 'en', ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(given.url)) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  return { context, page, complaints };
}

let begun = Date.now();
let before = begun;
/** Tells what was done, and how long it took. */
export function did(what) {
  console.log(`${String(Date.now() - before).padStart(6)} ms  ${what}`);
  before = Date.now();
}
/** Ends a script that hangs, with what it did last. */
export function endAfter(minutes) {
  setTimeout(() => {
    console.error(`still running after ${minutes} minutes`);
    process.exit(1);
  }, minutes * 60_000).unref();
}
export const seconds = () => ((Date.now() - begun) / 1000).toFixed(1);

/** Findings of all accessibility checks, told together at the end. */
export const barriers = [];

/** Looks for barriers in a page. */
export async function check(page, name) {
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const { violations } = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, iframes: false }), tags);
  for (const it of violations) {
    const where = it.nodes.slice(0, 3).map((node) => `      ${node.target.join(' ')}: ${node.any[0]?.message ?? node.failureSummary}`);
    barriers.push(`${name}: ${it.id} (${it.nodes.length}): ${it.help}\n${where.join('\n')}`);
  }
}

/** Pages whose pictures stand in docs/review.md; they are made anew where PAGEGATE_PICTURES is set. */
const PICTURES = ['queue', 'item', 'bulk-preview', 'rule', 'dashboard-month'];

/** Takes away what was said of the last thing that was done. */
export const forget = (page) => page.context().clearCookies({ name: /flash/ });

/** Takes a picture of a page in WebP, a third of the size of a PNG. */
async function picture(page, file) {
  const png = await page.screenshot({ animations: 'disabled' });
  const blank = await page.context().newPage();
  const webp = await blank.evaluate(async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.85);
  }, `data:image/png;base64,${png.toString('base64')}`);
  fs.writeFileSync(file, Buffer.from(webp.split(',')[1], 'base64'));
  await blank.close();
}

/** Looks at a page as it is: on a wide screen, on a phone, in the dark. */
export async function look(page, name) {
  fs.mkdirSync(given.screens, { recursive: true });
  const views = [
    ['wide', WIDE, 'light'],
    ['phone', PHONE, 'light'],
    ['dark', WIDE, 'dark'],
  ];
  for (const [view, size, colorScheme] of views) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(given.screens, `${name}-${view}.png`), animations: 'disabled' });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 1) barriers.push(`${name}-${view}: ${wider} pixels wider than the screen`);
    await check(page, `${name}-${view}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (given.pictures && PICTURES.includes(name)) {
    fs.mkdirSync(given.pictures, { recursive: true });
    await page.setViewportSize({ width: 1280, height: 760 });
    await picture(page, path.join(given.pictures, `${name}.webp`));
  }
  await page.setViewportSize(WIDE);
  did(`looked at ${name}`);
}

/** Signs in with an API key. */
export async function signIn(page, key) {
  await page.goto('/sign-in');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/(queue|try)/);
}

export { assert };
