// A reviewer's hour, in a real browser, on a store with weeks of history.
import { assert, barriers, check, did, endAfter, forget, given, launch, look, person, seconds, signIn } from './common.mjs';

endAfter(5);
const browser = await launch();
const { page, complaints } = await person(browser);
const toast = page.locator('.toast');
const says = async (text) => assert.match(await toast.innerText(), text);
const heading = (name) => page.getByRole('heading', { level: 1, name });

// The accessibility check itself sees what it is to see.
await page.setContent('<main><h1>x</h1><img src="data:,"><p style="color:#ccc">pale</p></main>');
await check(page, 'blank');
assert.match(barriers.splice(0).join(' '), /color-contrast.*image-alt|image-alt.*color-contrast/s);
complaints.splice(0);

// Signing in.
await page.goto('/');
await page.waitForURL(/\/sign-in/);
await look(page, 'sign-in');
await page.getByLabel('API key').fill('pgk_aaaaaaaa_wrong');
await page.getByRole('button', { name: 'Sign in' }).click();
assert.match(await page.getByRole('alert').innerText(), /key/i);
complaints.splice(0); // the browser tells of the status 401
await look(page, 'sign-in-wrong');
await signIn(page, given.keys.ann);
await heading(/Queue/).waitFor();
assert.match(await page.locator('header').innerText(), /Ann/);
const cookies = await page.context().cookies();
assert.ok(cookies.length > 0 && cookies.every((it) => it.httpOnly && it.sameSite === 'Strict'), JSON.stringify(cookies));
did('signed in, after a wrong key');

// The queue and its filters.
await look(page, 'queue');
const waiting = async () => Number((await page.locator('#count').innerText()).replace(/\D/g, ''));
const all = await waiting();
assert.ok(all > 300, `${all} wait`);
await page.getByText('More filters').click();
await page.getByLabel('Kind').selectOption('encoding');
await page.getByRole('button', { name: 'Filter', exact: true }).click();
await page.waitForURL(/kind=encoding/);
assert.equal(await waiting(), 1);
await page.getByLabel('Name of the filter').fill('Broken letters');
await page.getByRole('button', { name: 'Save', exact: true }).click();
await says(/saved/);
await forget(page);
await page.goto('/queue');
await page.getByRole('link', { name: /Broken letters/ }).click();
await page.waitForURL(/kind=encoding/);
await look(page, 'queue-filtered');
await page.goto('/queue?source=nothing.example');
assert.match(await page.getByRole('main').innerText(), /Nothing matches/);
await look(page, 'queue-empty');
did('filtered, and saved a filter');

// Evidence, in all views.
await page.goto('/queue?source=daily-lantern.example');
const glacier = "I'm unable to rewrite this article as it contains unverified claims";
await page.getByRole('link', { name: glacier }).first().click();
await page.waitForURL(/\/items\//);
assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /unable to rewrite/);
await look(page, 'item');
await page.getByRole('link', { name: 'show in text' }).first().click();
const mark = page.locator(':target');
assert.equal(await mark.count(), 1);
const box = await mark.boundingBox();
assert.ok(box.y >= 0 && box.y < 900, 'the highlight is on the screen');
assert.ok((await page.locator('mark').allInnerTexts()).some((it) => it.includes('unable to rewrite')), 'it marks the words');
await page.getByRole('link', { name: 'Source', exact: true }).click();
assert.match(await page.locator('pre').innerText(), /<h1 class="entry-title">/);
await look(page, 'item-source');
await page.getByRole('link', { name: 'Rendered', exact: true }).click();
const frame = page.frameLocator('iframe');
await frame.getByText('216 people').waitFor();
assert.equal(await page.locator('iframe').getAttribute('sandbox'), '');
await look(page, 'item-rendered');
did('read the evidence as text, source and rendered');
for (const [name, source, title] of [
  ['item-arabic', 'akhbar-alsahel.example', /يمكنني/],
  ['item-japanese', 'minato-shimbun.example', /申し訳/],
  ['item-long-title', 'harbour-post.example', /Two centuries/],
  ['item-long', 'valley-gazette.example', /keeper of the north light/],
  ['item-mojibake', 'rundblick-nord.example', /Spielplan/],
]) {
  await page.goto(`/queue?source=${source}`);
  await page.getByRole('link', { name: title }).first().click();
  await page.waitForURL(/\/items\//);
  await look(page, name);
}

// By keyboard.
await page.goto('/queue?source=harbour-post.example');
const titles = page.locator('#lines .title');
await page.keyboard.press('j');
assert.equal(await page.evaluate(() => document.activeElement.textContent), await titles.nth(0).textContent());
await page.keyboard.press('j');
await page.keyboard.press('k');
await page.keyboard.press('x');
assert.ok(await page.locator('#lines input[type=checkbox]').first().isChecked());
await page.keyboard.press('?');
await page.getByRole('dialog').waitFor();
await look(page, 'keys');
await page.keyboard.press('Escape');
await page.keyboard.press('/');
assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
await page.keyboard.press('Escape');
await page.keyboard.press('j');
await page.keyboard.press('k');
await page.keyboard.press('x');
await page.keyboard.press('o');
await page.waitForURL(/\/items\//);
const first = page.url();
await page.keyboard.press('d');
await page.waitForURL(/\/queue/);
await says(/discarded/);
await look(page, 'queue-toast');
await page.goto(first);
assert.match(await page.getByRole('main').innerText(), /discarded/);
await look(page, 'item-decided');
await page.goto('/queue?source=harbour-post.example');
await page.keyboard.press('u');
await page.getByText(/taken back/).waitFor();
for (const [key, told] of [['a', /published/], ['c', /published cleaned/]]) {
  await page.goto(first);
  await page.keyboard.press(key);
  await page.waitForURL(/\/queue/);
  await says(told);
  await page.getByRole('button', { name: /Undo/ }).click();
  await page.getByText(/taken back/).waitFor();
}
await page.goto(first);
await page.keyboard.press('s');
await page.keyboard.type('the harbour desk knows this page');
await page.keyboard.press('Enter');
await page.waitForURL(/\/queue/);
await says(/Skipped/);
await page.goto(first);
await page.getByText('the harbour desk knows this page').waitFor();
did('decided by keyboard, took it back, skipped with a reason');

// One after the other: what is opened is reserved.
await page.goto('/queue?source=daily-lantern.example');
await page.getByRole('button', { name: /Start reviewing/ }).click();
await page.waitForURL(/\/items\/.*focus=1/);
await look(page, 'focus');
const focused = page.url();
await page.keyboard.press('d');
await page.waitForURL((url) => url.href !== focused && /focus=1/.test(url.href));
await says(/discarded/);
await page.keyboard.press('u');
await page.getByText(/taken back/).waitFor();
did('reviewed one after the other');

// A colleague.
const ben = await person(browser);
await signIn(ben.page, given.keys.ben);
const shared = '/queue?source=le-fanal.example';
await ben.page.goto(shared);
await ben.page.locator('#lines .title').first().click();
await ben.page.getByRole('button', { name: 'Reserve for me' }).click();
await ben.page.getByText(/reserved for you/).waitFor();
await page.goto(shared);
await page.getByText('Ben has it').waitFor();
await look(page, 'queue-claimed');
await page.locator('#lines .title').first().click();
assert.match(await page.getByRole('main').innerText(), /Ben\s+has this page/);
await look(page, 'item-claimed');
await page.getByRole('button', { name: /^Discard/ }).click();
await heading(/first/).waitFor();
assert.match(await page.getByRole('main').innerText(), /Ben/);
complaints.splice(0); // the status 409
await look(page, 'problem-claimed');
// Ben decides while Ann has the page open: she learns of it without loading it again, and when she decides all the same.
await ben.page.goto('/queue?source=ponte-vecchia.example');
await page.goto('/queue?source=ponte-vecchia.example');
await page.locator('#lines .title').first().click();
await page.waitForURL(/\/items\//);
await ben.page.locator('#lines .title').first().click();
await ben.page.getByRole('button', { name: /^Publish cleaned/ }).click();
await ben.page.waitForURL(/\/queue/);
await page.locator('#notice').filter({ hasText: /Ben/ }).waitFor();
await page.getByRole('button', { name: /^Discard/ }).click();
await heading(/first/).waitFor();
assert.match(await page.getByRole('main').innerText(), /Ben/);
complaints.splice(0);
did('met a colleague');

// Three hundred alike.
const toAlike = async () => {
  await page.goto('/queue?source=mirror-feed.example');
  await page.getByRole('link', { name: 'all like this' }).last().click();
  await page.waitForURL(/quote=/);
  return new URL(page.url()).searchParams.get('rule');
};
const RULE = await toAlike();
const precision = async () => {
  await page.goto(`/rules/${RULE}`);
  await heading(RULE).waitFor();
  return page.locator('#precision').innerText();
};
await forget(page);
const before = await precision();
await look(page, 'rule');
await toAlike();
const alike = await waiting();
assert.ok(alike >= 300, `${alike} alike`);
await look(page, 'queue-alike');
const decideAll = async () => {
  await page.getByRole('button', { name: 'Discard…' }).click();
  await heading(new RegExp(`${alike} pages would be discarded`)).waitFor();
};
await decideAll();
await look(page, 'bulk-preview');
await page.getByLabel('Note for others').fill('the mirror feed sends its own errors');
await page.getByRole('button', { name: `Decide ${alike} pages` }).click();
await page.waitForURL(/\/queue/);
await says(new RegExp(`${alike} pages are discarded`));
await look(page, 'bulk-done');
const during = await precision();
assert.notEqual(during, before);
await page.goto('/queue');
await page.getByRole('button', { name: /Undo/ }).click();
await page.getByText(new RegExp(`${alike} decisions are taken back`)).waitFor();
assert.equal(await precision(), before);
await toAlike();
assert.equal(await waiting(), alike);
await decideAll();
await page.getByRole('button', { name: `Decide ${alike} pages` }).click();
await says(new RegExp(`${alike} pages are discarded`));
assert.equal(await precision(), during);
console.log(`          precision of ${RULE}: ${before}, then ${during}`);
did(`decided ${alike} alike, took it back, decided again`);

// The message goes away by itself.
await page.goto('/queue?source=el-faro-diario.example');
await page.locator('#lines .title').first().click();
await page.keyboard.press('c');
await toast.waitFor();
const told = Date.now();
await toast.waitFor({ state: 'hidden' });
const shown = Date.now() - told;
assert.ok(shown > 8000 && shown < 12_000, `it stands for ${shown} ms`);
did('the way to take it back goes after ten seconds');

// A page to try.
await page.goto('/try');
await look(page, 'try');
await page.getByLabel('Title').fill('Cannot assist with targeted political persuasion content');
await page.getByLabel('Text or HTML').fill('The two candidates met on Tuesday for the only debate of the campaign.\n\nBoth agreed that the breakwater must be repaired before the winter, and that twice as much is needed as was set aside.');
await page.getByRole('button', { name: 'Check' }).click();
await page.getByRole('heading', { name: /Verdict/ }).waitFor();
assert.match(await page.getByRole('main').innerText(), /subjectless-headline-en/);
await look(page, 'try-result');
did('tried a page');

// Everything else there is to look at.
await forget(page);
for (const [name, address, title] of [
  ['rules', '/rules', /Rules/],
  ['sources', '/sources', /Sources/],
  ['source', '/sources/one?name=daily-lantern.example', /daily-lantern/],
  ['dashboard', '/dashboard', /Dashboard/],
  ['dashboard-month', '/dashboard?days=30', /Dashboard/],
  ['decisions', '/decisions', /Decisions/],
  ['help', '/help', /Help/],
]) {
  await page.goto(address);
  await heading(title).waitFor();
  await look(page, name);
}
await page.goto('/decisions');
assert.match(await page.getByRole('main').innerText(), /the mirror feed sends its own errors|discarded/);
await page.goto('/queue?kind=cats');
assert.match(await page.getByRole('main').innerText(), /must be one of refusal/);
complaints.splice(0);
await look(page, 'problem');

// Without scripts the same ways are open.
const plain = await person(browser, { javaScriptEnabled: false });
await signIn(plain.page, given.keys.ben);
const bare = plain.page;
await bare.getByText('More filters').click();
await bare.getByLabel('Kind').selectOption('refusal');
await bare.getByRole('button', { name: 'Filter', exact: true }).click();
await bare.waitForURL(/kind=refusal/);
await bare.locator('#lines .title').first().click();
await bare.getByRole('link', { name: 'show in text' }).first().click();
await bare.getByRole('link', { name: 'Rendered', exact: true }).click();
await bare.getByRole('link', { name: 'Source', exact: true }).click();
await bare.getByRole('button', { name: /^Publish cleaned/ }).click();
await bare.getByText(/published cleaned/).first().waitFor();
await bare.getByRole('button', { name: /Undo/ }).click();
await bare.getByText(/taken back/).waitFor();
await bare.goto('/queue?source=valley-gazette.example');
await bare.locator('#lines input[type=checkbox]').nth(0).check();
await bare.locator('#lines input[type=checkbox]').nth(1).check();
await bare.getByRole('button', { name: /^Discard/ }).first().click();
await bare.getByText(/2 pages are discarded/).waitFor();
await bare.getByRole('button', { name: /Undo/ }).click();
await bare.getByText(/2 decisions are taken back/).waitFor();
await bare.goto('/queue');
await bare.getByRole('button', { name: /Start reviewing/ }).click();
await bare.waitForURL(/focus=1/);
await bare.getByText('Skip', { exact: false }).first().click();
await bare.getByLabel('Why do you skip it?').fill('not mine');
await bare.getByRole('button', { name: 'Skip', exact: true }).click();
await bare.getByText(/Skipped/).first().waitFor();
for (const address of ['/rules', `/rules/${RULE}`, '/sources', '/dashboard', '/decisions', '/try', '/help']) {
  assert.equal((await bare.goto(address)).status(), 200, address);
}
await bare.getByRole('button', { name: 'Sign out' }).click();
await bare.waitForURL(/\/sign-in/);
await bare.goto('/queue');
assert.match(bare.url(), /\/sign-in/);
did('went the same ways without scripts');

// Who may do what.
const crawler = await person(browser);
await crawler.page.goto('/sign-in');
await crawler.page.getByLabel('API key').fill(given.keys.crawler);
await crawler.page.getByRole('button', { name: 'Sign in' }).click();
await crawler.page.waitForLoadState();
for (const address of ['/queue', '/decisions', '/sources', '/dashboard', '/queue/live', new URL(first).pathname]) {
  const answer = await crawler.page.goto(address);
  assert.equal(answer.status(), 403, address);
  assert.doesNotMatch(await crawler.page.content(), /harbour-post|mirror-feed/);
}
await look(crawler.page, 'not-for-you');
for (const address of ['/rules', '/try', '/help']) {
  assert.equal((await crawler.page.goto(address)).status(), 200, address);
}
const id = new URL(first).pathname.split('/').pop();
const acts = [
  `/items/${id}/decide`, `/items/${id}/claim`, `/items/${id}/release`, `/items/${id}/skip`, '/queue/decide', '/queue/next',
  '/decisions/undo', '/filters', '/filters/delete', '/allowances/revoke', '/sign-out', '/try', '/sign-in',
];
const form = { decision: 'discard', note: 'x', id, etag: '', name: 'x', key: given.keys.ben, body: 'x' };
const foreign = [
  {},
  { origin: 'http://evil.example' },
  { origin: 'null' },
  { origin: given.url, 'sec-fetch-site': 'cross-site' },
  { origin: given.url, 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
];
for (const act of acts) {
  for (const headers of foreign) {
    const answer = await page.context().request.post(act, { form, headers, maxRedirects: 0 });
    assert.equal(answer.status(), 403, `${act} with ${JSON.stringify(headers)}`);
  }
  if (!['/try', '/sign-in'].includes(act)) {
    const answer = await page.context().request.get(act, { params: form, maxRedirects: 0 });
    assert.ok([403, 404, 405].includes(answer.status()), `GET ${act}: ${answer.status()}`);
  }
}
const own = { origin: given.url, 'sec-fetch-site': 'same-origin' };
const revoke = await page.context().request.post('/allowances/revoke', { form, headers: own, maxRedirects: 0 });
assert.equal(revoke.status(), 403, 'revoking is for an administrator');
const decide = await crawler.context.request.post(`/items/${id}/decide`, { form, headers: own, maxRedirects: 0 });
assert.equal(decide.status(), 403, 'deciding is for a reviewer');
assert.equal((await page.goto(first)).status(), 200);
assert.doesNotMatch(await page.locator('.bar').first().innerText(), /discarded/, 'nothing was decided by all that');
did('scopes, and requests of other sites');

await page.getByRole('button', { name: 'Sign out' }).click();
await page.waitForURL(/\/sign-in/);
await page.goBack();
await page.waitForURL(/\/sign-in/);
const later = await page.context().request.get('/queue', { headers: { cookie: cookies.map((it) => `${it.name}=${it.value}`).join('; ') }, maxRedirects: 0 });
assert.equal(later.status(), 303, 'the session is at an end in the store, too');
did('signed out');

await browser.close();
const wrong = [...barriers, ...complaints, ...ben.complaints];
assert.equal(wrong.length, 0, `${wrong.length} things are wrong:\n${wrong.join('\n')}`);
console.log(`a reviewer's hour took ${seconds()} s`);
