/// @file
/// What of a model's edges is more than chance, and how far a control lets one trust it.
#ifndef SVDLENS_CIRCUIT_FOUND_EDGES_HPP
#define SVDLENS_CIRCUIT_FOUND_EDGES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/singular_directions.hpp"
#include "../model/transformer_weights.hpp"
#include "../projection/projection.hpp"
#include "../significance/discoveries.hpp"
#include "../significance/findings.hpp"
#include "../significance/log_p.hpp"
#include "../table/score_source.hpp"
#include "edge_tables.hpp"
#include "head_sides.hpp"

namespace svdlens::inline v0_2 {

/// How a model's edges are tested.
struct edge_test_options {
    double q = 0.05; ///< the false discovery rate of each table
    null_model null = null_model::share;
    index_list features = {};             ///< which inputs of the embedding; none: all
    std::vector<std::string> tokens = {}; ///< what they are called; more than the model has: numbers
    /// How many positions the query stands behind the key, for models with rotary positions; none: of these queries and
    /// keys are left out. What heads are given with their sides has been turned already.
    std::optional<std::int64_t> rotary_offset = {};
    std::uint64_t most_neuron_rows = usual_neuron_rows; ///< `edge_table_options::most_neuron_rows`
};

/// A table of edges that is to be tested as a whole.
template <std::floating_point T>
struct basic_edge_test {
    basic_edge_table<T> table;
    /// A control where the table's sets have no acausal rows.
    std::optional<basic_projection<T>> wrong_side = {};
};

/// A table that was tested as a whole, and what was found in it.
template <std::floating_point T>
struct basic_found_family {
    basic_edge_table<T> table; ///< of the scores that were tested: shares, or centered cosines
    findings found;
    std::unordered_map<row_number, double> q_of = {}; ///< of the rows found

    /// The table's title: `ov_to_mlp_in`.
    const std::string& name() const { return table.name(); }
    /// What of heads its rows are of: `ov`, `qk_query`; of others what the vectors are called.
    const std::string& near_end() const { return table.scores.directions().name; }
    /// Whether a row was tested: rows of dead parts are not.
    bool has(row_number row) const { return table.scores.tiles().offset(row).has_value(); }
    /// log10 of the p-value of a row that was tested. About 1 µs.
    double log10_p(const score_parts& parts) const;
};

/// All tables that were tested.
template <std::floating_point T>
struct basic_found_edges {
    double q = 0;
    null_model null = null_model::share;
    std::vector<basic_found_family<T>> families = {};
    std::vector<std::string> left_out = {}; ///< tables that could not be tested, and why: a line each

    /// How many edges were found, of how many that were tested.
    std::uint64_t count() const;
    /// Rows tested in all tables.
    std::uint64_t tested() const;
    /// The family that a table's rows are of, by its name; null where none was tested.
    const basic_found_family<T>* of(std::string_view name) const;
};

using found_family = basic_found_family<float>;
using found_edges = basic_found_edges<float>;

/// The tables of a model's edges, one for each kind of target, of all layers: without dead parts, which are no part of
/// a model. What heads write to neurons and outputs, what their values, queries and keys read of inputs, what values read of
/// earlier heads, what neurons write to outputs, and those of the user's vectors. Tables without a row are not among them.
/// @throws as `project` and `without_dead_parts`
template <std::floating_point T>
std::vector<basic_edge_test<T>>
edges_to_test(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
              const edge_test_options& options = {}, const execution& run = {});

/// Why a table is not tested, or nothing: vectors that are fewer than shares take, and more scores of neurons with outputs
/// than were asked for. What it makes is kept for the test. Cost: that of the first `with_score`.
/// @throws cancelled_error
template <std::floating_point T>
std::string untestable(const basic_edge_test<T>& of, const edge_test_options& options = {},
                       const execution& run = {});

/// Tests a table. O(rows d_model), in two passes or three. A wrong side of fewer directions than shares take is no
/// control.
/// @throws as `discoveries`; argument_error (invalid_argument) for a table that is `untestable`
template <std::floating_point T>
basic_found_family<T> test_edges(basic_edge_test<T> of, const edge_test_options& options = {},
                                 const execution& run = {});

/// Tests every table of a model's edges, each as a family of its own: `edges_to_test`, then `test_edges` of each. A table
/// that is `untestable` is left out with the reason, and so are queries and keys that meet in no matrix. The first
/// decomposes the QK circuits; the second takes what was decomposed.
/// @param ov the heads' directions, `singular_directions(ov_circuits(weights))`
/// @throws as `edges_to_test`; argument_error (invalid_argument) for q outside (0, 1), and where the memory budget does
/// not hold what is found; cancelled_error
template <std::floating_point T>
basic_found_edges<T> find_edges(const basic_transformer_weights<T>& weights,
                                const basic_singular_directions<T>& ov, const edge_test_options& options = {},
                                const execution& run = {});

/// The same of heads whose sides were decomposed before.
template <std::floating_point T>
basic_found_edges<T> find_edges(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                                const edge_test_options& options = {}, const execution& run = {});

/// A row that was found. It refers to its family.
template <std::floating_point T>
struct basic_found_row {
    const basic_found_family<T>* of;
    std::size_t k; ///< in the order of what was found there
    double log10_p_over_weight;

    /// Of a column of `findings::rows`: `log10_p`, `q`, `cosine`, `scaled`, ...
    double value(std::string_view column) const { return of->found.rows.values(column)[k]; }
    /// Its row number in the table that it was found in.
    row_number row() const { return of->found.rows.rows()[k]; }
    /// Its label in a column: `source`, `target`, `head`.
    std::string label(const char* column) const { return of->found.rows.axes().label(row(), column); }
};

using found_row = basic_found_row<float>;

/// The rows found in all tables, the most significant first: by p over weight. At most `most`.
/// O(families most log)
template <std::floating_point T>
std::vector<basic_found_row<T>> most_significant(const basic_found_edges<T>& found, std::size_t most);

/// How many edges of a head were found.
struct head_findings {
    std::uint64_t out = 0;      ///< that it writes
    std::uint64_t in = 0;       ///< that it reads
    std::uint64_t query = 0;    ///< of `in`: that its queries read
    std::uint64_t key = 0;      ///< of `in`: that its keys read
    std::uint64_t feeds = 0;    ///< of `out`: that later heads read
    std::uint64_t fed_by = 0;   ///< of `in`: that earlier heads write
    std::uint64_t doubtful = 0; ///< of `in` and `out`: in tables whose control warns
};

/// What was found of each head, by its label; heads without a finding have none. An edge between two heads counts for
/// both. O(findings)
template <std::floating_point T>
std::unordered_map<std::string, head_findings> findings_of_heads(const basic_found_edges<T>& found);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/found_edges.hpp"
#endif

#endif
