/// @file
/// Two columns of a wide table against each other.
#ifndef SVDLENS_PLOT_SCATTER_HPP
#define SVDLENS_PLOT_SCATTER_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/random_positions.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../table/wide_table.hpp"
#include "detail/categories.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "detail/thinning.hpp"
#include "figure.hpp"
#include "palette.hpp"
#include "row_options.hpp"

namespace svdlens::inline v0_2::plot {

struct scatter_options {
    std::string title = {};
    std::string x;                                  ///< the label of a column of the wide table: `left`
    std::string y;                                  ///< another: `right`
    std::string color = {};                         ///< a column that names rows: `head`
    std::function<double(row_number)> opacity = {}; ///< of a row, by its number in `row_axes()`; from 0 to 1
    thinning_options thinning = {};                 ///< extremes are those of x and of y
};

namespace detail {

/// The column of a wide table that has a label. @throws lookup_error (unknown_label, ambiguous_label)
template <class Wide>
std::size_t wide_column(const Wide& wide, const std::string& label) {
    std::vector<std::size_t> found;
    for (std::size_t k = 0; k < wide.column_count(); ++k)
        if (wide.column_label(k) == label) found.push_back(k);
    if (found.size() == 1) return found.front();
    std::string message =
        "scatter: expected one column " + quoted(label) + ", found " + to_text(found.size()) + "; there are";
    for (std::size_t k = 0; k < (std::min)(wide.column_count(), std::size_t{10}); ++k)
        message += " " + quoted(wide.column_label(k));
    throw lookup_error(found.empty() ? errc::unknown_label : errc::ambiguous_label,
                       message + (wide.column_count() > 10 ? " ..." : ""));
}

/// Positions of the `count` lowest and highest of the values at `rows`.
template <class Value>
void add_extremes(std::vector<std::size_t>& chosen, std::vector<std::size_t> rows, std::size_t count,
                  Value value) {
    count = (std::min)(count, rows.size());
    const auto middle = static_cast<std::ptrdiff_t>(count);
    const auto before = [&](std::size_t a, std::size_t b) {
        return std::pair(value(a), a) < std::pair(value(b), b);
    };
    std::partial_sort(rows.begin(), rows.begin() + middle, rows.end(), before);
    chosen.insert(chosen.end(), rows.begin(), rows.begin() + middle);
    std::partial_sort(rows.begin(), rows.begin() + middle, rows.end(),
                      [&](auto a, auto b) { return before(b, a); });
    chosen.insert(chosen.end(), rows.begin(), rows.begin() + middle);
}

/// Of `rows` those to draw, ascending: all where there is room.
template <class X, class Y>
std::vector<std::size_t> choose_points(std::vector<std::size_t> rows, const thinning_options& options, X x,
                                       Y y) {
    if (rows.size() <= options.max_points) return rows;
    std::vector<std::size_t> chosen;
    const auto extremes = static_cast<std::size_t>((std::min)(options.extremes, options.max_points / 8));
    add_extremes(chosen, rows, extremes, x);
    add_extremes(chosen, rows, extremes, y);
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    std::vector<std::size_t> others;
    std::set_difference(rows.begin(), rows.end(), chosen.begin(), chosen.end(), std::back_inserter(others));
    svdlens::detail::random_stream random(options.seed);
    for (const auto k :
         svdlens::detail::random_positions(others.size(), options.max_points - chosen.size(), random))
        chosen.push_back(others[static_cast<std::size_t>(k)]);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

/// The rows of a wide table that have both numbers; how many have not is in a note.
template <class Wide>
std::vector<std::size_t> rows_with_both(figure& f, const Wide& wide, std::size_t x, std::size_t y) {
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < wide.row_count(); ++k)
        if (std::isfinite(wide(k, x)) && std::isfinite(wide(k, y))) rows.push_back(k);
    if (const auto missing = wide.row_count() - rows.size(); missing != 0)
        f.notes.push_back(count_text(missing, "row lacks", "rows lack") + " one of the two numbers.");
    return rows;
}

inline json scatter_trace(std::size_t k, const json& name, const scatter_options& options) {
    return {{"type", "scatter"},
            {"mode", "markers"},
            {"name", name},
            {"x", json::array()},
            {"y", json::array()},
            {"customdata", json::array()},
            {"marker", {{"color", color(k)}, {"symbol", symbol(k)}, {"size", 7}, {"opacity", json::array()}}},
            {"hovertemplate", "%{customdata}<br>" + template_label(options.x) + ": %{x}<br>" +
                                  template_label(options.y) + ": %{y}<extra></extra>"}};
}

/// The rows of a wide table as a table, so that columns can be asked for.
template <std::floating_point T>
basic_selection<T> row_selection(const basic_wide_table<T>& wide, const std::vector<std::size_t>& rows) {
    std::vector<row_number> numbers;
    for (const auto k : rows) numbers.push_back(wide.rows()[k]);
    return {wide.row_axes(), std::move(numbers), std::vector<T>(rows.size())};
}

template <std::floating_point T>
void add_points(figure& f, const basic_wide_table<T>& wide, const std::vector<std::size_t>& rows,
                std::size_t x, std::size_t y, const scatter_options& options) {
    const auto colors = find_categories(row_selection(wide, rows), options.color, {}, most_categories);
    for (std::size_t c = 0; c < colors.size(); ++c)
        f.data.push_back(scatter_trace(c, colors.labels[c], options));
    for (std::size_t k = 0; k < rows.size(); ++k) {
        json& trace = f.data[colors.of_row[k]];
        trace["x"].push_back(number(wide(rows[k], x)));
        trace["y"].push_back(number(wide(rows[k], y)));
        trace["customdata"].push_back(shown_label(wide.row_label(rows[k])));
        const double opacity = options.opacity ? options.opacity(wide.rows()[rows[k]]) : 0.7;
        trace["marker"]["opacity"].push_back(number(std::clamp(opacity, 0.0, 1.0)));
    }
}

} // namespace detail

/// A point a row of a wide table: `scatter(pivot(scores, by("head", "direction"), by("action"),
/// aggregates::single{}), {.x = "left", .y = "right", .color = "head"})`. Rows that lack one of the numbers
/// are counted in a note; beyond `thinning.max_points` the extremes of both and a random sample of the others
/// are drawn. O(rows log rows)
/// @throws lookup_error (unknown_label, ambiguous_label, unknown_column)
/// @throws argument_error (invalid_argument) when `color` has more than 200 values
template <std::floating_point T>
figure scatter(const basic_wide_table<T>& wide, const scatter_options& options) {
    figure f = detail::start_figure(wide.axes(), options.title);
    if (wide.row_count() == 0) return detail::nothing_to_draw(std::move(f));
    const auto x = detail::wide_column(wide, options.x), y = detail::wide_column(wide, options.y);
    const auto all = detail::rows_with_both(f, wide, x, y);
    if (all.empty()) return detail::nothing_to_draw(std::move(f));
    const auto rows = detail::choose_points(
        all, options.thinning, [&](std::size_t k) { return wide(k, x); },
        [&](std::size_t k) { return wide(k, y); });
    if (rows.size() < all.size())
        f.notes.push_back("Drawn are " + to_text(rows.size()) + " of " + to_text(all.size()) +
                          " rows: the highest and lowest of both, and a random sample of the others.");
    detail::add_points(f, wide, rows, x, y, options);
    f.layout["xaxis"] = detail::titled(options.x);
    f.layout["yaxis"] = detail::titled(options.y);
    f.layout["legend"] = {{"title", {{"text", detail::shown_label(options.color)}}},
                          {"itemsizing", "constant"}};
    f.layout["showlegend"] = !options.color.empty();
    return f;
}

/// The figure with the same range on both axes, a square plot and the line y = x: which of the two is larger
/// is seen at once. For figures of points: their traces have `x` and `y`. O(points)
inline figure with_diagonal(figure f) {
    if (f.data.empty()) return f;
    double most = 0;
    for (const auto& trace : f.data)
        for (const char* axis : {"x", "y"})
            for (const auto& value : trace.at(axis))
                if (value.is_number()) most = (std::max)(most, std::abs(value.get<double>()));
    most = most > 0 ? 1.08 * most : 1;
    f.layout["xaxis"]["range"] = {-most, most};
    f.layout["yaxis"]["range"] = {-most, most};
    f.layout["xaxis"]["constrain"] = "domain";
    f.layout["yaxis"]["scaleanchor"] = "x";
    f.layout["height"] = 620;
    f.layout["shapes"].push_back({{"type", "line"},
                                  {"x0", -most},
                                  {"y0", -most},
                                  {"x1", most},
                                  {"y1", most},
                                  {"layer", "below"},
                                  {"line", {{"color", "#999999"}, {"dash", "dash"}, {"width", 1}}}});
    return f;
}

} // namespace svdlens::inline v0_2::plot

#endif
