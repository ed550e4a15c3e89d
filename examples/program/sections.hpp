/// @file
/// The tables of a circuit analysis: every place that the heads' OV directions write to or read from.
#ifndef SVDLENS_EXAMPLES_PROGRAM_SECTIONS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_SECTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/edge_tables.hpp>
#include <svdlens/circuit/head_sides.hpp>
#include <svdlens/core/execution.hpp>
#include <svdlens/directions/vector_set.hpp>
#include <svdlens/model/token_axis.hpp>
#include <svdlens/model/transformer_parts.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/predicate.hpp>

namespace program {

/// A table of scores, which of its columns names the end that is not the directions', and what it is part of.
struct section {
    svdlens::projection scores;
    std::string far_end;     ///< "target" for what is written to, "source" for what is read
    std::string joint = {};  ///< the section of all layers that holds these rows, too
    std::string family = {}; ///< what its rows are tested with: all layers of it; empty: the section itself
    std::optional<svdlens::predicate> condition = {}; ///< which rows are asked for; none: all

    std::uint64_t rows = scores.max_rows(); ///< of the condition, at most

    const std::string& name() const { return scores.axes().title(); }
    const std::string& family_name() const { return family.empty() ? name() : family; }
    /// Whether one end of every row is a head's direction.
    bool is_of_heads() const { return scores.axes().find_axis("head").has_value(); }
    /// Whether its scores are what queries or keys read: parts of attention scores, in another unit than what is written.
    bool is_attention() const {
        const auto& near = scores.directions().name;
        return near.ends_with("_query") || near.ends_with("_key");
    }
};

/// What a column says of a row; nothing where the table has no such column.
inline std::string label_if_any(const svdlens::axes& table, svdlens::row_number row, const char* column) {
    return table.find_axis(column) ? table.label(row, column) : std::string();
}

/// What the sections are made of: the sides of the heads' directions, and the model.
struct section_inputs {
    svdlens::head_sides heads;
    const svdlens::transformer_weights& weights;
    svdlens::score_kind score = svdlens::score_kind::scaled;
    svdlens::index_list features = {};    ///< of the embedding
    std::vector<std::string> tokens = {}; ///< what they are called
    std::uint64_t most_neuron_rows = svdlens::usual_neuron_rows;

    svdlens::edge_table_options tables() const { return {score, features, tokens, most_neuron_rows}; }
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

inline bool is_router(const svdlens::vector_set& set) { return set.name.ends_with("router"); }

/// Whether a set has a section of all layers: what neurons and routers read, but not what gates do.
inline bool is_seen_whole(const svdlens::vector_set& set) { return !set.name.ends_with("gate"); }

/// How many scores of heads' directions on a set there are, about.
inline double expected_rows(const svdlens::transformer_weights& weights, const svdlens::vector_set& targets) {
    const auto lines = static_cast<double>(weights.sizes.n_heads * weights.sizes.d_head);
    double rows = 0;
    for (std::size_t l = 0; l < targets.layers.size(); ++l)
        rows += lines * static_cast<double>(l + 1) * static_cast<double>(targets.layers[l].rows());
    return rows;
}

/// The sections of the user's vectors.
inline std::vector<section> sections_of_vectors(const section_inputs& from, const svdlens::execution& run) {
    std::vector<section> sections;
    for (auto& each : svdlens::tables_of_vectors(from.weights, from.heads, from.tables(), run))
        sections.push_back({std::move(each.scores), std::move(each.far_end)});
    return sections;
}

/// Sections of tables; a line where one of neurons with tokens is larger than was asked for.
inline void add_tables(std::vector<section>& sections, std::vector<svdlens::basic_edge_table<float>> tables,
                       std::vector<std::string>& left_out) {
    for (auto& each : tables) {
        if (each.left_out.empty())
            sections.push_back({std::move(each.scores), std::move(each.far_end)});
        else
            left_out.push_back(each.name() + ": " + each.left_out);
    }
}

/// Leaves out sections without a row.
inline void drop_empty(std::vector<section>& sections, std::vector<std::string>& left_out) {
    for (const auto& each : sections)
        if (each.rows == 0)
            left_out.push_back(each.name() +
                               ": no row; what reads there stands before all that is written, or all "
                               "directions are null space");
    std::erase_if(sections, [](const section& each) { return each.rows == 0; });
}

/// One section a layer of the MLPs' inputs and gates, one for all inputs, one for routers, one each for the
/// unembedding, the embedding and later heads' value inputs, what queries and keys read of inputs, what neurons write to
/// outputs, and those of the user's vectors: those that the model has.
inline std::vector<section> make_sections(const section_inputs& from, std::vector<std::string>& left_out,
                                          const svdlens::execution& run = {}) {
    std::vector<section> sections;
    const auto& weights = from.weights;
    const auto writes_to = [&](const svdlens::vector_set& targets, svdlens::projection_options options = {}) {
        options.score = from.score;
        sections.push_back(
            {svdlens::project(from.heads.writing, targets, std::move(options), run), "target"});
    };
    const auto writes_to_layers = [&](const svdlens::vector_set& targets, const std::string& joint) {
        for (std::uint64_t l = 0; l < targets.layers.size(); ++l) {
            if (targets.lacks(l)) continue;
            writes_to(targets, {.only = {{"target_layer", {l}}}});
            sections.back().joint = joint;
            sections.back().family = "ov_to_" + targets.name;
        }
    };
    const auto readers = weights.mlp_readers();
    for (const auto& each : readers)
        if (!is_router(each)) writes_to_layers(each, is_seen_whole(each) ? "ov_to_" + each.name : "");
    for (const auto& each : readers)
        if (is_seen_whole(each)) writes_to(each);
    if (weights.has_unembed()) writes_to(svdlens::named_tokens(weights.unembed(), from.tokens));
    if (weights.has_embed()) {
        const auto embed = svdlens::named_tokens(weights.embed(), from.tokens);
        sections.push_back(
            {svdlens::project(from.heads.reading, svdlens::normalized(embed),
                              {.score = from.score, .only = only_features(embed, from.features)}, run),
             "source"});
    }
    if (weights.sizes.n_layers > 1) writes_to(from.heads.reading, {.title = "ov_to_ov_v"});
    const auto tables = from.tables();
    add_tables(sections, svdlens::tables_of_attention(weights, from.heads, tables, run), left_out);
    add_tables(sections, svdlens::tables_of_neurons(weights, tables, run), left_out);
    for (auto& each : sections_of_vectors(from, run)) sections.push_back(std::move(each));
    return sections;
}

} // namespace program

#endif
