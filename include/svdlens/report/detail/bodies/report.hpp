/// @file
/// The bodies of report/report.hpp.
#ifndef SVDLENS_REPORT_DETAIL_BODIES_REPORT_HPP
#define SVDLENS_REPORT_DETAIL_BODIES_REPORT_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../circuit/circuits.hpp"
#include "../../../circuit/edge_tables.hpp"
#include "../../../circuit/found_edges.hpp"
#include "../../../circuit/found_pairs.hpp"
#include "../../../circuit/head_sides.hpp"
#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../model/token_axis.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../plot/html_table.hpp"
#include "../../../plot/markup.hpp"
#include "../../../plot/page.hpp"
#include "../../../projection/projection.hpp"
#include "../../../table/describe.hpp"
#include "../../report.hpp"
#include "../../report_options.hpp"
#include "../answer_style.hpp"
#include "../answer_tables.hpp"
#include "../answers.hpp"
#include "../direction_sections.hpp"
#include "../find_answers.hpp"
#include "../find_paths.hpp"
#include "../first_screen.hpp"
#include "../found_graph.hpp"
#include "../grid_format.hpp"
#include "../heads_section.hpp"
#include "../model_section.hpp"
#include "../score_section.hpp"
#include "../spectra_section.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The inputs that are asked for.
template <std::floating_point T>
projection_restriction kept_features(const basic_vector_set<T>& embed, const report_options& options) {
    return {{embed.axes[embed.axes.rank() - 1].name, options.features}};
}

/// Heading and introduction of the table of what some part of MLPs reads.
struct reader_text {
    std::string_view set;
    std::string_view readers; ///< what they are called
    std::string_view heading;
    std::string_view introduction;
};
inline constexpr std::array reader_texts = {
    reader_text{"mlp_in", "neurons", "Directions read by neurons",
                "What each direction writes against the input weights of the neurons that can see it."},
    reader_text{"mlp_gate", "gates", "Directions read by gates", "The same against the gates' weights."},
    reader_text{"expert_in", "experts", "Directions read by experts",
                "What each direction writes against the input weights of the experts' neurons."},
    reader_text{"expert_gate", "experts' gates", "Directions read by experts' gates",
                "The same against their gates' weights."},
    reader_text{"shared_in", "shared experts", "Directions read by shared experts",
                "What each direction writes against the experts that every token goes to."},
    reader_text{"shared_gate", "shared experts' gates", "Directions read by shared experts' gates",
                "The same against their gates' weights."},
    reader_text{"router", "routers", "Directions read by routers",
                "What each direction writes against what chooses a token's experts."},
    reader_text{"shared_router", "what weighs shared experts", "Directions that weigh shared experts",
                "What each direction writes against how much of the shared experts a token takes."}};

inline const reader_text& text_of_reader(std::string_view set) {
    return *std::find_if(reader_texts.begin(), reader_texts.end(),
                         [&](const reader_text& each) { return each.set == set; });
}

/// What vectors that read are called, by the name of their set.
inline std::string readers_called(const std::string& set) {
    if (set == "ov") return "heads";
    if (set == "unembed") return "outputs";
    if (set.ends_with("_query")) return "queries";
    if (set.ends_with("_key")) return "keys";
    const auto known = std::find_if(reader_texts.begin(), reader_texts.end(),
                                    [&](const reader_text& each) { return each.set == set; });
    return known == reader_texts.end() ? set : std::string(known->readers);
}

/// What vectors that write are called.
inline std::string writers_called(const std::string& set) {
    return set == "ov"           ? "directions"
           : set == "embed"      ? "inputs"
           : set == "mlp_out"    ? "neurons"
           : set == "expert_out" ? "experts' neurons"
           : set == "shared_out" ? "shared experts' neurons"
                                 : set;
}

/// With a capital, but for a name of the user's.
inline std::string at_beginning(std::string words, const std::string& set) {
    if (words != set) words.front() = static_cast<char>(words.front() - 'a' + 'A');
    return words;
}

/// A table that circuit/ makes, with its heading; nothing of one that is left out, or has no rows.
template <std::floating_point T>
void add_reported(std::vector<reported_scores<T>>& to, std::vector<basic_edge_table<T>> tables) {
    for (auto& each : tables) {
        if (!each.left_out.empty() || each.scores.max_rows() == 0) continue;
        const bool reads = each.far_end == "source";
        const auto &from = each.scores.directions(), &onto = each.scores.targets();
        const auto& writing = reads ? onto.name : from.name;
        const auto writers = writers_called(writing);
        const auto readers = readers_called(reads ? from.name : onto.name);
        const bool to_outputs = readers == "outputs";
        auto heading = to_outputs ? "Outputs that " + writers + " write to"
                                  : at_beginning(writers, writing) + " read by " + readers;
        auto words = "What " + writers + " write against what " + readers + " read.";
        to.push_back({std::move(heading), std::move(words), std::move(each.scores), each.far_end});
    }
}

/// The tables of scores that a model has, in the order of the residual stream; then those of the user's
/// vectors.
template <std::floating_point T>
std::vector<reported_scores<T>> tables_of(const basic_transformer_weights<T>& weights,
                                          const basic_head_sides<T>& heads, const report_options& options,
                                          const execution& run) {
    std::vector<reported_scores<T>> tables;
    const auto writes = [&](std::string heading, std::string introduction, const basic_vector_set<T>& targets,
                            std::string title = {}) {
        tables.push_back(
            {std::move(heading), std::move(introduction),
             project(heads.writing, targets, {.score = options.score, .title = std::move(title)}, run),
             "target"});
    };
    const edge_table_options asked{options.score, options.features, options.tokens, options.most_neuron_rows};
    if (weights.has_embed())
        tables.push_back(
            {"Inputs read by directions", "Embeddings, normalised, against what each direction reads.",
             project(heads.reading, normalized(named_tokens(weights.embed(), options.tokens)),
                     {.score = options.score, .only = kept_features(weights.embed(), options)}, run),
             "source"});
    add_reported(tables, tables_of_attention(weights, heads, asked, run));
    if (weights.sizes.n_layers > 1)
        writes("Directions read by later heads",
               "What each direction writes against what directions of later heads read.", heads.reading,
               "ov_to_ov_v");
    for (const auto& targets : weights.mlp_readers()) {
        const auto& text = text_of_reader(targets.name);
        writes(std::string(text.heading), std::string(text.introduction), targets);
    }
    if (weights.has_unembed())
        writes("Outputs that directions write to", "What each direction writes against the unembedding.",
               named_tokens(weights.unembed(), options.tokens));
    add_reported(tables, tables_of_neurons(weights, asked, run));
    add_reported(tables, tables_of_vectors(weights, heads, asked, run));
    return tables;
}

/// What was asked for, beside what the model's provenance says.
inline std::string page_facts(const std::string& provenance, const report_options& options) {
    std::string lines = provenance + "\nscore " + std::string(to_text(options.score)) + "; tails " +
                        percent_name(options.tail) + "; q " + to_text(options.q) + "; null " +
                        std::string(to_text(options.null));
    if (options.rotary_offset) lines += "; rotary offset " + to_text(*options.rotary_offset);
    for (const auto& fact : options.facts) lines += "\n" + fact;
    return lines;
}

} // namespace detail

namespace detail {

/// Tables under one switch: what was found, the heads, paths, and the strongest rows of each table of scores.
template <std::floating_point T>
plot::page_section tables_section(const answers& all, const std::vector<score_section<T>>& tables) {
    plot::page_section section{.heading = "Tables",
                               .introduction =
                                   "Click a column's name to sort; CSV saves the rows that are shown.",
                               .id = "tables",
                               .choose = "Table"};
    const auto add = [&](plot::panel panel, std::string choice) {
        panel.choice = std::move(choice);
        section.panels.push_back(std::move(panel));
    };
    if (!all.edges.empty()) add(to_panel(edges_table(all)), "found edges");
    if (!all.pair_families.empty()) add(to_panel(pairs_table(all)), "pairs of heads");
    add(to_panel(heads_table(all)), "heads");
    if (!all.paths.empty()) add(to_panel(paths_table(all)), "paths");
    for (const auto& table : tables) section.panels.push_back(table.strongest);
    if (all.edges.empty())
        add(to_panel(edges_table(all)), "found edges"); // an empty one is not what is seen first
    std::vector<description> described;
    for (const auto& table : tables) described.push_back(table.summary);
    add(to_panel(plot::description_table(described, "All tables of scores")), "all tables described");
    return section;
}

template <std::floating_point T>
plot::page_section distributions_section(std::vector<score_section<T>>& tables) {
    plot::page_section section{.heading = "Distributions", .id = "distributions", .choose = "Scores"};
    for (auto& table : tables)
        for (auto& panel : table.figures) section.panels.push_back(std::move(panel));
    return section;
}

/// What inputs and outputs have of their own: maps of pairs, and of grids.
template <std::floating_point T>
std::vector<plot::page_section> sections_of_ends(const basic_transformer_weights<T>& weights,
                                                 const basic_singular_directions<T>& ov,
                                                 const report_options& options, const execution& run) {
    std::vector<plot::page_section> made;
    if (weights.has_unembed())
        made.push_back(output_section(project(ov.writing(), named_tokens(weights.unembed(), options.tokens),
                                              {.score = options.score}, run),
                                      run));
    if (!weights.has_embed()) return made;
    const auto observed = weights.embed().axes;
    const auto format = grid_format(observed[observed.rank() - 1]);
    if (!format) return made;
    const auto inputs =
        project(ov.reading(), normalized(named_tokens(weights.embed(), options.tokens)),
                {.score = score_kind::dot, .only = kept_features(weights.embed(), options)}, run);
    made.push_back(grid_section(inputs, *format, run));
    return made;
}

/// Panels of several sections under one switch, each called by its title.
inline plot::page_section one_switch(std::string heading, std::string id, std::string choose,
                                     std::vector<plot::page_section> sections) {
    plot::page_section made{.heading = std::move(heading), .id = std::move(id), .choose = std::move(choose)};
    for (auto& section : sections)
        for (auto& panel : section.panels) {
            panel.choice = panel.title.substr(0, panel.title.find(": "));
            panel.provenance = {}; // the page's head says it
            if (!section.introduction.empty()) panel.notes.push_back(section.introduction);
            made.panels.push_back(std::move(panel));
        }
    return made;
}

/// The numbers of the page that are in no part of it alone.
template <std::floating_point T>
plot::json numbers_of(const answers& all, const std::vector<score_section<T>>& tables,
                      const std::string& provenance, const report_options& options) {
    auto numbers = json_of(all);
    plot::json described = plot::json::object();
    for (const auto& table : tables) {
        auto& of_table = described[table.summary.title];
        for (const auto& [name, value] : statistics(table.summary)) of_table[name] = finite_or_null(value);
    }
    numbers["scores"] = std::move(described);
    numbers["provenance"] = provenance;
    numbers["facts"] = options.facts;
    numbers["checks"] = options.checks;
    return numbers;
}

/// Alerts that the first screen has no room for, too.
inline plot::page_section with_alerts(plot::page_section section, const std::vector<std::string>& alerts) {
    if (alerts.empty()) return section;
    std::string items;
    for (const auto& alert : alerts) items += "<li>" + plot::markup_text(alert) + "</li>\n";
    section.panels.push_back(
        {.title = "Alerts", .provenance = {}, .notes = {}, .html = "<ul>\n" + items + "</ul>\n"});
    return section;
}

} // namespace detail

template <std::floating_point T>
model_report make_report(const basic_transformer_weights<T>& weights, const report_options& options,
                         const execution& whole) {
    // Directions and tests take a third of the time, or less.
    const auto ov = singular_directions(ov_circuits(weights), part_of(whole, 0, 0.03));
    const auto attending = attending_directions(weights, options.rotary_offset, part_of(whole, 0.03, 0.06));
    const auto heads = sides_of_heads(ov, attending);
    const auto found = find_edges(weights, heads,
                                  {.q = options.q,
                                   .null = options.null,
                                   .features = options.features,
                                   .tokens = options.tokens,
                                   .most_neuron_rows = options.most_neuron_rows},
                                  part_of(whole, 0.06, 0.3));
    const execution run = detail::without_progress(whole);
    const auto pairs = find_pairs(weights, ov, attending, options.q, run);
    const auto all = detail::find_answers(weights, ov, found, pairs, options, run);
    auto tables = detail::tables_of(weights, heads, options, run);
    double cost = 0;
    for (auto& table : tables) {
        table.tested = found.of(table.scores.axes().title());
        cost += detail::section_cost(table.scores);
    }
    const auto scoring = part_of(whole, 0.3, 0.95);
    detail::page_progress progress(scoring, cost);
    std::vector<detail::score_section<T>> made;
    for (const auto& table : tables) made.push_back(detail::make_score_section(table, options, progress));
    auto ends = detail::sections_of_ends(weights, ov, options, run);

    model_report result;
    result.page = {.title = "Circuits of " + weights.file,
                   .provenance = detail::page_facts(weights.provenance(), options),
                   .style = std::string(detail::answer_style)};
    const auto add = [&](plot::page_section section) { result.page.sections.push_back(std::move(section)); };
    add(detail::first_screen(all, options, weights.file));
    add(detail::graph_section(found, all, made, options, run));
    add(detail::heads_section(all));
    add(detail::tables_section(all, made));
    result.numbers = detail::numbers_of(all, made, result.page.provenance, options);
    add(detail::distributions_section(made));
    add(detail::one_switch("Heads compared", "comparison", "Comparison",
                           {detail::spectra_section(ov, attending),
                            detail::comparison_section(weights, result.numbers["heads_compared"], run)}));
    if (!ends.empty()) add(detail::one_switch("Directions", "directions", "Picture", std::move(ends)));
    add(detail::with_alerts(detail::model_section(weights, ov.writing(), run), all.alerts));
    return result;
}

#ifdef SVDLENS_COMPILED
template model_report make_report(const basic_transformer_weights<float>& weights,
                                  const report_options& options, const execution& run);
template model_report make_report(const basic_transformer_weights<double>& weights,
                                  const report_options& options, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
