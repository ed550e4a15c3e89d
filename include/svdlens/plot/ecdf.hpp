/// @file
/// Empirical distributions as stairs.
#ifndef SVDLENS_PLOT_ECDF_HPP
#define SVDLENS_PLOT_ECDF_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../table/ecdf.hpp"
#include "../table/score_source.hpp"
#include "detail/categories.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "detail/thinning.hpp"
#include "figure.hpp"
#include "palette.hpp"

namespace svdlens::inline v0_2::plot {

struct ecdf_options {
    std::string title = {};
    std::string color = {};   ///< a line for each value of this column; none: one line
    std::size_t points = 512; ///< steps of a line at most
    std::string score_title = "score";
};

/// The distribution of the scores, or of each group's: `ecdf(scores, {.color = "head"})`. Steps, cost and
/// memory are those of `svdlens::ecdf`; infinite scores count, and have no place on the number line.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for more than 200 lines or fewer than two
/// points; cancelled_error
template <std::floating_point T>
figure ecdf(const score_source_ref<T>& source, const ecdf_options& options = {}, const execution& run = {});

template <score_source S>
figure ecdf(const S& source, const ecdf_options& options = {}, const execution& run = {}) {
    return ecdf(score_source_ref(source), options, run);
}

/// With the default options.
template <score_source S>
figure ecdf(const S& source, const execution& run) {
    return ecdf(source, ecdf_options(), run);
}

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/ecdf.hpp"
#endif

#endif
