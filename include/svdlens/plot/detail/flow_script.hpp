/// @file
/// The script and the style of graphs from left to right.
#ifndef SVDLENS_PLOT_DETAIL_FLOW_SCRIPT_HPP
#define SVDLENS_PLOT_DETAIL_FLOW_SCRIPT_HPP

#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Draws elements of class `flow`, whose property `flow` then is what is shown: the open heads, the chosen node, how many
/// edges, what is pinned, between which ends paths are traced, limits. What is shown stands in the address,
/// `#graph?edges=40&open=L0H1&chosen=L0H1&pin=L1H0&from=key&to=left&q=0.01&least=0.5&communities=1`; of several of one name
/// `&which=1` is the second, and in other places `name~1`. Labels become text, never markup.
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
  const {make, button, count} = svdlens;
  const number = x => String(Number(Number(x).toPrecision(3)));
  const rate = q => q === null ? '' : q === 0 ? ', q < 1e-307' : `, q ${number(q)}`;
  const short = text => text.length > 26 ? text.slice(0, 25) + '…' : text;

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

  // What is shown: the first edges by q, of them those within the limits, and all of what is pinned or on a traced path.
  const is_shown = (view, edge, k) => {
    const at_pin = [edge.source, edge.target].some(id => view.pins.has(key_of(view, id)) || view.pins.has(group_key(view, id)));
    if (at_pin || view.trace?.edges.has(k)) return true;
    const in_unit = view.data.score_titles[edge.section] === view.data.score_title;
    return k < view.shown && (edge.q === null || edge.q <= view.most_q) && (!in_unit || Math.abs(edge.score) >= view.least);
  };
  const group_key = (view, id) => view.data.nodes[id].group === null ? null : key_of_group(view.data.nodes[id].group);

  const gather = view => {
    const nodes = new Map(), edges = new Map();
    const node_at = id => {
      const key = key_of(view, id), {group, column, entity} = view.data.nodes[id];
      if (!nodes.has(key)) nodes.set(key, {key, name: name_of(view, key), entity, column, edges: [],
        tag: '', of_group: group === null ? null : key_of_group(group), group: group === null ? null : view.data.groups[group], number: group});
      return nodes.get(key);
    };
    view.data.edges.forEach((edge, k) => {
      if (!is_shown(view, edge, k)) return;
      const source = node_at(edge.source), target = node_at(edge.target), role = view.data.roles[edge.section];
      const key = [source.key, target.key, role].join('\n');
      if (!edges.has(key)) {
        edges.set(key, {source, target, role, parts: [], numbers: []});
        source.edges.push(edges.get(key));
        if (target !== source) target.edges.push(edges.get(key));
      }
      edges.get(key).parts.push(edge);
      edges.get(key).numbers.push(k);
    });
    const share = edge => Math.abs(edge.score) / (view.largest[view.data.score_titles[edge.section]] || 1);
    for (const edge of edges.values()) {
      edge.strongest = edge.parts.reduce((a, b) => share(b) > share(a) ? b : a);
      edge.share = share(edge.strongest);
    }
    for (const node of nodes.values()) node.tag = tag_of(view, node);
    return {nodes: [...nodes.values()], edges: [...edges.values()]};
  };

  // ---- where: columns from left to right, nodes at the mean of their neighbours

  const by_name = (a, b) => a.name.localeCompare(b.name, undefined, {numeric: true}) || a.key.localeCompare(b.key, undefined, {numeric: true});
  const row_gap = 34, top = 44, node_height = 22;

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
    // Every second column stands half a row lower: a line from one column over the next leads between its nodes, not
    // through one, which would look like a chain.
    const rows = Math.max(1, ...columns.map(column => column.nodes.length));
    let x = 16;
    columns.forEach((column, k) => {
      column.x = x;
      column.nodes.forEach(node => {
        node.x = x + (column.width - node_width(node)) / 2;
        node.y = top + row_gap * (node.row + Math.floor((rows - column.nodes.length) / 2) + (k % 2) / 2);
      });
      x += column.width + 84;
    });
    return {columns, width: Math.max(200, x - 84 + 16), height: top + row_gap * (rows + 0.5) + 10};
  };
  const tag_of = (view, node) => (view.pins.has(node.key) ? '\u2022' : '') +
    (view.communities && node.group?.community != null ? ` c${node.group.community}` : '');
  const node_width = node => Math.max(46, 7.4 * (short(node.name) + node.tag).length + (node.group ? 28 : 16));

  // ---- how it looks

  const color_of = (view, score) => view.data.colors[score < 0 ? 'negative' : 'positive'];

  const draw_edge = (view, layer, edge) => {
    const {source, target} = edge, back = target.x <= source.x;
    const x1 = back ? source.x + node_width(source) / 2 : source.x + node_width(source), x2 = back ? target.x + node_width(target) / 2 : target.x - 5;
    const shift = {Q: -6, V: 6}[edge.role] || 0; // lines of one pair side by side
    const y1 = source.y + (back ? 0 : node_height / 2 + shift / 2), y2 = target.y + (back ? -4 : node_height / 2 + shift);
    const bend = back ? 0 : Math.max(30, (x2 - x1) / 2);
    const d = back ? `M${x1},${y1} C${x1},${y1 - 40} ${x2},${y2 - 40} ${x2},${y2}` :
      `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
    const negative = edge.strongest.score < 0;
    const path = add_to(layer, 'path', {d, fill: 'none', stroke: color_of(view, edge.strongest.score), class: 'flow-edge',
      'stroke-width': 1 + 3.5 * edge.share, 'marker-end': `url(#${view.id}-${negative ? 'negative' : 'positive'})`,
      ...(negative ? {'stroke-dasharray': '7 4'} : {})});
    add_to(path, 'title', {}, words_of(view, edge));
    edge.element = path;
    const letters = new Set(target.edges.flatMap(other => other.target === target && other.role ? [other.role] : [])).size;
    edge.letter_at = {x: x2 - (back ? 0 : letters > 1 && {Q: 36, K: 24}[edge.role] || 12), y: y2 - 3};
  };

  // By what an edge is read, above all lines.
  const draw_letter = (view, layer, edge) => {
    if (!edge.role) return;
    edge.letter = add_to(layer, 'text', {...edge.letter_at, 'text-anchor': 'middle', 'font-size': 12, 'font-weight': 700, class: 'flow-role',
      fill: svdlens.color('text'), stroke: svdlens.color('plate'), 'stroke-width': 4, 'paint-order': 'stroke'}, edge.role);
  };

  const draw_node = (view, layer, node) => {
    const color = node.group ? node.group.color : svdlens.color('muted'), width = node_width(node);
    const group = add_to(layer, 'g', {class: 'flow-node', tabindex: 0, role: 'button', 'data-name': node.name,
      'aria-label': `${node.name}, ${node.entity}, ${count(node.edges.length, 'edge')}` +
        (view.communities && node.group?.community != null ? `, community ${node.group.community}` : '') +
        (view.pins.has(node.key) ? ', pinned' : ''),
      transform: `translate(${node.x} ${node.y})`});
    const stroke = view.communities && node.group ? community_color(node.group) : color;
    add_to(group, 'rect', {width, height: node_height, rx: node.group ? 11 : 3, fill: svdlens.color('plate'), stroke,
      'stroke-width': view.pins.has(node.key) ? 3 : 1.5});
    if (node.group) add_to(group, 'circle', {cx: 10, cy: node_height / 2, r: 4, fill: stroke});
    add_to(group, 'text', {x: node.group ? 18 : 8, y: 15.5, 'font-size': 12.5, fill: svdlens.color('text')}, short(node.name) + node.tag);
    add_to(group, 'title', {}, node.name + (node.group ? ': click for its directions' : ''));
    group.addEventListener('click', () => press(view, node));
    group.addEventListener('keydown', event => {
      const act = {Enter: () => press(view, node), ' ': () => press(view, node), p: () => pin(view, node.key),
        f: () => trace_end(view, 'from', node.key), t: () => trace_end(view, 'to', node.key)}[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
    node.element = group;
  };

  const community_color = group => group.community == null ? svdlens.color('muted') : group.community_color;

  const arrow = (view, defs, sign) => add_to(add_to(defs, 'marker', {id: `${view.id}-${sign}`, viewBox: '0 0 8 8', refX: 6, refY: 4,
    markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto'}), 'path', {d: 'M0,0 L8,4 L0,8 z', fill: view.data.colors[sign]});

  const render = view => {
    view.trace = trace(view);
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
    graph.edges.forEach(edge => draw_letter(view, boxes, edge));
    graph.nodes.forEach(node => draw_node(view, boxes, node));
    view.stage.replaceChildren(svg);
    [view.stage.scrollLeft, view.stage.scrollTop] = scroll;
    const shown = graph.edges.reduce((sum, edge) => sum + edge.parts.length, 0);
    view.status.textContent = `Shown: ${shown} of ${count(view.data.edges.length, 'edge')}, as ` +
      `${count(graph.edges.length, 'line')} among ${count(graph.nodes.length, 'node')}.`;
    view.element.dataset.shownEdges = shown;
    view.element.dataset.shownNodes = graph.nodes.length;
    mark(view);
  };

  // Only what touches the chosen node is bright; with two ends chosen, only the paths between them.
  const mark = view => {
    const chosen = new Set(view.graph.nodes.filter(node => view.chosen && [node.key, node.of_group].includes(view.chosen)));
    const traced = view.trace && view.graph.edges.filter(edge => edge.numbers.some(k => view.trace.edges.has(k)));
    const touching = new Set(traced || [...chosen].flatMap(node => node.edges));
    const ends = view.graph.nodes.filter(node => [view.from, view.to].some(key => key && [node.key, node.of_group].includes(key)));
    const near = new Set([...traced ? ends : chosen, ...[...touching].flatMap(edge => [edge.source, edge.target])]);
    const is_marked = chosen.size > 0 || Boolean(traced);
    for (const node of view.graph.nodes) {
      const pinned = view.pins.has(node.key) || view.pins.has(node.of_group);
      node.element.classList.toggle('flow-faint', is_marked && !near.has(node) && !pinned);
      node.element.classList.toggle('chosen', chosen.has(node));
      node.element.setAttribute('aria-pressed', chosen.has(node));
    }
    for (const edge of view.graph.edges)
      for (const element of [edge.element, edge.letter])
        element?.classList.toggle('flow-faint', is_marked && !touching.has(edge));
    view.element.dataset.chosen = chosen.size ? name_of(view, view.chosen) : '';
    view.element.dataset.paths = view.trace ? view.trace.paths.length : '';
    view.details.replaceChildren(...view.from || view.to ? describe_trace(view) : [],
      ...chosen.size ? describe(view, chosen, [...new Set([...chosen].flatMap(node => node.edges))]) :
      [make('p', {class: 'note'}, 'Click a node: what it reads and writes stands here; a head opens into its directions. ' +
        'Keys at a node: p pins it, f and t make it the ends between which paths are traced.')]);
  };

  // ---- paths between two nodes, over all edges that the page holds: exact products of what is read and written

  const trace = view => !view.from || !view.to ? null : svdlens.trace_paths(view.data,
    ...[view.from, view.to].map(key => id => key === key_of_node(id) || key === group_key(view, id)));

  const describe_trace = view => {
    const named = key => key ? name_of(view, key) : '(choose one)';
    const heading = make('p', {}, make('strong', {}, `Paths from ${named(view.from)} to ${named(view.to)}`), ' ',
      button('No more tracing', 'flow-untrace', () => {
        view.from = view.to = null;
        change(view);
      }));
    if (!view.trace) return [heading];
    const {paths, all, cut} = view.trace;
    if (!all) return [heading, make('p', {class: 'note'}, 'No path of found edges leads there.')];
    const list = make('ol', {class: 'flow-paths'}, ...paths.slice(0, 60).map(path => make('li', {}, svdlens.path_names(view.data, path).join(' → ') +
      `: ${number(path.score)}` + rate(path.q))));
    return [heading, list, make('p', {class: 'note'}, `${count(all, 'path')} of found edges` + (all > 60 ? ', the strongest 60' : '') +
      (cut ? '; there are more than were looked at' : '') + '. The product of all hops and of the singular values between them: ' +
      'its sign is a fact where both ends have one, and a convention where an end is a direction.')];
  };

  // ---- in words

  const role_words = {Q: ' (query)', K: ' (key)', V: ' (value)'};
  const part_words = (view, part) => `${view.data.nodes[part.source].label} → ${view.data.nodes[part.target].label}` +
    `${role_words[view.data.roles[part.section]] || ''}: ${view.data.score_titles[part.section]} ${number(part.score)}` + rate(part.q);
  const words_of = (view, edge) => edge.parts.slice(0, 8).map(part => part_words(view, part)).join('\n');

  const describe = (view, nodes, edges) => {
    const [node] = nodes, order = new Map(view.data.edges.map((edge, k) => [edge, k]));
    const is_of = id => [key_of(view, id), group_key(view, id)].includes(view.chosen);
    const list = (title, end) => {
      const parts = edges.filter(edge => !nodes.has(edge[end]) || edge.source === edge.target)
        .flatMap(edge => edge.parts.map(part => ({part, other: edge[end]})))
        .sort((a, b) => order.get(a.part) - order.get(b.part)); // units differ: the most significant first
      const all = view.data.edges.filter(edge => is_of(edge[end === 'source' ? 'target' : 'source']) && !is_of(edge[end])).length;
      if (!parts.length && !all) return [];
      return [make('strong', {}, `${title} ${parts.length}` + (all > parts.length ? ` of ${all}; Pin shows all` : '')),
        make('ul', {}, ...parts.slice(0, 60).map(({part, other}) =>
          make('li', {}, button(part_words(view, part), 'flow-link', () => choose(view, other.key)))))];
    };
    const head = node.group && document.getElementById(node.group.name);
    return [make('p', {}, make('strong', {}, name_of(view, view.chosen)), ` · ${node.entity} `,
      ...head ? [make('a', {href: '#' + node.group.name}, `everything on ${node.group.name}`), ' '] : [],
      button(view.pins.has(view.chosen) ? 'Unpin' : 'Pin', 'flow-pin', () => pin(view, view.chosen)), ' ',
      button('Trace from here', 'flow-from', () => trace_end(view, 'from', view.chosen)), ' ',
      button('Trace to here', 'flow-to', () => trace_end(view, 'to', view.chosen))),
      ...list('from', 'source'), ...list('to', 'target')];
  };

  // ---- what a reader does

  // A node by its name, and of several of one name by which of them.
  const address_of = (view, key) => {
    const name = name_of(view, key), which = keys_named(view, name).indexOf(key);
    return which ? `${name}~${which}` : name;
  };
  const key_at = (view, text) => {
    if (!text) return null;
    const [, name, which] = /^(.*?)(?:~(\d+))?$/s.exec(text);
    return keys_named(view, text)[0] ?? keys_named(view, name)[Number(which) || 0] ?? null;
  };

  const remember = view => {
    const state = new URLSearchParams({edges: view.shown});
    if (view.open.size) state.set('open', [...view.open].map(group => view.data.groups[group].name).join(','));
    if (view.chosen) {
      const name = name_of(view, view.chosen), which = keys_named(view, name).indexOf(view.chosen);
      state.set('chosen', name);
      if (which) state.set('which', which);
    }
    for (const key of view.pins) state.append('pin', address_of(view, key));
    for (const end of ['from', 'to']) if (view[end]) state.set(end, address_of(view, view[end]));
    if (view.most_q < Infinity) state.set('q', view.most_q);
    if (view.least > 0) state.set('least', view.least);
    if (view.communities) state.set('communities', 1);
    history.replaceState(null, '', '#graph?' + state);
  };

  // The first edge of the chosen node is shown, and its head is open, whatever else the address says.
  const recall = view => {
    const [place, text] = location.hash.split('?');
    if (place !== '#graph' || !text) return;
    const state = new URLSearchParams(text), {edges, groups} = view.data;
    view.shown = Math.min(edges.length, Math.max(1, Number(state.get('edges')) || view.shown));
    const open = (state.get('open') || '').split(',');
    view.open = new Set(groups.flatMap((group, k) => open.includes(group.name) ? [k] : []));
    view.chosen = keys_named(view, state.get('chosen'))[Number(state.get('which')) || 0] ?? null;
    view.pins = new Set(state.getAll('pin').map(name => key_at(view, name)).filter(Boolean));
    view.from = key_at(view, state.get('from'));
    view.to = key_at(view, state.get('to'));
    view.most_q = Number(state.get('q')) || Infinity;
    view.least = Number(state.get('least')) || 0;
    view.communities = state.has('communities');
    reach(view);
  };

  // A chosen node is shown: its first edge is, and its head is open.
  const reach = view => {
    const {nodes, edges} = view.data, id = nodes.findIndex((node, k) => key_of_node(k) === view.chosen);
    if (id < 0) return;
    view.shown = Math.max(view.shown, edges.findIndex(edge => edge.source === id || edge.target === id) + 1);
    if (nodes[id].group !== null) view.open.add(nodes[id].group);
  };

  const show_state = view => {
    view.slider.value = view.shown;
    view.q_limit.value = view.most_q < Infinity ? view.most_q : '';
    view.score_limit.value = view.least || '';
    view.by_community.setAttribute('aria-pressed', view.communities);
  };
  const change = view => {
    show_state(view);
    render(view);
    remember(view);
  };

  // A node that is pinned stays, with all of its edges, whatever else is shown.
  const pin = (view, key) => {
    if (!view.pins.delete(key)) view.pins.add(key);
    keep_focus(view, key);
  };
  const trace_end = (view, end, key) => {
    view[end] = view[end] === key ? null : key;
    keep_focus(view, key);
  };
  const keep_focus = (view, key) => {
    change(view);
    view.graph.nodes.find(node => node.key === key || node.of_group === key)?.element.focus({preventScroll: true});
  };

  // What is chosen here is selected on the whole page.
  const tell = view => svdlens.select(view.chosen ? {name: name_of(view, view.chosen)} : null, view);
  const take_selection = (view, wanted) => {
    const names = !wanted ? [] : wanted.name !== undefined ? [wanted.name] : [wanted.source, wanted.target];
    const [key] = names.flatMap(name => keys_named(view, name));
    if (!key) return;
    view.chosen = key;
    reach(view);
    change(view);
  };

  const choose = (view, key) => {
    view.chosen = key;
    change(view);
    tell(view);
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
    tell(view);
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

  const save = (view, kind) => svdlens.save_graph(view.stage.querySelector('svg'), `${document.title}: ${view.data.title}`, kind);

  const tools = view => {
    view.slider = make('input', {type: 'range', min: 1, max: view.data.edges.length, value: view.shown, 'aria-label': 'How many edges'});
    view.slider.addEventListener('input', () => {
      view.shown = Number(view.slider.value);
      change(view);
    });
    const limit = (name, words, set) => {
      const input = make('input', {type: 'number', min: 0, step: 'any', class: name, 'aria-label': words, placeholder: 'any'});
      input.addEventListener('change', () => {
        set(Number(input.value));
        change(view);
      });
      return input;
    };
    view.q_limit = limit('flow-q', 'q at most', q => { view.most_q = q || Infinity; });
    view.score_limit = limit('flow-least', `|${view.data.score_title}| at least`, least => { view.least = least || 0; });
    view.by_community = button('Communities', 'flow-communities', () => {
      view.communities = !view.communities;
      change(view);
    });
    view.by_community.hidden = !view.data.groups.some(group => group.community != null);
    const all = open => () => {
      view.open = new Set(open ? view.data.groups.keys() : []);
      view.chosen = null;
      change(view);
    };
    return make('div', {class: 'flow-tools'}, search(view), make('label', {}, view.is_rated ? 'edges, the most significant first ' : 'edges, the strongest first ', view.slider),
      ...view.is_rated ? [make('label', {}, 'q ≤', view.q_limit)] : [], make('label', {}, `|${view.data.score_title}| ≥`, view.score_limit), view.by_community,
      button('Directions', 'flow-open', all(true)), button('Heads', 'flow-close', all(false)),
      button('SVG', 'flow-svg', () => save(view, 'svg')), button('PNG', 'flow-png', () => save(view, 'png')));
  };

  const legend = view => make('p', {class: 'flow-legend'}, make('span', {style: 'border-top: 3px solid ' + view.data.colors.positive}, '\u2003\u2003'),
    ' score above 0, ', make('span', {style: 'border-top: 3px dashed ' + view.data.colors.negative}, '\u2003\u2003'),
    ` below 0 (of the strongest edge of a line); width: |${view.data.score_title}|. The sign of one score is a convention of its direction: ` +
    'only the product of what a direction reads and what it writes has a sign that means something.');

  let made = 0;
  const draw = async (element, data) => {
    const largest = {};
    for (const edge of data.edges) {
      const unit = data.score_titles[edge.section];
      largest[unit] = Math.max(largest[unit] || 0, Math.abs(edge.score));
    }
    const view = {element, data, largest, id: 'flow' + made++, shown: Math.min(data.shown, data.edges.length), open: new Set(), chosen: null,
      pins: new Set(), from: null, to: null, trace: null, most_q: Infinity, least: 0, communities: false,
      is_rated: data.edges.some(edge => edge.q !== null), stage: make('div', {class: 'flow-stage', tabindex: 0, role: 'region', 'aria-label': 'Drawing: ' + data.title}),
      status: make('p', {class: 'flow-status', role: 'status'}), details: make('div', {class: 'flow-details'})};
    element.removeAttribute('role');
    recall(view);
    element.append(tools(view), view.stage, view.status, view.details, legend(view));
    show_state(view);
    render(view);
    element.flow = view;
    window.addEventListener('hashchange', () => {
      recall(view);
      show_state(view);
      render(view);
    });
    svdlens.on_theme.push(() => render(view));
    svdlens.on_select.push((wanted, by) => { if (by !== view) take_selection(view, wanted); });
    if (svdlens.selection.wanted) take_selection(view, svdlens.selection.wanted);
  };

  svdlens.link_tables();
  svdlens.register('flow', draw);
})();
)js";

} // namespace svdlens::inline v0_2::plot::detail

#endif
