/// @file
/// The bodies of report/report.hpp.
#ifndef SVDLENS_REPORT_DETAIL_BODIES_REPORT_HPP
#define SVDLENS_REPORT_DETAIL_BODIES_REPORT_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../circuit/circuits.hpp"
#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../graph/circuit_graph.hpp"
#include "../../../graph/components.hpp"
#include "../../../graph/strongest_edges.hpp"
#include "../../../model/token_axis.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../plot/html_table.hpp"
#include "../../../plot/network.hpp"
#include "../../../plot/page.hpp"
#include "../../../projection/projection.hpp"
#include "../../../table/describe.hpp"
#include "../../report.hpp"
#include "../../report_options.hpp"
#include "../direction_sections.hpp"
#include "../grid_format.hpp"
#include "../model_section.hpp"
#include "../score_section.hpp"
#include "../spectra_section.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Inputs or outputs, tokens among them with their labels.
template <std::floating_point T>
basic_vector_set<T> named_tokens(basic_vector_set<T> set, const report_options& options) {
    return set.axes.find_axis("token") ? with_token_labels(std::move(set), options.tokens) : set;
}

/// The inputs that are asked for.
template <std::floating_point T>
projection_restriction kept_features(const basic_vector_set<T>& embed, const report_options& options) {
    return {{embed.axes[embed.axes.rank() - 1].name, options.features}};
}

/// Heading and introduction of the table of what some part of MLPs reads.
struct reader_text {
    std::string_view set;
    std::string_view heading;
    std::string_view introduction;
};
inline constexpr std::array reader_texts = {
    reader_text{"mlp_in", "Directions read by neurons",
                "What each direction writes against the input weights of the neurons that can see it."},
    reader_text{"mlp_gate", "Directions read by gates", "The same against the gates' weights."},
    reader_text{"expert_in", "Directions read by experts",
                "What each direction writes against the input weights of the experts' neurons."},
    reader_text{"expert_gate", "Directions read by experts' gates", "The same against their gates' weights."},
    reader_text{"shared_in", "Directions read by shared experts",
                "What each direction writes against the experts that every token goes to."},
    reader_text{"shared_gate", "Directions read by shared experts' gates",
                "The same against their gates' weights."},
    reader_text{"router", "Directions read by routers",
                "What each direction writes against what chooses a token's experts."},
    reader_text{"shared_router", "Directions that weigh shared experts",
                "What each direction writes against how much of the shared experts a token takes."}};

inline const reader_text& text_of_reader(std::string_view set) {
    return *std::find_if(reader_texts.begin(), reader_texts.end(),
                         [&](const reader_text& each) { return each.set == set; });
}

/// The tables of scores that a model has, in the order of the residual stream.
template <std::floating_point T>
std::vector<reported_scores<T>> tables_of(const basic_transformer_weights<T>& weights,
                                          const basic_singular_directions<T>& ov,
                                          const report_options& options, const execution& run) {
    std::vector<reported_scores<T>> tables;
    const auto writes = [&](std::string heading, std::string introduction, const basic_vector_set<T>& targets,
                            std::string title = {}) {
        tables.push_back(
            {std::move(heading), std::move(introduction),
             project(ov.writing(), targets, {.score = options.score, .title = std::move(title)}, run),
             "target"});
    };
    if (weights.has_embed())
        tables.push_back(
            {"Inputs read by directions", "Embeddings, normalised, against what each direction reads.",
             project(ov.reading(), normalized(named_tokens(weights.embed(), options)),
                     {.score = options.score, .only = kept_features(weights.embed(), options)}, run),
             "source"});
    if (weights.sizes.n_layers > 1)
        writes("Directions read by later heads",
               "What each direction writes against what directions of later heads read.", ov.reading(),
               "ov_to_ov_v");
    for (const auto& targets : weights.mlp_readers()) {
        const auto& text = text_of_reader(targets.name);
        writes(std::string(text.heading), std::string(text.introduction), targets);
    }
    if (weights.has_unembed())
        writes("Outputs that directions write to", "What each direction writes against the unembedding.",
               named_tokens(weights.unembed(), options));
    return tables;
}

/// What was asked for, beside what the model's provenance says.
inline std::string page_facts(const std::string& provenance, const report_options& options) {
    std::string lines = provenance + "\nscore " + std::string(to_text(options.score)) + "; tails " +
                        percent_name(options.tail);
    for (const auto& fact : options.facts) lines += "\n" + fact;
    return lines;
}

} // namespace detail

template <std::floating_point T>
plot::page report(const basic_transformer_weights<T>& weights, const report_options& options,
                  const execution& whole) {
    // Directions, and what is said beside the tables, take a tenth of the time, or less.
    const auto ov = singular_directions(ov_circuits(weights), part_of(whole, 0, 0.05));
    const execution run = detail::without_progress(whole);
    const auto tables = detail::tables_of(weights, ov, options, run);
    double cost = 0;
    for (const auto& table : tables) cost += detail::section_cost(table.scores);
    const auto scoring = part_of(whole, 0.05, 0.95);
    detail::page_progress progress(scoring, cost);
    std::vector<detail::score_section<T>> made;
    std::vector<description> described;
    for (const auto& table : tables) {
        made.push_back(detail::make_score_section(table, options, progress));
        described.push_back(made.back().summary);
    }
    plot::page page{.title = "Circuits of " + weights.file,
                    .provenance = detail::page_facts(weights.provenance(), options)};
    const auto add = [&](plot::page_section section) { page.sections.push_back(std::move(section)); };
    add(detail::model_section(weights, ov.writing(), run));
    add(detail::graph_section(made, options, run));
    add(detail::spectra_section(weights, ov, run));
    add(detail::comparison_section(weights, run));
    add({.heading = "Scores",
         .panels = {to_panel(plot::description_table(described, "All tables of scores"))}});
    for (auto& table : made) add(std::move(table.section));
    if (weights.has_unembed())
        add(detail::output_section(project(ov.writing(), detail::named_tokens(weights.unembed(), options),
                                           {.score = options.score}, run),
                                   run));
    if (!weights.has_embed()) return page;
    const auto inputs =
        project(ov.reading(), normalized(detail::named_tokens(weights.embed(), options)),
                {.score = score_kind::dot, .only = detail::kept_features(weights.embed(), options)}, run);
    const auto observed = weights.embed().axes;
    if (const auto format = detail::grid_format(observed[observed.rank() - 1]))
        add(detail::grid_section(inputs, *format, run));
    if (weights.has_unembed())
        add(detail::path_section(
            inputs, project(ov.writing(), detail::named_tokens(weights.unembed(), options), {}, run), run));
    return page;
}

#ifdef SVDLENS_COMPILED
template plot::page report(const basic_transformer_weights<float>& weights, const report_options& options,
                           const execution& run);
template plot::page report(const basic_transformer_weights<double>& weights, const report_options& options,
                           const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
