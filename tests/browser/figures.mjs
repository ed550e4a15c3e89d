// What is seen of figures, tables and networks, against what is expected of them.

import assert from 'node:assert/strict';
import {becomes, bare, one_line} from './browser.mjs';

/** Kinds of marks: the element of a trace and, in it, of a mark. */
const selectors = {
  bar: ['.barlayer .trace.bars', '.point > path'],
  point: ['.scatterlayer .trace', '.points > .point'],
  line: ['.scatterlayer .trace', 'path.js-line'],
  strip: ['.boxlayer .trace.boxes', 'path.point'],
  heatmap: ['.heatmaplayer .hm', 'image'],
};

/** The traces and marks of a kind, and those marks that nobody sees. */
const count_marks = (element, [trace, mark]) => {
  const is_hidden = shape => {
    const style = getComputedStyle(shape), box = shape.getBoundingClientRect();
    const is_clear = paint => paint === 'none' || /^rgba\(.*, 0\)$/.test(paint);
    const is_filled = !is_clear(style.fill) && style.fillOpacity > 0;
    const is_stroked = !is_clear(style.stroke) && style.strokeOpacity > 0 && parseFloat(style.strokeWidth) > 0;
    return !(shape.tagName === 'image' || is_filled || is_stroked) || !(style.opacity > 0) ||
      style.visibility !== 'visible' || !(box.width + box.height > 0);
  };
  const traces = [...element.querySelectorAll(trace)].filter(group => group.querySelector(mark));
  const shapes = traces.flatMap(group => [...group.querySelectorAll(mark)]);
  return {traces: traces.length, count: shapes.length, hidden: shapes.filter(is_hidden).length};
};

const texts_of = (figure, selector) => figure.locator(selector).evaluateAll(
  found => found.map(element => element.textContent));

/** The place on the screen of a place in the units of a subplot's axes; a label's place is its number. */
const place_of = (element, {x, y, subplot = ''}) => {
  const at = (axis, value) => axis.type === 'category' ? axis.l2p(value) : axis.d2p(value);
  const box = element.getBoundingClientRect(), layout = element._fullLayout;
  const [horizontal, vertical] = [layout['xaxis' + subplot], layout['yaxis' + subplot]];
  return {x: box.left + horizontal._offset + at(horizontal, x), y: box.top + vertical._offset + at(vertical, y)};
};

/** The middle of the mark nearest to a place: strips are as wide as they like, but as high as their scores. */
const nearest_mark = (element, {selector, x, y}) => {
  const middles = [...element.querySelectorAll(selector)].map(mark => mark.getBoundingClientRect())
    .map(box => ({x: box.x + box.width / 2, y: box.y + box.height / 2}));
  const distance = middle => Math.abs(middle.x - x) + 100 * Math.abs(middle.y - y);
  return middles.reduce((best, middle) => distance(middle) < distance(best) ? middle : best);
};

const check_hover = async (page, figure, hover) => {
  await figure.scrollIntoViewIfNeeded();
  let place = await figure.evaluate(place_of, hover);
  if (hover.mark) {
    const mark = await figure.evaluate(nearest_mark, {selector: selectors[hover.mark].join(' '), ...place});
    assert.ok(Math.abs(mark.y - place.y) < 2, `a mark at ${JSON.stringify(hover)}`);
    place = mark;
  }
  await page.mouse.move(place.x + 2, place.y + 2); // plotly wants to see it move
  await page.mouse.move(place.x, place.y);
  const seen = async () => (await texts_of(figure, '.hoverlayer .hovertext')).map(bare);
  const wanted = [hover.text, hover.name || ''].map(bare);
  await becomes(seen, texts => texts.some(text => wanted.every(part => text.includes(part))),
    `hover text ${JSON.stringify(wanted)}`);
};

const check_plot = async (page, figure, expected) => {
  for (const {kind, ...wanted} of expected.marks)
    assert.deepEqual(await figure.evaluate(count_marks, selectors[kind]), {...wanted, hidden: 0}, `marks: ${kind}`);
  if (expected.x_title) assert.deepEqual(await texts_of(figure, '.infolayer .xtitle'), [expected.x_title]);
  if (expected.y_title) assert.deepEqual(await texts_of(figure, '.infolayer .ytitle'), [expected.y_title]);
  if (expected.legend) assert.deepEqual(await texts_of(figure, '.legendtext'), expected.legend);
  if (expected.annotations)
    assert.deepEqual(await texts_of(figure, '.annotation-text'), expected.annotations);
  if (expected.x_labels) {
    const wanted = expected.x_labels.map(one_line), seen = (await texts_of(figure, '.xtick')).map(one_line);
    assert.deepEqual(seen.filter(text => !wanted.includes(text)), [], 'labels that are none');
    assert.ok(seen.length > 0 || wanted.length === 0, 'an axis has labels');
  }
  for (const hover of expected.hovers || []) await check_hover(page, figure, hover);
};

/** All nodes and edges are there, and each text is found: the node that has it is selected and named. */
const check_network = async (figure, {nodes, edges, finds}) => {
  const shown = () => figure.evaluate(e => [e.dataset.shownNodes, e.dataset.shownEdges].map(Number));
  assert.deepEqual(await shown(), [nodes, edges], 'nodes and edges');
  for (const [text, label] of Object.entries(finds)) {
    await figure.getByRole('searchbox').fill(text);
    await figure.getByRole('searchbox').press('Enter');
    await becomes(() => figure.getAttribute('data-selected'), selected => /^node \d+$/.test(selected), 'one is selected');
    assert.equal(await figure.locator('.network-details .network-name').innerText(), label);
  }
  await figure.getByRole('searchbox').fill('nothing has this');
  await figure.getByRole('searchbox').press('Enter');
  assert.match(await figure.locator('.network-found').innerText(), /No node/);
};

export const check_figures = async (page, figures, expected) => {
  assert.equal(figures.length, expected.length, 'figures');
  for (const [k, figure] of figures.entries()) {
    if (expected[k].network) await check_network(figure, expected[k].network);
    else if (expected[k].flow) assert.deepEqual((await figure.locator('.flow-node').evaluateAll(found =>
      found.map(e => e.dataset.name))).sort(), expected[k].flow);
    else await check_plot(page, figure, expected[k]);
    const text = one_line(await page.locator('body').innerText());
    for (const wanted of expected[k].texts || []) assert.ok(text.includes(one_line(wanted)), wanted);
  }
};

/** Cells that are numbers are compared as numbers, to the digits that are shown. */
export const check_tables = async (page, expected) => {
  const tables = await page.locator('table').evaluateAll(found => found.map(table =>
    [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))));
  const as_expected = (text, wanted) =>
    typeof wanted === 'number' && Math.abs(Number(text) - wanted) <= 0.005 ? wanted : text;
  assert.deepEqual(tables.map((table, t) => table.map((row, r) => row.map((text, c) =>
    as_expected(text, expected[t]?.[r]?.[c])))), expected);
};
