/// @file
/// The bodies of circuit/edge_tables.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_TABLES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_TABLES_HPP

#include <concepts>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../model/residual_ports.hpp"
#include "../../../model/stream_vectors.hpp"
#include "../../../model/transformer_parts.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../projection/projection.hpp"
#include "../../edge_tables.hpp"
#include "../input_sets.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
class tables_of_vectors_maker {
  public:
    tables_of_vectors_maker(const basic_transformer_weights<T>& weights, const basic_vector_set<T>& reading,
                            const basic_vector_set<T>& writing, const edge_table_options& options,
                            const execution& run) :
        weights_(weights),
        reading_(reading), writing_(writing), options_(options), run_(run) {}

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
        add(writing_, readers, "target");
        for (const auto& each : weights_.mlp_writers()) add(each, readers, "target");
        if (!weights_.has_embed()) return;
        auto embed = named_tokens(weights_.embed(), options_.tokens);
        const bool behind_norm = flow_of(vectors.site) == flow::reads;
        if (behind_norm) embed = normalized(std::move(embed));
        add(readers, embed, "source", only_features(embed, options_.features));
    }

    void add_writers(const basic_stream_vectors<T>& vectors) {
        const auto writers = weights_.vectors(vectors);
        add(reading_, writers, "source");
        for (const auto& each : weights_.mlp_readers()) add(writers, each, "target");
        if (weights_.has_unembed()) add(writers, named_tokens(weights_.unembed(), options_.tokens), "target");
        for (const auto& each : weights_.added)
            if (each.flow == flow::reads) add(writers, weights_.vectors(each), "target");
    }

    const basic_transformer_weights<T>& weights_;
    const basic_vector_set<T>& reading_;
    const basic_vector_set<T>& writing_;
    const edge_table_options& options_;
    const execution& run_;
    std::vector<basic_edge_table<T>> tables_;
};

} // namespace detail

template <std::floating_point T>
std::vector<basic_edge_table<T>> tables_of_vectors(const basic_transformer_weights<T>& weights,
                                                   const basic_vector_set<T>& reading,
                                                   const basic_vector_set<T>& writing,
                                                   const edge_table_options& options, const execution& run) {
    return detail::tables_of_vectors_maker<T>(weights, reading, writing, options, run).make();
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_edge_table<float>>
tables_of_vectors(const basic_transformer_weights<float>& weights, const basic_vector_set<float>& reading,
                  const basic_vector_set<float>& writing, const edge_table_options& options,
                  const execution& run);
template std::vector<basic_edge_table<double>>
tables_of_vectors(const basic_transformer_weights<double>& weights, const basic_vector_set<double>& reading,
                  const basic_vector_set<double>& writing, const edge_table_options& options,
                  const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
