// Every sample page, opened once: what is drawn, what is said, what is asked of the network, whether all texts can be
// read in light and in dark, and pictures of it for a person to look at.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {drawn_elements, expected_of, page_names, screenshots_folder, scroll_through, visit} from './browser.mjs';
import {check_figures, check_tables} from './figures.mjs';
import {colors, faint_texts} from './legible.mjs';

mkdirSync(screenshots_folder, {recursive: true});

const scripts_of = async page => {
  const scripts = [];
  if (await page.locator('.plot').count()) scripts.push('plotly.min.js');
  if (await page.locator('.network').count()) scripts.push('vis-network.min.js');
  return scripts;
};

/** Both colours by the button, which has the last word. */
const check_themes = async (page, take_picture) => {
  const light = await page.evaluate(colors);
  assert.deepEqual(await page.evaluate(faint_texts), [], 'in light');
  await page.click('#theme');
  assert.deepEqual(await page.evaluate(faint_texts), [], 'in dark');
  const dark = await page.evaluate(colors);
  for (const part of ['ground', 'ink']) assert.notEqual(dark[part], light[part], part);
  await take_picture();
  await page.click('#theme');
  await page.emulateMedia({colorScheme: 'dark'});
  assert.deepEqual(await page.evaluate(colors), light);
  await page.emulateMedia({colorScheme: 'light'});
};

/** In a page: the share of the commonest colour in a picture. */
const commonest_share = async png => {
  const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  return Math.max(...counts.values()) / pixels.length;
};

/** The plots are not one colour; those of which nothing is expected may be. */
const check_pixels = async (page, figures, expected) => {
  for (const [k, figure] of figures.entries()) {
    if (expected[k].marks?.every(({count}) => count === 0)) continue;
    const share = await page.evaluate(commonest_share, (await figure.screenshot()).toString('base64'));
    assert.ok(share < 0.999, `${share} of figure ${k} is one colour`);
  }
};

/** In a page: the figures that are wider than what they stand in, and the page if it is. */
const too_wide = () => [document.documentElement, ...document.querySelectorAll('figure, .plot, .network')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => `${e.className || e.tagName}: ${e.scrollWidth} of ${e.clientWidth}`);

for (const name of page_names.filter(name => name !== 'script_cdn'))
  test(name, {timeout: 120000}, t => visit(name, {}, async (page, log) => {
    const expected = expected_of(name);
    await scroll_through(page);
    const figures = await drawn_elements(page).all();
    const picture = kind => page.screenshot({path: join(screenshots_folder, `${name}-${kind}.png`), fullPage: true});

    await t.test('it is whole', () => check_pixels(page, figures, expected.figures));
    await t.test('its figures say what the tables do', () => check_figures(page, figures, expected.figures));
    await t.test('its tables say what the tables do', () => check_tables(page, expected.tables));
    await page.mouse.move(0, 0);
    await t.test('it can be read in light and dark', () => check_themes(page, () => picture('1280-dark')));
    await picture('1280-light');
    assert.deepEqual(await page.evaluate(too_wide), [], '1280 pixels');
    await page.setViewportSize({width: 2560, height: 1400});
    await new Promise(resolve => setTimeout(resolve, 300)); // figures follow a little later
    await picture('2560-light');
    await t.test('it fits its window', async () =>
      assert.deepEqual(await page.evaluate(too_wide), [], '2560 pixels'));
    await t.test('it asks for its scripts only, and has no problems', async () => {
      const scripts = name === 'script_embedded' ? [] : await scripts_of(page);
      assert.deepEqual(log.requests.sort(), [name + '.html', ...scripts].sort());
      assert.deepEqual(log.problems, []);
      assert.notEqual(await page.title(), 'taken');
    });
  }));
