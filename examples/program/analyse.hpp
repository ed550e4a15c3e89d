/// @file
/// `svdlens analyse`: from a checkpoint to its circuit graph.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ANALYSE_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ANALYSE_HPP

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/export/dot.hpp>
#include <svdlens/export/graphml.hpp>
#include <svdlens/graph/strongest_edges.hpp>
#include <svdlens/plot/network.hpp>
#include <svdlens/plot/page.hpp>

#include "adapter.hpp"
#include "analysis.hpp"
#include "exported_directions.hpp"
#include "filters.hpp"
#include "findings.hpp"
#include "findings_text.hpp"
#include "head_pairs.hpp"
#include "heads.hpp"
#include "json_text.hpp"
#include "output_folder.hpp"
#include "paths.hpp"
#include "planted_model.hpp"
#include "planted_result.hpp"
#include "reading.hpp"
#include "result_files.hpp"
#include "result_text.hpp"
#include "stream.hpp"
#include "version.hpp"

namespace program {

namespace detail {

/// The sections that the filters leave rows in; why others have none.
inline std::vector<section> wanted_sections(read_model& model, const section_inputs& from, const options& o) {
    auto sections = make_sections(from, model.left_out, o.run());
    drop_empty(sections, model.left_out);
    return narrow_sections(std::move(sections), o, model.left_out);
}

/// What is to come, where that is much.
inline void say_estimate(const std::vector<section>& sections, double cost, double tail, const options& o) {
    constexpr std::uint64_t worth_saying = 50'000'000;
    constexpr double bytes_an_edge = 110;
    std::uint64_t rows = 0, stored = 0;
    for (const auto& each : sections) {
        rows += each.rows;
        if (each.rows * 4 <= o.memory) stored = (std::max)(stored, each.rows * 4);
    }
    if (rows < worth_saying || o.quiet) return;
    const double edges = 2 * tail * static_cast<double>(rows);
    std::cerr << short_number(static_cast<double>(rows)) << " scores, about " << short_number(cost)
              << " operations; up to " << short_number(static_cast<double>(stored))
              << "B held at a time; about " << short_number(edges) << " edges, "
              << short_number(edges * bytes_an_edge) << "B of edges.csv\n";
}

inline void write_files(output_folder& folder, const read_model& model, const circuits& of,
                        const std::vector<section_result>& results, const svdlens::float_graph& graph,
                        const svdlens::found_edges& found, const std::vector<svdlens::found_pairs>& pairs,
                        const svdlens::marked_heads& heads, const svdlens::head_communities& communities,
                        const stream_shares& stream, const std::vector<shown_path>& paths, double tail,
                        const options& o, progress_bar& bar) {
    current_stage = "writing the files";
    const std::string score = "; score " + std::string(svdlens::to_text(o.score));
    const std::string weights = table_provenance(model, o, "");
    const std::string scores = table_provenance(model, o, score);
    const std::string tails = table_provenance(model, o, score + "; tails " + svdlens::to_text(tail));
    std::vector<const svdlens::float_directions*> spectra{&of.ov};
    if (of.attending.qk) spectra.push_back(&*of.attending.qk);
    write_singular_values(folder.file("singular_values.csv"), weights, spectra);
    const std::string tests =
        "; q " + svdlens::to_text(o.q) + "; null " + std::string(svdlens::to_text(o.null));
    if (!o.ranking_only)
        write_findings(folder.file("findings.csv"), table_provenance(model, o, tests + "; p over S^2"),
                       found);
    const auto offset = offset_of(model, o);
    write_heads(folder.file("heads.csv"),
                table_provenance(model, o, offset ? "; offset " + svdlens::to_text(*offset) : ""), heads,
                o.ranking_only ? nullptr : &found, communities);
    write_composition(folder.file("composition.csv"), weights, pairs);
    write_describe(folder.file("describe.csv"), scores, results);
    write_edges(folder.file("edges.csv"), tails, results, found, o.run(bar.reporter()));
    write_top(folder.file("top.csv"), scores, results);
    if (o.paths != 0) write_paths(folder.file("paths.csv"), weights, paths);
    write_components(folder.file("components.csv"), tails, results);
    write_stream(folder.file("stream.csv"), weights, stream);
    write_dead(folder.file("dead.csv"), weights, model.dead);
    stop_if_interrupted();
    svdlens::write_graphml(folder.file("graph.graphml"), graph);
    svdlens::write_dot(folder.file("graph.dot"), graph);
    svdlens::write_html(folder.file("graph.html"), svdlens::plot::network(graph));
}

inline manifest_facts facts_of(const read_model& model, const options& o, double tail) {
    manifest_facts model_files = manifest_facts::array();
    for (const auto& [name, hash] : hashes(model, o))
        model_files.push_back({{"name", name}, {"sha256", hash}});
    return {
        {"program", "svdlens"},
        {"version", version_text()},
        {"command", o.program},
        {"model", model.weights.provenance()},
        {"model_files", std::move(model_files)},
        {"score", svdlens::to_text(o.score)},
        {"tail", tail},
        {"q", o.q},
        {"paths", o.paths},
        {"neuron_tokens", o.neuron_tokens},
        {"null", svdlens::to_text(o.null)},
        {"ranking_only", o.ranking_only},
        {"offset", json_offset(offset_of(model, o))},
        {"raw", o.raw},
        {"filters",
         {{"layers", o.layers}, {"heads", o.heads}, {"directions", o.directions}, {"targets", o.targets}}},
        {"assumed", model.weights.notes},
        {"dead", dead_lines(model)},
        {"left_out", model.left_out}};
}

/// What the files cost, and joining their edges.
inline double writing_cost(const std::vector<section>& sections, std::size_t d_model, double tail) {
    double edges = 0;
    for (const auto& each : sections) edges += expected_edges(each, tail);
    return edges * edge_cost(d_model);
}

/// All edges in one graph, the strongest of them where there are too many.
inline svdlens::float_graph shown_graph(const std::vector<section_result>& results, read_model& model,
                                        const options& o) {
    auto graph = joined_graph(results);
    if (o.max_edges != 0)
        graph = svdlens::strongest_edges(graph, o.max_edges, svdlens::edge_choice::per_section);
    if (graph.hidden_edges() != 0)
        model.left_out.push_back("the graph files hold the strongest edges; " +
                                 svdlens::to_text(graph.hidden_edges()) +
                                 " weaker ones are in edges.csv only (--max-edges)");
    return graph;
}

/// What an analysis found.
struct analysis_result {
    read_model model;
    circuits of;
    std::vector<section_result> sections;
    svdlens::float_graph graph;
    svdlens::found_edges found;
    std::vector<svdlens::found_pairs> pairs;
    svdlens::marked_heads heads;
    svdlens::head_communities communities;
    stream_shares stream;
    std::vector<shown_path> paths;
};

inline json json_analysis(const analysis_result& found, double tail, const output_folder& folder,
                          const options& o) {
    return {
        {"model", json_model(found.model)},
        {"findings", o.ranking_only ? json(nullptr) : json_found_edges(found.found, found.pairs, 100)},
        {"heads", json_heads(found.heads)},
        {"communities", {{"count", found.communities.count}, {"modularity", found.communities.modularity}}},
        {"stream", json_stream(found.stream)},
        {"score", svdlens::to_text(o.score)},
        {"tail", tail},
        {"strongest", json_strongest(of_attention(found.sections, false), 100)},
        {"strongest_in_attention", json_strongest(of_attention(found.sections, true), 100)},
        {"paths", json_paths(found.paths, 100)},
        {"graph", json_graph(svdlens::summarize(found.graph))},
        {"sections", json_sections(found.sections)},
        {"folder", folder.place().string()},
        {"files", folder.names()}};
}

inline void print_analysis(const analysis_result& found, double tail, const output_folder& folder,
                           const options& o) {
    print_model(std::cout, found.model.weights);
    if (found.sections.empty())
        std::cout << "\nNothing is left that heads write to or read from: see what is left out.\n";
    program::print_found(std::cout, found.found, found.pairs);
    print_heads(std::cout, found.heads);
    if (found.communities.count > 1)
        std::cout << "\nCommunities  " << found.communities.count
                  << " of heads that compose more than chance, modularity "
                  << number(found.communities.modularity, 2) << " (heads.csv)\n";
    print_stream(std::cout, found.stream);
    print_answer(std::cout, found.sections, found.graph, o.score, tail);
    print_paths(std::cout, found.paths);
    if (o.verbose) {
        print_strongest_of_each(std::cout, found.sections);
        print_spectra(std::cout, found.of.ov);
        print_describe(std::cout, found.sections);
        print_histograms(std::cout, found.sections);
        print_components(std::cout, found.sections, found.graph);
    }
    print_left_out(std::cout, found.model);
    print_files(std::cout, folder, folder.names());
}

} // namespace detail

/// Analyses a model and writes the folder. The result is printed, or is JSON.
/// @param place null in a shard, which does its part of what is shared out and ends there
/// @throws svdlens::pending_error where other shards have a part in it
inline json analyse_model(const std::filesystem::path& path, const std::filesystem::path& shown, double tail,
                          output_folder* place, const options& asked) {
    options o = asked;
    progress_bar bar(o.quiet);
    auto model = read(o, path, shown);
    if (place != nullptr) place->keep_inputs(inputs_of(model, o));
    std::optional<output_file> exported; // tried before the work
    if (!o.exported.empty() && place != nullptr) {
        place->keep_names(o.exported, "--export-directions");
        exported.emplace(o.exported, directions_mark, "--export-directions");
        exported->keep_inputs(inputs_of(model, o));
    }
    const double guess = expected_cost(model.weights, tail);
    bar.expect(2 * decomposition_cost(model.weights) + marking_cost(model.weights) +
               pooling_cost(model.weights) + guess);
    auto of = decompose(model, o, bar, true);
    say_missing_sides(model);
    auto features = chosen_features(model, o);
    const section_inputs inputs{.heads = of.sides(),
                                .weights = model.weights,
                                .score = o.score,
                                .features = std::move(features),
                                .tokens = model.tokens,
                                .most_neuron_rows = o.most_neuron_rows()};
    const auto sections = detail::wanted_sections(model, inputs, o);
    const double scores = cost_of_all(sections, o);
    const double writing = detail::writing_cost(sections, model.weights.sizes.d_model, tail);
    bar.expect(scores + writing - guess);
    bar.clear();
    detail::say_estimate(sections, scores, tail, o);
    auto results = analyse_all(sections, tail, o, bar);
    svdlens::found_edges found{o.q, o.null};
    if (!o.ranking_only) found = find_edges_beyond_chance(inputs, o, bar, model.left_out);
    if (place == nullptr) return {};
    end_units(o);
    o.shards = nullptr; // what follows is small, and hangs on what was found
    auto& folder = *place;
    current_stage = "composing heads";
    auto pairs = svdlens::find_pairs(model.weights, of.ov, of.attending, o.q, o.run());
    say_untested_pairs(pairs, model.left_out);
    svdlens::head_communities communities;
    const auto& sizes = model.weights.sizes;
    if (!o.ranking_only)
        communities = communities_of(pairs, sizes.n_layers, sizes.n_heads, o.q, model.left_out);
    auto heads = marks_of(model, of.ov, o, bar);
    auto stream = shares_of_stream(model, of, o, bar);
    auto paths = strongest_paths(model, inputs, of.ov, found, o, bar);
    current_stage = "joining the edges";
    bar.begin("joining the edges", "edges", writing / 4);
    say_once(results);
    auto graph = detail::shown_graph(results, model, o);
    bar.begin("writing the files", "edges", 3 * writing / 4);
    detail::write_files(folder, model, of, results, graph, found, pairs, heads, communities, stream, paths,
                        tail, o, bar);
    std::string chosen;
    if (exported) chosen = write_directions(*exported, model, of.ov, found);
    folder.commit(detail::facts_of(model, o, tail));
    if (exported) exported->commit();
    bar.clear();
    const detail::analysis_result all{
        std::move(model), std::move(of),    std::move(results),     std::move(graph),  std::move(found),
        std::move(pairs), std::move(heads), std::move(communities), std::move(stream), std::move(paths)};
    if (o.json) {
        auto result = detail::json_analysis(all, tail, folder, o);
        if (exported) result["exported_directions"] = {{"file", o.exported.string()}, {"which", chosen}};
        return result;
    }
    if (!o.quiet) detail::print_analysis(all, tail, folder, o);
    if (!o.quiet && exported) {
        std::cout << "         ";
        print_wrapped(std::cout, svdlens::shown_bytes(o.exported.string() + ": " + chosen), 9);
    }
    return {};
}

/// The files that a set may have.
inline std::vector<std::string> result_names(bool with_model) {
    std::vector<std::string> names{"singular_values.csv", "findings.csv", "heads.csv", "composition.csv",
                                   "describe.csv",        "edges.csv",    "top.csv",   "paths.csv",
                                   "components.csv",      "stream.csv",   "dead.csv",  "graph.graphml",
                                   "graph.dot",           "graph.html"};
    if (with_model) names.emplace_back("planted.safetensors");
    return names;
}

/// The part of a shard, which has no folder of results.
inline int analyse_part(const options& o) {
    if (o.base.empty() && svdlens::is_adapter(o.model))
        throw usage_error("an adapter alone has no shards: --base names its model");
    analyse_model(o.model, o.model, o.tail.value_or(0.001), nullptr, o);
    return EXIT_SUCCESS;
}

inline int analyse_command(options o) {
    if (is_shard(o)) return analyse_part(o);
    if (o.out.empty()) o.out = "circuit";
    output_folder folder(o.out, o.program, result_names(o.model.empty()));
    if (!o.model.empty() && o.base.empty() && svdlens::is_adapter(o.model)) {
        if (!o.exported.empty())
            throw usage_error("--export-directions needs a model: name the one that " + o.model +
                              " changes with --base");
        const auto result = analyse_adapter(o.tail.value_or(0.001), folder, o);
        if (o.json) print_json(std::cout, result);
        if (!o.quiet && !o.json) print_files(std::cout, folder, folder.names());
        return EXIT_SUCCESS;
    }
    if (!o.model.empty()) {
        const auto result = analyse_model(o.model, o.model, o.tail.value_or(0.001), &folder, o);
        if (o.json) print_json(std::cout, result);
        if (!o.quiet && !o.json && !o.verbose)
            std::cout << "(--verbose: spectra, distributions, each section. graph.html opens in a browser;\n"
                         " svdlens report makes a page of everything.)\n";
        return EXIT_SUCCESS;
    }
    const double tail = o.tail.value_or(0.01);
    const auto truth = planted::make();
    const auto path = folder.file("planted.safetensors");
    planted::write(truth, path);
    auto result = analyse_model(path, o.out / "planted.safetensors", tail, &folder, o);
    o.stop = nullptr; // the files are in their places: from here on the end is as it was
    const auto found = judge(truth, o.out / "planted.safetensors", tail, o);
    if (o.json) {
        result["planted_circuit_found"] = found;
        print_json(std::cout, result);
    }
    return found ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace program

#endif
