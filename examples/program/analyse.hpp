/// @file
/// `svdlens analyse`: from a checkpoint to its circuit graph.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ANALYSE_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ANALYSE_HPP

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/directions/composition.hpp>
#include <svdlens/export/dot.hpp>
#include <svdlens/export/graphml.hpp>
#include <svdlens/graph/strongest_edges.hpp>
#include <svdlens/plot/network.hpp>
#include <svdlens/plot/page.hpp>

#include "analysis.hpp"
#include "filters.hpp"
#include "json_text.hpp"
#include "output_folder.hpp"
#include "planted_model.hpp"
#include "planted_result.hpp"
#include "reading.hpp"
#include "result_files.hpp"
#include "result_text.hpp"
#include "version.hpp"

namespace program {

namespace detail {

/// The sections that the filters leave rows in; why others have none.
inline std::vector<section> wanted_sections(read_model& model, const circuits& of, const options& o) {
    say_missing_sides(model);
    const bool narrow = model.weights.has_embed() && !o.all_features;
    auto features = narrow ? default_features(model.weights.embed()) : svdlens::index_list();
    if (!features.all())
        model.left_out.emplace_back(
            "observation features other than the channels key, ball, unseen, empty, green, "
            "grey, red (--all-features)");
    auto sections = make_sections({.reading = of.ov.reading(),
                                   .writing = of.ov.writing(),
                                   .weights = model.weights,
                                   .score = o.score,
                                   .features = std::move(features),
                                   .tokens = model.tokens},
                                  o.run());
    return narrow_sections(std::move(sections), o, model.left_out);
}

/// What is to come, where that is much.
inline void say_estimate(const std::vector<section>& sections, double cost, double tail, const options& o) {
    constexpr std::uint64_t worth_saying = 50'000'000;
    constexpr double bytes_an_edge = 110;
    std::uint64_t rows = 0, stored = 0;
    for (const auto& each : sections) {
        rows += each.rows;
        if (each.rows <= stored_rows) stored = (std::max)(stored, each.rows * 4);
    }
    if (rows < worth_saying || o.quiet) return;
    const double edges = 2 * tail * static_cast<double>(rows);
    std::cerr << short_number(static_cast<double>(rows)) << " scores, about " << short_number(cost)
              << " operations; up to " << short_number(static_cast<double>(stored))
              << "B held at a time; about " << short_number(edges) << " edges, "
              << short_number(edges * bytes_an_edge) << "B of edges.csv\n";
}

inline std::vector<std::string> write_files(output_folder& folder, const read_model& model,
                                            const circuits& of, const std::vector<section_result>& results,
                                            const svdlens::float_graph& graph, double tail, const options& o,
                                            progress_bar& bar) {
    current_stage = "writing the files";
    const std::string weights = model.weights.provenance();
    const std::string scores = weights + "; score " + std::string(svdlens::to_text(o.score));
    const std::string tails = scores + "; tails " + svdlens::to_text(tail);
    std::vector<const svdlens::float_directions*> spectra{&of.ov};
    if (of.qk) spectra.push_back(&*of.qk);
    write_singular_values(folder.file("singular_values.csv"), weights, spectra);
    write_composition(folder.file("composition.csv"), weights,
                      svdlens::v_composition(svdlens::ov_circuits(model.weights), o.run()));
    write_describe(folder.file("describe.csv"), scores, results);
    write_edges(folder.file("edges.csv"), tails, results, o.run(bar.reporter()));
    write_top(folder.file("top.csv"), scores, results);
    write_components(folder.file("components.csv"), tails, results);
    write_dead(folder.file("dead.csv"), weights, model.dead);
    stop_if_interrupted();
    svdlens::write_graphml(folder.file("graph.graphml"), graph);
    svdlens::write_dot(folder.file("graph.dot"), graph);
    svdlens::write_html(folder.file("graph.html"), svdlens::plot::network(graph));
    return folder.names();
}

inline manifest_facts facts_of(const read_model& model, const options& o, double tail) {
    manifest_facts model_files = manifest_facts::array();
    for (const auto& [name, hash] : hashes(model.file, o))
        model_files.push_back({{"name", name}, {"sha256", hash}});
    return {
        {"program", "svdlens"},
        {"version", version_text()},
        {"command", o.program},
        {"model", model.weights.provenance()},
        {"model_files", std::move(model_files)},
        {"score", svdlens::to_text(o.score)},
        {"tail", tail},
        {"filters",
         {{"layers", o.layers}, {"heads", o.heads}, {"directions", o.directions}, {"targets", o.targets}}},
        {"assumed", model.weights.notes},
        {"dead", dead_lines(model)},
        {"left_out", model.left_out}};
}

inline void print_files(std::ostream& out, const output_folder& folder,
                        const std::vector<std::string>& files) {
    std::string line = folder.place().string() + "/:";
    for (const auto& name : files) line += " " + name;
    out << "\nWritten  ";
    print_wrapped(out, svdlens::shown_bytes(line), 9);
}

} // namespace detail

/// Analyses a model and writes the folder. The result is printed, or is JSON.
inline json analyse_model(const std::filesystem::path& path, const std::filesystem::path& shown, double tail,
                          output_folder& folder, const options& o) {
    progress_bar bar(o.quiet);
    auto model = read(o, path, shown);
    folder.keep_inputs(inputs_of(model.file));
    const double guess = expected_cost(model.weights, tail);
    bar.expect(2 * decomposition_cost(model.weights) + guess);
    const auto of = decompose(model, o, bar, true);
    auto sections = detail::wanted_sections(model, of, o);
    std::vector<section_costs> costs;
    double cost = 0, edges = 0;
    for (const auto& each : sections) {
        costs.push_back(costs_of(each, model.weights.sizes.d_model));
        cost += costs.back().sum();
        edges += expected_edges(each, tail);
    }
    const double writing = edges * edge_cost(model.weights.sizes.d_model);
    bar.expect(cost + writing - guess);
    bar.clear();
    detail::say_estimate(sections, cost, tail, o);
    std::vector<section_result> results;
    for (std::size_t k = 0; k < sections.size(); ++k)
        results.push_back(analyse(std::move(sections[k]), costs[k], tail, o, bar));
    current_stage = "joining the edges";
    bar.begin("joining the edges", "edges", writing / 4);
    say_once(results);
    auto graph = joined_graph(results);
    if (o.max_edges != 0) graph = svdlens::strongest_edges(graph, o.max_edges);
    if (graph.hidden_edges() != 0)
        model.left_out.push_back("the graph files hold the strongest edges; " +
                                 svdlens::to_text(graph.hidden_edges()) +
                                 " weaker ones are in edges.csv only (--max-edges)");
    bar.begin("writing the files", "edges", 3 * writing / 4);
    const auto files = detail::write_files(folder, model, of, results, graph, tail, o, bar);
    folder.commit(detail::facts_of(model, o, tail));
    bar.clear();
    if (o.json)
        return {{"model", json_model(model)},
                {"score", svdlens::to_text(o.score)},
                {"tail", tail},
                {"strongest", json_strongest(results, 100)},
                {"graph", json_graph(svdlens::summarize(graph))},
                {"sections", json_sections(results)},
                {"folder", folder.place().string()},
                {"files", files}};
    if (o.quiet) return {};
    print_model(std::cout, model.weights);
    if (results.empty()) std::cout << "\nThe model has nothing that its heads write to or read from.\n";
    print_answer(std::cout, results, graph, o.score, tail);
    if (o.verbose) {
        print_strongest_of_each(std::cout, results);
        print_spectra(std::cout, of.ov);
        print_describe(std::cout, results);
        print_histograms(std::cout, results);
        print_components(std::cout, results, graph);
    }
    print_left_out(std::cout, model);
    detail::print_files(std::cout, folder, files);
    return {};
}

/// The files that a set may have.
inline std::vector<std::string> result_names(bool with_model) {
    std::vector<std::string> names{
        "singular_values.csv", "composition.csv", "describe.csv",  "edges.csv", "top.csv",
        "components.csv",      "dead.csv",        "graph.graphml", "graph.dot", "graph.html"};
    if (with_model) names.emplace_back("planted.safetensors");
    return names;
}

inline int analyse_command(options o) {
    if (o.out.empty()) o.out = "circuit";
    output_folder folder(o.out, result_names(o.model.empty()));
    if (!o.model.empty()) {
        const auto result = analyse_model(o.model, o.model, o.tail.value_or(0.001), folder, o);
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
    auto result = analyse_model(path, o.out / "planted.safetensors", tail, folder, o);
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
