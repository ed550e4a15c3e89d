// The report on the planted model: the answer on the first screen, every figure drawn when it is seen, contents and heads
// that lead somewhere, tables that sort and filter, the graph, print, and its picture.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {becomes, drawn_elements, package_file, pages_folder, screenshots_folder, scroll_through, visit} from './browser.mjs';
import {faint_texts} from './legible.mjs';

const numbers = JSON.parse(readFileSync(join(pages_folder, 'report.json'))).report;
const screen = {width: 1280, height: 900};
const shown = (x, digits) => String(Number(Number(x).toPrecision(digits)));
const heads_of_graph = page => page.locator('.flow-node[data-name^="L"]');
const graph_is_drawn = async page => {
  await page.locator('.flow').scrollIntoViewIfNeeded();
  await becomes(() => page.locator('.flow').getAttribute('data-state'), state => state === 'drawn', 'the graph is drawn');
};

test('the first screen answers without scrolling, and draws nothing for it', () => visit('report', screen, async (page, log) => {
  const seen = await page.evaluate(() => [...document.querySelectorAll('#found h3, .verdict, #found tr, #found li')]
    .filter(e => e.getBoundingClientRect().bottom <= innerHeight).map(e => e.innerText.replace(/\s+/g, ' ')));
  const all = seen.join('\n');
  assert.match(all, new RegExp(`${numbers.found} edges found at q = 0.05 of ${numbers.tested.toLocaleString('en')} tested`));
  for (const title of ['Which heads matter', 'Strongest findings', 'What feeds what', 'Strongest paths, every hop found', 'Alerts', 'By table', 'How to check it'])
    assert.ok(seen.includes(title), title);
  for (const head of numbers.heads) assert.ok(all.includes(head.head), head.head);
  const paths = numbers.paths.filter(path => path.q !== null);
  assert.ok(paths.length > 0);
  for (const path of paths.slice(0, 6)) assert.ok(all.includes(path.path.join(' → ')), path.path.join(' → '));
  for (const edge of numbers.edges.slice(0, 6)) {
    assert.ok(all.includes(edge.source) && all.includes(edge.target), `${edge.source} ${edge.target}`);
    assert.ok(all.includes(`line ${edge.line}`), `line ${edge.line}`);
  }
  for (const table of numbers.tables)
    assert.match(all, new RegExp(`${table.section}\\s${table.found}\\s${table.tested.toLocaleString('en')}\\s`));
  assert.match(all, /sha256 [0-9a-f]{64}/);
  assert.match(all, /svdlens analyse /);
  assert.deepEqual(log.requests.filter(name => name !== 'report.html'), []);
}));

for (const theme of ['light', 'dark'])
  test(`every figure of every choice is drawn when it is seen, without a problem, and all can be read: ${theme}`,
    {timeout: 240000}, () => visit('report', {...screen, theme}, async (page, log) => {
      let drawn = 0;
      const look = async within => {
        for (const element of await drawn_elements(within).all()) {
          if (!await element.isVisible()) continue;
          await element.scrollIntoViewIfNeeded();
          await becomes(() => element.getAttribute('data-state'), state => state === 'drawn', 'it is drawn');
          ++drawn;
        }
        assert.deepEqual(await page.evaluate(faint_texts), []);
      };
      await look(page);
      const switches = await page.locator('.choose select').all();
      assert.equal(switches.length, 4);
      for (const list of switches)
        for (const choice of (await list.locator('option').allTextContents()).slice(1)) {
          await list.selectOption(choice);
          await look(list.locator('xpath=ancestor::section[1]'));
        }
      assert.ok(drawn > 15, `${drawn} figures`);
      assert.deepEqual(log.problems, []);
      assert.deepEqual(log.requests.sort(), ['plotly.min.js', 'report.html']);
    }));

test('a small model is about eight screens', () => visit('report', screen, async page => {
  await scroll_through(page);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height < 10 * 900, `${height} pixels`);
}));

test('the contents of a report lead to its sections', () => visit('report', screen, async page => {
  const links = await page.locator('nav a').evaluateAll(found => found.map(a => [a.getAttribute('href'), a.textContent]));
  assert.deepEqual(links.map(([target]) => target),
    ['#found', '#graph', '#heads', '#tables', '#distributions', '#comparison', '#directions', '#model']);
  for (const [target, text] of links) assert.equal(await page.locator(target + ' h2').textContent(), text);
}));

test('each head has a section that a link opens, with what it reads and writes', () => visit('report', screen, async page => {
  await page.locator('#L0H1 summary').click(); // it was open
  assert.equal(await page.locator('#L0H1').evaluate(e => e.open), false);
  await page.locator('#found').getByRole('link', {name: 'L0H1', exact: true}).click();
  await becomes(() => page.locator('#L0H1').evaluate(e => e.open && e.getBoundingClientRect().top < 200), Boolean, 'it is open');
  const text = (await page.locator('#L0H1').innerText()).replace(/\s+/g, ' ');
  const head = numbers.heads.find(each => each.head === 'L0H1');
  assert.ok(head.feeds.length > 0 && head.writes.length > 0);
  for (const [title, list, end] of [['reads', head.reads, 'source'], ['writes to', head.writes, 'target'], ['feeds', head.feeds, 'target']]) {
    assert.ok(text.includes(`${title} ${list.length}`), title);
    for (const k of list.slice(0, 6)) assert.ok(text.includes(numbers.edges[k][end]), numbers.edges[k][end]);
  }
}));

test('the graph has heads and the strongest found edges, and a head opens into its directions', () =>
  visit('report', screen, async page => {
    await graph_is_drawn(page);
    const flow = page.locator('.flow');
    assert.equal(await flow.getAttribute('data-shown-edges'), String(Math.min(40, numbers.found)));
    assert.deepEqual((await heads_of_graph(page).evaluateAll(found => found.map(e => e.dataset.name))).filter(name => /H\d+\./.test(name)), []);
    const sizes = await page.locator('.flow-stage text').evaluateAll(found => found.map(e => parseFloat(getComputedStyle(e).fontSize)));
    assert.ok(Math.min(...sizes) >= 11, `labels of ${Math.min(...sizes)} pixels`);

    await page.locator('.flow-node[data-name="L0H1"]').click();
    assert.equal(await page.locator('.flow-node[data-name="L0H1.0"]').count(), 1);
    assert.match(await page.locator('.flow-details').innerText(), /L0H1\.0 → L1H2\.0: scaled/);
    const stage = await page.locator('.flow-stage').boundingBox(), details = await page.locator('.flow-details').boundingBox();
    assert.ok(details.y >= stage.y + stage.height, 'details are outside the stage');
    assert.match(page.url(), /#graph\?edges=\d+&open=L0H1&chosen=L0H1$/);

    await page.locator('.flow-node[data-name="L0H1.0"]').press('Enter'); // by keyboard: chosen,
    assert.equal(await flow.getAttribute('data-chosen'), 'L0H1.0');
    await page.locator('.flow-node[data-name="L0H1.0"]').press('Enter'); // and closed
    assert.equal(await page.locator('.flow-node[data-name="L0H1"]').count(), 1);

    await page.getByRole('slider').fill('3');
    assert.equal(await flow.getAttribute('data-shown-edges'), '3');
    assert.equal(await page.locator('.flow-edge').count(), 3);
  }));

test('the sign of an edge is its colour and its dash', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  await page.locator('.flow-open').click(); // a line an edge
  const lines = await page.locator('.flow-edge').evaluateAll(found =>
    found.map(e => [e.getAttribute('stroke'), Boolean(e.getAttribute('stroke-dasharray')), e.textContent]));
  assert.ok(lines.some(([, dashed]) => dashed) && lines.some(([, dashed]) => !dashed));
  for (const [color, dashed, text] of lines) {
    const negative = /scaled -/.test(text);
    assert.equal(dashed, negative, text);
    assert.equal(color, negative ? '#0072b2' : '#d55e00', text);
  }
}));

test('an address holds the state of the graph', () => visit('report', screen, async page => {
  await page.goto(page.url() + '#graph?edges=5&open=L0H1&chosen=L0H1.0');
  await page.reload();
  await graph_is_drawn(page);
  assert.equal(await page.locator('.flow').getAttribute('data-shown-edges'), '5');
  assert.equal(await page.locator('.flow').getAttribute('data-chosen'), 'L0H1.0');
}));

test('the graph is saved as SVG and PNG, with its title on a ground', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  const save = async name => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator(name).click()]);
    return readFileSync(await download.path());
  };
  const svg = String(await save('.flow-svg'));
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg, /<rect[^>]*fill="#ffffff"[^>]*\/><text[^>]*>Circuits of [^<]*: Found edges</);
  assert.ok(svg.includes('>L0H1<'));
  assert.equal((await save('.flow-png')).subarray(1, 4).toString(), 'PNG');
}));

const rows_of = page => page.locator('#tables figure:visible tbody tr:visible')
  .evaluateAll(found => found.map(row => [...row.cells].map(cell => cell.textContent)));

test('the table of found edges is what was found, sorts by any column, filters, and is saved as CSV', () =>
  visit('report', screen, async page => {
    const cells = edge => [edge.section, edge.source, edge.target, ...[edge.score, edge.cosine].map(x => shown(x, 4))];
    assert.deepEqual((await rows_of(page)).map(row => row.slice(0, 5).map(text => isNaN(text) || text === '' ? text : String(Number(text)))),
      numbers.edges.map(cells));
    const figure = page.locator('#tables figure:visible');
    await figure.getByRole('button', {name: 'scaled'}).click();
    const sizes = (await rows_of(page)).map(row => Math.abs(Number(row[3])));
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
    await figure.getByRole('button', {name: 'scaled'}).press('Enter');
    assert.equal(await figure.locator('th[aria-sort="descending"]').count(), 1);
    assert.deepEqual((await rows_of(page)).map(row => Math.abs(Number(row[3]))), [...sizes].reverse());
    await figure.getByRole('searchbox').fill('L0H1 mlp');
    const found = await rows_of(page);
    assert.equal(found.length, numbers.edges.filter(e => e.section.includes('mlp') && e.source.includes('L0H1')).length);
    const [download] = await Promise.all([page.waitForEvent('download'), figure.getByRole('button', {name: 'CSV'}).click()]);
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\n');
    assert.equal(lines.length, found.length + 1);
    assert.equal(lines[0], 'section,source,target,scaled,cosine,S,p,q,line');
  }));

test('a row of a table leads to its node in the graph', () => visit('report', screen, async page => {
  await page.locator('#tables figure:visible tbody').getByRole('link', {name: 'L0H1.0'}).first().click();
  await graph_is_drawn(page);
  await becomes(() => page.locator('.flow').getAttribute('data-chosen'), name => name === 'L0H1.0', 'it is chosen');
}));

test('no upload is offered, and the buttons of figures are no stops of the tab key', () => visit('report', screen, async page => {
  await page.locator('#distributions .plot:visible').first().scrollIntoViewIfNeeded();
  await becomes(() => page.locator('#distributions .plot').first().getAttribute('data-state'), state => state === 'drawn', 'it is drawn');
  const buttons = await page.locator('.modebar-btn').evaluateAll(found => found.map(e => [e.dataset.title, e.tabIndex]));
  assert.ok(buttons.length >= 4);
  for (const [title, stop] of buttons) {
    assert.doesNotMatch(title, /share|cloud|edit/i);
    assert.equal(stop, -1, title);
  }
}));

test('without scripts the answer, the heads and all tables are there', () => visit('report', {...screen, scripts: false}, async page => {
  const text = await page.locator('main').innerText();
  assert.ok(text.includes(`${numbers.found} edges found`));
  assert.equal(await page.locator('.card').count(), numbers.heads.length);
  assert.equal(await page.locator('#tables figure:visible').count(), await page.locator('#tables figure').count());
}));

test('no figure and no table is wider than a phone, or than what it stands in', () => visit('report', {width: 400, height: 900}, async page => {
  await scroll_through(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1));
  const wide = await page.locator('#found table').evaluateAll(found => found.filter(e => e.scrollWidth > e.parentElement.clientWidth + 1).length);
  assert.equal(wide, 0);
}));

const pdf_reader = () => {
  try {
    return Boolean(execFileSync('pdftotext', ['-v'], {stdio: 'ignore'}) || true);
  } catch {
    return false;
  }
};

test('what is printed has the strongest numbers, and whole tables', {skip: !pdf_reader() && 'pdftotext is missing'}, () =>
  visit('report', screen, async page => {
    mkdirSync(screenshots_folder, {recursive: true});
    const file = join(screenshots_folder, 'report.pdf');
    writeFileSync(file, await page.pdf({format: 'A4'}));
    const text = execFileSync('pdftotext', ['-layout', file, '-'], {encoding: 'utf8'}).replace(/\s+/g, ' ');
    assert.ok(text.includes(`${numbers.found} edges found`));
    for (const edge of numbers.edges) {
      assert.ok(text.includes(edge.source) && text.includes(edge.target), `${edge.source} ${edge.target}`);
      assert.ok(text.includes(shown(edge.score, 4)), `score ${edge.score}`);
    }
  }));

test('axe finds nothing', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  await page.addScriptTag({content: String(package_file('axe-core/axe.min.js'))});
  const {violations} = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
  assert.deepEqual(violations.map(each => `${each.id}: ${each.nodes[0].html.slice(0, 120)}`), []);
}));

test('its picture', () => visit('report', screen, async page => {
  mkdirSync(screenshots_folder, {recursive: true});
  await page.screenshot({path: join(screenshots_folder, 'report.png')});
}));
