// The report on the planted model: the answer on the first screen, every figure drawn when it is seen, contents and heads
// that lead somewhere, tables that sort and filter, the graph, print, and its picture.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {becomes, drawn_elements, html_of, package_file, pages_folder, screenshots_folder, scroll_through, visit} from './browser.mjs';
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
  const pairs = numbers.pairs.length === 0 ? '' : ` and ${numbers.pairs.length} pairs? of heads`;
  assert.match(all, new RegExp(`${numbers.found} edges${pairs} found at q = 0.05 of ${numbers.tested.toLocaleString('en')} edges tested`));
  for (const title of ['Which heads matter', 'Strongest findings', 'What feeds what', 'Strongest paths, of each kind by itself', 'Alerts', 'By table', 'How to check it'])
    assert.ok(seen.includes(title), title);
  for (const head of numbers.heads) assert.ok(all.includes(head.head), head.head);
  const paths = numbers.paths.filter(path => path.q !== null);
  assert.ok(paths.length > 0);
  for (const section of new Set(paths.map(path => path.section))) { // the strongest of each kind
    const [path] = paths.filter(each => each.section === section);
    assert.ok(all.includes(path.path.join(' → ')), path.path.join(' → '));
  }
  for (const pair of numbers.pairs.slice(0, 4))
    assert.ok(all.includes(`${pair.source} feeds the ${pair.role} of ${pair.target}`), `${pair.source} ${pair.target}`);
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
  await page.locator('#found').getByRole('link', {name: 'L0H1', exact: true}).first().click();
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
    assert.equal(await flow.getAttribute('data-shown-edges'), String(Math.min(40, numbers.found + numbers.pairs.length)));
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

const flow_data = page => page.locator('.flow').evaluate(element => element.flow.data);
const shown_parts = page => page.locator('.flow').evaluate(element => element.flow.graph.edges.flatMap(edge => edge.parts));

test('paths between two nodes are traced, by mouse and keyboard, and are those of paths.csv', () =>
  visit('report', screen, async page => {
    const path = numbers.paths.find(each => each.q !== null && each.path.length > 3);
    const source = path.path[0], target = path.path.at(-1), node = target.replace(/ \((in|gate)\)$/, '');
    await graph_is_drawn(page);
    await page.getByRole('slider').fill(String((await flow_data(page)).edges.length));
    await page.locator(`.flow-node[data-name="${source}"]`).click();
    await page.getByRole('button', {name: 'Trace from here'}).click();
    await page.locator(`.flow-node[data-name="${node}"]`).focus();
    await page.keyboard.press('t');
    const listed = await page.locator('.flow-paths li').allTextContents();
    // Every path of the table between these ends whose hops are all found is listed, with its score; the strongest stands first.
    const wanted = numbers.paths.filter(each => each.q !== null && each.path[0] === source && each.path.at(-1) === target);
    for (const {path, score, q} of wanted) {
      const line = listed.find(text => text.startsWith(path.join(' → ') + ': '));
      assert.ok(line, path.join(' → '));
      assert.equal(line.split(': ').pop(), `${shown(score, 3)}, q ${shown(q, 3)}`);
    }
    assert.ok(listed[0].startsWith(wanted[0].path.join(' → ')));
    const sizes = listed.map(text => Math.abs(parseFloat(text.split(': ').pop())));
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
    assert.ok(await page.locator('.flow-edge.flow-faint').count() > 0, 'other edges are faint');
    const url = page.url();
    assert.match(url, /from=.+&to=/);
    await page.goto('about:blank');
    await page.goto(url);
    await graph_is_drawn(page);
    assert.deepEqual(await page.locator('.flow-paths li').allTextContents(), listed);
    await page.getByRole('button', {name: 'No more tracing'}).click();
    assert.equal(await page.locator('.flow-paths').count(), 0);
  }));

test('a pinned node stays with all of its edges, by keyboard and mouse', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  const {edges, nodes, groups} = await flow_data(page);
  const name = groups[0].name, is_of = id => nodes[id].group === 0;
  const own = edges.filter(edge => is_of(edge.source) || is_of(edge.target)).length;
  await page.locator(`.flow-node[data-name="${name}"]`).focus();
  await page.keyboard.press('p');
  await page.getByRole('slider').fill('1');
  const shown = await shown_parts(page);
  assert.ok(shown.filter(edge => is_of(edge.source) || is_of(edge.target)).length === own, `${own} edges of ${name}`);
  assert.match(await page.locator(`.flow-node[data-name="${name}"]`).getAttribute('aria-label'), /, pinned$/);
  assert.match(page.url(), new RegExp(`pin=${name}`));
  await page.locator(`.flow-node[data-name="${name}"]`).click(); // opens it: its directions stay
  await page.getByRole('button', {name: 'Unpin'}).click();
  assert.ok((await shown_parts(page)).length < shown.length);
}));

test('limits of q and of |score| narrow what is shown, and stand in the address', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  const {edges, score_titles, score_title} = await flow_data(page);
  await page.getByRole('slider').fill(String(edges.length));
  const middle = edges[Math.floor(edges.length / 2)].q;
  await page.getByLabel('q at most').fill(String(middle));
  await page.getByLabel('q at most').press('Enter');
  assert.equal((await shown_parts(page)).length, edges.filter(edge => edge.q <= middle).length);
  await page.getByLabel('| at least').fill('0.5');
  await page.getByLabel('| at least').press('Enter');
  const is_shown = edge => edge.q <= middle && (score_titles[edge.section] !== score_title || Math.abs(edge.score) >= 0.5);
  assert.equal((await shown_parts(page)).length, edges.filter(is_shown).length);
  assert.match(page.url(), /&q=.*&least=0\.5/);
  await page.reload();
  await graph_is_drawn(page);
  assert.equal((await shown_parts(page)).length, edges.filter(is_shown).length);
}));

test('pairs of heads are in the graph with the letter of what they feed', () => visit('report', screen, async page => {
  assert.ok(numbers.pairs.length > 0);
  await graph_is_drawn(page);
  const {edges, roles, nodes, score_titles} = await flow_data(page);
  await page.getByRole('slider').fill(String(edges.length));
  const pairs = edges.filter(edge => score_titles[edge.section] === 'composition');
  assert.equal(pairs.length, numbers.pairs.length);
  for (const {source, target, role} of numbers.pairs)
    assert.ok(pairs.some(edge => nodes[edge.source].label === source && nodes[edge.target].label === target &&
      roles[edge.section] === role[0].toUpperCase()), `${source} ${target}`);
  assert.ok(await page.locator('.flow-role').count() > 0);
}));

test('communities are coloured and numbered, where there are some', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  const {groups} = await flow_data(page), button = page.locator('.flow-communities');
  const of_heads = new Map(numbers.heads.map(head => [head.head, head.community]));
  for (const group of groups) assert.equal(group.community ?? null, of_heads.get(group.name) ?? null, group.name);
  const some = groups.find(group => group.community != null);
  assert.equal(await button.isVisible(), Boolean(some));
  if (!some) return;
  await button.press('Enter');
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  const node = page.locator(`.flow-node[data-name="${some.name}"]`);
  if (await node.count()) assert.match(await node.getAttribute('aria-label'), new RegExp(`community ${some.community}`));
  assert.match(page.url(), /communities=1/);
}));

test('no line between two columns leads through a node between them at one height', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  await page.getByRole('slider').fill(String((await flow_data(page)).edges.length));
  const through = await page.locator('.flow').evaluate(element => {
    const {nodes, edges} = element.flow.graph, found = [];
    for (const {source, target} of edges) {
      if (source.y !== target.y) continue;
      for (const node of nodes)
        if (node.x > source.x && node.x < target.x && node.y === source.y) found.push(`${source.name} ${node.name} ${target.name}`);
    }
    return found;
  });
  assert.deepEqual(through, []);
}));

test('a row, its points and its node are selected together, by mouse and keyboard, and back', () =>
  visit('report', screen, async page => {
    await graph_is_drawn(page);
    await page.locator('#distributions select').selectOption('Directions read by neurons');
    const strip = page.locator('#distributions figure:visible .plot').nth(2);
    await strip.scrollIntoViewIfNeeded();
    await becomes(() => strip.getAttribute('data-state'), state => state === 'drawn', 'the strip is drawn');
    const rows = page.locator('#tables figure:visible tbody tr');
    const k = numbers.edges.findIndex(edge => edge.section === 'ov_to_mlp_in'), edge = numbers.edges[k];
    await rows.nth(k).locator('td').last().click();
    assert.equal(await rows.nth(k).getAttribute('aria-current'), 'true');
    assert.equal(await page.locator('.flow').getAttribute('data-chosen'), edge.source);
    await becomes(() => strip.getAttribute('data-selected'), text => text === '1', 'its point is selected');
    await rows.nth(k).press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await rows.nth(k + 1).getAttribute('aria-current'), 'true');
    assert.equal(await rows.nth(k).getAttribute('aria-current'), null);

    await page.locator('.flow-close').click(); // and back: a head, with all of its edges
    await page.locator('.flow-node[data-name="L0H1"]').click();
    const marked = await page.locator('#tables figure:visible tbody tr[aria-current]').count();
    const is_of = label => label.startsWith('L0H1.');
    assert.equal(marked, numbers.edges.filter(each => is_of(each.source) || is_of(each.target)).length);
    await becomes(() => strip.getAttribute('data-selected'), text => Number(text) > 1, 'its points are selected');
  }));

test('the button Print draws all that can be seen first', () => visit('report', screen, async page => {
  await page.evaluate(() => {
    window.print = () => {
      const states = [...document.querySelectorAll('.plot, .flow')].filter(e => !e.closest('[hidden]')).map(e => e.dataset.state);
      document.body.dataset.printed = String(states.every(state => state === 'drawn') && states.length > 0);
    };
  });
  await page.locator('#print').click();
  await becomes(() => page.locator('body').getAttribute('data-printed'), text => text === 'true', 'all are drawn');
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

test('an address chooses a table and filters its rows', () => visit('report', screen, async page => {
  await page.locator('#tables select').selectOption('heads');
  await page.evaluate(() => { location.hash = '#tables?choice=found+edges&filter=L0H1.'; });
  const is_of = label => label.startsWith('L0H1.'), own = numbers.edges.filter(edge => is_of(edge.source) || is_of(edge.target));
  assert.ok(own.length > 0 && own.length < numbers.edges.length);
  await becomes(async () => (await rows_of(page)).map(row => row[1]).join(), text => text === own.map(edge => edge.source).join(),
    'the rows of L0H1 are left');
  assert.equal(await page.locator('#tables select').inputValue(), 'found edges');
  for (const hash of ['#tables?choice=nothing&filter=', '#nowhere?filter=x', '#tables?filter=%'])
    await page.evaluate(text => { location.hash = text; }, hash); // no choice, no place, no text: no problem
  assert.equal(await page.locator('#tables select').inputValue(), 'found edges');
}));

test('a choice shows its figures whatever blanks its name has', () => visit('report', screen, async page => {
  await page.setContent(html_of('report').replaceAll('data-choice="heads"', 'data-choice="  two  heads "'));
  await page.locator('#tables select').selectOption('  two  heads ');
  assert.match(await page.locator('#tables figure:visible h3').innerText(), /^Heads$/);
}));

test('the details of a node say how much of it the graph leaves out', () => visit('report', screen, async page => {
  await graph_is_drawn(page);
  const all = numbers.edges.filter(edge => edge.source.startsWith('L0H1.')).length + numbers.pairs.filter(pair => pair.source === 'L0H1').length;
  await page.locator('.flow-node[data-name="L0H1"]').click();
  assert.match(await page.locator('.flow-details').innerText(), new RegExp(`to ${all}\\n`));
  await page.getByRole('slider').fill('3');
  const shown = (await shown_parts(page)).filter(part => part).length;
  assert.equal(shown, 3);
  assert.match(await page.locator('.flow-details').innerText(), new RegExp(`to [0-9]+ of ${all}; Pin shows all`));
  await page.getByRole('button', {name: 'Pin', exact: true}).click();
  assert.match(await page.locator('.flow-details').innerText(), new RegExp(`to ${all}\\n`));
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
  assert.ok(text.includes(`${numbers.found} edges`));
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
    assert.ok(text.includes(`${numbers.found} edges`));
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
