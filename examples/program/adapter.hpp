/// @file
/// An adapter without its model: its updates are factored matrices, whose spectra and directions can be looked at
/// alone; those that write to the residual stream meet those that read from it.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ADAPTER_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ADAPTER_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/directions/factored_set.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/dot.hpp>
#include <svdlens/export/graphml.hpp>
#include <svdlens/graph/strongest_edges.hpp>
#include <svdlens/io/low_rank_adapter.hpp>
#include <svdlens/model/adapter_updates.hpp>
#include <svdlens/plot/network.hpp>
#include <svdlens/plot/page.hpp>
#include <svdlens/projection/projection.hpp>

#include "analysis.hpp"
#include "filters.hpp"
#include "json_text.hpp"
#include "opening.hpp"
#include "output_folder.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "result_files.hpp"
#include "result_text.hpp"
#include "text.hpp"
#include "version.hpp"

namespace program {

/// The updates of an adapter and their directions, set by set.
struct adapter_spectra {
    svdlens::low_rank_adapter adapter;
    std::vector<svdlens::factored_set> sets;
    std::vector<svdlens::float_directions> directions;
};

/// An adapter alone is no model: what says how one is read has nothing to do here.
inline void refuse_options_of_models(const options& o) {
    const std::pair<bool, const char*> asked[] = {
        {o.raw, "--raw"},
        {o.n_heads != 0, "--n-heads"},
        {!o.model_type.empty(), "--model-type"},
        {!o.scheme.empty(), "--scheme"},
        {!o.suggestion.empty(), "--suggest-scheme"},
        {!o.vectors.empty(), "--vectors"},
        {o.prefix.has_value(), "--prefix"},
        {o.tower.has_value(), "--tower"},
        {!o.key.empty(), "--key"},
        {!o.variant.empty(), "--variant"},
    };
    for (const auto& [is_given, name] : asked)
        if (is_given)
            throw usage_error(std::string(name) + " needs a model: " + o.model +
                              " is an adapter; name the model that it changes with --base");
}

/// Opens an adapter and decomposes its updates.
inline adapter_spectra read_adapter(const options& o) {
    refuse_options_of_models(o);
    current_stage = "reading " + o.model;
    adapter_spectra result{svdlens::open_adapter(o.model, access_of(o)), {}, {}};
    if (!o.no_mmap) watch_mapped_file(o.program, o.model);
    result.sets = svdlens::adapter_updates(result.adapter);
    current_stage = "decomposing the updates";
    for (const auto& set : result.sets)
        result.directions.push_back(svdlens::singular_directions(set, o.run()));
    return result;
}

namespace detail {

/// What a side of an update is to the residual stream.
inline std::string side_text(const svdlens::residual_port& port, const std::string& other) {
    return port.flow == svdlens::flow::none ? other : "the stream";
}

/// A line a module: its layers, ranks, scale and singular values.
struct module_line {
    std::string module;
    std::size_t layers = 0;
    std::uint64_t in = 0, out = 0;
    std::string reads, writes;
    float smallest_first = 0, largest_first = 0; ///< of the largest singular value of each layer
    std::size_t least_directions = 0, most_directions = 0;
};

/// How many directions hold 90 % of the squares of a spectrum that descends.
inline std::size_t directions_that_hold(std::span<const float> spectrum) {
    double total = 0, held = 0;
    for (const float s : spectrum) total += static_cast<double>(s) * static_cast<double>(s);
    std::size_t needed = 0;
    for (; needed < spectrum.size() && held < 0.9 * total; ++needed)
        held += static_cast<double>(spectrum[needed]) * static_cast<double>(spectrum[needed]);
    return needed;
}

inline module_line line_of(const svdlens::factored_set& set, const svdlens::float_directions& of,
                           std::size_t m) {
    module_line line;
    line.module = set.axes.label(m, "module");
    line.reads = side_text(set.left, "its own input");
    line.writes = side_text(set.right, "its own output");
    for (std::size_t l = 0; l < set.layers(); ++l) {
        const auto& matrix = set(l, m);
        if (matrix.a_name.empty()) continue; // no update in this layer
        const auto first = (l * set.heads() + m) * of.directions();
        const auto spectrum = of.singular_values().values().subspan(first, of.directions());
        const auto needed = directions_that_hold(spectrum);
        const bool is_first = line.layers++ == 0;
        line.in = matrix.a.rows();
        line.out = matrix.b.columns();
        line.smallest_first = is_first ? spectrum[0] : (std::min)(line.smallest_first, spectrum[0]);
        line.largest_first = (std::max)(line.largest_first, spectrum[0]);
        line.least_directions = is_first ? needed : (std::min)(line.least_directions, needed);
        line.most_directions = (std::max)(line.most_directions, needed);
    }
    return line;
}

inline std::vector<module_line> module_lines(const adapter_spectra& of) {
    std::vector<module_line> lines;
    for (std::size_t s = 0; s < of.sets.size(); ++s)
        for (std::size_t m = 0; m < of.sets[s].heads(); ++m)
            lines.push_back(line_of(of.sets[s], of.directions[s], m));
    return lines;
}

inline std::string from_to(const std::string& least, const std::string& most) {
    return least == most ? least : least + " to " + most;
}

inline void print_adapter(std::ostream& out, const adapter_spectra& of) {
    const auto& adapter = of.adapter;
    out << "Adapter " << svdlens::shown_bytes(adapter.label()) << ": " << adapter.updates.size()
        << " updates";
    if (!adapter.base.empty()) out << " of " << svdlens::shown_bytes(adapter.base);
    out << "\n\n";
    std::vector<table_line> lines{
        {"module", "layers", "in x out", "reads", "writes", "largest singular value", "directions of 90 %"}};
    for (const auto& each : module_lines(of))
        lines.push_back(
            {svdlens::shown_bytes(each.module), svdlens::to_text(each.layers),
             svdlens::to_text(each.in) + " x " + svdlens::to_text(each.out), each.reads, each.writes,
             from_to(number(each.smallest_first, 4), number(each.largest_first, 4)),
             from_to(svdlens::to_text(each.least_directions), svdlens::to_text(each.most_directions))});
    print_table(out, lines);
    std::vector<std::string> replaced;
    for (const auto& each : adapter.replaced) replaced.push_back(each.name);
    print_list(out, "Replaced", replaced);
}

inline json json_adapter(const adapter_spectra& of) {
    json modules = json::array(), replaced = json::array();
    for (const auto& each : module_lines(of))
        modules.push_back({{"module", each.module},
                           {"layers", each.layers},
                           {"in", each.in},
                           {"out", each.out},
                           {"reads", each.reads},
                           {"writes", each.writes},
                           {"largest_singular_value", {each.smallest_first, each.largest_first}},
                           {"directions_of_90_percent", {each.least_directions, each.most_directions}}});
    for (const auto& each : of.adapter.replaced) replaced.push_back(each.name);
    return {{"adapter", of.adapter.label()},
            {"base", of.adapter.base},
            {"updates", of.adapter.updates.size()},
            {"modules", std::move(modules)},
            {"replaced", std::move(replaced)}};
}

/// One side of a set's directions, as nodes of its own.
inline svdlens::vector_set own_nodes(svdlens::vector_set side, const std::string& name) {
    side.identity = svdlens::label_column("direction", "{head}.{direction}", name + "_direction");
    side.name = name;
    return side;
}

/// What is written by an update and read by a later one: a section a pair of sets.
inline std::vector<section> adapter_sections(const adapter_spectra& of, const options& o) {
    using svdlens::flow;
    std::vector<section> sections;
    for (std::size_t w = 0; w < of.sets.size(); ++w)
        for (std::size_t r = 0; r < of.sets.size(); ++r) {
            const auto &writer = of.sets[w], &reader = of.sets[r];
            if (writer.right.flow != flow::writes || reader.left.flow != flow::reads) continue;
            if (of.directions[w].writing().d_model() != of.directions[r].reading().d_model()) continue;
            auto scores = svdlens::project(own_nodes(of.directions[w].writing(), writer.name),
                                           own_nodes(of.directions[r].reading(), reader.name),
                                           {.score = o.score}, o.run());
            if (scores.max_rows() != 0) sections.push_back({std::move(scores), "target"});
        }
    return sections;
}

/// What stands in the first line of the tables and under the result.
inline read_model adapter_facts(const adapter_spectra& of) {
    read_model model{of.adapter.file, {}, {}, {}};
    model.weights.file = "adapter " + of.adapter.label() + " alone";
    model.weights.notes.emplace_back("scores are between updates: the model's own weights, its norms and "
                                     "their gains are not in the adapter");
    for (const auto& set : of.sets)
        if (const auto at = set.provenance.find("; "); at != std::string::npos)
            model.weights.notes.push_back(set.provenance.substr(at + 2));
    if (!of.adapter.replaced.empty())
        model.left_out.push_back(svdlens::to_text(of.adapter.replaced.size()) +
                                 " tensors that the adapter replaces (--base)");
    model.left_out.emplace_back("heads: which part of an update is whose, the model says (--base)");
    return model;
}

inline void write_adapter_files(output_folder& folder, const adapter_spectra& of, const read_model& model,
                                const std::vector<section_result>& results, const svdlens::float_graph& graph,
                                double tail, const options& o) {
    current_stage = "writing the files";
    const std::string score = "; score " + std::string(svdlens::to_text(o.score));
    const std::string tails = table_provenance(model, o, score + "; tails " + svdlens::to_text(tail));
    std::vector<const svdlens::float_directions*> spectra;
    for (const auto& each : of.directions) spectra.push_back(&each);
    write_singular_values(folder.file("singular_values.csv"), table_provenance(model, o, ""), spectra);
    if (results.empty()) return;
    write_describe(folder.file("describe.csv"), table_provenance(model, o, score), results);
    write_edges(folder.file("edges.csv"), tails, results, {},
                o.run()); // an adapter alone is no model: not tested
    write_top(folder.file("top.csv"), table_provenance(model, o, score), results);
    write_components(folder.file("components.csv"), tails, results);
    svdlens::write_graphml(folder.file("graph.graphml"), graph);
    svdlens::write_dot(folder.file("graph.dot"), graph);
    svdlens::write_html(folder.file("graph.html"), svdlens::plot::network(graph));
}

inline manifest_facts adapter_manifest(const read_model& model, double tail, const options& o) {
    manifest_facts files = manifest_facts::array();
    for (const auto& [name, hash] : hashes(model, o)) files.push_back({{"name", name}, {"sha256", hash}});
    return {{"program", "svdlens"},
            {"version", version_text()},
            {"command", o.program},
            {"model", model.weights.provenance()},
            {"model_files", std::move(files)},
            {"score", svdlens::to_text(o.score)},
            {"tail", tail},
            {"assumed", model.weights.notes},
            {"left_out", model.left_out}};
}

} // namespace detail

/// The spectra of an adapter's updates, and which of them feed which.
inline json analyse_adapter(double tail, output_folder& folder, const options& o) {
    const auto of = read_adapter(o);
    auto model = detail::adapter_facts(of);
    if (o.rotary_offset)
        model.left_out.emplace_back("--offset: which queries meet which keys, the model says (--base)");
    folder.keep_inputs(inputs_of(model, o));
    auto sections = narrow_sections(detail::adapter_sections(of, o), o, model.left_out);
    if (sections.empty())
        model.left_out.emplace_back(
            "edges: no update is known to write to the residual stream before another "
            "that reads from it");
    progress_bar bar(o.quiet);
    const auto results = analyse_all(sections, tail, o, bar);
    auto graph = joined_graph(results);
    if (o.max_edges != 0) graph = svdlens::strongest_edges(graph, o.max_edges);
    detail::write_adapter_files(folder, of, model, results, graph, tail, o);
    folder.commit(detail::adapter_manifest(model, tail, o));
    bar.clear();
    auto result = detail::json_adapter(of);
    if (o.json) {
        result["strongest"] = json_strongest(of_attention(results, false), 100);
        result["sections"] = json_sections(results);
        result["folder"] = folder.place().string();
        result["files"] = folder.names();
        return result;
    }
    if (o.quiet) return {};
    detail::print_adapter(std::cout, of);
    if (!results.empty()) print_answer(std::cout, results, graph, o.score, tail);
    if (o.verbose)
        for (const auto& each : of.directions) print_spectra(std::cout, each);
    print_left_out(std::cout, model);
    return {};
}

} // namespace program

#endif
