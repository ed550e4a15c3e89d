/// @file
/// The script of circuit graphs.
#ifndef SVDLENS_PLOT_DETAIL_NETWORK_SCRIPT_HPP
#define SVDLENS_PLOT_DETAIL_NETWORK_SCRIPT_HPP

#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Draws elements of class `network`. The element has vis-network's object as its property `network`, and
/// `data-shown-nodes`, `data-shown-edges` and `data-selected` (`node 3`, `edge 7`, or nothing). Labels become
/// text nodes, never HTML.
inline constexpr std::string_view network_script = R"js(
'use strict';
(() => {
  const marks = {dot: '●', square: '■', triangle: '▲', triangleDown: '▼', diamond: '◆', star: '★', hexagon: '⬢'};
  const grey = '#8b949e'; // of what is in no head

  const {make, button, count} = svdlens;
  const number = x => Number.isFinite(x) ? String(Number(x.toPrecision(4))) : x > 0 ? 'inf' : '-inf';
  const visible = text => // control characters as their pictures
    text.replace(/[\u0000-\u001f]/g, c => String.fromCharCode(0x2400 + c.charCodeAt(0))).replace(/\u007f/g, '␡') || '(empty)';
  const short = text => {
    const characters = [...visible(text)];
    return characters.length > 24 ? characters.slice(0, 23).join('') + '…' : characters.join('');
  };

  // ---- the graph

  const read = figure => {
    const nodes = figure.nodes.map((node, id) => ({...node, id, edges_in: [], edges_out: []}));
    const edges = figure.edges.map((edge, id) => ({id, source: nodes[edge.source], target: nodes[edge.target],
      section: edge.section, score: Number(edge.score)}));
    const by_strength = [...edges].sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || a.id - b.id);
    by_strength.forEach((edge, rank) => {
      edge.rank = rank;
      edge.source.edges_out.push(edge);
      edge.target.edges_in.push(edge);
    });
    const strongest = Math.abs(by_strength.find(edge => Number.isFinite(edge.score))?.score ?? 0);
    for (const edge of edges) edge.share = Math.min(1, Math.abs(edge.score) / (strongest || 1));
    const is_free = figure.columns.length < 2; // one column says nothing: forces do
    return {...figure, nodes, edges, strongest, is_free};
  };

  // ---- how it looks

  // The first edge of two nodes is an S from column to column; further ones are bows above it (labels are below), and so
  // are those that would run through what stands between.
  const curve = (is_free, edge, parallel) => {
    const x = Math.abs(edge.source.x - edge.target.x), y = Math.abs(edge.source.y - edge.target.y);
    if (!is_free && parallel === 0 && x > 100 && (x < 400 || y > 30))
      return {enabled: true, type: 'cubicBezier', forceDirection: 'horizontal', roundness: 0.45};
    return {enabled: true, type: 'curvedCW', roundness: 0.1 + 0.07 * parallel};
  };

  // Lines and letters of a large graph are larger: it is first seen from afar.
  const scale_of = graph =>
    Math.min(3, Math.max(1, (graph.columns[graph.columns.length - 1].x - graph.columns[0].x) / 1800));

  const vis_edges = graph => {
    const seen = new Map(), scale = scale_of(graph);
    return graph.edges.map(edge => {
      const pair = [edge.source.id, edge.target.id].sort().join();
      const parallel = seen.get(pair) || 0;
      seen.set(pair, parallel + 1);
      return {id: edge.id, from: edge.source.id, to: edge.target.id, width: scale * (0.7 + 4 * edge.share),
        dashes: edge.score < 0 ? [8, 5] : false, smooth: curve(graph.is_free, edge, parallel),
        selfReference: {size: 14 + 7 * parallel, angle: Math.PI / 4}};
    }).sort((a, b) => graph.edges[b.id].rank - graph.edges[a.id].rank); // the strongest on top
  };

  const vis_nodes = graph => graph.nodes.map(node => {
    const scale = scale_of(graph), root = Math.sqrt(node.edges_in.length + node.edges_out.length);
    return {id: node.id, x: node.x, y: node.y, label: short(node.label), size: Math.sqrt(scale) * Math.min(22, 6 + 1.6 * root),
      shape: graph.entities.find(entity => entity.name === node.entity).shape,
      font: {size: Math.min(40, 13 + 2 * scale * (root - 1))}};
  });

  const node_color = (graph, node) => {
    const background = node.group === null ? grey : graph.groups[node.group].color;
    const marked = {background, border: svdlens.color('text')};
    return {background, border: background, highlight: marked, hover: marked};
  };

  const node_options = () => ({borderWidth: 1, borderWidthSelected: 3, scaling: {label: {drawThreshold: 6}},
    font: {strokeColor: svdlens.color('plate'), strokeWidth: 4,
      face: 'system-ui, "Noto Sans", "Liberation Sans", sans-serif'}});

  const options_for = is_free => ({
    autoResize: true,
    layout: {randomSeed: 1, improvedLayout: false},
    physics: is_free ? {solver: 'forceAtlas2Based', stabilization: {iterations: 150}} : false,
    interaction: {hover: true, hoverConnectedEdges: false},
    nodes: node_options(),
    edges: {arrows: {to: {enabled: true, scaleFactor: 0.5}}, selectionWidth: 2, hoverWidth: 1},
  });

  const start = (view, stage) => new Promise(resolve => {
    const {is_free} = view.graph;
    view.nodes = new vis.DataSet(vis_nodes(view.graph));
    view.edges = new vis.DataSet(vis_edges(view.graph));
    view.network = new vis.Network(stage, {nodes: view.nodes, edges: view.edges}, options_for(is_free));
    view.columns = is_free ? [] : view.graph.columns;
    view.network.once(is_free ? 'stabilizationIterationsDone' : 'afterDrawing', () => {
      view.network.setOptions({physics: false});
      resolve();
    });
  });

  // ---- what is shown

  const shows = (view, edge) => edge.rank < view.strongest &&
    (view.component === null || edge.source.component === view.component) &&
    (!view.sections.size || view.sections.has(edge.section)) &&
    (!view.heads.size || view.heads.has(edge.source.group) || view.heads.has(edge.target.group));

  const touches = (selected, edge) => selected === edge || selected === edge.source || selected === edge.target;

  const refresh = view => {
    const {graph, selected} = view;
    const near = new Set(), shown = new Set(), edges = graph.edges.filter(edge => shows(view, edge));
    for (const edge of edges)
      for (const end of [edge.source, edge.target]) {
        shown.add(end);
        if (touches(selected, edge)) near.add(end);
      }
    view.shown = shown;
    const seen = new Set(edges), least = svdlens.is_dark() ? 0.4 : 0.25;
    const faint = Math.min(0.6, Math.max(least, 12 / Math.sqrt(edges.length)));
    view.edges.update(graph.edges.map(edge => {
      const color = edge.score < 0 ? graph.colors.negative : graph.colors.positive;
      const opacity = !selected ? faint + (1 - faint) * edge.share : touches(selected, edge) ? 1 : 0.08;
      return {id: edge.id, hidden: !seen.has(edge), color: {color, highlight: color, hover: color, opacity}};
    }));
    view.nodes.update(graph.nodes.map(node => {
      const is_faint = selected && !near.has(node);
      return {id: node.id, hidden: !shown.has(node), color: node_color(graph, node), opacity: is_faint ? 0.25 : 1,
        font: {color: svdlens.color(is_faint ? 'line' : 'text')}};
    }));
    view.tooltip.hidden = true;
    view.status.textContent = 'Shown: ' + edges.length + ' of ' + count(graph.edges.length, 'edge') + ', ' +
      shown.size + ' of ' + count(graph.nodes.length, 'node') + '. Click the picture to zoom with the wheel.';
    view.element.dataset.shownNodes = shown.size;
    view.element.dataset.shownEdges = edges.length;
  };

  const animation = () => matchMedia('(prefers-reduced-motion: reduce)').matches ? false : {duration: 400};
  const fit = view => view.network.fit({nodes: [...view.shown].map(node => node.id), maxZoomLevel: 1.5, animation: animation()});

  const select = (view, what) => {
    view.selected = what;
    const is_node = what && 'label' in what;
    view.network.setSelection({nodes: is_node ? [what.id] : [], edges: what && !is_node ? [what.id] : []},
      {highlightEdges: false});
    view.element.dataset.selected = what ? (is_node ? 'node ' : 'edge ') + what.id : '';
    view.details.hidden = !what;
    if (what) view.details.replaceChildren(button('×', 'network-close', () => select(view, null)),
      ...describe(view, what, 100, node => button_to(view, node)));
    view.details.firstChild?.setAttribute('aria-label', 'Close the details');
    refresh(view);
  };

  const go_to = (view, node) => {
    if (!view.shown.has(node)) view.show_all();
    select(view, node);
    view.network.focus(node.id, {scale: Math.max(0.9, view.network.getScale()), offset: {x: -120, y: 0},
      animation: animation()});
  };

  // ---- in words

  const named = node => make('bdi', {}, visible(node.label));
  const button_to = (view, node) => button(named(node), 'network-link', () => go_to(view, node));

  const score_of = (view, edge) => make('span', {class: 'network-score',
    style: 'border-color:' + (edge.score < 0 ? view.graph.colors.negative : view.graph.colors.positive)}, number(edge.score));

  const edge_list = (view, title, edges, end, most, link) => {
    if (!edges.length) return [];
    const items = edges.slice(0, most).map(edge => make('li', {}, score_of(view, edge), ' ', link(edge[end]), ' ',
      make('small', {}, view.graph.sections[edge.section])));
    if (edges.length > most) items.push(make('li', {class: 'network-more'}, '… and ' + (edges.length - most) + ' weaker'));
    return [make('details', {open: ''}, make('summary', {}, title + ' ' + edges.length), make('ul', {}, ...items))];
  };

  const describe_node = (view, node, most, link) => {
    const {groups, components} = view.graph;
    const head = node.group === null ? '' : ' of ' + visible(groups[node.group].name);
    const about = [visible(node.entity) + head, node.edges_in.length + ' in', node.edges_out.length + ' out'];
    if (components.length > 1) about.push('component ' + (node.component + 1));
    return [make('h4', {class: 'network-name'}, named(node)), make('p', {}, about.join(' · ')),
      ...path_list(view, node, most, link),
      ...edge_list(view, 'from', node.edges_in, 'source', most, link),
      ...edge_list(view, 'to', node.edges_out, 'target', most, link)];
  };

  const describe_edge = (view, edge, link) => [
    make('h4', {class: 'network-name'}, link(edge.source), ' → ', link(edge.target)),
    make('p', {}, 'score ', score_of(view, edge)), make('p', {}, view.graph.sections[edge.section])];

  const describe = (view, what, most, link) =>
    'label' in what ? describe_node(view, what, most, link) : describe_edge(view, what, link);

  // What goes through a direction, by the products of these scores. Of dot and scaled scores they stand in the order of
  // top_paths, for the singular value is the same for all; of scores that lengths are taken out of they do not. The sign
  // depends on no direction's sign, when a path ends at things that have none.
  const paths_through = node => {
    const is_direction = other => other.entity.endsWith('direction');
    if (!is_direction(node)) return [];
    const readings = node.edges_in.filter(edge => !is_direction(edge.source)).slice(0, 30);
    const writings = node.edges_out.filter(edge => !is_direction(edge.target)).slice(0, 30);
    return readings.flatMap(reading => writings.map(writing => ({reading, writing, score: reading.score * writing.score})))
      .filter(path => !Number.isNaN(path.score)) // inf times 0
      .sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  };

  const path_list = (view, node, most, link) => {
    const paths = paths_through(node).slice(0, Math.min(most, 6));
    if (!paths.length) return [];
    const sign_of = path => make('span', {class: 'network-score', style: 'border-color:' +
      (path.score < 0 ? view.graph.colors.negative : view.graph.colors.positive)}, path.score < 0 ? '−' : '+');
    const items = paths.map(path => make('li', {}, sign_of(path), ' ', link(path.reading.source), ' → ',
      link(path.writing.target), ' ', make('small', {}, view.graph.sections[path.writing.section])));
    return [make('details', {open: ''}, make('summary', {}, 'strongest ways through, by the products of these scores, with their sign'),
      make('ul', {class: 'network-paths'}, ...items))];
  };

  // ---- the controls

  const search_box = view => {
    const input = make('input', {type: 'search', placeholder: 'Find a node', 'aria-label': 'Find a node by a part of its label'});
    const found = make('output', {class: 'network-found', 'aria-live': 'polite'});
    const form = make('form', {class: 'network-search', role: 'search'}, input, make('button', {}, 'Next'), found);
    let last = '', at = -1;
    form.addEventListener('submit', event => {
      event.preventDefault();
      const text = input.value.trim().toLowerCase();
      if (!text) return void (found.textContent = '');
      const hits = view.graph.nodes.filter(node => node.label.toLowerCase().includes(text));
      at = text === last ? (at + 1) % Math.max(1, hits.length) : 0;
      last = text;
      found.textContent = hits.length ? at + 1 + ' of ' + hits.length : 'No node has this in its label.';
      if (hits.length) go_to(view, hits[at]);
    });
    return form;
  };

  const component_list = view => {
    const {components, nodes} = view.graph;
    const list = make('select', {class: 'network-components', 'aria-label': 'Component'},
      make('option', {value: ''}, count(components.length, 'component') + ': all ' + count(nodes.length, 'node')),
      ...components.slice(0, 100).map((size, k) => make('option', {value: k}, 'component ' + (k + 1) + ': ' + count(size, 'node'))));
    list.addEventListener('change', () => {
      view.component = list.value === '' ? null : Number(list.value);
      select(view, null);
      fit(view);
    });
    view.on_reset(() => {
      view.component = null;
      list.value = '';
    });
    return list;
  };

  const strength_slider = view => {
    const most = view.graph.edges.length;
    const slider = make('input', {class: 'network-strongest', type: 'range', min: 1, max: most, value: most});
    slider.addEventListener('input', () => {
      view.strongest = Number(slider.value);
      refresh(view);
    });
    view.on_reset(() => { view.strongest = slider.value = most; });
    return make('label', {}, 'strongest edges ', slider);
  };

  // Pressed chips narrow the picture to what they name; with none pressed all is shown.
  const chips = (view, title, name, items, chosen) => {
    const box = make('div', {class: 'network-chips ' + name, role: 'group', 'aria-label': title}, make('span', {}, title));
    items.forEach((item, key) => {
      const chip = button('', 'network-chip', () => {
        if (!chosen.delete(key)) chosen.add(key);
        chip.setAttribute('aria-pressed', chosen.has(key));
        select(view, null);
      });
      chip.setAttribute('aria-pressed', false);
      if (item.color) chip.append(make('span', {class: 'network-mark', style: 'color:' + item.color}, marks.dot), ' ');
      chip.append(make('bdi', {}, short(item.name)), ' ', make('small', {}, String(item.size)));
      view.on_reset(() => {
        chosen.delete(key);
        chip.setAttribute('aria-pressed', false);
      });
      if (item.size) box.append(chip);
    });
    return box;
  };

  const filters = view => {
    const {graph} = view;
    const heads = graph.groups.map((group, k) => ({...group, size: graph.edges.filter(edge =>
      edge.source.group === k || edge.target.group === k).length}));
    const sections = graph.sections.map((name, k) => ({name, size: graph.edges.filter(edge => edge.section === k).length}));
    return [heads.length ? chips(view, 'Only heads', 'network-heads', heads, view.heads) : '',
      sections.length > 1 ? chips(view, 'Only sections', 'network-sections', sections, view.sections) : ''];
  };

  const legend = graph => make('p', {class: 'network-legend'},
    ...graph.entities.map(entity => make('span', {}, make('span', {class: 'network-mark'}, marks[entity.shape]), ' ',
      make('bdi', {}, entity.name))),
    make('span', {}, make('span', {class: 'network-line', style: 'border-top: 3px solid ' + graph.colors.positive}), ' score above 0'),
    make('span', {}, make('span', {class: 'network-line', style: 'border-top: 3px dashed ' + graph.colors.negative}), ' score below 0'),
    make('span', {}, 'width: |score|, the widest ' + number(graph.strongest)),
    make('span', {}, graph.groups.length ? 'colour: the head, grey: none' : ''));

  const gauge_note = () => make('p', {class: 'note'}, 'The sign of one score is a convention (a gauge): turning a singular ' +
    'direction round turns the signs of all its edges. Only the product along a path, reading × writing, has a sign that means something.');

  // ---- together

  const tooltip = (view, canvas) => {
    const box = view.tooltip;
    const show = (what, at) => {
      box.replaceChildren(...describe(view, what, 3, named));
      const right = at.x > canvas.clientWidth / 2, low = at.y > canvas.clientHeight / 2;
      box.style.inset = [low ? 'auto' : at.y + 14 + 'px', right ? canvas.clientWidth - at.x + 14 + 'px' : 'auto',
        low ? canvas.clientHeight - at.y + 14 + 'px' : 'auto', right ? 'auto' : at.x + 14 + 'px'].join(' ');
      box.hidden = false;
    };
    view.network.on('hoverNode', ({node, pointer}) => show(view.graph.nodes[node], pointer.DOM));
    view.network.on('hoverEdge', ({edge, pointer}) => show(view.graph.edges[edge], pointer.DOM));
    for (const end of ['blurNode', 'blurEdge', 'dragStart', 'zoom', 'click']) view.network.on(end, () => { box.hidden = true; });
    canvas.append(box);
  };

  const column_heads = (view, stage) => {
    const {network, columns} = view;
    const heads = columns.map(column => make('span', {title: column.title}));
    if (columns.length) stage.prepend(make('div', {class: 'network-columns', 'aria-hidden': 'true'}, ...heads));
    network.on('afterDrawing', () => {
      const x = columns.map(column => network.canvasToDOM({x: column.x, y: 0}).x);
      const narrow = x.some((at, k) => at - x[k - 1] < 70);
      heads.forEach((head, k) => {
        head.textContent = visible(narrow ? columns[k].short_title : columns[k].title);
        head.style.left = x[k] + 'px';
        head.style.width = Math.min(x[k] - (x[k - 1] ?? -1e9), (x[k + 1] ?? 1e9) - x[k]) + 'px';
      });
    });
  };

  const zoom = (view, factor) => view.network.moveTo({scale: view.network.getScale() * factor, animation: animation()});

  const move = (view, x, y) => {
    const {x: left, y: top} = view.network.getViewPosition(), scale = view.network.getScale();
    view.network.moveTo({position: {x: left + x / scale, y: top + y / scale}});
  };

  const follow_keys = (view, surface) => {
    const keys = {ArrowLeft: () => move(view, -60, 0), ArrowRight: () => move(view, 60, 0), ArrowUp: () => move(view, 0, -60),
      ArrowDown: () => move(view, 0, 60), '+': () => zoom(view, 1.4), '-': () => zoom(view, 1 / 1.4),
      '0': () => fit(view), Escape: () => select(view, null)};
    surface.setAttribute('aria-label', 'Drawing: arrow keys move it, + and - zoom, 0 fits it in; find nodes with the search box');
    surface.setAttribute('role', 'application');
    surface.addEventListener('keydown', event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  };

  const follow_pointer = (view, surface) => {
    view.network.on('click', ({nodes, edges}) => {
      surface.focus({preventScroll: true});
      select(view, nodes.length ? view.graph.nodes[nodes[0]] : edges.length ? view.graph.edges[edges[0]] : null);
    });
    // The wheel belongs to the page until the picture has been clicked.
    surface.addEventListener('wheel', event => {
      if (document.activeElement !== surface) event.stopPropagation();
    }, {capture: true});
    view.details.addEventListener('keydown', event => { if (event.key === 'Escape') select(view, null); });
  };

  const show_all = view => {
    view.show_all();
    select(view, null);
    fit(view);
  };

  const tools = view => make('div', {class: 'network-tools'}, search_box(view), component_list(view), strength_slider(view),
    button('Zoom in', 'network-zoom-in', () => zoom(view, 1.4)), button('Zoom out', 'network-zoom-out', () => zoom(view, 1 / 1.4)),
    button('Show all', 'network-all', () => show_all(view)));

  const view_of = (element, figure) => {
    const resets = [];
    return {element, graph: read(figure), selected: null, component: null, heads: new Set(), sections: new Set(),
      strongest: figure.edges.length, status: make('p', {class: 'network-status', role: 'status'}),
      tooltip: make('div', {class: 'network-tooltip', hidden: ''}),
      details: make('div', {class: 'network-details', hidden: '', role: 'region', 'aria-label': 'Details'}),
      on_reset: reset => resets.push(reset), show_all: () => resets.forEach(reset => reset())};
  };

  const draw = async (element, figure) => {
    await svdlens.load('vis-network');
    const stage = make('div', {class: 'network-stage'}), canvas = make('div', {class: 'network-canvas'});
    const view = view_of(element, figure);
    element.setAttribute('role', 'group');
    stage.append(canvas);
    element.append(tools(view), stage, view.status, legend(view.graph), ...filters(view), gauge_note());
    await start(view, canvas);
    element.network = view.network;
    const surface = canvas.querySelector('.vis-network');
    column_heads(view, stage);
    tooltip(view, canvas);
    stage.append(view.details);
    follow_pointer(view, surface);
    follow_keys(view, surface);
    refresh(view);
    fit(view);
    svdlens.on_theme.push(() => {
      view.network.setOptions({nodes: node_options()});
      refresh(view);
    });
  };

  svdlens.register('network', draw);
})();
)js";

} // namespace svdlens::inline v0_2::plot::detail

#endif
