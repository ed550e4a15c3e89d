// Where pages get their scripts, what they ask of the network, and when they draw.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {becomes, drawn_elements, html_of, package_file, page_names, scroll_through, visit} from './browser.mjs';

const plotly = package_file('plotly.js-dist-min/plotly.min.js');
const vis_network = package_file('vis-network/standalone/umd/vis-network.min.js');
const integrity_of = bytes => 'sha384-' + createHash('sha384').update(bytes).digest('base64');
const scripts_of = page => page.locator('script[src]').evaluateAll(
  found => found.map(element => ({url: element.src, integrity: element.integrity})));

test('an embedded page asks for no other file', () => visit('script_embedded', {}, async (page, log) => {
  await scroll_through(page);
  assert.deepEqual(log.requests, ['script_embedded.html']);
  assert.deepEqual(log.problems, []);
}));

for (const name of page_names.filter(name => !name.startsWith('script_')))
  test(name + ' asks for the scripts beside it', () => visit(name, {}, async (page, log) => {
    await scroll_through(page);
    const wanted = [['.plot', 'plotly.min.js'], ['.network', 'vis-network.min.js']];
    const used = [];
    for (const [selector, script] of wanted) if (await page.locator(selector).count()) used.push(script);
    assert.deepEqual(log.requests, [name + '.html', ...used]);
  }));

test('the page of a CDN names the pinned versions and the hashes of what npm has', () =>
  visit('script_cdn', {}, async page => {
    assert.deepEqual(await scripts_of(page), [{
      url: 'https://cdn.jsdelivr.net/npm/plotly.js-dist-min@4.1.2/plotly.min.js', integrity: integrity_of(plotly)}]);
  }));

test('the page of a CDN draws when the network answers', () =>
  visit('script_cdn', {answer: url => url.endsWith('/plotly.min.js') && plotly}, async (page, log) => {
    await scroll_through(page);
    assert.deepEqual(log.problems, []);
  }));

test('the page of a CDN draws nothing of a script that is not the one', () =>
  visit('script_cdn', {answer: () => 'window.Plotly = {newPlot() { document.title = "taken"; }};'}, async page => {
    await becomes(() => drawn_elements(page).getAttribute('data-state'), state => state === 'failed', 'it fails');
    assert.notEqual(await page.title(), 'taken');
  }));

test('without a network a page says so', () => visit('script_cdn', {}, async page => {
  const figure = drawn_elements(page);
  await becomes(() => figure.getAttribute('data-state'), state => state === 'failed', 'it fails');
  assert.match(await figure.innerText(), /plotly\.js is not loaded/);
  assert.ok(await figure.isVisible());
}));

test('figures are drawn when they come near', () => visit('long_page', {}, async page => {
  const states = () => drawn_elements(page).evaluateAll(found => found.map(e => e.dataset.state || ''));
  const drawn = found => found.filter(state => state === 'drawn').length;
  const at_first = await becomes(states, found => drawn(found) > 0 && !found.includes('drawing'), 'the first');
  assert.ok(drawn(at_first) < at_first.length / 2, `of 12 figures ${drawn(at_first)} are drawn at first`);
  assert.equal(at_first.at(-1), '');
  await scroll_through(page);
  assert.equal(drawn(await states()), at_first.length);
}));

test('all figures are drawn to be printed', () => visit('long_page', {}, async page => {
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await becomes(() => page.locator('[data-state="drawn"]').count(), drawn => drawn === 12, 'twelve are drawn');
}));

test('the contents lead to the sections', () => visit('long_page', {}, async page => {
  await page.getByRole('link', {name: 'Section 11'}).click();
  await becomes(() => page.locator('#s11').evaluate(e => e.getBoundingClientRect().top),
    top => top > -50 && top < 800, 'the section is in sight');
}));

test('the pinned version of vis-network is the one of npm', () => {
  const pages = page_names.map(html_of).filter(html => html.includes('cdn.jsdelivr.net/npm/vis-network'));
  for (const html of pages) assert.ok(html.includes(`integrity="${integrity_of(vis_network)}"`));
});
