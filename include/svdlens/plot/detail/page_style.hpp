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
.network-tooltip[hidden], .network-details[hidden] { display: none; }
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
  const draw_all = () => Promise.all(Object.keys(drawers).flatMap(
    kind => [...document.querySelectorAll('.' + kind)].map(draw)));
  window.addEventListener('beforeprint', draw_all);

  const change_theme = () => on_theme.forEach(change => change());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change_theme);
  document.getElementById('theme').addEventListener('click', () => {
    root.dataset.theme = is_dark() ? 'light' : 'dark';
    change_theme();
  });

  return {register, load, draw_all, on_theme, color, is_dark};
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

  const draw = async (element, figure) => {
    await svdlens.load('plotly.js');
    const {title, ...layout} = figure.layout; // the title stands above, as text
    await Plotly.newPlot(element, figure.data, {...layout, template: template()}, {responsive: true, displaylogo: false});
    drawn.push(element);
  };

  svdlens.register('plot', draw);
  svdlens.on_theme.push(() => drawn.forEach(element => Plotly.relayout(element, {template: template()})));
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
    --line: #333b46; --grid: #2a313b; --link: #6cb6ff; --failure: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1.6rem 3rem; max-width: 110rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Noto Sans", "Liberation Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .4rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 60rem; }
a { color: var(--link); }
nav ol { margin: .8rem 0; padding-left: 1.4rem; columns: 18rem; }
header button { float: right; font: inherit; font-size: .85rem; padding: .2rem .7rem; cursor: pointer; }
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
)css";

} // namespace svdlens::inline v0_2::plot::detail

#endif
