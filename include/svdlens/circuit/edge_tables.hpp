/// @file
/// Tables of what the directions of a model's heads, and vectors of the user's, write to and read from.
#ifndef SVDLENS_CIRCUIT_EDGE_TABLES_HPP
#define SVDLENS_CIRCUIT_EDGE_TABLES_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/vector_set.hpp"
#include "../model/transformer_weights.hpp"
#include "../projection/projection.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// A table of scores whose rows are edges, and which of its columns names the end that is not the directions'.
template <std::floating_point T>
struct basic_edge_table {
    basic_projection<T> scores;
    std::string far_end; ///< `target` of what is written to, `source` of what is read

    /// The table's title: `ov_to_mlp_in`.
    const std::string& name() const { return scores.axes().title(); }
    /// Whether one end of every row is a head's direction.
    bool is_of_heads() const { return scores.axes().find_axis("head").has_value(); }
};

/// What tables of edges hold.
struct edge_table_options {
    score_kind score = score_kind::scaled;
    index_list features = {};             ///< which inputs of the embedding; none: all
    std::vector<std::string> tokens = {}; ///< what they are called; more than the model has: numbers
};

/// The tables of the vectors that the user has put into the stream: what heads, neurons and inputs write to those that
/// read, then what those that write add to heads, neurons, outputs and each other. Where what would read stands before
/// all that is written a table has no rows.
/// @param reading what heads read, and `writing` what they write
/// @throws as `project`
template <std::floating_point T>
std::vector<basic_edge_table<T>>
tables_of_vectors(const basic_transformer_weights<T>& weights, const basic_vector_set<T>& reading,
                  const basic_vector_set<T>& writing, const edge_table_options& options = {},
                  const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/edge_tables.hpp"
#endif

#endif
