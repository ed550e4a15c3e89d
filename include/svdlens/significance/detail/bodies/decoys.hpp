/// @file
/// The bodies of significance/decoys.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_DECOYS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_DECOYS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../projection/projection.hpp"
#include "../../../table/ask.hpp"
#include "../../decoys.hpp"
#include "../../discoveries.hpp"
#include "../../findings.hpp"
#include "../levels/tested_rows.hpp"
#include "../search/discovery_question.hpp"
#include "../search/family_state.hpp"
#include "../search/found_parts.hpp"
#include "../search/level_question.hpp"
#include "../search/present_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The decoy rule over so many rows and decoys.
struct decoy_rule {
    double q;
    double rows;
    double decoys;

    double rate(std::uint64_t hits, std::uint64_t decoy_hits) const {
        return (static_cast<double>(decoy_hits) + 1) / decoys * rows / static_cast<double>(hits);
    }

    /// The first level that may hold the threshold; the number of levels where none does.
    std::size_t first_possible(const level_bounds& of_rows, const level_bounds& of_decoys) const {
        std::size_t level = 0;
        for (; level < decoy_levels; ++level) {
            const auto certain = level + 1 < decoy_levels ? of_decoys.least[level + 1] : 0;
            if (of_rows.most[level] != 0 && rate(of_rows.most[level], certain) <= q) break;
        }
        return level;
    }

    /// How many of the rows are found, both lists ascending; and the smallest rates of the sets that hold each.
    template <std::floating_point T>
    std::vector<double> found_q(std::span<const found_row<T>> found,
                                std::span<const found_row<T>> control) const {
        std::vector<double> rates(found.size());
        std::size_t hits = 0;
        for (std::size_t k = 0; k < found.size();) {
            std::size_t end = k;
            while (end < found.size() && found[end].log_ratio == found[k].log_ratio) ++end;
            while (hits < control.size() && control[hits].log_ratio <= found[k].log_ratio) ++hits;
            std::fill(rates.begin() + static_cast<std::ptrdiff_t>(k),
                      rates.begin() + static_cast<std::ptrdiff_t>(end), rate(end, hits));
            k = end;
        }
        while (!rates.empty() && rates.back() > q) rates.pop_back();
        for (std::size_t k = rates.size(); k > 1; --k) rates[k - 2] = (std::min)(rates[k - 2], rates[k - 1]);
        return rates;
    }
};

/// How the rows of one side are tested, with weights of mean 1 over them.
template <std::floating_point T>
tested_rows tested_alone(const basic_projection<T>& scores, const discovery_test& test) {
    tested_rows result(scores.axes(), test.dimension, test.weights);
    const double sum = test.weights.equal() ? static_cast<double>(scores.max_rows())
                                            : sum_of_weights(test.weights, scores.tiles());
    if (!(sum > 0) || std::isinf(sum))
        throw argument_error(errc::invalid_argument,
                             quoted(scores.axes().title()) +
                                 ": decoys: expected rows whose weights have a positive, finite sum, found " +
                                 to_text(scores.max_rows()) + " rows and " + to_text(sum));
    result.set_mean_weight(sum / static_cast<double>(scores.max_rows()));
    return result;
}

inline void check_decoy_bytes(std::uint64_t rows, std::uint64_t budget) {
    constexpr std::uint64_t each = 64;
    if (rows * each <= budget) return;
    throw argument_error(errc::invalid_argument, "decoys: " + to_text(rows) + " rows need " +
                                                     to_text(rows * each) + " bytes, expected at most " +
                                                     to_text(budget) + "; raise execution::memory_budget");
}

/// The rows from a level on, the smallest p over weight first.
template <std::floating_point T>
std::vector<found_row<T>> rows_from(const basic_projection<T>& scores, const tested_rows& tested,
                                    std::size_t level, const execution& run) {
    auto rows = std::get<0>(ask(scores, level_rows_question<T>{&tested, level}, run));
    std::sort(rows.begin(), rows.end());
    return rows;
}

} // namespace detail

template <std::floating_point T>
findings decoy_discoveries(const basic_projection<T>& scores, const basic_projection<T>& decoys,
                           const discovery_options& options, const execution& run) {
    const auto quiet = detail::without_progress(run);
    const auto rows = scores.with_score(detail::score_of(options.null), run);
    const auto controls = decoys.with_score(detail::score_of(options.null), run);
    const auto test = test_of(rows, options);
    const auto of_rows = detail::tested_alone(rows, test);
    const auto of_decoys = detail::tested_alone(controls, test_of(controls, options));
    const auto levels = std::get<0>(ask(rows, detail::level_bounds_question{&of_rows}, quiet));
    const auto decoy_counts = std::get<0>(ask(controls, detail::level_bounds_question{&of_decoys}, quiet));
    const detail::decoy_rule rule{options.q, static_cast<double>(rows.max_rows()),
                                  static_cast<double>(controls.max_rows())};
    const auto level = rule.first_possible(levels, decoy_counts);
    std::vector<detail::found_row<T>> found, hits;
    if (level < detail::decoy_levels) {
        detail::check_decoy_bytes(levels.most[level] + decoy_counts.most[level], run.memory_budget);
        found = detail::rows_from(rows, of_rows, level, quiet);
        hits = detail::rows_from(controls, of_decoys, level, quiet);
    }
    auto q = rule.template found_q<T>(found, hits);
    found.resize(q.size());
    const double threshold =
        found.empty() ? -std::numeric_limits<double>::infinity() : found.back().log_ratio;
    findings result{.rows = detail::to_columns<T>(rows.axes(), test.dimension, found, std::move(q)),
                    .q = options.q,
                    .tested = rows.max_rows(),
                    .family_rows = rows.max_rows(),
                    .nans = levels.nans,
                    .dimension = test.dimension,
                    .mean_weight = of_rows.mean_weight(),
                    .table_mean_weight = of_rows.mean_weight(),
                    .log10_threshold = threshold / std::numbers::ln10};
    result.rows = detail::with_parts(rows, result, run);
    auto all = options;
    all.control_rows = (std::numeric_limits<std::uint64_t>::max)();
    result.control = control_of(result, controls, all, run);
    return result;
}

#ifdef SVDLENS_COMPILED
template findings decoy_discoveries(const basic_projection<float>&, const basic_projection<float>&,
                                    const discovery_options&, const execution&);
template findings decoy_discoveries(const basic_projection<double>&, const basic_projection<double>&,
                                    const discovery_options&, const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
