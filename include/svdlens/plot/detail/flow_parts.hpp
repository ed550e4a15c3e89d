/// @file
/// The style of graphs from left to right, and what their script asks for: paths between nodes, and pictures to save.
#ifndef SVDLENS_PLOT_DETAIL_FLOW_PARTS_HPP
#define SVDLENS_PLOT_DETAIL_FLOW_PARTS_HPP

#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Beside the style sheet of pages, whose colours it takes.
inline constexpr std::string_view flow_style = R"css(
.flow:not([data-state="failed"]) { min-height: 20rem; } /* a place before it is drawn */
.flow button, .flow input { font: inherit; font-size: .85rem; }
.flow-tools { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .8rem; margin: .4rem 0; font-size: .85rem; }
.flow-tools label { display: flex; align-items: center; gap: .4rem; }
.flow-stage { overflow: auto; max-height: 44rem; border: 1px solid var(--line); border-radius: 4px; background: var(--plate); }
.flow-stage svg { display: block; margin: 0 auto; }
.flow-node { cursor: pointer; }
.flow-node:focus { outline: none; }
.flow-node:focus-visible rect { stroke: var(--link); stroke-width: 2.5; }
.flow-node.chosen rect { stroke-width: 2.5; }
.flow-faint { opacity: .15; }
.flow-tools input[type="number"] { width: 4.6rem; }
.flow-tools [aria-pressed="true"] { box-shadow: inset 0 0 0 1px var(--link); }
.flow-paths { margin: .1rem 0 .4rem; padding-left: 1.6rem; }
.flow-details { margin: .5rem 0 0; font-size: .88rem; min-height: 1.5rem; }
.flow-details ul { margin: .1rem 0 .4rem; padding-left: 1.1rem; columns: 20rem; }
.flow-status, .flow-legend { color: var(--muted); font-size: .82rem; margin: .3rem 0 0; max-width: none; }
.flow-link { padding: 0; border: 0; background: none; color: var(--link); cursor: pointer; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.flow-link:hover { text-decoration: underline; }
)css";

/// `svdlens.trace_paths(data, is_source, is_target)`: all paths of edges with a `dot`, the strongest first, `svdlens.path_names`
/// of one of them, `svdlens.link_tables()`, and `svdlens.save_graph(svg, title, kind)`. Stands before `flow_script`.
inline constexpr std::string_view flow_parts_script = R"js(
'use strict';
(() => {
  // ---- paths over all edges that the page holds: exact products of what is read and written

  const most_hops = 6, most_paths = 200, most_steps = 200000;

  svdlens.trace_paths = ({nodes, edges}, is_source, is_target) => {
    const leaving = new Map(), paths = [];
    edges.forEach((edge, k) => {
      if (edge.dot === null) return;
      if (!leaving.has(edge.source)) leaving.set(edge.source, []);
      leaving.get(edge.source).push(k);
    });
    let steps = 0;
    const follow = (id, product, way, q) => {
      for (const k of leaving.get(id) || []) {
        if (++steps > most_steps) return;
        const edge = edges[k], score = product * edge.dot, next = [...way, k];
        const worst = q === null || edge.q === null ? null : Math.max(q, edge.q);
        if (is_target(edge.target)) paths.push({way: next, score, q: worst});
        else if (next.length < most_hops && !next.some(k => edges[k].source === edge.target))
          follow(edge.target, score * nodes[edge.target].gain, next, worst);
      }
    };
    nodes.forEach((_, id) => { if (is_source(id)) follow(id, 1, [], 0); });
    paths.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
    const all = paths.length;
    paths.length = Math.min(all, most_paths);
    return {paths, all, cut: steps > most_steps, edges: new Set(paths.flatMap(path => path.way))};
  };

  // `L1N5 (gate)`: by which of its matrices a neuron reads, where the page has several.
  const reader_of = ({sections}, edge) => {
    const stem = title => title.replace(/_[^_]*$/, ''), own = sections[edge.section];
    return sections.some(other => other !== own && stem(other) === stem(own)) ? ` (${own.slice(stem(own).length + 1)})` : '';
  };
  svdlens.path_names = (data, path) => {
    const {nodes, edges} = data, last = edges[path.way.at(-1)];
    const names = [nodes[edges[path.way[0]].source].label, ...path.way.map(k => nodes[edges[k].target].label)];
    names[names.length - 1] += reader_of(data, last);
    return names;
  };

  // The labels of heads' directions, which a table may lead to: of one node alone, for a token may be called as a direction is.
  const linked_labels = nodes => {
    const times = new Map();
    for (const {label} of nodes) times.set(label, (times.get(label) || 0) + 1);
    return nodes.filter(node => node.group !== null && times.get(node.label) === 1).map(node => node.label);
  };

  // The direction that a table calls a source, or else a target, leads to its node.
  svdlens.link_tables = () => {
    const labels = new Set([...document.querySelectorAll('.flow')].flatMap(element =>
      linked_labels(JSON.parse(element.nextElementSibling.textContent).nodes)));
    document.querySelectorAll('.table table').forEach(table => {
      const names = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
      const at = [names.indexOf('source'), names.indexOf('target')];
      if (at.includes(-1)) return;
      for (const row of table.tBodies[0].rows) {
        const cell = at.map(k => row.cells[k]).find(each => labels.has(each?.textContent)), text = cell?.textContent;
        if (cell) cell.replaceChildren(svdlens.make('a', {href: '#graph?' + new URLSearchParams({chosen: text})}, text));
      }
    });
  };

  // ---- out of the page, on a ground of its own, with its title

  const picture = (drawn, name) => {
    const svg = drawn.cloneNode(true), space = drawn.namespaceURI;
    const width = Number(svg.getAttribute('width')), height = Number(svg.getAttribute('height')) + 30;
    svg.setAttribute('xmlns', space);
    svg.setAttribute('height', height);
    svg.setAttribute('viewBox', `0 -30 ${width} ${height}`);
    svg.querySelectorAll('.flow-faint').forEach(element => element.setAttribute('opacity', 0.15));
    const ground = document.createElementNS(space, 'rect'), title = document.createElementNS(space, 'text');
    for (const [name, value] of Object.entries({x: 0, y: -30, width, height, fill: svdlens.color('plate')})) ground.setAttribute(name, value);
    for (const [name, value] of Object.entries({x: 12, y: -10, 'font-size': 13, fill: svdlens.color('text')})) title.setAttribute(name, value);
    title.textContent = name;
    svg.prepend(ground, title);
    return {text: new XMLSerializer().serializeToString(svg), width, height};
  };

  svdlens.save_graph = async (drawn, name, kind) => {
    const {text, width, height} = picture(drawn, name);
    if (kind === 'svg') return svdlens.save('graph.svg', new Blob([text], {type: 'image/svg+xml'}));
    const image = new Image(), canvas = document.createElement('canvas');
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(text);
    await image.decode();
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => svdlens.save('graph.png', blob));
  };
})();
)js";

} // namespace svdlens::inline v0_2::plot::detail

#endif
