/// @file
/// The circuit graph: what is in selections of scores, as a directed, signed, weighted multigraph.
#ifndef SVDLENS_GRAPH_CIRCUIT_GRAPH_HPP
#define SVDLENS_GRAPH_CIRCUIT_GRAPH_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../table/score_source.hpp"
#include "detail/edge_end.hpp"

namespace svdlens::inline v0_2 {

/// What an edge starts from or ends at: a direction, a neuron, a token.
///
/// Its identity is the entity and the index; labels may repeat.
struct graph_node {
    std::string label;
    std::string entity;                 ///< what it is: `direction`, `neuron`, `token`
    std::vector<std::uint64_t> index;   ///< of the axes in the label's pattern, in the order of the pattern
    std::optional<std::uint64_t> layer; ///< the index of the pattern's layer axis, where it has one
};

/// One row of a section. `source` and `target` are positions in `nodes()`, `section` in `sections()`.
///
/// The sign of one score is a gauge: turning both vectors of a singular direction round turns the signs of
/// all its edges. Only the product of a reading and a writing score has a sign that means something.
template <class T>
struct graph_edge {
    std::size_t source = 0;
    std::size_t target = 0;
    row_number row = 0; ///< in the section's table
    T score = 0;
    std::uint32_t section = 0;
};

/// A table whose rows became edges.
struct graph_section {
    std::string title;
    std::string provenance;
};

/// A directed, signed, weighted multigraph of sections. A value.
///
/// Nodes stand in the order of their first appearance, edges in the order of sections and, in
/// them, of blocks (of rows, for selections and tables in memory). Memory O(nodes + edges).
/// @code{.cpp}
/// auto graph = sl::circuit_graph(edges, to_unembed); // each a section
/// graph.sections().size();                           // = 2
/// auto best = sl::hubs(graph, 5);                      // positions of nodes
/// @endcode
template <std::floating_point T>
class basic_circuit_graph {
  public:
    using value_type = T;

    /// Adds every row of a table as an edge from the node of its column `source` to that of `target`. A node
    /// that is there already is shared, an edge never: parallel edges and loops stay. NaN scores are counted
    /// and left out. O(rows). After an exception the graph holds a part of the section.
    /// @throws lookup_error (unknown_column) when the table has no label column `source` or `target`, or one
    ///         that names no axis; cancelled_error when `run.stop` becomes true
    template <score_source S>
        requires(std::same_as<typename S::value_type, T>)
    void add(const S& table, const execution& run = {}) {
        add_section(score_source_ref<T>(table), run);
    }

    // A temporary hands them over, so that a loop over its nodes walks live memory.
    /// Nodes, in the order of their first appearance.
    const std::vector<graph_node>& nodes() const& { return nodes_; }
    std::vector<graph_node> nodes() && { return std::move(nodes_); }
    /// Edges, section by section, each in the order of its rows.
    const std::vector<graph_edge<T>>& edges() const& { return edges_; }
    std::vector<graph_edge<T>> edges() && { return std::move(edges_); }
    /// One for each table.
    const std::vector<graph_section>& sections() const& { return sections_; }
    std::vector<graph_section> sections() && { return std::move(sections_); }

    /// How many edges were left out to make this graph a smaller one's (see `strongest_edges`).
    std::uint64_t hidden_edges() const { return hidden_; }

    /// How many rows had a NaN score.
    std::uint64_t nan_rows() const { return nan_rows_; }

    /// The different provenance lines of the sections, in order.
    std::vector<std::string> provenance() const;

    /// The number of edges that end, start, or do either at a node. A loop counts twice in `degree`.
    std::size_t in_degree(std::size_t node) const { return degrees_[node].in; }
    /// Edges that begin there.
    std::size_t out_degree(std::size_t node) const { return degrees_[node].out; }
    /// Edges that begin or end there; a loop counts twice.
    std::size_t degree(std::size_t node) const { return degrees_[node].in + degrees_[node].out; }

    /// The sum of |score| over the edges at a node, a loop twice.
    double weighted_degree(std::size_t node) const { return degrees_[node].weight; }

    /// The node of an identity, or nothing. O(1).
    std::optional<std::size_t> find_node(std::string_view entity, std::span<const std::uint64_t> index) const;

    /// The graph of some edges, given by ascending positions in `edges()`, and of the nodes that they touch:
    /// what would have come from these rows alone. The other edges count as hidden. O(nodes + edges).
    basic_circuit_graph subgraph(std::span<const std::size_t> edges) const;

  private:
    struct degrees {
        std::size_t in = 0;
        std::size_t out = 0;
        double weight = 0;
    };

    void add_section(const score_source_ref<T>& table, const execution& run) {
        struct slot {
            block_buffer<T> buffer;
            score_block<T> block;
        };
        const detail::edge_end source(table.axes(), "source");
        const detail::edge_end target(table.axes(), "target");
        sections_.push_back({table.axes().title(), table.axes().provenance()});
        for_blocks_in_order<slot>(
            table.blocks(), table.max_rows(), run,
            [&](std::size_t i, slot& s) { s.block = table.block(i, s.buffer); },
            [&](std::size_t, slot& s) { add(s.block, source, target); });
    }

    void add(const score_block<T>& block, const detail::edge_end& source, const detail::edge_end& target);

    /// The node at one end of a row's edge; made, with its label, when it is new.
    std::size_t node_at(const detail::edge_end& end, row_number row, std::vector<std::uint64_t>& index);

    std::size_t insert(graph_node node);

    void insert(const graph_edge<T>& edge);

    std::vector<graph_node> nodes_;
    std::vector<graph_edge<T>> edges_;
    std::vector<graph_section> sections_;
    std::vector<degrees> degrees_;                                  // one per node
    std::unordered_multimap<std::size_t, std::size_t> by_identity_; // hash to node
    std::uint64_t hidden_ = 0;
    std::uint64_t nan_rows_ = 0;
};

/// The everyday circuit graph, as it is written in signatures: `void f(const float_graph& graph)`.
using float_graph = basic_circuit_graph<float>;

/// The graph of one or several tables: `circuit_graph(edges)`, `circuit_graph(to_mlp, to_unembed)`. Each
/// becomes a section; a node is shared between them. See `basic_circuit_graph::add`.
/// @throws lookup_error (unknown_column) when a table does not name both ends of its edges
template <score_source S, score_source... More>
    requires(std::same_as<typename S::value_type, typename More::value_type> && ...)
basic_circuit_graph<typename S::value_type> circuit_graph(const S& first, const More&... more) {
    basic_circuit_graph<typename S::value_type> graph;
    graph.add(first);
    (graph.add(more), ...);
    return graph;
}

/// The graph of all tables in a vector or span of selections or other score sources.
/// @throws lookup_error (unknown_column) when a table does not name both ends of its edges;
/// cancelled_error when
///         `run.stop` becomes true
template <class Range>
    requires(std::ranges::input_range<const Range> && score_source<std::ranges::range_value_t<const Range>>)
auto circuit_graph(const Range& sections, const execution& run = {}) {
    basic_circuit_graph<typename std::ranges::range_value_t<const Range>::value_type> graph;
    for (const auto& section : sections) graph.add(section, run);
    return graph;
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/circuit_graph.hpp"
#endif

#endif
