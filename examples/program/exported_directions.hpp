/// @file
/// `--export-directions`: directions for a model that runs, under its hooks' names.
#ifndef SVDLENS_EXAMPLES_PROGRAM_EXPORTED_DIRECTIONS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_EXPORTED_DIRECTIONS_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/circuit/found_edges.hpp>
#include <svdlens/circuit/hooked_directions.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/safetensors.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "reading.hpp"

namespace program {

/// Which directions are exported, and by which rule.
struct exported_choice {
    std::vector<svdlens::direction_index> which;
    std::string rule;
};

namespace detail {

/// A direction at one end of a row; both ends where the target is one, too.
inline void add_ends(std::set<svdlens::direction_index>& all, const svdlens::axes& axes,
                     svdlens::row_number row) {
    for (const std::string prefix : {"", "target_"}) {
        if (!axes.find_axis(prefix + "direction")) continue;
        const auto at = [&](const char* name) {
            return static_cast<std::size_t>(axes.coordinate(row, axes.axis_number(prefix + name)));
        };
        all.insert({at("layer"), at("head"), at("direction")});
    }
}

/// The directions of every head that hold nine tenths of its Σ S² together.
inline std::vector<svdlens::direction_index> leading_directions(const svdlens::float_directions& ov) {
    std::vector<svdlens::direction_index> which;
    for (std::size_t l = 0; l < ov.layers(); ++l)
        for (std::size_t h = 0; h < ov.heads(); ++h) {
            const auto square = [&](std::size_t k) {
                const auto s = static_cast<double>(ov.singular_value(l, h, k));
                return s * s;
            };
            double total = 0, held = 0;
            for (std::size_t k = 0; k < ov.directions(); ++k) total += square(k);
            for (std::size_t k = 0; k < ov.directions() && held < 0.9 * total && !ov.is_null(l, h, k); ++k) {
                which.push_back({l, h, k});
                held += square(k);
            }
        }
    return which;
}

} // namespace detail

/// The directions of found edges; where nothing was found or tested, those that hold most of every head.
inline exported_choice exported_directions(const svdlens::float_directions& ov,
                                           const svdlens::found_edges& found) {
    std::set<svdlens::direction_index> ends;
    for (const auto& family : found.families) {
        if (!family.table.is_of_heads()) continue;
        for (const auto row : family.found.rows.rows()) detail::add_ends(ends, family.found.rows.axes(), row);
    }
    if (!ends.empty())
        return {{ends.begin(), ends.end()}, "directions of edges found at q " + svdlens::to_text(found.q)};
    return {detail::leading_directions(ov),
            "directions that hold nine tenths of the sum of S^2 of each head"};
}

inline constexpr std::string_view directions_mark = "svdlens directions";

/// Writes them beside their place; `commit` of the place is the caller's. What was chosen, in a line.
inline std::string write_directions(const output_file& place, const read_model& model,
                                    const svdlens::float_directions& ov, const svdlens::found_edges& found) {
    current_stage = "writing the directions";
    auto choice = exported_directions(ov, found);
    const auto count = choice.which.size();
    svdlens::write_safetensors(
        place.path(), svdlens::hooked_directions(model.weights, ov, std::move(choice.which), choice.rule));
    return svdlens::to_text(count) + " " + choice.rule;
}

} // namespace program

#endif
