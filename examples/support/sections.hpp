/// @file
/// The sections of a circuit analysis: every place that the heads' OV directions write to or read from.
#ifndef SVDLENS_EXAMPLES_SECTIONS_HPP
#define SVDLENS_EXAMPLES_SECTIONS_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/directions/vector_set.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>

/// A table of scores, and which of its columns names the end that is not the directions'.
struct section {
    svdlens::projection scores;
    const char* far_end; ///< "target" for what is written to, "source" for what is read

    const std::string& name() const { return scores.axes().title(); }
};

/// What the sections are made of: the two sides of the heads' directions, and the model.
struct section_inputs {
    svdlens::vector_set reading;
    svdlens::vector_set writing;
    const svdlens::transformer_weights& weights;
    svdlens::score_kind score = svdlens::score_kind::scaled;
    svdlens::index_list features = {}; ///< of the embedding
};

/// The features of a grid-world observation that the analysis looks at by default: the channels key, ball,
/// unseen, empty, green, grey, red. All features of other embeddings.
inline svdlens::index_list default_features(const svdlens::vector_set& embedding) {
    constexpr std::uint64_t cells = 49;
    if (embedding.size() != 20 * cells || embedding.axes[embedding.axes.rank() - 1].name != "feature")
        return {};
    std::vector<std::uint64_t> features;
    for (const std::uint64_t channel : {0U, 1U, 5U, 6U, 11U, 12U, 16U})
        for (std::uint64_t cell = 0; cell < cells; ++cell) features.push_back(channel * cells + cell);
    return features;
}

/// The features alone, which an embedding's only axis counts.
inline svdlens::projection_restriction only_features(const svdlens::vector_set& embedding,
                                                     svdlens::index_list features) {
    return {{embedding.axes[0].name, std::move(features)}};
}

/// One section a layer of the MLPs' inputs and gates, one for all inputs, one each for the unembedding, the
/// embedding and later heads' value inputs: those that the model has.
inline std::vector<section> make_sections(const section_inputs& from) {
    std::vector<section> sections;
    const auto& weights = from.weights;
    const auto writes_to = [&](const svdlens::vector_set& targets, svdlens::projection_options options = {}) {
        options.score = from.score;
        sections.push_back({svdlens::project(from.writing, targets, std::move(options)), "target"});
    };
    const auto writes_to_layers = [&](const svdlens::vector_set& targets) {
        for (std::uint64_t l = 0; l < targets.layers.size(); ++l)
            writes_to(targets, {.only = {{"target_layer", {l}}}});
    };
    if (weights.has_mlp()) writes_to_layers(weights.mlp_in());
    if (weights.is_gated()) writes_to_layers(weights.mlp_gate());
    if (weights.has_mlp()) writes_to(weights.mlp_in());
    if (weights.has_unembed()) writes_to(weights.unembed());
    if (weights.has_embed())
        sections.push_back(
            {svdlens::project(from.reading, svdlens::normalized(weights.embed()),
                              {.score = from.score, .only = only_features(weights.embed(), from.features)}),
             "source"});
    if (weights.sizes.n_layers > 1) writes_to(from.reading, {.title = "ov_to_ov_v"});
    return sections;
}

#endif
