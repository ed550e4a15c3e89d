/// @file
/// Styles and scripts of a page.
#ifndef SVDLENS_PLOT_DETAIL_PAGE_STYLE_HPP
#define SVDLENS_PLOT_DETAIL_PAGE_STYLE_HPP

#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Beside the style sheet of pages, whose colours it takes.
inline constexpr std::string_view network_style = R"css(
.network { font-size: .88rem; }
.network:not([data-state="failed"]) { min-height: 48rem; } /* a place before it is drawn */
.network button, .network input, .network select { font: inherit; }
.network-tools { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .8rem; margin: .5rem 0; }
.network-tools label { display: flex; align-items: center; gap: .4rem; }
.network-tools button { cursor: pointer; }
.network-search { display: flex; align-items: center; gap: .4rem; }
.network-found { color: var(--muted); }
.network-stage { position: relative; overflow: hidden; border: 1px solid var(--line); border-radius: 4px; }
.network-canvas { position: relative; height: clamp(26rem, 66vh, 60rem); }
.network-canvas .vis-network:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
.network-columns { position: relative; height: 2.1rem; border-bottom: 1px solid var(--grid); }
.network-columns span { position: absolute; bottom: .15rem; transform: translateX(-50%); padding: 0 .2rem; text-align: center;
  line-height: 1.15; max-height: 2.3em; font-size: .78rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; pointer-events: none; }
.network-status { color: var(--muted); font-size: .8rem; margin: .3rem 0 0; }
.network-tooltip, .network-details { position: absolute; background: var(--plate); border: 1px solid var(--line);
  border-radius: 4px; padding: .5rem .7rem; box-shadow: 0 2px 10px rgba(0, 0, 0, .25); overflow-wrap: anywhere; }
.network-tooltip[hidden], .network-detailstr.selected > * { background: color-mix(in srgb, var(--link) 18%, var(--plate)); }
tr[tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
[hidden] { display: none; }
.network-tooltip { z-index: 2; max-width: min(24rem, 45%); max-height: 70%; overflow: hidden; pointer-events: none; }
.network-details { z-index: 1; top: .5rem; right: .5rem; width: min(23rem, 45%); max-height: calc(100% - 1rem); overflow-y: auto; }
.network-stage summary { margin-top: .4rem; color: var(--muted); font-weight: 600; cursor: pointer; }
.network-tooltip summary { list-style: none; }
.network h4.network-name { margin: 0; font-size: .95rem; color: var(--text); max-height: 9em; overflow: hidden; }
.network-details h4.network-name { margin-right: 1.6rem; overflow-y: auto; }
.network-stage p { margin: .1rem 0; }
.network-stage ul { margin: 0; padding: 0; list-style: none; }
.network-stage small, .network-more { color: var(--muted); }
.network-tooltip bdi { display: inline-block; max-width: 100%; max-height: 6em; overflow: hidden; vertical-align: top; }
.network-score { border-left: .3rem solid; padding-left: .35rem; font-variant-numeric: tabular-nums; }
.network-link { padding: 0; border: 0; background: none; color: var(--link); cursor: pointer; text-align: start;
  overflow-wrap: anywhere; }
.network-link:hover { text-decoration: underline; }
.network-close { float: right; padding: 0 .4rem; cursor: pointer; }
.network-legend { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; max-width: none; margin: .6rem 0; }
.network-line { display: inline-block; width: 2rem; vertical-align: middle; }
.network-chips { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem; margin: .4rem 0; max-height: 7.5rem;
  overflow-y: auto; }
.network-chip { padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 1rem; background: none; color: inherit;
  cursor: pointer; }
.network-chip[aria-pressed="true"] { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.network-chip small { color: var(--muted); }
)css";

/// Sets `data-state` of every figure to `drawn` or `failed`. Scripts of other kinds of drawing register with
/// `svdlens.register(class, function)`, whose function gets the element and its data, and `svdlens.on_theme`.
inline constexpr std::string_view page_script = R"js(
'use strict';
const svdlens = (() => {
  const root = document.documentElement;
  const drawers = {}, on_theme = [];

  // What all scripts make elements with.
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const button = (text, name, action) => {
    const element = make('button', {type: 'button', class: name}, text);
    element.addEventListener('click', action);
    return element;
  };
  const count = (n, thing) => n + ' ' + thing + (n === 1 ? '' : 's');

  const color = name => getComputedStyle(root).getPropertyValue('--' + name).trim();
  const is_dark = () => (root.dataset.theme ||
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

  // A library is read when the first thing that it draws comes into sight: text does not wait for megabytes.
  const libraries = {};
  const load = name => libraries[name] ??= new Promise((resolve, reject) => {
    const source = document.getElementById('library-' + name), script = document.createElement('script');
    script.onload = resolve;
    script.onerror = () => reject(new Error(name + ' is not loaded. It is fetched from the network or found beside the ' +
      'page, unless the page is written with it embedded.'));
    if (source.dataset.integrity) script.crossOrigin = 'anonymous';
    if (source.dataset.integrity) script.integrity = source.dataset.integrity;
    if (source.dataset.src) script.src = source.dataset.src;
    else script.textContent = source.textContent;
    document.head.append(script);
    if (!source.dataset.src) resolve();
  });

  // The data are read when they are drawn: a page of many figures opens at once.
  const data_of = element => JSON.parse(element.nextElementSibling.textContent);

  const fail = (element, message) => {
    element.dataset.state = 'failed';
    element.textContent = message;
    element.classList.add('failure');
  };

  const draw = async element => {
    if (element.dataset.state) return;
    element.dataset.state = 'drawing';
    try {
      await drawers[element.classList[0]](element, data_of(element));
      element.dataset.state = 'drawn';
    } catch (reason) {
      fail(element, 'This could not be drawn: ' + reason.message);
    }
  };

  const in_sight = new IntersectionObserver((entries, observer) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      observer.unobserve(entry.target);
      draw(entry.target);
    }
  }, {rootMargin: '600px'});

  const register = (kind, drawer) => {
    drawers[kind] = drawer;
    document.querySelectorAll('.' + kind).forEach(element => in_sight.observe(element));
  };
  const draw_all = () => Promise.all(Object.keys(drawers).flatMap(kind =>
    [...document.querySelectorAll('.' + kind)].filter(element => !element.closest('[hidden]')).map(draw)));
  window.addEventListener('beforeprint', () => {
    document.querySelectorAll('details').forEach(element => { element.open = true; });
    draw_all();
  });

  const save = (name, blob) => {
    const link = make('a', {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // A browser does not wait for what is drawn later: all first, then the paper.
  document.getElementById('print')?.addEventListener('click', async () => {
    await draw_all();
    window.print();
  });

  // An edge ({source, target}), or a node with all of its edges ({name}), that tables, figures and graphs show together.
  const on_select = [], selection = {wanted: null};
  const is_of = (label, name) => label === name || label.startsWith(name + '.'); // a head's directions
  const is_selected = (source, target) => {
    const {wanted} = selection;
    if (!wanted) return false;
    return wanted.name === undefined ? source === wanted.source && target === wanted.target :
      is_of(source, wanted.name) || is_of(target, wanted.name);
  };
  const select = (wanted, by) => {
    selection.wanted = wanted;
    on_select.forEach(show => show(wanted, by));
  };

  const change_theme = () => on_theme.forEach(change => change());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change_theme);
  document.getElementById('theme').addEventListener('click', () => {
    root.dataset.theme = is_dark() ? 'light' : 'dark';
    change_theme();
  });

  return {register, load, draw_all, on_theme, color, is_dark, save, make, button, count, on_select, select, selection, is_selected};
})();

(() => {
  const template = () => {
    const axis = {gridcolor: svdlens.color('grid'), zerolinecolor: svdlens.color('line'),
      linecolor: svdlens.color('line'), automargin: true};
    return {layout: {
      font: {color: svdlens.color('text'), size: 13, family: 'system-ui, "Noto Sans", "Liberation Sans", sans-serif'},
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', xaxis: axis, yaxis: axis,
      modebar: {bgcolor: 'rgba(0,0,0,0)', color: svdlens.color('muted'), activecolor: svdlens.color('text')},
      hovermode: 'closest', margin: {l: 60, r: 20, t: 30, b: 50},
      minreducedwidth: 320, minreducedheight: 200, // what long labels leave of a plot
      coloraxis: {colorbar: {outlinewidth: 0, thickness: 14}},
      hoverlabel: {bgcolor: svdlens.color('ground'), bordercolor: svdlens.color('line'), align: 'left',
        font: {color: svdlens.color('text')}}}};
  };
  const drawn = [];

  // White, which is nothing on a white ground, is the ground's colour on a dark one, and there what is most is light.
  const on_dark = {'#6badd6': '#3f7fb0', '#08306b': '#cfe6ff'};
  const shades = figure => {
    const scale = figure.layout.coloraxis?.colorscale;
    if (!Array.isArray(scale)) return {};
    return {'coloraxis.colorscale': scale.map(([at, color]) =>
      [at, !svdlens.is_dark() ? color : color === '#ffffff' ? svdlens.color('plate') : on_dark[color] || color])};
  };

  const draw = async (element, figure) => {
    await svdlens.load('plotly.js');
    const {title, ...layout} = figure.layout; // the title stands above, as text
    const scale = shades(figure)['coloraxis.colorscale'];
    if (scale) layout.coloraxis = {...layout.coloraxis, colorscale: scale};
    const save = {name: 'save', title: 'Save as PNG, with its title', icon: Plotly.Icons.camera, click: () => save_picture(element, figure)};
    await Plotly.newPlot(element, figure.data, {...layout, template: template()}, {responsive: true, displaylogo: false,
      showSendToCloud: false, modeBarButtons: [[save, 'zoom2d', 'pan2d', 'resetScale2d']]});
    const leave_tab_order = () => element.querySelectorAll('.modebar-btn').forEach(button => { button.tabIndex = -1; });
    element.on('plotly_afterplot', leave_tab_order);
    leave_tab_order();
    element.change_theme = () => Plotly.relayout(element, {template: template(), ...shades(figure)});
    drawn.push(element);
    element.on('plotly_click', ({points: [point]}) => {
      const [source, target] = ends_of(point.data).map(k => point.customdata?.[k]);
      if (source !== undefined && target !== undefined) svdlens.select({source, target}, element);
    });
    if (svdlens.selection.wanted) show_selection(element);
  };

  // Which of the values beside its points name the ends of a trace's edges.
  const ends_of = trace => Array.isArray(trace.meta) ? [trace.meta.indexOf('source'), trace.meta.indexOf('target')] : [-1, -1];
  const show_selection = element => {
    const points = element.data.map(trace => {
      const [source, target] = ends_of(trace);
      if (source < 0 || target < 0) return null;
      return trace.customdata.flatMap((values, k) => svdlens.is_selected(values[source], values[target]) ? [k] : []);
    });
    const is_any = points.some(list => list?.length);
    element.dataset.selected = points.reduce((sum, list) => sum + (list?.length || 0), 0);
    Plotly.restyle(element, {selectedpoints: points.map(list => is_any ? list : null)});
  };
  svdlens.on_select.push(() => drawn.forEach(show_selection));

  // Out of the page a figure has its title, and the page's, on an opaque ground.
  const save_picture = async (element, figure) => {
    const text = [figure.layout.title?.text, document.title].filter(Boolean).join('<br>');
    const {width, height} = element.getBoundingClientRect();
    const layout = {...element.layout, template: template(), width, height: height + 60, autosize: false, paper_bgcolor: svdlens.color('plate'),
      title: {text, x: 0.02, font: {size: 15}}, margin: {...element.layout.margin, t: 80}};
    const address = await Plotly.toImage({data: figure.data, layout}, {format: 'png', scale: 2, width, height: height + 60});
    svdlens.save('figure.png', await (await fetch(address)).blob());
  };

  window.addEventListener('beforeprint', () => drawn.forEach(element => Plotly.relayout(element, {width: 680})));
  window.addEventListener('afterprint', () => drawn.forEach(element => Plotly.relayout(element, {width: null, autosize: true})));

  svdlens.register('plot', draw);
  svdlens.on_theme.push(() => drawn.forEach(element => element.change_theme()));
})();
)js";

/// Tables that are sorted by a click on a column's name, filtered by a text, and saved as CSV; panels of which a switch shows
/// one choice at a time; a link into what is folded opens it. What stands behind a `?` in an address is a state of what it leads to.
inline constexpr std::string_view table_script = R"js(
'use strict';
(() => {
  const {make} = svdlens;
  const text_of = cell => cell ? cell.textContent : '';
  const number_of = text => text.trim() === '' ? NaN : Number(text);

  // Numbers by |number| first the largest, words from a to z; again: the other way round. Empty cells stay last.
  const compare = (a, b) => {
    const x = number_of(a), y = number_of(b);
    if (!isNaN(x) && !isNaN(y)) return Math.abs(y) - Math.abs(x) || y - x;
    return !isNaN(x) ? -1 : !isNaN(y) ? 1 : a.localeCompare(b, undefined, {numeric: true});
  };
  const sort_by = (table, column, turned) => {
    const rows = [...table.tBodies[0].rows].map((row, k) => ({row, k, text: text_of(row.cells[column])}));
    rows.sort((a, b) => (a.text === '') - (b.text === '') || (turned ? compare(b.text, a.text) : compare(a.text, b.text)) || a.k - b.k);
    table.tBodies[0].append(...rows.map(({row}) => row));
    [...table.tHead.rows[0].cells].forEach((cell, k) => {
      if (k === column) cell.setAttribute('aria-sort', turned ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    });
  };
  const make_sortable = table => [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = make('button', {type: 'button', class: 'sort', title: 'Sort'}, ...cell.childNodes);
    button.addEventListener('click', () => sort_by(table, column, cell.getAttribute('aria-sort') === 'ascending'));
    cell.append(button);
  });

  // A click on a row, or Enter at it, selects its edge; the arrows lead from row to row.
  const make_selectable = table => {
    const names = [...table.tHead.rows[0].cells].map(text_of), source = names.indexOf('source'), target = names.indexOf('target');
    if (source < 0 || target < 0) return;
    const rows = () => [...table.tBodies[0].rows].filter(row => !row.hidden);
    const ends = row => [text_of(row.cells[source]), text_of(row.cells[target])];
    const enter = row => {
      table.tBodies[0].querySelectorAll('tr[tabindex="0"]').forEach(other => { other.tabIndex = -1; });
      row.tabIndex = 0;
    };
    const select = row => {
      const [source, target] = ends(row);
      svdlens.select({source, target}, table);
    };
    rows().forEach((row, k) => { row.tabIndex = k ? -1 : 0; });
    table.tBodies[0].addEventListener('click', event => {
      const row = event.target.closest('tr');
      if (!row || event.target.closest('a, button')) return;
      enter(row);
      select(row);
    });
    table.tBodies[0].addEventListener('keydown', event => {
      if (event.target.tagName !== 'TR') return;
      const all = rows(), next = all[all.indexOf(event.target) + ({ArrowDown: 1, ArrowUp: -1}[event.key] || 0)];
      if (event.key === 'Enter' || event.key === ' ') select(event.target);
      else if (next && next !== event.target) {
        enter(next);
        next.focus();
      } else return;
      event.preventDefault();
    });
    svdlens.on_select.push(() => {
      for (const row of table.tBodies[0].rows) {
        const is_it = svdlens.is_selected(...ends(row));
        row.classList.toggle('selected', is_it);
        if (is_it) row.setAttribute('aria-current', 'true');
        else row.removeAttribute('aria-current');
      }
    });
  };

  const quoted = text => /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  const csv_of = table => [...table.rows].filter(row => !row.hidden)
    .map(row => [...row.cells].map(cell => quoted(text_of(cell))).join(',')).join('\n') + '\n';

  const add_tools = (box, table) => {
    const rows = [...table.tBodies[0].rows], name = box.getAttribute('aria-label') || 'table';
    const filter = make('input', {type: 'search', placeholder: 'Filter the rows', 'aria-label': 'Filter the rows of ' + name});
    const found = make('output', {'aria-live': 'polite'});
    filter.addEventListener('input', () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      const text = row => [...row.cells].map(text_of).join(' ').toLowerCase();
      rows.forEach(row => { row.hidden = !words.every(word => text(row).includes(word)); });
      found.textContent = words.length ? rows.filter(row => !row.hidden).length + ' of ' + rows.length + ' rows' : '';
    });
    const save = make('button', {type: 'button', class: 'csv'}, 'CSV');
    save.addEventListener('click', () => svdlens.save(name.replace(/\W+/g, '_').toLowerCase() + '.csv', new Blob([csv_of(table)], {type: 'text/csv'})));
    box.before(make('div', {class: 'table-tools'}, filter, save, found));
  };

  document.querySelectorAll('.table').forEach(box => {
    const table = box.querySelector('table');
    if (!table.tHead || table.tBodies[0].rows.length < 2) return;
    make_sortable(table);
    make_selectable(table);
    if (table.tBodies[0].rows.length >= 8) add_tools(box, table);
  });

  document.querySelectorAll('section[data-choose]').forEach(section => {
    const panels = [...section.querySelectorAll('figure[data-choice]')];
    const list = make('select', {}, ...[...new Set(panels.map(panel => panel.dataset.choice))].map(name => make('option', {value: name}, name)));
    const show = () => panels.forEach(panel => { panel.hidden = panel.dataset.choice !== list.value; });
    list.addEventListener('change', show);
    panels[0]?.before(make('label', {class: 'choose'}, section.dataset.choose + ' ', list));
    show();
  });

  // `#tables?choice=found+edges&filter=L0H1.`: a choice of a section, and of its table the rows with a text.
  const filter_rows = (section, choice, text) => {
    const list = section?.querySelector('.choose select');
    if (list && choice !== null && [...list.options].some(option => option.value === choice)) {
      list.value = choice;
      list.dispatchEvent(new Event('change'));
    }
    const input = section?.querySelector('figure:not([hidden]) .table-tools input');
    if (!input) return;
    input.value = text;
    input.dispatchEvent(new Event('input'));
  };

  const open_target = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1).split('?')[0])); } catch { /* no name */ }
    for (let element = target; element; element = element.parentElement) if (element.tagName === 'DETAILS') element.open = true;
    const state = new URLSearchParams(location.hash.split('?')[1] || '');
    if (state.has('filter')) filter_rows(target, state.get('choice'), state.get('filter'));
    if (target?.closest('details') || location.hash.includes('?')) target?.scrollIntoView();
  };
  window.addEventListener('hashchange', open_target);
  open_target();
})();
)js";

/// Light or dark as the reader's system is, or as the button says.
inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --ground: #ffffff; --plate: #ffffff;
  --line: #d0d7de; --grid: #e7eaee; --link: #0059a8; --failure: #a40e26; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; --text: #e6e9ee; --muted: #9ba5b1; --ground: #12161c; --plate: #171c23;
  --line: #333b46; --grid: #2a313b; --link: #6cb6ff; --failure: #ff8f8f; }
@media (prefers-color-scheme: dark) {
  :root:not([data-theme]) { --text: #e6e9ee; --muted: #9ba5b1; --ground: #12161c; --plate: #171c23;
    --line: #333b46; --grid: #2a313b; --link: #6cb6ff; --failure: #ff8f8f; }
  :root:not([data-theme]) td[style] { filter: invert(.92) hue-rotate(180deg); } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1.6rem 3rem; max-width: 110rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Noto Sans", "Liberation Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .4rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 60rem; }
a { color: var(--link); }
nav ol { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: .3rem 0 .6rem; padding: 0; list-style: none; font-size: .92rem; }
header button { float: right; margin-left: .4rem; font: inherit; font-size: .85rem; padding: .2rem .7rem; cursor: pointer; }
figure { margin: 1.1rem 0; padding: .8rem 1rem; background: var(--plate); border: 1px solid var(--line); border-radius: 6px;
  overflow-x: auto; }
.table { overflow: auto; max-height: 40rem; margin-top: .5rem; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .18rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th:first-child { text-align: left; font-weight: 600; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; }
.words { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; max-width: 60rem; }
thead th { position: sticky; top: 0; background: var(--plate); border-bottom: 1px solid var(--line); }
.note, .provenance, footer { color: var(--muted); font-size: .88rem; overflow-wrap: anywhere; white-space: pre-line;
  max-width: none; }
.failure { color: var(--failure); }
header details summary { cursor: pointer; }
.table-tools, .choose { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .8rem; margin-top: .5rem; font-size: .88rem; }
.table-tools input, .table-tools button, .choose select { font: inherit; max-width: 100%; }
.sort { all: unset; cursor: pointer; }
.sort:focus-visible { outline: 2px solid var(--link); }
th[aria-sort="ascending"] .sort::after { content: " \25be"; }
th[aria-sort="descending"] .sort::after { content: " \25b4"; }
[hidden] { display: none !important; }
:root[data-theme="dark"] td[style] { filter: invert(.92) hue-rotate(180deg); } /* no glare: 0 is nearly the ground */
.modebar-btn { font-size: 13px !important; }
@media print {
  :root, :root[data-theme] { color-scheme: light !important; --text: #000; --muted: #444; --ground: #fff; --plate: #fff; --line: #999;
    --grid: #ccc; --link: #000; --failure: #900; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  :root td[style], :root[data-theme] td[style] { filter: none !important; }
  body { padding: 0; max-width: none; font-size: 12px; }
  .plot:not([data-state="drawn"])::after, .network:not([data-state="drawn"])::after { display: block; color: var(--muted);
    content: "Not drawn before it was printed: the button Print of the page draws all figures first."; }
  nav, #theme, #print, .table-tools, .choose, .flow-tools, .network-tools, .modebar { display: none !important; }
  .table { max-height: none; overflow: visible; }
  .table table { font-size: 10px; }
  th, td { white-space: normal; }
  thead th { position: static; }
  figure { overflow: visible; border: 0; padding: 0; }
  svg, .plot { max-width: 100%; }
  .flow-stage { max-height: none; overflow: visible; }
  .flow-stage svg { height: auto; }
  tr, .card { break-inside: avoid; }
}
)css";

} // namespace svdlens::inline v0_2::plot::detail

#endif
