/// @file
/// `svdlens map`: every class of channel through the residual stream, and what of it is more than chance.
#ifndef SVDLENS_EXAMPLES_PROGRAM_MAP_HPP
#define SVDLENS_EXAMPLES_PROGRAM_MAP_HPP

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/channel_map.hpp>
#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/significance/findings.hpp>

#include "json_text.hpp"
#include "output_folder.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "result_text.hpp"
#include "text.hpp"

namespace program {

namespace detail {

/// What `--classes` names; all without it.
inline std::vector<svdlens::channel_class> wanted_classes(const options& o) {
    if (o.classes.empty()) return svdlens::all_channel_classes();
    std::vector<svdlens::channel_class> classes;
    for (const auto& list : o.classes)
        for (std::size_t begin = 0; begin <= list.size();) {
            const auto end = (std::min)(list.find(',', begin), list.size());
            try {
                classes.push_back(svdlens::to_channel_class(list.substr(begin, end - begin)));
            } catch (const svdlens::argument_error& unknown) {
                throw usage_error("--classes: " + std::string(unknown.what()));
            }
            begin = end + 1;
        }
    return classes;
}

/// Whether scores are shares of single vectors; else they are energies.
inline bool is_of_shares(const svdlens::channel_table& table) { return table.strongest.names().size() == 3; }

/// What a row says of itself: a share, or an energy.
inline double score_at(const svdlens::score_columns& rows, std::size_t k) {
    const bool shares = rows.names().back() == "cosine";
    return rows.values(shares ? "share" : "energy")[k];
}

/// class,section,null,counts,source,target,log10_p,q,score,cosine: what was found, of each table the most significant
/// first.
inline void write_channels(const std::filesystem::path& path, const std::string& provenance,
                           const svdlens::channel_map& map) {
    svdlens::csv_writer csv(
        path, {"class", "section", "null", "counts", "source", "target", "log10_p", "q", "score", "cosine"},
        provenance);
    for (const auto& table : map.tables) {
        const auto& rows = table.found.rows;
        const auto& axes = rows.axes();
        for (std::size_t k = 0; k < rows.size(); ++k) {
            stop_if_interrupted();
            csv.cell(to_text(table.of))
                .cell(axes.title())
                .cell(svdlens::to_text(table.null))
                .cell(table.counts() ? "yes" : "no");
            csv.cell(axes.label(rows.rows()[k], "source")).cell(axes.label(rows.rows()[k], "target"));
            csv.cell(rows.values("log10_p")[k]).cell(rows.values("q")[k]).cell(score_at(rows, k));
            if (is_of_shares(table))
                csv.cell(rows.values("cosine")[k]);
            else
                csv.cell("");
            csv.end_row();
        }
    }
    csv.commit();
}

inline void print_strongest(std::ostream& out, const svdlens::channel_table& table, std::size_t most) {
    const auto& rows = table.strongest;
    const bool shares = is_of_shares(table);
    std::vector<table_line> lines{{"source", "target", "log10 p", shares ? "share" : "energy"}};
    if (shares) lines.front().push_back("cosine");
    for (std::size_t k = 0; k < (std::min)(rows.size(), most); ++k) {
        const auto row = rows.rows()[k];
        lines.push_back({fitted(rows.axes().label(row, "source"), 20),
                         fitted(rows.axes().label(row, "target"), 20), number(rows.values("log10_p")[k], 4),
                         number(score_at(rows, k), 3)});
        if (shares) lines.back().push_back(number(rows.values("cosine")[k], 3));
    }
    print_table(out, lines, 2, "  ");
}

/// Why what a table found does not count; nothing where it does.
inline std::string reason_not_to_count(const svdlens::channel_table& table) {
    if (table.counts()) return "";
    if (table.null != svdlens::null_model::share)
        return "whole matrices have no other null than a direction at random, which trained weights break";
    if (table.found.doubtful()) return "the control is above twice the rate asked for";
    return "no control, which shares of whole heads need";
}

/// How many are found, and what the control says.
inline void print_summary(std::ostream& out, const svdlens::findings& found) {
    const auto text = summary_text(found);
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = (std::min)(text.find('\n', begin), text.size());
        if (begin != 0) out << "  ";
        print_wrapped(out, text.substr(begin, end - begin), 2);
        begin = end + 1;
    }
}

inline void print_channels(std::ostream& out, const svdlens::channel_map& map, const options& o) {
    out << "\n";
    print_wrapped(out,
                  svdlens::to_text(map.tested()) + " channels in " + svdlens::to_text(map.tables.size()) +
                      " tables; " + svdlens::to_text(map.found()) + " found at q = " + number(map.q, 3) +
                      " against the model's other heads and neurons",
                  0);
    for (const auto& table : map.tables) {
        out << "\n";
        print_summary(out, table.found);
        if (const auto reason = reason_not_to_count(table); !reason.empty())
            print_wrapped(out << "  ", reason + ": not counted as found", 2);
        print_strongest(out, table, o.verbose ? table.strongest.size() : 5);
    }
}

inline json json_control(const svdlens::findings& found) {
    if (!found.control) return nullptr;
    const auto& control = *found.control;
    return {{"rows", control.rows},
            {"of_rows", control.of_rows},
            {"hits", control.hits},
            {"decoy_rate", json_number(control.decoy_rate)},
            {"standard_error", json_number(control.standard_error)},
            {"doubtful", found.doubtful()}};
}

inline json json_channels(const svdlens::channel_map& map) {
    json tables = json::array();
    for (const auto& table : map.tables) {
        json strongest = json::array();
        const auto& rows = table.strongest;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            json row = {{"source", rows.axes().label(rows.rows()[k], "source")},
                        {"target", rows.axes().label(rows.rows()[k], "target")}};
            for (const auto& name : rows.names()) row[name] = json_number(rows.values(name)[k]);
            strongest.push_back(std::move(row));
        }
        tables.push_back({{"class", to_text(table.of)},
                          {"section", rows.axes().title()},
                          {"null", svdlens::to_text(table.null)},
                          {"counts", table.counts()},
                          {"channels", table.found.tested},
                          {"found", table.found.size()},
                          {"control", json_control(table.found)},
                          {"strongest", std::move(strongest)}});
    }
    return tables;
}

} // namespace detail

inline int map_command(const options& o) {
    const auto classes = detail::wanted_classes(o);
    auto model = read(o, o.model, o.model);
    std::optional<output_file> place; // before the work: a path that cannot be written to is said at once
    if (!o.out.empty()) place.emplace(o.out, table_mark);
    if (place) place->keep_inputs(inputs_of(model, o));
    progress_bar bar(o.quiet);
    current_stage = "charting the channels";
    bar.expect(1);
    bar.begin("map", "classes", 1);
    const auto map = svdlens::chart_channels(
        model.weights, {.q = o.q, .classes = classes, .rotary_offset = o.rotary_offset.value_or(0)},
        o.run(bar.reporter()));
    bar.clear();
    model.left_out.insert(model.left_out.end(), map.left_out.begin(), map.left_out.end());
    if (place) {
        const auto tests = "; q " + svdlens::to_text(o.q);
        detail::write_channels(place->path(), table_provenance(model, o, tests), map);
        place->commit();
    }
    if (o.json)
        print_json(std::cout, {{"model", json_model(model)},
                               {"q", map.q},
                               {"channels", map.tested()},
                               {"found", map.found()},
                               {"tables", detail::json_channels(map)},
                               {"file", o.out.string()}});
    if (o.json || o.quiet) return EXIT_SUCCESS;
    print_model(std::cout, model.weights);
    detail::print_channels(std::cout, map, o);
    print_left_out(std::cout, model);
    if (place) std::cout << "\nWritten to " << svdlens::shown_bytes(o.out.string()) << "\n";
    return EXIT_SUCCESS;
}

} // namespace program

#endif
