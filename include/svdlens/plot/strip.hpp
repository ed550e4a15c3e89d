/// @file
/// Strips: a point a row, side by side by label.
#ifndef SVDLENS_PLOT_STRIP_HPP
#define SVDLENS_PLOT_STRIP_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../table/score_source.hpp"
#include "detail/categories.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "detail/subplots.hpp"
#include "detail/thinning.hpp"
#include "figure.hpp"
#include "palette.hpp"
#include "row_options.hpp"

namespace svdlens::inline v0_2::plot {

/// Where the points of a strip go that have different colours.
enum class strip_colors { side_by_side, overlaid };

/// What goes by which column. A column is an axis, a label column, or one of `computed`; an empty name leaves
/// it out.
struct strip_options {
    std::string title = {};
    std::string x = {}; ///< strips side by side
    std::string color = {};
    strip_colors colors = strip_colors::side_by_side;
    std::string facet_column = {};       ///< plots side by side
    std::string facet_row = {};          ///< plots one below the other
    std::vector<std::string> hover = {}; ///< what is said of a point; none: all columns
    computed_columns computed = {};
    std::string score_title = "score";
    thinning_options thinning = {};
};

namespace detail {

inline constexpr std::size_t most_strips = 2000, most_facets = 64;

/// The columns of a strip figure's rows.
template <std::floating_point T>
struct strip_columns {
    categories x, color, column, row;
    std::vector<svdlens::detail::row_column<T>> hover;
};

/// What stands beside a point: `name: value` lines, each value from the point's own data.
template <std::floating_point T>
std::string hover_template(const std::vector<svdlens::detail::row_column<T>>& columns) {
    std::string text;
    for (std::size_t k = 0; k < columns.size(); ++k)
        text +=
            (k == 0 ? "" : "<br>") + template_label(columns[k].name) + ": %{customdata[" + to_text(k) + "]}";
    return text + "<extra></extra>";
}

/// A box whose box cannot be seen. Its points need a colour of their own: they would be as transparent as
/// the box.
inline json strip_trace(std::size_t color, const json& label, double opacity) {
    return {
        {"type", "box"},
        {"name", label},
        {"legendgroup", label},
        {"boxpoints", "all"},
        {"jitter", 0.7},
        {"pointpos", 0},
        {"fillcolor", "rgba(0,0,0,0)"},
        {"line", {{"color", "rgba(0,0,0,0)"}}},
        {"marker",
         {{"color", plot::color(color)}, {"symbol", plot::symbol(color)}, {"size", 5}, {"opacity", opacity}}},
        {"hoveron", "points"},
        {"x", json::array()},
        {"y", json::array()},
        {"customdata", json::array()}};
}

/// A trace for each colour in each plot, those without points left out.
template <std::floating_point T>
json strip_traces(const basic_selection<T>& rows, const strip_columns<T>& columns) {
    const std::size_t colors = columns.color.size();
    std::vector<json> traces(colors * columns.column.size() * columns.row.size());
    const std::string hover = hover_template(columns.hover);
    const double opacity = rows.size() < 2000 ? 0.9 : 0.6; // many lie on each other
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto color = columns.color.of_row[k];
        const auto plot = columns.row.of_row[k] * columns.column.size() + columns.column.of_row[k];
        json& trace = traces[plot * colors + color];
        if (trace.is_null()) {
            trace = strip_trace(color, columns.color.labels[color], opacity);
            trace["xaxis"] = "x" + subplots::suffix(plot);
            trace["yaxis"] = "y" + subplots::suffix(plot);
            trace["hovertemplate"] = hover;
            for (const auto& column : columns.hover) trace["meta"].push_back(column.name); // of customdata
        }
        json said = json::array();
        for (const auto& column : columns.hover) {
            std::string text;
            column.append(text, rows.row_at(k), rows.score_at(k));
            said.push_back(std::move(text));
        }
        trace["x"].push_back(columns.x.labels[columns.x.of_row[k]]);
        trace["y"].push_back(number(rows.score_at(k)));
        trace["customdata"].push_back(std::move(said));
    }
    json drawn = json::array();
    std::vector<char> in_legend(colors);
    for (std::size_t k = 0; k < traces.size(); ++k) {
        if (traces[k].is_null()) continue;
        traces[k]["showlegend"] = colors > 1 && !std::exchange(in_legend[k % colors], char{1});
        drawn.push_back(std::move(traces[k]));
    }
    return drawn;
}

/// Whether no strip has points of two colours.
inline bool has_one_color(const categories& x, const categories& color) {
    constexpr auto none = (std::numeric_limits<std::size_t>::max)();
    std::vector<std::size_t> color_of(x.size(), none);
    for (std::size_t k = 0; k < x.of_row.size(); ++k) {
        auto& seen = color_of[x.of_row[k]];
        if (seen != none && seen != color.of_row[k]) return false;
        seen = color.of_row[k];
    }
    return true;
}

/// What the plot of a facet column and a facet row is called: `layer: 0, action: left`.
inline std::string facet_title(const categories& column, std::size_t c, const categories& row,
                               std::size_t r) {
    std::string title;
    const auto add = [&](const categories& facet, std::size_t k) {
        if (facet.name.empty()) return;
        if (!title.empty()) title += ", ";
        title += shown_label(facet.name) + ": " + facet.labels[k].get<std::string>();
    };
    add(column, c);
    add(row, r);
    return title;
}

/// The axes of every plot, the facets' labels above them.
template <std::floating_point T>
void lay_out(figure& f, const strip_columns<T>& columns, const strip_options& options) {
    const subplots grid{.count = columns.row.size() * columns.column.size(),
                        .columns = columns.column.size()};
    for (std::size_t k = 0; k < grid.count; ++k) {
        json x = category_axis(grid.is_bottom(k) ? columns.x.name : "", columns.x.labels);
        json y = titled(grid.is_left(k) ? options.score_title : "");
        x["showticklabels"] = grid.is_bottom(k) && !columns.x.name.empty();
        y["showticklabels"] = grid.is_left(k);
        if (k != 0) {
            x["matches"] = "x";
            y["matches"] = "y";
        }
        add_axes(f, grid, k, std::move(x), std::move(y));
        const std::string title =
            facet_title(columns.column, k % grid.columns, columns.row, k / grid.columns);
        if (!title.empty()) add_title(f, k, title);
    }
    const bool overlaid = options.colors == strip_colors::overlaid || has_one_color(columns.x, columns.color);
    f.layout["boxmode"] = overlaid ? "overlay" : "group";
    f.layout["legend"] = {{"title", {{"text", shown_label(columns.color.name)}}}, {"itemsizing", "constant"}};
    f.layout["height"] = (std::min)(450 + 220 * (grid.rows() - 1), std::size_t{4000});
}

template <std::floating_point T>
strip_columns<T> find_columns(const basic_selection<T>& rows, const strip_options& options) {
    const svdlens::detail::row_column_maker<T> maker(rows.axes(), options.computed.numbers,
                                                     options.computed.labels, shown_style<T>);
    const auto find = [&](const std::string& name, std::size_t most) {
        return find_categories(rows, name, options.computed, most);
    };
    return {find(options.x, most_strips), find(options.color, most_categories),
            find(options.facet_column, most_facets), find(options.facet_row, most_facets),
            maker.columns(options.hover)};
}

} // namespace detail

/// A point a row: `strip(scores, {.x = "head", .color = "layer", .facet_column = "action"})`. Beyond
/// `thinning.max_points` rows the extremes of each strip and a random sample of the others are drawn, and a
/// note says how many are not; see `choose_rows` for cost and memory. Scores read back from the JSON are
/// the table's.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) when a column has too many values to draw, (invalid_axes) for a
/// computed column of another table's rows; cancelled_error
template <std::floating_point T>
figure strip(const score_source_ref<T>& source, const strip_options& options = {},
             const execution& run = {}) {
    const auto groups = detail::table_columns_of(
        {options.x, options.color, options.facet_column, options.facet_row}, options.computed);
    auto drawn = detail::choose_rows(source, groups, options.thinning, run);
    figure f = detail::start_figure(source.axes(), options.title);
    f.notes = std::move(drawn.notes);
    if (drawn.rows.empty()) return detail::nothing_to_draw(std::move(f));
    const auto columns = detail::find_columns(drawn.rows, options);
    f.data = detail::strip_traces(drawn.rows, columns);
    detail::lay_out(f, columns, options);
    return f;
}

template <score_source S>
figure strip(const S& source, const strip_options& options = {}, const execution& run = {}) {
    return strip(score_source_ref(source), options, run);
}

/// With the default options.
template <score_source S>
figure strip(const S& source, const execution& run) {
    return strip(source, strip_options(), run);
}

} // namespace svdlens::inline v0_2::plot

#endif
