/// @file
/// The bodies of circuit/edge_tables.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_TABLES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_TABLES_HPP

#include <concepts>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../model/residual_ports.hpp"
#include "../../../model/stream_vectors.hpp"
#include "../../../model/token_axis.hpp"
#include "../../../model/transformer_parts.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../projection/projection.hpp"
#include "../../edge_tables.hpp"
#include "../../head_sides.hpp"
#include "../input_sets.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
class tables_of_vectors_maker {
  public:
    tables_of_vectors_maker(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                            const edge_table_options& options, const execution& run) :
        weights_(weights),
        heads_(heads), options_(options), run_(run) {}

    std::vector<basic_edge_table<T>> make() && {
        for (const auto& each : weights_.added)
            if (each.flow == flow::reads) add_readers(each);
        for (const auto& each : weights_.added)
            if (each.flow == flow::writes) add_writers(each);
        return std::move(tables_);
    }

  private:
    void add(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets, const char* far_end,
             projection_restriction only = {}) {
        tables_.push_back(
            {project(directions, targets, {.score = options_.score, .only = std::move(only)}, run_),
             far_end});
    }

    void add_readers(const basic_stream_vectors<T>& vectors) {
        const auto readers = weights_.vectors(vectors);
        add(heads_.writing, readers, "target");
        for (const auto& each : weights_.mlp_writers()) add(each, readers, "target");
        if (!weights_.has_embed()) return;
        auto embed = named_tokens(weights_.embed(), options_.tokens);
        const bool behind_norm = flow_of(vectors.site) == flow::reads;
        if (behind_norm) embed = normalized(std::move(embed));
        add(readers, embed, "source", only_features(embed, options_.features));
    }

    void add_writers(const basic_stream_vectors<T>& vectors) {
        const auto writers = weights_.vectors(vectors);
        add(heads_.reading, writers, "source");
        for (const auto* side : {&heads_.query, &heads_.key})
            if (*side) add(**side, writers, "source");
        for (const auto& each : weights_.mlp_readers()) add(writers, each, "target");
        if (weights_.has_unembed()) add(writers, named_tokens(weights_.unembed(), options_.tokens), "target");
        for (const auto& each : weights_.added)
            if (each.flow == flow::reads) add(writers, weights_.vectors(each), "target");
    }

    const basic_transformer_weights<T>& weights_;
    const basic_head_sides<T>& heads_;
    const edge_table_options& options_;
    const execution& run_;
    std::vector<basic_edge_table<T>> tables_;
};

} // namespace detail

template <std::floating_point T>
std::vector<basic_edge_table<T>> tables_of_vectors(const basic_transformer_weights<T>& weights,
                                                   const basic_head_sides<T>& heads,
                                                   const edge_table_options& options, const execution& run) {
    return detail::tables_of_vectors_maker<T>(weights, heads, options, run).make();
}

template <std::floating_point T>
std::vector<basic_edge_table<T>> tables_of_neurons(const basic_transformer_weights<T>& weights,
                                                   const edge_table_options& options, const execution& run) {
    std::vector<basic_edge_table<T>> tables;
    if (!weights.has_unembed()) return tables;
    const auto outputs = named_tokens(weights.unembed(), options.tokens);
    for (const auto& writers : weights.mlp_writers()) {
        auto& table = tables.emplace_back(
            basic_edge_table<T>{project(writers, outputs, {.score = options.score}, run), "target"});
        if (table.scores.max_rows() > options.most_neuron_rows)
            table.left_out = to_text(table.scores.max_rows()) +
                             " scores of neurons with outputs are more than the " +
                             to_text(options.most_neuron_rows) +
                             " that are looked at (most_neuron_rows, or --neuron-tokens)";
    }
    return tables;
}

template <std::floating_point T>
std::vector<basic_edge_table<T>>
tables_of_attention(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                    const edge_table_options& options, const execution& run) {
    std::vector<basic_edge_table<T>> tables;
    if (!weights.has_embed()) return tables;
    const auto inputs = normalized(named_tokens(weights.embed(), options.tokens));
    const auto only = detail::only_features(inputs, options.features);
    for (const auto* side : {&heads.query, &heads.key})
        if (*side)
            tables.push_back(
                {project(**side, inputs, {.score = options.score, .only = only}, run), "source"});
    return tables;
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_edge_table<float>>
tables_of_vectors(const basic_transformer_weights<float>& weights, const basic_head_sides<float>& heads,
                  const edge_table_options& options, const execution& run);
template std::vector<basic_edge_table<double>>
tables_of_vectors(const basic_transformer_weights<double>& weights, const basic_head_sides<double>& heads,
                  const edge_table_options& options, const execution& run);
template std::vector<basic_edge_table<float>>
tables_of_neurons(const basic_transformer_weights<float>& weights, const edge_table_options& options,
                  const execution& run);
template std::vector<basic_edge_table<double>>
tables_of_neurons(const basic_transformer_weights<double>& weights, const edge_table_options& options,
                  const execution& run);
template std::vector<basic_edge_table<float>>
tables_of_attention(const basic_transformer_weights<float>& weights, const basic_head_sides<float>& heads,
                    const edge_table_options& options, const execution& run);
template std::vector<basic_edge_table<double>>
tables_of_attention(const basic_transformer_weights<double>& weights, const basic_head_sides<double>& heads,
                    const edge_table_options& options, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
