/// @file
/// Scores along an axis as lines: spectra.
#ifndef SVDLENS_PLOT_LINE_HPP
#define SVDLENS_PLOT_LINE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../table/score_source.hpp"
#include "../table/store.hpp"
#include "../table/where.hpp"
#include "../tensor/sub_index.hpp"
#include "detail/categories.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "figure.hpp"
#include "palette.hpp"

namespace svdlens::inline v0_2::plot {

struct line_options {
    std::string title = {};
    std::string x;          ///< the axis that the lines run along, by its indices: `direction`
    std::string color = {}; ///< a line for each value of this column
    std::string score_title = "score";
};

/// A line through the scores of each group, in row order: `line(heads.singular_values(), {.x = "direction",
/// .color = "head"})`. NaN and infinite scores leave gaps. O(rows); holds all of them.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for more than 200 lines or 500,000 points; cancelled_error
template <std::floating_point T>
figure line(const score_source_ref<T>& source, const line_options& options, const execution& run = {});

template <score_source S>
figure line(const S& source, const line_options& options, const execution& run = {}) {
    return line(score_source_ref(source), options, run);
}

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/line.hpp"
#endif

#endif
