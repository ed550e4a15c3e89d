/// @file
/// The script of pages: draws the figures that come into sight, in the colours of the page.
#ifndef SVDLENS_PLOT_PAGE_SCRIPT_HPP
#define SVDLENS_PLOT_PAGE_SCRIPT_HPP

#include <string_view>

namespace svdlens::inline v0::plot::detail {

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

} // namespace svdlens::inline v0::plot::detail

#endif
