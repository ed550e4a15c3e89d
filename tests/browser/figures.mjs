// Every figure of every sample page, as it is seen: marks, axes, hover texts, against what is expected of the tables.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {becomes, drawn_elements, expected_of, one_line, page_names, scroll_through, visit} from './browser.mjs';

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
    const ink = paint => paint === 'fill' ? style.fill !== 'none' && style.fillOpacity > 0 :
      style.stroke !== 'none' && style.strokeOpacity > 0 && parseFloat(style.strokeWidth) > 0;
    const inked = shape.tagName === 'image' || ink('fill') || ink('stroke');
    return !inked || !(style.opacity > 0) || style.visibility !== 'visible' || !(box.width + box.height > 0);
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

const check_hover = async (page, figure, hover) => {
  const {x, y} = await figure.evaluate(place_of, hover);
  await page.mouse.move(x + 3, y + 3); // plotly wants to see it move
  await page.mouse.move(x, y);
  const seen = async () => (await texts_of(figure, '.hoverlayer .hovertext')).map(one_line);
  await becomes(seen, texts => texts.includes(one_line(hover.text)), `hover text ${JSON.stringify(hover.text)}`);
};

const check_figure = async (page, figure, expected) => {
  for (const {kind, ...wanted} of expected.marks || [])
    assert.deepEqual(await figure.evaluate(count_marks, selectors[kind]), {...wanted, hidden: 0}, `marks: ${kind}`);
  if (expected.x_title) assert.deepEqual(await texts_of(figure, '.infolayer .xtitle'), [expected.x_title]);
  if (expected.y_title) assert.deepEqual(await texts_of(figure, '.infolayer .ytitle'), [expected.y_title]);
  if (expected.x_labels) {
    const seen = (await texts_of(figure, '.xaxislayer-above .xtick')).map(one_line);
    assert.deepEqual(seen.filter(text => !expected.x_labels.map(one_line).includes(text)), [], 'labels');
    assert.ok(seen.length > 0 || expected.x_labels.length === 0, 'an axis has labels');
  }
  if (expected.legend) assert.deepEqual(await texts_of(figure, '.legendtext'), expected.legend);
  if (expected.hovers?.length) await figure.scrollIntoViewIfNeeded();
  for (const hover of expected.hovers || []) await check_hover(page, figure, hover);
};

for (const name of page_names.filter(name => name !== 'script_cdn'))
  test(name, () => visit(name, {}, async (page, log) => {
    const expected = expected_of(name);
    await scroll_through(page);
    const figures = await drawn_elements(page).all();
    assert.equal(figures.length, expected.figures.length, 'figures');
    for (const [k, figure] of figures.entries()) await check_figure(page, figure, expected.figures[k]);
    const text = one_line(await page.locator('body').innerText());
    for (const wanted of expected.figures.flatMap(figure => figure.texts || []))
      assert.ok(text.includes(one_line(wanted)), wanted);
    assert.notEqual(await page.title(), 'taken');
    assert.deepEqual(log.problems, []);
  }));
