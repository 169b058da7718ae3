// Hostile text went into every field. A browser walks all pages: nothing of it may run, be loaded, or become markup.
import http from 'node:http';
import { assert, did, endAfter, given, launch, seconds } from './common.mjs';

endAfter(8);
const { payloads, items } = given;
const TABS = 3;

/** What was seen that must not be. */
let alarms = [];
const alarm = (what) => alarms.push(what);

// A server that nobody must ever ask.
const canary = http.createServer((request, response) => {
  alarm(`the canary was asked for ${request.url}`);
  response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
});
await new Promise((ready) => canary.listen(given.canary, '127.0.0.1', ready));

const browser = await launch();
const context = await browser.newContext({ baseURL: given.url, acceptDownloads: false, viewport: { width: 480, height: 360 } });
context.setDefaultTimeout(20_000);
await context.exposeBinding('__xss', ({ frame }, number) => alarm(`payload ${number} ran in ${frame.url()}: ${payloads[number]}`));
await context.exposeBinding('__csp', ({ frame }, what) => alarm(`policy: ${what} in ${frame.url()}`));
await context.addInitScript(() => {
  document.addEventListener('securitypolicyviolation', (it) => globalThis.__csp(`${it.violatedDirective} ${it.blockedURI} ${it.sample}`), true);
});
let home = given.url;
const isOwn = (address) => new URL(address).origin === home || address === 'about:blank' || address === 'about:srcdoc';
context.on('request', (it) => {
  if (!isOwn(it.url())) alarm(`asked for ${it.url().slice(0, 200)} by ${it.frame()?.url()}`);
});
context.on('dialog', (it) => {
  alarm(`dialog: ${it.message()}`);
  it.dismiss();
});

const tabs = [];
async function openTab() {
  const page = await context.newPage();
  page.on('framenavigated', (it) => {
    if (!isOwn(it.url()) && !it.url().startsWith('chrome-error:')) alarm(`went to ${it.url()}`);
  });
  page.on('console', (it) => {
    if (/content security policy|trusted ?type/i.test(it.text())) alarm(`console of ${page.url()}: ${it.text()}`);
  });
  page.on('pageerror', (it) => alarm(`error in ${page.url()}: ${it.message}`));
  page.on('popup', (it) => alarm(`window: ${it.url()}`));
  page.on('download', (it) => alarm(`download: ${it.url()}`));
  return page;
}

/** Markup that no page of ours has: it would be text that became markup. */
function foreignMarkup() {
  const found = [];
  const here = location.origin;
  const tell = (element, why) => found.push(`${why}: ${element.outerHTML.slice(0, 160)}`);
  const known = new Set(('html head meta title link script body header nav div main section aside footer a form input button select option textarea label fieldset legend ' +
    'h1 h2 h3 h4 h5 h6 p pre code span b strong em i bdi bdo q mark kbd ul ol li dl dt dd details summary dialog iframe hr br time table caption colgroup col thead tbody tfoot tr th td ' +
    'svg path rect g line polyline polygon circle text tspan title abbr blockquote figure figcaption sub sup small del ins cite').split(' '));
  // What a sanitizer lets through, in the one place where markup of others is shown.
  if (location.pathname.endsWith('/rendered')) for (const name of 'article center font address s u samp var tt wbr bdo big strike ruby rt rp rtc acronym hgroup data map area'.split(' ')) known.add(name);
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (!known.has(name)) tell(element, `element ${name}`);
    if (name === 'script' && !(element.src.startsWith(`${here}/assets/`) && element.textContent === '')) tell(element, 'script');
    if (name === 'link' && !element.href.startsWith(`${here}/assets/`)) tell(element, 'link');
    if (name === 'meta' && element.httpEquiv) tell(element, 'meta');
    if (name === 'iframe' && !(element.getAttribute('sandbox') === '' && element.src.startsWith(`${here}/items/`) && !element.srcdoc)) tell(element, 'frame');
    for (const { name: attribute, value } of element.attributes) {
      if (/^on|^style$|^srcdoc$|^ping$|^background$/.test(attribute)) tell(element, `attribute ${attribute}`);
      if (/^(href|xlink:href|src|action|formaction|poster|data|srcset)$/.test(attribute) && name !== 'meta') {
        let target;
        try { target = new URL(value, location.href); } catch { tell(element, `address ${value}`); continue; }
        if (target.origin !== here) tell(element, `address ${value}`);
      }
    }
  }
  return found;
}

/** Looks at what a tab shows, and at the frames in it. */
async function inspect(page, what) {
  for (const frame of page.frames()) {
    const found = await frame.evaluate(foreignMarkup).catch((it) => [`cannot look: ${it.message}`]);
    for (const it of found) alarm(`${what}: ${it}`);
  }
}

let loads = 0;
/** Goes to a page and looks. */
async function visit(page, address) {
  const answer = await page.goto(address, { waitUntil: 'load' });
  await settled(page, answer, address);
}
async function settled(page, answer, what) {
  loads += 1;
  const status = answer?.status() ?? 200;
  if (status >= 500) alarm(`${what}: status ${status}`);
  await inspect(page, what);
}
/** Sends a form as a page of ours would. */
async function post(page, address, fields) {
  const [answer] = await Promise.all([
    page.waitForNavigation({ waitUntil: 'load' }),
    page.evaluate(([action, pairs]) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = action;
      for (const [name, value] of pairs) {
        const field = document.createElement('textarea');
        field.name = name;
        field.value = value;
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    }, [address, Object.entries(fields)]),
  ]);
  await settled(page, answer, `POST ${address}`);
}

// The alarms work: a page that does not escape sets them off, with our policy and without.
{
  const page = await openTab();
  const policy = (await page.request.get('/sign-in')).headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  const bad = (text) => `<!doctype html><title>x</title><p>${text}`;
  const hostile = `<script>__xss(0)</script><img src=//127.0.0.1:${given.canary}/x onerror=__xss(0)>`;
  let shown = { body: '', headers: {} };
  const careless = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...shown.headers }).end(shown.body);
  });
  await new Promise((ready) => careless.listen(0, '127.0.0.1', ready));
  home = `http://127.0.0.1:${careless.address().port}`;
  const serve = async (name, body, headers) => {
    shown = { body, headers };
    await page.goto(`${home}/${name}`, { waitUntil: 'load' }).catch(() => {});
    await inspect(page, name).catch(() => {});
    await page.waitForTimeout(300);
    const seen = alarms.join('\n');
    alarms = [];
    return seen;
  };
  const open = await serve('alarm-open', bad(`${hostile}<script>alert(1)</script><a href=javascript:__xss(0)>x</a>`), {});
  for (const sign of ['payload 0 ran', 'asked for http://127.0.0.1', 'the canary was asked', 'dialog: 1', 'attribute onerror', 'address javascript:', 'script: <script>']) {
    assert.ok(open.includes(sign), `no alarm "${sign}" in:\n${open}`);
  }
  const closed = await serve('alarm-policy', bad(hostile), { 'content-security-policy': policy });
  for (const sign of ['policy: script-src', 'policy: img-src', 'console of ', 'attribute onerror', 'script: <script>']) {
    assert.ok(closed.includes(sign), `no alarm "${sign}" in:\n${closed}`);
  }
  assert.ok(!closed.includes('ran in') && !closed.includes('the canary was asked'), closed);
  const gone = await serve('alarm-away', bad(`<meta http-equiv=refresh content="0;url=http://127.0.0.1:${given.canary}/away">`), {});
  assert.ok(gone.includes('went to http://127.0.0.1') || gone.includes('the canary was asked'), gone);
  const frames = await serve('alarm-frame', bad('<iframe srcdoc="<script>parent.__xss(0)</script>"></iframe>'), {});
  assert.ok(frames.includes('payload 0 ran') && frames.includes('frame: <iframe'), frames);
  await page.close();
  careless.close();
  home = given.url;
  alarms = [];
  did('the alarms work');
}

for (let it = 0; it < TABS; it += 1) tabs.push(await openTab());
await tabs[0].goto('/sign-in');
await tabs[0].getByLabel('Your name').fill('Ann <b>&"\'</b>');
await tabs[0].getByRole('button').first().click();
await tabs[0].waitForURL(/\/queue/);

/** Ends the walk if something was seen. */
function calm() {
  assert.equal(alarms.length, 0, `${alarms.length} alarms:\n${alarms.slice(0, 40).join('\n')}`);
}

/** Does a piece of work for each of a list, in all tabs. */
async function forEach(what, list, work) {
  const left = [...list.entries()];
  await Promise.all(tabs.map(async (page) => {
    for (let next = left.shift(); next; next = left.shift()) {
      await work(page, next[1], next[0]);
    }
  }));
  calm();
  did(`${what}: ${list.length}`);
}
const part = encodeURIComponent;

// Lists, in all their pages.
const sources = new Set();
async function walk(page, address, collect) {
  for (let at = address, pages = 0; at && pages < 30; pages += 1) {
    await visit(page, at);
    if (collect) for (const it of await page.locator('th a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))) sources.add(it);
    const next = page.locator('a[rel=next]');
    at = (await next.count()) ? await next.getAttribute('href') : null;
  }
}
await forEach('lists', ['/queue', '/queue?state=decided', '/decisions', '/sources', '/dashboard', '/dashboard?days=90', '/rules', '/help', '/try', '/queue?kind=refusal', '/sources?days=1'],
  (page, address) => walk(page, address, address.startsWith('/sources')));
assert.ok(sources.size > 150, `${sources.size} sources`);
await forEach('sources', [...sources].filter((_, at) => at % 4 === 0), (page, address) => visit(page, address));

// Items, in all their views.
await forEach('items', items, async (page, id, at) => {
  await visit(page, `/items/${id}`);
  const sent = ['view=source', 'view=rendered&of=sent', 'view=source&field=url', 'view=rendered', `view=source&field=${part('headers[server]')}`];
  await visit(page, `/items/${id}?${sent[at % sent.length]}`);
  // Documents with many payloads, in all views.
  if (at >= payloads.length) for (const it of sent.slice(0, 2)) await visit(page, `/items/${id}?${it}`);
  if (at % 10 === 0) {
    await visit(page, `/items/${id}?focus=1&source=${part(payloads[at % payloads.length])}`);
    await visit(page, `/items/${id}/rendered?of=sent`);
    await visit(page, `/items/${id}/state`);
  }
});

// Addresses, with a payload wherever one takes text.
await forEach('addresses', payloads, async (page, text, at) => {
  const it = part(text);
  await visit(page, at % 2 ? `/queue?source=${it}&rule=${it}&quote=${it}` : `/sources/one?name=${it}&days=${it}`);
  const more = [
    `/queue?kind=${it}`, `/queue?state=${it}`, `/queue?reason=${it}`, `/queue?page=${it}`, `/queue?q=${it}`, `/decisions?page=${it}`,
    `/dashboard?days=${it}`, `/sources?days=${it}&page=${it}`, `/items/${items[0]}?view=source&field=${it}&at=${it}`, `/rules?q=${it}`, `/sign-in?next=${it}`,
  ];
  // A path of dots or slashes alone is another path.
  if (!/^[./\\]*$/.test(text)) more.push(`/items/${it}`, `/rules/${it}/${it}`, `/items/${it}/rendered`, `/${it}`);
  await visit(page, more[at % more.length]);
});

for (const page of tabs) await visit(page, '/help');
// Forms: what they say back, and what they keep.
await forEach('forms', payloads, async (page, text, at) => {
  if (at % 2) await post(page, '/try', { as: ['text', 'html', 'fragment'][(at >> 1) % 3], title: text, url: text, language: text.slice(0, 20), status: at % 9 ? '' : text, body: `${text}\n\nI'm sorry, but I can't assist with that request. ${text}` });
  const short = text.slice(0, 60).trim() || 'x';
  const forms = [
    ['/queue/decide', { scope: 'all', decision: 'discard', source: text, rule: text, quote: text }],
    ['/filters', { name: short, source: text, rule: text, quote: text }],
    ['/queue/decide', { id: text, decision: 'publish', note: text }],
    ['/decisions/undo', { decision_id: text, request_id: text }],
    ['/filters/delete', { saved_filter: text }],
    ['/queue/decide', { decision: text, id: items[0] }],
    [`/items/${items[at % items.length]}/skip`, { note: text, source: text }],
    [`/items/${items[at % items.length]}/decide`, { decision: ['publish', 'discard'][at % 2], note: text, etag: text, 'allow-0': 'text', 'truth-0': 'right' }],
    [`/items/${items[at % items.length]}/decide`, { decision: 'publish_cleaned', note: text, 'allow-0': 'text', judge: '0' }],
    ['/queue/next', { source: text, after: text }],
    ['/allowances/revoke', { allowance_id: text, name: text }],
  ];
  await post(page, ...forms[at % forms.length]);
});

// Names of people, and where signing in leads.
for (const [at, text] of payloads.entries()) {
  if (at % 8 !== 0 && !/^(\/|\\|[a-z]+:)/i.test(text)) continue;
  const page = tabs[0];
  const name = [...text].filter((it) => it.codePointAt(0) > 31 && !(it.codePointAt(0) >= 127 && it.codePointAt(0) < 160)).slice(0, 60).join('').trim() || 'x';
  await post(page, '/sign-in', { name, next: text });
}
did('names, and where signing in leads');
await forEach('what was kept', ['/queue', '/queue?state=decided', '/decisions', '/sources', '/dashboard', '/queue?state=superseded'], (page, address) => walk(page, address, false));

await browser.close();
canary.close();
calm();
console.log(`${payloads.length} payloads, ${items.length} items, ${loads} pages: nothing ran, in ${seconds()} s`);
