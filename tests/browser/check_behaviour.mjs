// Where pages get their scripts, when they draw, and how they follow the reader's system.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {becomes, drawn_elements, package_file, scroll_through, visit} from './browser.mjs';
import {colors, faint_texts} from './legible.mjs';

const scripts = {'plotly.min.js': package_file('plotly.js-dist-min/plotly.min.js'),
  'vis-network.min.js': package_file('vis-network/standalone/umd/vis-network.min.js')};
const from_npm = url => scripts[url.split('/').pop()];
const integrity_of = bytes => 'sha384-' + createHash('sha384').update(bytes).digest('base64');
const states = page => drawn_elements(page).evaluateAll(found => found.map(e => e.dataset.state || ''));
const all_fail = page => becomes(() => states(page), found => found.every(state => state === 'failed'), 'they fail');

test('the page of a CDN names pinned versions and the hashes of what npm has', () =>
  visit('script_cdn', {}, async page => {
    assert.deepEqual(await page.locator('script[data-src]').evaluateAll(
      found => found.map(element => [element.dataset.src, element.dataset.integrity])), [
      ['https://cdn.jsdelivr.net/npm/plotly.js-dist-min@4.1.2/plotly.min.js', integrity_of(scripts['plotly.min.js'])],
      ['https://cdn.jsdelivr.net/npm/vis-network@10.1.5/standalone/umd/vis-network.min.js',
        integrity_of(scripts['vis-network.min.js'])]]);
  }));

test('the page of a CDN draws when the network answers', () =>
  visit('script_cdn', {answer: from_npm}, async (page, log) => {
    await scroll_through(page);
    assert.deepEqual(log.problems, []);
  }));

test('the page of a CDN draws nothing with scripts that are not those', () =>
  visit('script_cdn', {answer: () => 'document.title = "taken";'}, async page => {
    await all_fail(page);
    assert.notEqual(await page.title(), 'taken');
  }));

for (const theme of ['light', 'dark'])
  test(`without a network a page says so, legibly: ${theme}`, () => visit('script_cdn', {theme}, async page => {
    await all_fail(page);
    const [plot, network] = await drawn_elements(page).all();
    assert.match(await plot.innerText(), /plotly\.js is not loaded/);
    assert.match(await network.innerText(), /vis-network is not loaded/);
    assert.deepEqual(await page.evaluate(faint_texts), []);
  }));

test('figures are drawn when they come near, and all when the page is printed', () =>
  visit('long_page', {}, async page => {
    const drawn = found => found.filter(state => state === 'drawn').length;
    const at_first = await becomes(() => states(page), found => drawn(found) > 0 && !found.includes('drawing'), 'the first');
    assert.ok(drawn(at_first) < at_first.length / 2, `of 12 figures ${drawn(at_first)} are drawn at first`);
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    await becomes(() => states(page), found => drawn(found) === found.length, 'all are drawn');
  }));

test('the contents lead to the sections, whatever is drawn on the way', () => visit('long_page', {}, async page => {
  await page.getByRole('link', {name: 'Section 8'}).click();
  await becomes(() => states(page), found => found[8] === 'drawn' && !found.includes('drawing'), 'it is drawn');
  const top = await page.locator('#s8').evaluate(e => e.getBoundingClientRect().top);
  assert.ok(Math.abs(top) < 5, `the section is at ${top}`);
}));

test('a page follows the system, and so do its hover texts', () => visit('strips', {theme: 'dark'}, async page => {
  await scroll_through(page);
  const dark = await page.evaluate(colors);
  const shape = page.locator('.boxlayer path.point').first();
  await shape.scrollIntoViewIfNeeded();
  const point = await shape.boundingBox();
  for (const theme of ['dark', 'light']) {
    await page.emulateMedia({colorScheme: theme});
    if (theme === 'light')
      await becomes(() => page.evaluate(colors), now => now.ground !== dark.ground && now.ink !== dark.ink, 'it is light');
    await page.mouse.move(0, 0);
    await page.mouse.move(point.x + point.width / 2 + 1, point.y + point.height / 2);
    await page.mouse.move(point.x + point.width / 2, point.y + point.height / 2);
    await page.locator('.hovertext').first().waitFor();
    assert.deepEqual(await page.evaluate(faint_texts), [], theme);
  }
}));

test('nodes of a graph that are called alike stay apart', () => visit('flow', {}, async page => {
  await scroll_through(page);
  const flow = page.locator('.flow'), same = page.locator('.flow-node[data-name="same"]');
  const edges_of = node => node.getAttribute('aria-label');
  assert.deepEqual(await page.locator('#s1 td a').allTextContents(), ['L0H1.0', 'L1H0.0']); // never the token L0H1.2
  await page.locator('.flow-open').click();
  assert.deepEqual([await edges_of(same.nth(0)), await edges_of(same.nth(1))].sort(), ['same, token, 1 edge', 'same, token, 2 edges']);
  assert.equal(await page.locator('.flow-edge').count(), 4);
  assert.equal(await page.locator('.flow-node[data-name="L0H1.2"]').count(), 2);

  const few = page.locator('.flow-node[aria-label="same, token, 1 edge"]');
  await few.click();
  assert.equal(await page.locator('.flow-node.chosen').count(), 1);
  assert.equal(await few.getAttribute('aria-pressed'), 'true');
  assert.match(await page.locator('.flow-details').innerText(), /to 1\s+same → L0H1\.2: score 2$/);
  assert.match(page.url(), /chosen=same&which=1$/);
  await page.reload();
  await scroll_through(page);
  assert.equal(await flow.getAttribute('data-chosen'), 'same');
  assert.equal(await few.getAttribute('aria-pressed'), 'true');

  const found = []; // one after the other
  for (let k = 0; k < 3; ++k) {
    await page.getByRole('searchbox', {name: 'Find a node'}).fill('same');
    await page.getByRole('button', {name: 'Find', exact: true}).click();
    found.push(await page.locator('.flow-node.chosen').getAttribute('aria-label'));
  }
  assert.equal(found[0], found[2]);
  assert.notEqual(found[0], found[1]);
}));
