/// @file
/// The strongest paths of a model: computed, written and printed.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PATHS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PATHS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/circuit/found_edges.hpp>
#include <svdlens/circuit/path_places.hpp>
#include <svdlens/circuit/path_tests.hpp>
#include <svdlens/circuit/top_paths.hpp>
#include <svdlens/core/error.hpp>
#include <svdlens/export/csv_writer.hpp>

#include "ending.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "sections.hpp"
#include "text.hpp"

namespace program {

/// A path as it is shown.
struct shown_path {
    std::string section; ///< `embed_to_unembed`
    std::string words;   ///< `jump -> L0H1.0 -> L1H2.0 -> fell`
    std::size_t hops;
    double score;
    std::optional<svdlens::path_test> test;
};

namespace detail {

/// What following the paths costs, in operations: a product for each pair of nodes that a hop may join.
inline double cost_of_paths(const svdlens::path_places& places) {
    const auto count = [](const svdlens::vector_set& set) {
        return static_cast<double>(set.layers.size()) * static_cast<double>(set.size());
    };
    double inner = 0, readers = 0, sources = 0, d_model = 0;
    for (const auto& each : places.through) {
        inner += count(each.reads);
        d_model = static_cast<double>(each.reads.d_model());
    }
    for (const auto& each : places.targets) readers += count(each) / (each.layered() ? 2 : 1);
    for (const auto& each : places.sources) sources += count(each);
    return inner * (readers + inner / 2 + sources) * (2 * d_model + 30);
}

/// None, with the reason, where they take more than --memory: all else that is asked for can be had.
inline svdlens::float_top_paths paths_within_budget(const svdlens::path_places& places, const options& o,
                                                    progress_bar& bar, std::vector<std::string>& left_out) {
    try {
        return svdlens::top_paths(places, {.count = o.paths}, o.run(bar.reporter()));
    } catch (const svdlens::argument_error& reason) {
        left_out.push_back("paths.csv: " + in_program_words(reason.what()));
        return {};
    }
}

inline std::string joined(const std::vector<std::string>& names) {
    std::string words;
    for (const auto& each : names) words += (words.empty() ? "" : " -> ") + each;
    return words;
}

} // namespace detail

/// The strongest paths from each kind of input to each kind of output through heads, with what the tests say of them.
/// Where there can be none, or they are not asked for, it is said why.
inline std::vector<shown_path> strongest_paths(read_model& model, const section_inputs& from,
                                               const svdlens::float_directions& ov,
                                               const svdlens::found_edges& found, const options& o,
                                               progress_bar& bar) {
    if (o.paths == 0) return {};
    const auto places =
        svdlens::places_of_paths(from.weights, ov, {.features = from.features, .tokens = from.tokens});
    if (places.sources.empty() || places.targets.empty()) {
        model.left_out.push_back(std::string("paths.csv: ") +
                                 (places.sources.empty() ? "no embedding, so no input that paths begin at"
                                                         : "no unembedding and no MLP that paths end at"));
        return {};
    }
    if (o.is_filtered())
        model.left_out.push_back("paths.csv: filters are for tables of edges; paths are those of all heads");
    current_stage = "following paths";
    const double cost = detail::cost_of_paths(places);
    bar.expect(cost);
    bar.begin("following paths", "products", cost);
    const auto top = detail::paths_within_budget(places, o, bar, model.left_out);
    std::vector<shown_path> paths;
    for (const auto& each : top.paths) {
        const auto& of = top.places;
        paths.push_back({of.sources[each.source.set].name + "_to_" + of.targets[each.target.set].name,
                         detail::joined(svdlens::node_names(of, each)), each.hops.size(), each.score,
                         svdlens::test_of_path(of, each, found)});
    }
    return paths;
}

/// section,path,hops,score,sign,log10_p,q: the strongest first; no log10_p where a hop was not tested, no q where one was
/// not found.
inline void write_paths(const std::filesystem::path& path, std::string_view provenance,
                        const std::vector<shown_path>& paths) {
    svdlens::csv_writer csv(path, {"section", "path", "hops", "score", "sign", "log10_p", "q"}, provenance);
    for (const auto& each : paths) {
        csv.cell(each.section).cell(each.words).cell(each.hops);
        csv.cell(each.score).cell(each.score < 0 ? "-" : "+");
        if (each.test)
            csv.cell(each.test->log10_p);
        else
            csv.cell("");
        if (each.test && each.test->q)
            csv.cell(*each.test->q);
        else
            csv.cell("");
        csv.end_row();
    }
    csv.commit();
}

/// The three strongest of each section, in the order of the sections' strongest.
inline std::vector<const shown_path*> strongest_of_each(const std::vector<shown_path>& paths) {
    constexpr std::ptrdiff_t most = 3;
    std::vector<const shown_path*> chosen;
    for (const auto& each : paths) {
        const auto is_same = [&](const shown_path* other) { return other->section == each.section; };
        if (std::count_if(chosen.begin(), chosen.end(), is_same) < most) chosen.push_back(&each);
    }
    return chosen;
}

inline void print_paths(std::ostream& out, const std::vector<shown_path>& paths) {
    if (paths.empty()) return;
    out << "\nStrongest paths: <e, u> S <v, u'> S' ... <v', w>, whose sign is a fact\n";
    std::vector<table_line> lines{{"section", "path", "score", "q"}};
    for (const auto* each : strongest_of_each(paths))
        lines.push_back({fitted(each->section, 18), fitted(each->words, 40), number(each->score, 3),
                         each->test && each->test->q ? number(*each->test->q, 2) : "-"});
    print_table(out, lines, 2, "  ");
}

inline json json_paths(const std::vector<shown_path>& paths, std::size_t most) {
    json list = json::array();
    for (std::size_t k = 0; k < (std::min)(most, paths.size()); ++k) {
        const auto& each = paths[k];
        list.push_back({{"section", each.section},
                        {"path", each.words},
                        {"hops", each.hops},
                        {"score", json_number(each.score)},
                        {"log10_p", each.test ? json_number(each.test->log10_p) : json(nullptr)},
                        {"q", each.test && each.test->q ? json_number(*each.test->q) : json(nullptr)}});
    }
    return list;
}

} // namespace program

#endif
