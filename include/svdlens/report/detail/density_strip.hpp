/// @file
/// The report's strips: every row of the tails as a point, and how all rows lie as a shade behind them.
#ifndef SVDLENS_REPORT_DETAIL_DENSITY_STRIP_HPP
#define SVDLENS_REPORT_DETAIL_DENSITY_STRIP_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../plot/figure.hpp"
#include "../../plot/json.hpp"
#include "../../plot/palette.hpp"
#include "../../plot/strip.hpp"
#include "../../table/ask.hpp"
#include "../../table/by.hpp"
#include "../../table/describe.hpp"
#include "../../table/question.hpp"
#include "../../table/score_source.hpp"
#include "../../table/selection.hpp"
#include "../../tensor/axes.hpp"
#include "../../tensor/sub_index.hpp"

namespace svdlens::inline v0_2::detail {

/// How many rows of each group lie in each of even bins between two scores; those beyond are not counted.
struct group_density {
    svdlens::axes groups;
    std::size_t bins = 0;
    double low = 0;
    double high = 0;
    std::vector<std::uint64_t> counts = {}; ///< group by group

    double width() const { return (high - low) / static_cast<double>(bins); }
};

/// The question: one pass, in any order, since counts are whole numbers.
struct density_question {
    std::string column;
    double low;
    double high;
    std::size_t bins;

    template <std::floating_point T>
    class bound {
      public:
        using state = std::vector<std::uint64_t>;
        static constexpr merge_order order = merge_order::any;

        bound(const density_question& asked, const svdlens::axes& table) :
            index_(table, std::vector<std::string>{asked.column}),
            result_{group_axes(table, by(asked.column)), asked.bins, asked.low, asked.high} {
            result_.counts.assign(static_cast<std::size_t>(index_.size()) * asked.bins, 0);
        }

        unsigned passes_left() const { return is_done_ ? 0 : 1; }
        const bound* begin_pass() const { return this; }
        static void look(const bound* self, const score_block<T>& block, state& counts) {
            counts.resize(self->result_.counts.size());
            for (std::size_t k = 0; k < block.runs; ++k) self->count(block.run(k), counts);
        }
        static void merge(state& to, state& from) {
            if (to.size() < from.size()) to.resize(from.size());
            for (std::size_t k = 0; k < from.size(); ++k) to[k] += std::exchange(from[k], std::uint64_t{0});
        }
        void end_pass(const state& counts) {
            for (std::size_t k = 0; k < counts.size(); ++k) result_.counts[k] += counts[k];
            is_done_ = true;
        }
        group_density result() { return std::move(result_); }

      private:
        void count(const auto& run, state& counts) const {
            const double scale = 1 / result_.width();
            row_number end = 0; // of the rows that share a group
            std::size_t first = 0;
            for (std::size_t j = 0; j < run.scores.size(); ++j) {
                const auto row = run.row(j);
                if (j == 0 || row >= end) {
                    const auto stretch = index_.stretch();
                    end = row / stretch * stretch + stretch;
                    first = static_cast<std::size_t>(index_.index(row)) * result_.bins;
                }
                const auto score = static_cast<double>(run.scores[j]);
                if (!(score >= result_.low && score <= result_.high)) continue;
                const auto bin = static_cast<std::size_t>((score - result_.low) * scale);
                ++counts[first + (std::min)(bin, result_.bins - 1)];
            }
        }

        sub_index index_;
        group_density result_;
        bool is_done_ = false;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>& table) const {
        return {*this, table.axes};
    }
};

/// Shades of counts from 0 to the largest, by the logarithm: plotly has none, but draws straight lines between colours.
inline plot::json shades_of_counts(std::uint64_t largest) {
    constexpr int steps = 24;
    plot::json scale = plot::json::array();
    for (int k = 0; k <= steps; ++k) {
        const double share = static_cast<double>(k) / steps, top = static_cast<double>(largest);
        const double at = k == steps ? 1 : (std::pow(1 + top, share) - 1) / top;
        scale.push_back({at, "rgba(128,128,128," + to_rounded_text(0.08 + 0.67 * share, 3) + ")"});
    }
    return scale;
}

/// The shade: darker where more rows lie, by the logarithm of their number. `z` is that number; null: none.
inline plot::json density_trace(const group_density& density, const std::string& column) {
    plot::json x = plot::json::array(), y = plot::json::array(), z = plot::json::array();
    const auto groups = density.counts.size() / density.bins;
    std::uint64_t largest = 1;
    for (std::size_t g = 0; g < groups; ++g) x.push_back(density.groups.label(g, column));
    for (std::size_t b = 0; b < density.bins; ++b) {
        y.push_back(density.low + (static_cast<double>(b) + 0.5) * density.width());
        auto line = plot::json::array();
        for (std::size_t g = 0; g < groups; ++g) {
            const auto n = density.counts[g * density.bins + b];
            largest = (std::max)(largest, n);
            line.push_back(n == 0 ? plot::json() : plot::json(n));
        }
        z.push_back(std::move(line));
    }
    return {{"type", "heatmap"},
            {"name", "all rows"},
            {"x", std::move(x)},
            {"y", std::move(y)},
            {"z", std::move(z)},
            {"zmin", 0},
            {"zmax", largest},
            {"colorscale", shades_of_counts(largest)},
            {"showscale", false},
            {"xgap", 6},
            {"hovertemplate", "%{x}, about %{y}: %{z} rows<extra></extra>"}};
}

/// Strips side by side: every row beyond the tails, up to the budget, and all rows as a shade. One pass over the table.
template <std::floating_point T>
plot::figure density_strip(const score_source_ref<T>& scores, const basic_selection<T>& tails,
                           const description& all, plot::strip_options options, const execution& run) {
    constexpr std::size_t bins = 160;
    auto f = plot::strip(tails, options, run);
    if (tails.empty() || !(std::isfinite(all.min) && all.max > all.min)) return f;
    const auto density = ask(scores, density_question{options.x, all.min, all.max, bins}, run);
    for (auto& trace : f.data) {
        trace["marker"]["color"] = plot::palette[4]; // no sign is meant
        trace["name"] = "tails";
        auto hover = trace["hovertemplate"].template get<std::string>();
        trace["hovertemplate"] = hover.insert(hover.find("<extra>"), "<br>" + options.score_title + ": %{y}");
    }
    auto shade = density_trace(std::get<0>(density), options.x);
    f.layout["xaxis"]["categoryorder"] = "array";
    f.layout["xaxis"]["categoryarray"] = shade["x"];
    f.data.insert(f.data.begin(), std::move(shade));
    f.notes.push_back(
        (f.notes.empty() ? "Points: the " + to_text(tails.size()) + " rows in the tails."
                         : "Points: rows in the tails, not all of them.") +
        std::string(" Shade: all rows, darker where more of them lie, by the logarithm of their number."));
    return f;
}

} // namespace svdlens::inline v0_2::detail

#endif
