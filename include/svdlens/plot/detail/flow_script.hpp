/// @file
/// The script and the style of graphs from left to right.
#ifndef SVDLENS_PLOT_DETAIL_FLOW_SCRIPT_HPP
#define SVDLENS_PLOT_DETAIL_FLOW_SCRIPT_HPP

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
.flow-details { margin: .5rem 0 0; font-size: .88rem; min-height: 1.5rem; }
.flow-details ul { margin: .1rem 0 .4rem; padding-left: 1.1rem; columns: 20rem; }
.flow-status, .flow-legend { color: var(--muted); font-size: .82rem; margin: .3rem 0 0; max-width: none; }
.flow-link { padding: 0; border: 0; background: none; color: var(--link); cursor: pointer; }
.flow-link:hover { text-decoration: underline; }
)css";

/// Draws elements of class `flow`, whose property `flow` then is what is shown: the open heads, the chosen node, how many
/// edges. What is shown stands in the address, `#graph?edges=40&open=L0H1&chosen=L0H1`; of several of one name `&which=1`
/// is the second. Labels become text, never markup.
inline constexpr std::string_view flow_script = R"js(
'use strict';
(() => {
  const svg_space = 'http://www.w3.org/2000/svg';
  const add_to = (parent, tag, attributes = {}, text = '') => {
    const element = parent.appendChild(document.createElementNS(svg_space, tag));
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text) element.textContent = text;
    return element;
  };
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
  const number = x => String(Number(Number(x).toPrecision(3)));
  const short = text => text.length > 26 ? text.slice(0, 25) + '…' : text;
  const count = (n, thing) => n + ' ' + thing + (n === 1 ? '' : 's');

  // ---- what is shown: heads, or the directions of those that are open, and the edges between them

  // What is drawn is known by its number among nodes or among groups, for labels may repeat.
  const key_of_node = id => 'node ' + id;
  const key_of_group = group => 'group ' + group;
  const key_of = (view, id) => {
    const {group} = view.data.nodes[id];
    return group === null || view.open.has(group) ? key_of_node(id) : key_of_group(group);
  };
  const name_of = (view, key) => {
    const [kind, number] = key.split(' ');
    return kind === 'node' ? view.data.nodes[number].label : view.data.groups[number].name;
  };
  const keys_named = (view, name) => [
    ...view.data.groups.flatMap((group, k) => group.name === name ? [key_of_group(k)] : []),
    ...view.data.nodes.flatMap((node, k) => node.label === name ? [key_of_node(k)] : [])];

  const gather = view => {
    const nodes = new Map(), edges = new Map();
    const node_at = id => {
      const key = key_of(view, id), {group, column, entity} = view.data.nodes[id];
      if (!nodes.has(key)) nodes.set(key, {key, name: name_of(view, key), entity, column, edges: [],
        of_group: group === null ? null : key_of_group(group), group: group === null ? null : view.data.groups[group], number: group});
      return nodes.get(key);
    };
    view.data.edges.slice(0, view.shown).forEach(edge => {
      const source = node_at(edge.source), target = node_at(edge.target), key = source.key + '\n' + target.key;
      if (!edges.has(key)) {
        edges.set(key, {source, target, parts: []});
        source.edges.push(edges.get(key));
        if (target !== source) target.edges.push(edges.get(key));
      }
      edges.get(key).parts.push(edge);
    });
    const largest = Math.max(...view.data.edges.map(edge => Math.abs(edge.score)));
    for (const edge of edges.values()) {
      edge.strongest = edge.parts.reduce((a, b) => Math.abs(b.score) > Math.abs(a.score) ? b : a);
      edge.share = Math.abs(edge.strongest.score) / (largest || 1);
    }
    return {nodes: [...nodes.values()], edges: [...edges.values()]};
  };

  // ---- where: columns from left to right, nodes at the mean of their neighbours

  const by_name = (a, b) => a.name.localeCompare(b.name, undefined, {numeric: true}) || a.key.localeCompare(b.key, undefined, {numeric: true});
  const row_gap = 30, top = 44, node_height = 22;

  const place = graph => {
    const columns = [...new Set(graph.nodes.map(node => node.column))].sort((a, b) => a - b)
      .map(column => ({column, nodes: graph.nodes.filter(node => node.column === column)}));
    for (const column of columns) {
      column.width = Math.max(...column.nodes.map(node_width));
      column.nodes.forEach((node, k) => { node.row = k; });
    }
    const order = column => {
      for (const node of column.nodes) {
        const others = node.edges.map(edge => edge.source === node ? edge.target : edge.source);
        node.wish = others.length ? others.reduce((sum, other) => sum + other.row, 0) / others.length : node.row;
      }
      column.nodes.sort((a, b) => a.wish - b.wish || by_name(a, b)).forEach((node, k) => { node.row = k; });
    };
    for (let sweep = 0; sweep < 4; ++sweep) (sweep % 2 ? columns : [...columns].reverse()).forEach(order);
    const rows = Math.max(...columns.map(column => column.nodes.length));
    let x = 16;
    for (const column of columns) {
      column.x = x;
      column.nodes.forEach(node => {
        node.x = x + (column.width - node_width(node)) / 2;
        node.y = top + row_gap * (node.row + (rows - column.nodes.length) / 2);
      });
      x += column.width + 84;
    }
    return {columns, width: x - 84 + 16, height: top + row_gap * rows + 10};
  };
  const node_width = node => Math.max(46, 7.4 * short(node.name).length + (node.group ? 28 : 16));

  // ---- how it looks

  const color_of = (view, score) => view.data.colors[score < 0 ? 'negative' : 'positive'];

  const draw_edge = (view, layer, edge) => {
    const {source, target} = edge, back = target.x <= source.x;
    const x1 = back ? source.x + node_width(source) / 2 : source.x + node_width(source), x2 = back ? target.x + node_width(target) / 2 : target.x - 5;
    const y1 = source.y + (back ? 0 : node_height / 2), y2 = target.y + (back ? -4 : node_height / 2);
    const bend = back ? 0 : Math.max(30, (x2 - x1) / 2);
    const d = back ? `M${x1},${y1} C${x1},${y1 - 40} ${x2},${y2 - 40} ${x2},${y2}` :
      `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
    const negative = edge.strongest.score < 0;
    const path = add_to(layer, 'path', {d, fill: 'none', stroke: color_of(view, edge.strongest.score), class: 'flow-edge',
      'stroke-width': 1 + 3.5 * edge.share, 'marker-end': `url(#${view.id}-${negative ? 'negative' : 'positive'})`,
      ...(negative ? {'stroke-dasharray': '7 4'} : {})});
    add_to(path, 'title', {}, words_of(view, edge));
    edge.element = path;
  };

  const draw_node = (view, layer, node) => {
    const color = node.group ? node.group.color : svdlens.color('muted'), width = node_width(node);
    const group = add_to(layer, 'g', {class: 'flow-node', tabindex: 0, role: 'button', 'data-name': node.name,
      'aria-label': `${node.name}, ${node.entity}, ${count(node.edges.length, 'edge')}`,
      transform: `translate(${node.x} ${node.y})`});
    add_to(group, 'rect', {width, height: node_height, rx: node.group ? 11 : 3, fill: svdlens.color('plate'), stroke: color, 'stroke-width': 1.5});
    if (node.group) add_to(group, 'circle', {cx: 10, cy: node_height / 2, r: 4, fill: color});
    add_to(group, 'text', {x: node.group ? 18 : 8, y: 15.5, 'font-size': 12.5, fill: svdlens.color('text')}, short(node.name));
    add_to(group, 'title', {}, node.name + (node.group ? ': click for its directions' : ''));
    group.addEventListener('click', () => press(view, node));
    group.addEventListener('keydown', event => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      press(view, node);
    });
    node.element = group;
  };

  const arrow = (view, defs, sign) => add_to(add_to(defs, 'marker', {id: `${view.id}-${sign}`, viewBox: '0 0 8 8', refX: 6, refY: 4,
    markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto'}), 'path', {d: 'M0,0 L8,4 L0,8 z', fill: view.data.colors[sign]});

  const render = view => {
    const graph = view.graph = gather(view), {columns, width, height} = place(graph);
    const scroll = [view.stage.scrollLeft, view.stage.scrollTop];
    const svg = document.createElementNS(svg_space, 'svg');
    for (const [name, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`, role: 'group',
      'aria-label': view.data.title, 'font-family': 'system-ui, "Noto Sans", "Liberation Sans", sans-serif'})) svg.setAttribute(name, value);
    const defs = add_to(svg, 'defs');
    for (const sign of ['positive', 'negative']) arrow(view, defs, sign);
    for (const column of columns)
      add_to(svg, 'text', {x: column.x + column.width / 2, y: 16, 'text-anchor': 'middle', 'font-size': 12, fill: svdlens.color('muted')},
        view.data.columns[column.column]);
    const lines = add_to(svg, 'g'), boxes = add_to(svg, 'g');
    [...graph.edges].sort((a, b) => a.share - b.share).forEach(edge => draw_edge(view, lines, edge));
    graph.nodes.forEach(node => draw_node(view, boxes, node));
    view.stage.replaceChildren(svg);
    [view.stage.scrollLeft, view.stage.scrollTop] = scroll;
    view.status.textContent = `Shown: ${view.shown} of ${count(view.data.edges.length, 'edge')}, as ` +
      `${count(graph.edges.length, 'line')} among ${count(graph.nodes.length, 'node')}.`;
    view.element.dataset.shownEdges = view.shown;
    view.element.dataset.shownNodes = graph.nodes.length;
    mark(view);
  };

  // Only what touches the chosen node is bright.
  const mark = view => {
    const chosen = new Set(view.graph.nodes.filter(node => view.chosen && [node.key, node.of_group].includes(view.chosen)));
    const touching = new Set([...chosen].flatMap(node => node.edges));
    const near = new Set([...chosen, ...[...touching].flatMap(edge => [edge.source, edge.target])]);
    for (const node of view.graph.nodes) {
      node.element.classList.toggle('flow-faint', chosen.size > 0 && !near.has(node));
      node.element.classList.toggle('chosen', chosen.has(node));
      node.element.setAttribute('aria-pressed', chosen.has(node));
    }
    for (const edge of view.graph.edges) edge.element.classList.toggle('flow-faint', chosen.size > 0 && !touching.has(edge));
    view.element.dataset.chosen = chosen.size ? name_of(view, view.chosen) : '';
    view.details.replaceChildren(...chosen.size ? describe(view, chosen, [...touching]) :
      [make('p', {class: 'note'}, 'Click a node: what it reads and writes stands here; a head opens into its directions.')]);
  };

  // ---- in words

  const part_words = (view, part) => `${view.data.nodes[part.source].label} → ${view.data.nodes[part.target].label}: ` +
    `${view.data.score_title} ${number(part.score)}` + (part.q === null ? '' : `, q ${number(part.q)}`);
  const words_of = (view, edge) => edge.parts.slice(0, 8).map(part => part_words(view, part)).join('\n');

  const describe = (view, nodes, edges) => {
    const [node] = nodes;
    const list = (title, end) => {
      const parts = edges.filter(edge => !nodes.has(edge[end]) || edge.source === edge.target)
        .flatMap(edge => edge.parts.map(part => ({part, other: edge[end]})))
        .sort((a, b) => Math.abs(b.part.score) - Math.abs(a.part.score));
      if (!parts.length) return [];
      return [make('strong', {}, `${title} ${parts.length}`), make('ul', {}, ...parts.slice(0, 60).map(({part, other}) =>
        make('li', {}, button(part_words(view, part), 'flow-link', () => choose(view, other.key)))))];
    };
    const head = node.group && document.getElementById(node.group.name);
    return [make('p', {}, make('strong', {}, name_of(view, view.chosen)), ` · ${node.entity} `,
      ...head ? [make('a', {href: '#' + node.group.name}, `everything on ${node.group.name}`)] : []),
      ...list('from', 'source'), ...list('to', 'target')];
  };

  // ---- what a reader does

  const remember = view => {
    const state = new URLSearchParams({edges: view.shown});
    if (view.open.size) state.set('open', [...view.open].map(group => view.data.groups[group].name).join(','));
    if (view.chosen) {
      const name = name_of(view, view.chosen), which = keys_named(view, name).indexOf(view.chosen);
      state.set('chosen', name);
      if (which) state.set('which', which);
    }
    history.replaceState(null, '', '#graph?' + state);
  };

  // The first edge of the chosen node is shown, and its head is open, whatever else the address says.
  const recall = view => {
    const [place, text] = location.hash.split('?');
    if (place !== '#graph' || !text) return;
    const state = new URLSearchParams(text), {nodes, edges, groups} = view.data;
    view.shown = Math.min(edges.length, Math.max(1, Number(state.get('edges')) || view.shown));
    const open = (state.get('open') || '').split(',');
    view.open = new Set(groups.flatMap((group, k) => open.includes(group.name) ? [k] : []));
    view.chosen = keys_named(view, state.get('chosen'))[Number(state.get('which')) || 0] ?? null;
    const id = nodes.findIndex((node, k) => key_of_node(k) === view.chosen);
    if (id < 0) return;
    view.shown = Math.max(view.shown, edges.findIndex(edge => edge.source === id || edge.target === id) + 1);
    if (nodes[id].group !== null) view.open.add(nodes[id].group);
  };

  // The labels of heads' directions, which a table may lead to: of one node alone, for a token may be called as a direction is.
  const linked_labels = nodes => {
    const times = new Map();
    for (const {label} of nodes) times.set(label, (times.get(label) || 0) + 1);
    return nodes.filter(node => node.group !== null && times.get(node.label) === 1).map(node => node.label);
  };

  // The direction that a table calls a source, or else a target, leads to its node.
  const link_tables = () => {
    const labels = new Set([...document.querySelectorAll('.flow')].flatMap(element =>
      linked_labels(JSON.parse(element.nextElementSibling.textContent).nodes)));
    document.querySelectorAll('.table table').forEach(table => {
      const names = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
      const at = [names.indexOf('source'), names.indexOf('target')];
      if (at.includes(-1)) return;
      for (const row of table.tBodies[0].rows) {
        const cell = at.map(k => row.cells[k]).find(each => labels.has(each?.textContent)), text = cell?.textContent;
        if (cell) cell.replaceChildren(make('a', {href: '#graph?' + new URLSearchParams({chosen: text})}, text));
      }
    });
  };

  const change = view => {
    view.slider.value = view.shown;
    render(view);
    remember(view);
  };

  const choose = (view, key) => {
    view.chosen = key;
    change(view);
    view.graph.nodes.find(node => node.key === key)?.element.focus({preventScroll: true});
  };

  // A closed head opens, and all of it is chosen; what is open, or no head, is chosen, and closed when it is pressed again.
  const press = (view, node) => {
    if (node.key === node.of_group) {
      view.open.add(node.number);
      view.chosen = node.key;
    } else if (view.chosen === node.key) {
      view.chosen = null;
      view.open.delete(node.number);
    } else view.chosen = node.key;
    change(view);
    const again = view.graph.nodes.find(other => other.key === node.key) ||
      view.graph.nodes.find(other => node.group && other.of_group === node.of_group);
    again?.element.focus({preventScroll: true});
  };

  const search = view => {
    const input = make('input', {type: 'search', placeholder: 'Find a node', 'aria-label': 'Find a node by a part of its label'});
    const found = make('output', {'aria-live': 'polite'});
    const form = make('form', {class: 'flow-search', role: 'search'}, input, ' ', make('button', {}, 'Find'), ' ', found);
    let last = {text: '', at: 0};
    form.addEventListener('submit', event => {
      event.preventDefault();
      const text = input.value.trim().toLowerCase();
      const hits = view.data.nodes.flatMap((node, k) => text && node.label.toLowerCase().includes(text) ? [k] : []);
      last = {text, at: text === last.text ? (last.at + 1) % Math.max(1, hits.length) : 0}; // again: the next one
      found.textContent = !text ? '' : hits.length ? `${last.at + 1} of ${hits.length}` : 'No node has this in its label.';
      if (!hits.length) return;
      const hit = hits[last.at];
      view.shown = Math.max(view.shown, view.data.edges.findIndex(edge => edge.source === hit || edge.target === hit) + 1);
      choose(view, key_of(view, hit));
    });
    return form;
  };

  // ---- out of the page, on a ground of its own, with its title

  const picture = view => {
    const svg = view.stage.querySelector('svg').cloneNode(true);
    const width = Number(svg.getAttribute('width')), height = Number(svg.getAttribute('height')) + 30;
    svg.setAttribute('xmlns', svg_space);
    svg.setAttribute('height', height);
    svg.setAttribute('viewBox', `0 -30 ${width} ${height}`);
    svg.querySelectorAll('[class]').forEach(element => {
      if (element.classList.contains('flow-faint')) element.setAttribute('opacity', 0.15);
    });
    const ground = document.createElementNS(svg_space, 'rect'), title = document.createElementNS(svg_space, 'text');
    for (const [name, value] of Object.entries({x: 0, y: -30, width, height, fill: svdlens.color('plate')})) ground.setAttribute(name, value);
    for (const [name, value] of Object.entries({x: 12, y: -10, 'font-size': 13, fill: svdlens.color('text')})) title.setAttribute(name, value);
    title.textContent = `${document.title}: ${view.data.title}`;
    svg.prepend(ground, title);
    return {text: new XMLSerializer().serializeToString(svg), width, height};
  };

  const save_svg = view => svdlens.save('graph.svg', new Blob([picture(view).text], {type: 'image/svg+xml'}));

  const save_png = async view => {
    const {text, width, height} = picture(view), image = new Image(), canvas = document.createElement('canvas');
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(text);
    await image.decode();
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => svdlens.save('graph.png', blob));
  };

  const tools = view => {
    view.slider = make('input', {type: 'range', min: 1, max: view.data.edges.length, value: view.shown, 'aria-label': 'How many edges'});
    view.slider.addEventListener('input', () => {
      view.shown = Number(view.slider.value);
      change(view);
    });
    const all = open => () => {
      view.open = new Set(open ? view.data.groups.keys() : []);
      view.chosen = null;
      change(view);
    };
    return make('div', {class: 'flow-tools'}, search(view), make('label', {}, 'edges, the most significant first ', view.slider),
      button('Directions', 'flow-open', all(true)), button('Heads', 'flow-close', all(false)),
      button('SVG', 'flow-svg', () => save_svg(view)), button('PNG', 'flow-png', () => save_png(view)));
  };

  const legend = view => make('p', {class: 'flow-legend'}, make('span', {style: 'border-top: 3px solid ' + view.data.colors.positive}, '\u2003\u2003'),
    ' score above 0, ', make('span', {style: 'border-top: 3px dashed ' + view.data.colors.negative}, '\u2003\u2003'),
    ` below 0 (of the strongest edge of a line); width: |${view.data.score_title}|. The sign of one score is a convention of its direction: ` +
    'only the product of what a direction reads and what it writes has a sign that means something.');

  let made = 0;
  const draw = async (element, data) => {
    const view = {element, data, id: 'flow' + made++, shown: Math.min(data.shown, data.edges.length), open: new Set(), chosen: null,
      stage: make('div', {class: 'flow-stage', tabindex: 0, role: 'region', 'aria-label': 'Drawing: ' + data.title}),
      status: make('p', {class: 'flow-status', role: 'status'}), details: make('div', {class: 'flow-details'})};
    element.removeAttribute('role');
    recall(view);
    element.append(tools(view), view.stage, view.status, view.details, legend(view));
    view.slider.value = view.shown;
    render(view);
    element.flow = view;
    window.addEventListener('hashchange', () => {
      recall(view);
      view.slider.value = view.shown;
      render(view);
    });
    svdlens.on_theme.push(() => render(view));
  };

  link_tables();
  svdlens.register('flow', draw);
})();
)js";

} // namespace svdlens::inline v0_2::plot::detail

#endif
