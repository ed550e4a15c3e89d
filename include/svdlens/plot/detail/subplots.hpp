/// @file
/// Several plots in one figure: rows and columns of them, each under its title.
#ifndef SVDLENS_PLOT_DETAIL_SUBPLOTS_HPP
#define SVDLENS_PLOT_DETAIL_SUBPLOTS_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../../core/text.hpp"
#include "../figure.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Where subplots lie. They are numbered row by row, from the top.
struct subplots {
    std::size_t count = 1;
    std::size_t columns = 1;
    double gap_down = 0.08;   ///< of the figure's height
    double gap_across = 0.03; ///< of its width

    std::size_t rows() const { return (count + columns - 1) / columns; }

    /// The number that plotly adds to `x` and `y`: none for the first.
    static std::string suffix(std::size_t k) { return k == 0 ? "" : to_text(k + 1); }

    json domain_across(std::size_t k) const { return span(k % columns, columns, gap_across); }

    json domain_down(std::size_t k) const {
        const json from_top = span(k / columns, rows(), gap_down);
        return json::array({1 - from_top[1].get<double>(), 1 - from_top[0].get<double>()});
    }

    bool is_bottom(std::size_t k) const { return k + columns >= count; }
    bool is_left(std::size_t k) const { return k % columns == 0; }

  private:
    static json span(std::size_t k, std::size_t count, double gap) {
        const double n = static_cast<double>(count);
        const double between = count == 1 ? 0 : (std::min)(gap, 0.5 / n);
        const double width = (1 - between * (n - 1)) / n;
        const double start = static_cast<double>(k) * (width + between);
        return json::array({start, start + width});
    }
};

/// Adds the axes of the k-th subplot, which start as `x` and `y`.
inline void add_axes(figure& f, const subplots& grid, std::size_t k, json x, json y) {
    const auto suffix = subplots::suffix(k);
    x["domain"] = grid.domain_across(k);
    x["anchor"] = "y" + suffix;
    y["domain"] = grid.domain_down(k);
    y["anchor"] = "x" + suffix;
    f.layout["xaxis" + suffix] = std::move(x);
    f.layout["yaxis" + suffix] = std::move(y);
}

/// Puts a title above the k-th subplot, where it stays whatever its shape becomes.
inline void add_title(figure& f, std::size_t k, std::string_view shown) {
    const auto suffix = subplots::suffix(k);
    f.layout["annotations"].push_back({{"text", shown},
                                       {"showarrow", false},
                                       {"xref", "x" + suffix + " domain"},
                                       {"yref", "y" + suffix + " domain"},
                                       {"x", 0.5},
                                       {"y", 1},
                                       {"xanchor", "center"},
                                       {"yanchor", "bottom"}});
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
