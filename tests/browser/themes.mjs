// Dark and light: texts are legible in both, and the button changes all that is drawn.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {drawn_elements, page_names, scroll_through, visit} from './browser.mjs';

/** Texts whose contrast with what is behind them is below 4.5 (WCAG 2, AA). */
const faint_texts = () => {
  const parts = color => (color.match(/[\d.]+/g) || []).map(Number);
  const is_opaque = color => /^rgb/.test(color) && (parts(color)[3] ?? 1) > 0.99;
  const luminance = color => {
    const [r, g, b] = parts(color).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground_of = element => {
    const plate = element.closest('.hovertext, .legend')?.querySelector('path, rect.bg');
    if (plate && is_opaque(getComputedStyle(plate).fill) && getComputedStyle(plate).fillOpacity > 0.99)
      return getComputedStyle(plate).fill;
    for (let e = element; e; e = e.parentElement)
      if (is_opaque(getComputedStyle(e).backgroundColor)) return getComputedStyle(e).backgroundColor;
    return 'rgb(255, 255, 255)';
  };
  const faint = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, style = getComputedStyle(element);
    const is_seen = texts.currentNode.data.trim() && element.getClientRects().length && style.visibility === 'visible' &&
      !element.closest('script, style, noscript, svg defs, .modebar');
    if (!is_seen) continue;
    const color = element instanceof SVGElement ? style.fill : style.color;
    const ratio = contrast(color, ground_of(element));
    if (!(ratio >= 4.5) || !(style.opacity > 0.99) || element instanceof SVGElement && !(style.fillOpacity > 0.99))
      faint.push(`${texts.currentNode.data.trim().slice(0, 40)}: ${color} on ${ground_of(element)}, ${ratio.toFixed(2)}`);
  }
  return faint;
};

const ground = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const ink = page => page.evaluate(() => {
  const text = document.querySelector('.plot text, h1');
  return getComputedStyle(text)[text instanceof SVGElement ? 'fill' : 'color'];
});

for (const name of page_names.filter(name => name !== 'script_cdn'))
  test(name + ' is legible in light and dark', () => visit(name, {theme: 'light'}, async (page, log) => {
    await scroll_through(page);
    const light = {ground: await ground(page), ink: await ink(page)};
    assert.deepEqual(await page.evaluate(faint_texts), [], 'in light');
    await page.click('#theme');
    assert.deepEqual(await page.evaluate(faint_texts), [], 'in dark, by the button');
    const dark = {ground: await ground(page), ink: await ink(page)};
    assert.notEqual(dark.ground, light.ground);
    assert.notEqual(dark.ink, light.ink);
    await page.click('#theme');
    assert.deepEqual({ground: await ground(page), ink: await ink(page)}, light);
    await page.emulateMedia({colorScheme: 'dark'});
    assert.deepEqual({ground: await ground(page), ink: await ink(page)}, light, 'the button has the last word');
    assert.deepEqual(log.problems, []);
  }));

test('a page follows the system, also when that changes', () => visit('bar', {theme: 'dark'}, async page => {
  await scroll_through(page);
  const dark = {ground: await ground(page), ink: await ink(page)};
  assert.deepEqual(await page.evaluate(faint_texts), []);
  await page.emulateMedia({colorScheme: 'light'});
  await page.waitForFunction(old => getComputedStyle(document.querySelector('.plot text')).fill !== old, dark.ink);
  assert.notEqual(await ground(page), dark.ground);
  assert.deepEqual(await page.evaluate(faint_texts), []);
}));

test('hover texts are legible in light and dark', async () => {
  for (const theme of ['light', 'dark'])
    await visit('bar', {theme}, async page => {
      await scroll_through(page);
      const box = await page.locator('.barlayer .point > path').first().boundingBox();
      await page.mouse.move(box.x + box.width / 2 + 5, box.y + box.height / 2);
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.locator('.hovertext').first().waitFor();
      assert.deepEqual(await page.evaluate(faint_texts), [], theme);
    });
});

test('a message of what failed is legible in light and dark', async () => {
  for (const theme of ['light', 'dark'])
    await visit('script_cdn', {theme}, async page => {
      await drawn_elements(page).and(page.locator('[data-state="failed"]')).waitFor();
      assert.deepEqual(await page.evaluate(faint_texts), [], theme);
    });
});
