/// @file
/// Counts as bars.
#ifndef SVDLENS_PLOT_BAR_HPP
#define SVDLENS_PLOT_BAR_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "../core/text.hpp"
#include "../table/value_counts.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "figure.hpp"
#include "palette.hpp"

namespace svdlens::inline v0_2::plot {

/// How bars are drawn.
struct bar_options {
    std::string title = {};
    std::string axis_title = {}; ///< what the labels are: `neuron`
    std::size_t max_bars = 50;   ///< the first of the counts; a note says how many are not drawn
};

/// A bar a label, in the order of the counts: `bar(value_counts(tails, "target"))`. O(bars)
figure bar(std::span<const value_count> counts, const bar_options& options = {});

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/bar.hpp"
#endif

#endif
