/// @file
/// Histograms of scores.
#ifndef SVDLENS_PLOT_HISTOGRAM_HPP
#define SVDLENS_PLOT_HISTOGRAM_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "../core/execution.hpp"
#include "../table/histogram.hpp"
#include "../table/score_source.hpp"
#include "detail/figure_parts.hpp"
#include "detail/thinning.hpp"
#include "figure.hpp"
#include "palette.hpp"

namespace svdlens::inline v0_2::plot {

struct histogram_options {
    std::string title = {};
    std::size_t bins = 100; ///< of a table's scores; a histogram that is given has its own
    std::string score_title = "score";
};

/// A histogram as bars as wide as its bins. What lies outside them is in a note. O(bins)
figure histogram(const score_histogram& counted, const histogram_options& options = {});

/// The scores of a table counted in `bins` bins of equal width: see `svdlens::histogram`, whose cost and
/// memory it has.
/// @throws argument_error (invalid_argument) for no bins; cancelled_error
template <std::floating_point T>
figure histogram(const score_source_ref<T>& source, const histogram_options& options = {},
                 const execution& run = {});

template <score_source S>
figure histogram(const S& source, const histogram_options& options = {}, const execution& run = {}) {
    return histogram(score_source_ref(source), options, run);
}

/// With the default options.
template <score_source S>
figure histogram(const S& source, const execution& run) {
    return histogram(source, histogram_options(), run);
}

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/histogram.hpp"
#endif

#endif
