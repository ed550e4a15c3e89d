// The report on the planted model: every figure drawn, contents that lead somewhere, and its picture.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {becomes, drawn_elements, screenshots_folder, scroll_through, visit} from './browser.mjs';
import {faint_texts} from './legible.mjs';

test('a report draws everything that it has, without a problem', () => visit('report', {}, async (page, log) => {
  await scroll_through(page);
  const kinds = await drawn_elements(page).evaluateAll(found => found.map(e => e.className.split(' ')[0]));
  assert.equal(kinds.filter(kind => kind === 'network').length, 1);
  assert.ok(kinds.length > 30, `${kinds.length} figures`);
  assert.deepEqual(log.problems, []);
  assert.deepEqual(log.requests.sort(), ['plotly.min.js', 'report.html', 'vis-network.min.js']);
  assert.deepEqual(await page.evaluate(faint_texts), []);
}));

test('the contents of a report lead to its sections', () => visit('report', {}, async page => {
  const links = await page.locator('nav a').evaluateAll(found => found.map(a => [a.getAttribute('href'), a.textContent]));
  assert.ok(links.length > 8);
  for (const [target, text] of links) assert.equal(await page.locator(target + ' h2').textContent(), text);
}));

test('the graph of a report has the planted edge from head to later head', () => visit('report', {}, async page => {
  const found = await page.locator('.network').evaluate(element => {
    const {nodes, edges} = JSON.parse(element.nextElementSibling.textContent);
    return edges.some(e => nodes[e.source].label === 'L0H1.0' && nodes[e.target].label === 'L1H2.0');
  });
  assert.ok(found);
}));

test('text is there before anything is drawn, and nothing is fetched for it', () =>
  visit('report', {height: 200}, async (page, log) => {
    assert.match(await page.locator('main').innerText(), /d_model/);
    assert.deepEqual(log.requests.filter(name => name !== 'report.html' && name !== 'vis-network.min.js'), []);
  }));

test('its picture', () => visit('report', {width: 1280, height: 1000}, async page => {
  mkdirSync(screenshots_folder, {recursive: true});
  const network = page.locator('.network');
  await network.scrollIntoViewIfNeeded();
  await becomes(() => network.getAttribute('data-state'), state => state === 'drawn', 'the graph is drawn');
  await page.waitForTimeout(500); // its view moves into place
  await page.locator('figure', {has: network}).screenshot({path: join(screenshots_folder, 'report.png')});
}));
