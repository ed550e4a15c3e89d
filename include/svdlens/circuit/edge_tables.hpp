/// @file
/// Tables of what the directions of a model's heads, and vectors of the user's, write to and read from.
#ifndef SVDLENS_CIRCUIT_EDGE_TABLES_HPP
#define SVDLENS_CIRCUIT_EDGE_TABLES_HPP

#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../model/transformer_weights.hpp"
#include "../projection/projection.hpp"
#include "../tensor/axes.hpp"
#include "head_sides.hpp"

namespace svdlens::inline v0_2 {

/// A table of scores whose rows are edges, and which of its columns names the end that is not the directions'.
template <std::floating_point T>
struct basic_edge_table {
    basic_projection<T> scores;
    std::string far_end; ///< `target` of what is written to, `source` of what is read
    std::string left_out =
        {}; ///< why nobody looks at it unless it is asked for: `edge_table_options::most_neuron_rows`

    /// The table's title: `ov_to_mlp_in`.
    const std::string& name() const { return scores.axes().title(); }
    /// Whether one end of every row is a head's direction.
    bool is_of_heads() const { return scores.axes().find_axis("head").has_value(); }
};

/// How many scores of neurons with tokens are looked at where nothing else is said: 1 GiB of them in float.
inline constexpr std::uint64_t usual_neuron_rows = std::uint64_t{1} << 28;

/// What tables of edges hold.
struct edge_table_options {
    score_kind score = score_kind::scaled;
    index_list features = {};             ///< which inputs of the embedding; none: all
    std::vector<std::string> tokens = {}; ///< what they are called; more than the model has: numbers
    /// The largest table of neurons with tokens that is not left out: it has a row for each neuron of the model and token,
    /// more than all other tables together where the vocabulary is large.
    std::uint64_t most_neuron_rows = usual_neuron_rows;
};

/// The tables of the vectors that the user has put into the stream: what heads, neurons and inputs write to those that
/// read, then what those that write add to heads (by value, query and key), neurons, outputs and each other. Where what
/// would read stands before all that is written a table has no rows.
/// @throws as `project`
template <std::floating_point T>
std::vector<basic_edge_table<T>>
tables_of_vectors(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                  const edge_table_options& options = {}, const execution& run = {});

/// What neurons write to tokens, or to whatever the model puts out: a table for each kind of neurons (`mlp_out_to_unembed`,
/// `expert_out_to_unembed`). Tables of more rows than `most_neuron_rows` say so in `left_out`. Cost: the lengths of the vectors.
/// @throws as `project`
template <std::floating_point T>
std::vector<basic_edge_table<T>> tables_of_neurons(const basic_transformer_weights<T>& weights,
                                                   const edge_table_options& options = {},
                                                   const execution& run = {});

/// What queries and keys read of the model's inputs, at unit length: `embed_to_qk_query`, `embed_to_qk_key`. None where
/// there is no embedding, or where queries and keys meet in no matrix.
/// @throws as `project`
template <std::floating_point T>
std::vector<basic_edge_table<T>>
tables_of_attention(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                    const edge_table_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/edge_tables.hpp"
#endif

#endif
