/// @file
/// The bodies of circuit/path_places.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_PATH_PLACES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_PATH_PLACES_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../model/token_axis.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../path_places.hpp"
#include "../input_sets.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Inputs that are not asked for have no part.
template <std::floating_point T>
void leave_out_features(basic_vector_set<T>& embed, const index_list& features) {
    if (features.all()) return;
    std::vector<bool> left_out(embed.size(), true);
    for (const auto each : features.listed()) {
        if (each >= left_out.size())
            throw argument_error(errc::invalid_argument, "places_of_paths: expected inputs below " +
                                                             to_text(left_out.size()) + ", found " +
                                                             to_text(each));
        left_out[static_cast<std::size_t>(each)] = false;
    }
    embed.dead = {std::move(left_out)};
}

} // namespace detail

template <std::floating_point T>
basic_path_places<T> places_of_paths(const basic_transformer_weights<T>& weights,
                                     const basic_singular_directions<T>& heads,
                                     const path_place_options& options) {
    basic_path_places<T> places;
    if (weights.has_embed()) {
        places.sources.push_back(normalized(named_tokens(weights.embed(), options.tokens)));
        detail::leave_out_features(places.sources.back(), options.features);
    }
    places.through.push_back({heads.reading(), heads.writing()});
    if (weights.has_unembed()) places.targets.push_back(named_tokens(weights.unembed(), options.tokens));
    for (auto& each : weights.mlp_readers()) places.targets.push_back(std::move(each));
    for (const auto& each : weights.added) {
        if (each.flow == flow::writes) places.sources.push_back(weights.vectors(each));
        if (each.flow == flow::reads) places.targets.push_back(weights.vectors(each));
    }
    return places;
}

template <std::floating_point T>
std::vector<basic_path_stage<T>> neuron_stages(const basic_transformer_weights<T>& weights) {
    std::vector<basic_path_stage<T>> stages;
    const auto readers = weights.mlp_readers();
    for (const auto& writer : weights.mlp_writers()) {
        const std::string kind = writer.name.substr(0, writer.name.rfind('_')); // of `mlp_out`, `expert_out`
        for (const auto& reader : readers)
            if (reader.name == kind + "_in" || reader.name == kind + "_gate")
                stages.push_back({reader, writer});
    }
    return stages;
}

#ifdef SVDLENS_COMPILED
template basic_path_places<float> places_of_paths(const basic_transformer_weights<float>& weights,
                                                  const basic_singular_directions<float>& heads,
                                                  const path_place_options& options);
template basic_path_places<double> places_of_paths(const basic_transformer_weights<double>& weights,
                                                   const basic_singular_directions<double>& heads,
                                                   const path_place_options& options);
template std::vector<basic_path_stage<float>> neuron_stages(const basic_transformer_weights<float>& weights);
template std::vector<basic_path_stage<double>>
neuron_stages(const basic_transformer_weights<double>& weights);
#endif

} // namespace svdlens::inline v0_2

#endif
