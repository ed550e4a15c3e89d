// Pictures of every sample page for a person to look at, in $BROWSER_SCREENSHOTS or beside the pages; what is drawn
// is not one colour.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {drawn_elements, page_names, screenshots_folder, scroll_through, visit} from './browser.mjs';

mkdirSync(screenshots_folder, {recursive: true});

/** The share of the commonest colour in a picture, decoded by the page that it is of. */
const commonest_share = async png => {
  const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height), context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  return Math.max(...counts.values()) / pixels.length;
};

for (const name of page_names.filter(name => name !== 'script_cdn'))
  for (const [width, theme] of [[1280, 'light'], [1280, 'dark'], [2560, 'light']])
    test(`${name}, ${width} pixels, ${theme}`, () => visit(name, {theme, width}, async page => {
      await scroll_through(page);
      await page.screenshot({path: join(screenshots_folder, `${name}-${width}-${theme}.png`), fullPage: true});
      for (const figure of await drawn_elements(page).all()) {
        const share = await page.evaluate(commonest_share, (await figure.screenshot()).toString('base64'));
        assert.ok(share < 0.999, `of the picture ${share} is one colour`);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} pixels wider than the window`);
    }));
