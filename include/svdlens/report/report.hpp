/// @file
/// A model's circuits on one page.
#ifndef SVDLENS_REPORT_REPORT_HPP
#define SVDLENS_REPORT_REPORT_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../model/transformer_weights.hpp"
#include "../plot/json.hpp"
#include "../plot/page.hpp"
#include "report_options.hpp"

namespace svdlens::inline v0_2 {

/// A page, and the numbers that it shows.
struct model_report {
    plot::page page;
    /// `found`, `tested`, `tables` (with their controls), `edges` (found ones, the most significant first), `heads`
    /// (those that matter first: spectrum, found edges in and out, positions in `edges` and `pairs`), `pairs` (of heads that
    /// compose more than chance) and `pair_roles` (how each role was tested), `paths`, `alerts`, `scores` (each table
    /// described), `model`, `provenance`, `facts`, `checks`.
    plot::json numbers;
};

/// One page on a model, the answer first: what of its edges is more than chance and how far to trust it, the heads that
/// matter, the strongest findings in words, what to be wary of, and how to check it. Then the graph of what was found, a
/// section a head, tables to sort and filter, distributions beside chance, heads compared, and what the model is.
/// `write_html("report.html", report(fold_norms(transformer_weights(file))))`.
///
/// A table of up to 256 MiB of scores is held, one at a time; a larger one is computed again for each
/// figure, for some several times. Memory beside the directions: that, and up to 1 GiB for tails and tests. The page's
/// size does not depend on the number of scores, but for maps of all pairs of up to 400 heads.
/// @throws numeric_error (non_finite), model_error, argument_error, cancelled_error
template <std::floating_point T>
model_report make_report(const basic_transformer_weights<T>& weights, const report_options& options = {},
                         const execution& run = {});

/// The page alone.
/// @throws as `make_report`
template <std::floating_point T>
plot::page report(const basic_transformer_weights<T>& weights, const report_options& options = {},
                  const execution& run = {}) {
    return make_report(weights, options, run).page;
}

/// With the default options.
template <std::floating_point T>
plot::page report(const basic_transformer_weights<T>& weights, const execution& run) {
    return report(weights, report_options(), run);
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/report.hpp"
#endif

#endif
