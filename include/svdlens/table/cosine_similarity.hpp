/// @file
/// Cosines between the scores of two tables along an axis.
#ifndef SVDLENS_TABLE_COSINE_SIMILARITY_HPP
#define SVDLENS_TABLE_COSINE_SIMILARITY_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "along_axis.hpp"
#include "group_by.hpp"
#include "group_states.hpp"
#include "grouping.hpp"
#include "long_table.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "set_operations.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Norms below this count as this, as torch.nn.functional.cosine_similarity has it: a zero gives 0.
inline constexpr double smallest_norm = 1e-8;

inline double cosine(double product, double norm, double other_norm) {
    return product / ((std::max)(norm, smallest_norm) * (std::max)(other_norm, smallest_norm));
}

/// The products of two tables' scores, row by row, as a source cut like the first; NaN where the second has
/// no row.
template <std::floating_point T, std::floating_point U>
class score_products {
  public:
    using value_type = double;

    score_products(const basic_long_table<T>& a, const basic_long_table<U>& b) : a_(a), b_(b) {}

    const svdlens::axes& axes() const { return a_.axes(); }
    std::uint64_t max_rows() const { return a_.max_rows(); }
    std::size_t blocks() const { return a_.blocks(); }

    score_block<double> block(std::size_t i, block_buffer<double>& buffer) const {
        block_buffer<T> lent;
        const auto given = a_.block(i, lent);
        buffer.scores.resize(given.size());
        for (std::size_t r = 0; r < given.runs; ++r)
            multiply(given.run(r), buffer.scores.data() + r * given.width);
        buffer.starts = std::move(lent.starts); // moved, not copied: the block points into them
        return {buffer.scores.data(), given.runs, given.width, given.width, given.starts, nullptr};
    }

  private:
    /// Rows of which none is missing lie side by side.
    void multiply(const score_run<T>& run, double* out) const {
        const std::size_t count = run.scores.size();
        const auto first = b_.tiles().offset(run.first), last = b_.tiles().offset(run.first + count - 1);
        const bool whole = first && last && *last - *first == count - 1;
        for (std::size_t k = 0; k < count; ++k) {
            const double other =
                whole ? static_cast<double>(b_.score_at(*first + k)) : score_or_nan(run.first + k);
            out[k] = static_cast<double>(run.scores[k]) * other;
        }
    }

    double score_or_nan(row_number row) const {
        const auto found = b_.find(row);
        return found ? static_cast<double>(*found) : std::numeric_limits<double>::quiet_NaN();
    }

    const basic_long_table<T>& a_;
    const basic_long_table<U>& b_;
};

} // namespace detail

/// The cosine between two tables' scores along a column, as a table over the other axes:
/// Σ a b / (max(‖a‖, 1e-8) max(‖b‖, 1e-8)), the rule of torch.nn.functional.cosine_similarity, in double.
///
/// Rows that one table has not, and NaN scores, count as 0: they are no part of Σ a b, and of their own
/// table's norm only. Groups without a row of `a` are absent; without a pair of numbers the cosine is NaN.
/// Three passes. Memory: up to 130 bytes a combination of the other axes, of which the budget counts those of
/// each pass.
/// @throws argument_error (invalid_axes) when names or extents of the axes differ; (invalid_argument) for
/// more groups than the budget allows; lookup_error (unknown_column)
template <std::floating_point T, std::floating_point U>
basic_selection<double> cosine_similarity(const basic_long_table<T>& a, const basic_long_table<U>& b,
                                          const std::string& column, const group_options& options = {},
                                          const execution& run = {}) {
    detail::check_same_shape("cosine_similarity", a.axes(), b.axes());
    const auto others = detail::axes_beside(a.axes(), column);
    const grouping groups(a.axes(), others);
    const auto products = detail::group_by_axes("cosine_similarity", detail::score_products<T, U>(a, b),
                                                others, std::tuple<aggregates::sum, aggregates::count>(),
                                                2 * sizeof(double), options, stage(run, 0, 0.5));
    const auto mine = detail::group_values(a, groups, aggregates::energy{}, stage(run, 0.5, 0.75));
    const auto theirs = detail::group_values(b, groups, aggregates::energy{}, stage(run, 0.75, 1));
    std::vector<double> cosines;
    for (std::size_t k = 0; k < products.size(); ++k) {
        const auto group = static_cast<std::size_t>(products.rows()[k]);
        const bool has_pairs = products.template values<1>()[k] != 0;
        cosines.push_back(has_pairs ? detail::cosine(products.template values<0>()[k], std::sqrt(mine[group]),
                                                     std::sqrt(theirs[group]))
                                    : std::numeric_limits<double>::quiet_NaN());
    }
    return basic_selection<double>(products.axes(), {products.rows().begin(), products.rows().end()},
                                   std::move(cosines));
}

} // namespace svdlens::inline v0

#endif
