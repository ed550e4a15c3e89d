/// @file
/// Whether an axis of features is a stack of maps, as its labels say.
#ifndef SVDLENS_REPORT_DETAIL_GRID_FORMAT_HPP
#define SVDLENS_REPORT_DETAIL_GRID_FORMAT_HPP

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../plot/grid.hpp"
#include "../../tensor/axis.hpp"
#include "../../tensor/labels.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A label `key, (3,4)` taken apart.
struct grid_label {
    std::string_view map;
    std::size_t x;
    std::size_t y;
};

inline std::optional<grid_label> parse_grid_label(std::string_view label) {
    const auto open = label.rfind(", (");
    if (open == std::string_view::npos) return std::nullopt;
    grid_label found{label.substr(0, open), 0, 0};
    const char* const end = label.data() + label.size();
    const auto x = std::from_chars(label.data() + open + 3, end, found.x);
    if (x.ec != std::errc() || x.ptr == end || *x.ptr != ',') return std::nullopt;
    const auto y = std::from_chars(x.ptr + 1, end, found.y);
    if (y.ec != std::errc() || y.ptr + 1 != end || *y.ptr != ')') return std::nullopt;
    return found;
}

/// How to draw the scores of an axis whose labels are those of maps, `{map}, ({x},{y})` with y fastest;
/// nothing for any other axis. O(labels) where the last label is of that form, else O(1).
inline std::optional<plot::grid_options> grid_format(const axis& features) {
    if (!features.labels || features.labels->empty()) return std::nullopt;
    const auto& labels = *features.labels;
    const auto last = parse_grid_label(labels.back());
    if (!last || last->x >= labels.size() || last->y >= labels.size()) return std::nullopt;
    const std::size_t width = last->x + 1, height = last->y + 1, places = width * height;
    if (labels.size() % places != 0) return std::nullopt;
    std::vector<std::string> maps;
    for (std::size_t k = 0; k < labels.size(); k += places) {
        const auto first = parse_grid_label(labels[k]);
        if (!first) return std::nullopt;
        maps.emplace_back(first->map);
    }
    if (cartesian_labels("{}, ({},{})", {maps, number_labels(width), number_labels(height)}) != labels)
        return std::nullopt;
    return plot::grid_options{
        .axis = features.name, .width = width, .height = height, .maps = std::move(maps)};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
