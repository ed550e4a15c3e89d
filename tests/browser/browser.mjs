// Chromium and the sample pages, for the checks beside this file.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before} from 'node:test';
import {pathToFileURL} from 'node:url';

const folder = process.env.BROWSER_FOLDER;
const {chromium} = createRequire(join(folder, 'package.json'))('playwright-core');

export const pages_folder = join(folder, 'pages');
export const screenshots_folder = process.env.BROWSER_SCREENSHOTS || join(folder, 'screenshots');
export const package_file = path => readFileSync(join(folder, 'node_modules', path));

/** The names of the sample pages, and what is expected on one. */
export const page_names = readdirSync(pages_folder).filter(file => file.endsWith('.expected.json'))
  .map(file => file.slice(0, -'.expected.json'.length)).sort();
export const expected_of = name => JSON.parse(readFileSync(join(pages_folder, name + '.expected.json')));
export const html_of = name => readFileSync(join(pages_folder, name + '.html'), 'utf8');

let browser;
before(async () => {
  browser = await chromium.launch({executablePath: process.env.BROWSER_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--hide-scrollbars']});
});
after(() => browser.close());

/** Where a request goes: a file of the folder, or an address. */
const target_of = url => url.startsWith(pathToFileURL(pages_folder).href) ? decodeURI(url.split('/').pop()) : url;

/**
 * Calls `check(page, log)` with a sample page opened in a window of its own. Only files of the folder can be fetched;
 * `answer(url)` may give the text of others. The log has all `requests`, and the `problems` that the page had.
 */
export const visit = async (name, {theme = 'light', width = 1280, height = 800, scripts = true, answer = () => undefined}, check) => {
  const context = await browser.newContext({colorScheme: theme, viewport: {width, height}, javaScriptEnabled: scripts});
  const log = {requests: [], problems: []};
  await context.route('**/*', route => {
    const url = route.request().url(), body = answer(url);
    if (url.startsWith('file:')) return route.continue();
    return body ? route.fulfill({body, contentType: 'text/javascript',
      headers: {'access-control-allow-origin': '*'}}) : route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on('request', request => {
    if (!/^(data|blob):/.test(request.url())) log.requests.push(target_of(request.url()));
  });
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) log.problems.push(message.text());
  });
  page.on('pageerror', error => log.problems.push(String(error)));
  try {
    await page.goto(pathToFileURL(join(pages_folder, name + '.html')).href);
    await check(page, log);
  } finally {
    await context.close();
  }
};

/** What scripts fill: figures and networks, in the page's order. */
export const drawn_elements = page => page.locator('.plot, .network, .flow');

/** Scrolls to each figure, as a reader does, and waits for it. */
export const scroll_through = async page => {
  for (const element of await drawn_elements(page).all()) {
    if (!await element.isVisible()) continue; // of another choice
    await element.scrollIntoViewIfNeeded();
    await element.evaluate(e => new Promise((resolve, reject) => {
      const wait = () => e.dataset.state === 'drawn' ? resolve() :
        e.dataset.state === 'failed' ? reject(new Error(e.textContent)) : setTimeout(wait, 20);
      wait();
    }));
  }
};

/** Text as it is compared: signs, spaces and lines may be drawn in several ways. */
export const bare = text => text.replace(/\s+/g, '').replace(/\u2212/g, '-');
export const one_line = text => text.replace(/\s+/g, ' ').trim();

/** Asks until the answer is right, and says what it was last when it never is. */
export const becomes = async (ask, is_right, message) => {
  let answer;
  for (const end = Date.now() + 5000; Date.now() < end;) {
    answer = await ask();
    if (is_right(answer)) return answer;
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  assert.fail(`${message}; found ${JSON.stringify(answer)}`);
};
