/// @file
/// Cosine similarity: of rows of a wide table, and of the slices of a tensor.
#ifndef SVDLENS_TABLE_COSINE_SIMILARITY_HPP
#define SVDLENS_TABLE_COSINE_SIMILARITY_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/detail/finite_number.hpp"
#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_columns.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/groups/kept_axes.hpp"
#include "detail/groups/moments.hpp"
#include "detail/groups/norm.hpp"
#include "detail/rows/same_shape.hpp"
#include "long_table.hpp"
#include "map_scores.hpp"
#include "question.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Σ a b / (‖a‖ ‖b‖) from the squared lengths; 0 for a zero vector.
inline double cosine(double product, double energy, double other_energy) {
    return energy == 0 || other_energy == 0 ? 0 : product / std::sqrt(energy * other_energy);
}

/// The power of two that brings a largest magnitude near 1; 0 for one that is 0, NaN or infinite.
inline int exponent_of(double largest) {
    return largest > 0 && is_finite_number(largest) ? std::ilogb(largest) : 0;
}

/// A table with each group's scores divided by a power of two, which leaves cosines as they are.
template <std::floating_point T>
basic_long_table<double> near_one(const basic_long_table<T>& table, const grouping& groups,
                                  const execution& run) {
    check_budget("cosine_similarity", "scores", table.size(), sizeof(double), run);
    const auto largest =
        group_values<T>("cosine_similarity", table, groups, aggregates::abs_max{}, part_of(run, 0, 0.5));
    const auto scaled = [&](row_number row, T score) {
        return std::ldexp(static_cast<double>(score),
                          -exponent_of(largest[static_cast<std::size_t>(groups.group(row))]));
    };
    return store(map_scores(table, scaled), part_of(run, 0.5, 1));
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

/// `cosine_similarity` from squared lengths by group.
template <std::floating_point T, std::floating_point U>
basic_selection<double> cosines_along(const basic_long_table<T>& a, const basic_long_table<U>& b,
                                      const std::vector<std::size_t>& others, std::span<const double> mine,
                                      std::span<const double> theirs, const execution& run) {
    const auto products =
        group_by_axes("cosine_similarity", score_products<T, U>(a, b), others,
                      std::tuple<aggregates::sum, aggregates::count>(), 2 * sizeof(double), run);
    std::vector<double> cosines;
    for (std::size_t k = 0; k < products.size(); ++k) {
        const auto group = static_cast<std::size_t>(products.rows()[k]);
        const bool has_pairs = products.values(1)[k] != 0;
        cosines.push_back(has_pairs ? cosine(products.values(0)[k], mine[group], theirs[group])
                                    : std::numeric_limits<double>::quiet_NaN());
    }
    return basic_selection<double>(products.axes(), {products.rows().begin(), products.rows().end()},
                                   std::move(cosines));
}

} // namespace detail

/// The cosine between two tables' scores along a column, as a table over the other axes: Σ a b / (‖a‖ ‖b‖) in
/// double, 0 for a zero vector and finite for finite scores of any size. (torch's cosine_similarity is smaller
/// for norms below 1e-8.)
///
/// Rows that one table has not, and NaN scores, count as 0: they are no part of Σ a b, and of their own
/// table's norm only. Groups without a row of `a` are absent; without a pair of numbers the cosine is NaN.
/// Three passes. Memory: up to 130 bytes a combination of the other axes, of which the budget counts those of
/// each pass. Where squares of doubles leave double's range, or are 0, seven passes, and both tables once
/// more as doubles.
/// @throws argument_error (invalid_axes) when names or extents of the axes differ; (invalid_argument) for
/// more groups than the budget allows; lookup_error (unknown_column)
template <std::floating_point T, std::floating_point U>
basic_selection<double> cosine_similarity(const basic_long_table<T>& a, const basic_long_table<U>& b,
                                          const std::string& column, const execution& run = {}) {
    detail::check_same_shape("cosine_similarity", a.axes(), b.axes());
    const auto others = detail::axes_beside(a.axes(), column);
    const detail::grouping groups(a.axes(), others);
    const auto energies = [&](const auto& table, double begin, double end) {
        using score = typename std::remove_cvref_t<decltype(table)>::value_type;
        return detail::group_values<score>("cosine_similarity", table, groups, aggregates::energy{},
                                           part_of(run, begin, end));
    };
    const auto mine = energies(a, 0, 0.2), theirs = energies(b, 0.2, 0.4);
    if (detail::squares_fit<T>(mine) && detail::squares_fit<U>(theirs))
        return detail::cosines_along(a, b, others, mine, theirs, part_of(run, 0.4, 1));
    const auto scaled = detail::near_one(a, groups, part_of(run, 0.4, 0.5)),
               other = detail::near_one(b, groups, part_of(run, 0.5, 0.6));
    return detail::cosines_along(scaled, other, others, energies(scaled, 0.6, 0.7), energies(other, 0.7, 0.8),
                                 part_of(run, 0.8, 1));
}

namespace detail {

/// A table's scores as a matrix, a slice a row, 0 where there is no number: one pass. Refers to the groupings.
template <std::floating_point T>
class matrix_question {
  public:
    struct state {};
    struct plan {};
    static constexpr merge_order order = merge_order::any;

    matrix_question(const grouping& slices, const grouping& inside) :
        slices_(slices), inside_(inside), width_(static_cast<std::size_t>(inside.groups())),
        matrix_(std::make_unique<std::vector<T>>(static_cast<std::size_t>(slices.groups()) * width_)) {}

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, state&) const {
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto whole = block.run(r);
            slices_.for_spans(whole, [&](std::uint64_t, std::size_t begin, std::size_t end) {
                put({whole.scores.subspan(begin, end - begin), whole.first + begin,
                     whole.rows == nullptr ? nullptr : whole.rows + begin});
            });
        }
    }
    void merge(state&, state&) const {}
    void end_pass(state&) { is_done_ = true; }
    std::vector<T> result() { return std::move(*matrix_); }

  private:
    /// Within a slice no two rows share a place.
    void put(const score_run<T>& run) const {
        inside_.for_stretches(run, [&](const group_stretch& s) {
            const auto slice = static_cast<std::size_t>(slices_.group(run.row(s.begin)));
            T* out = matrix_->data() + slice * width_ + static_cast<std::size_t>(s.group);
            for (std::size_t k = s.begin; k < s.end; ++k, ++out) {
                const T score = run.scores[k];
                *out = score == score ? score : T{0};
            }
        });
    }

    const grouping& slices_;
    const grouping& inside_;
    std::size_t width_;
    std::unique_ptr<std::vector<T>> matrix_; // workers write to it
    bool is_done_ = false;
};

/// A source's scores as a matrix: a slice a row, 0 where there is no number.
template <std::floating_point T>
std::vector<T> slice_matrix(const score_source_ref<T>& source, const grouping& slices, const grouping& inside,
                            const execution& run) {
    matrix_question<T> question(slices, inside);
    return answer(source, question, run);
}

template <std::floating_point T>
double inner_product(std::span<const T> a, std::span<const T> b) {
    std::array<double, lane_count> sums{};
    std::size_t k = 0;
    for (; k + lane_count <= a.size(); k += lane_count)
        for (std::size_t l = 0; l < lane_count; ++l)
            sums[l] += static_cast<double>(a[k + l]) * static_cast<double>(b[k + l]);
    double sum = 0;
    for (; k < a.size(); ++k) sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    for (const double each : sums) sum += each;
    return sum;
}

/// Divides rows of doubles whose squares leave double's range by powers of two, which leaves cosines as they
/// are.
template <std::floating_point T>
void bring_near_one(std::span<T> matrix, std::size_t rows) {
    if constexpr (std::is_same_v<T, float>) return;
    constexpr int ordinary = 200;
    const std::size_t width = rows == 0 ? 0 : matrix.size() / rows;
    for (std::size_t k = 0; k < rows; ++k) {
        const auto row = matrix.subspan(k * width, width);
        T largest = 0;
        for (const T x : row) largest = std::fabs(x) > largest ? std::fabs(x) : largest;
        const int exponent = exponent_of(static_cast<double>(largest));
        if (std::abs(exponent) <= ordinary) continue;
        for (T& x : row) x = std::ldexp(x, -exponent);
    }
}

/// The inner products of all pairs of rows of a matrix.
template <std::floating_point T>
std::vector<double> gram_matrix(std::span<const T> matrix, std::size_t rows, const execution& run) {
    const std::size_t width = rows == 0 ? 0 : matrix.size() / rows;
    std::vector<double> products(rows * rows);
    struct nothing {};
    for_blocks<nothing>(rows, rows, run, [&](std::size_t one, nothing&) {
        for (std::size_t other = 0; other <= one; ++other)
            products[one * rows + other] = products[other * rows + one] =
                inner_product(matrix.subspan(one * width, width), matrix.subspan(other * width, width));
    });
    return products;
}

/// The axes and again the axes, the second time as `target_...`; label columns likewise.
inline axes pair_axes(const axes& one) {
    const auto target = [](const std::string& name) { return "target_" + name; };
    std::vector<axis> list(one.begin(), one.end());
    for (auto each : one) {
        each.name = target(each.name);
        list.push_back(std::move(each));
    }
    axes result(std::move(list), one.label_columns());
    for (const auto& column : one.label_columns())
        result.add({target(column.name), column.pattern.renamed(target), column.entity});
    result.set_title(one.title());
    result.set_provenance(one.provenance());
    return result;
}

} // namespace detail

/// The cosine of every pair of slices along a column, all other axes flattened: `cosine_similarities(scores,
/// "head")`. Axes: those of the column, and again as `target_...`, with their label columns; symmetric. The
/// rule of `cosine_similarity`; rows that are not there and NaN scores count as 0, and a slice of nothing
/// else has cosine 0 with all.
///
/// One pass, then O(slices² · rest). Memory, which the budget counts: the full shape as a matrix of T, and 16
/// bytes a pair of slices.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for more than the budget allows; (invalid_axes) where a
/// `target_...` is among the column's axes already
template <score_source S>
basic_long_table<double> cosine_similarities(const S& source, const std::string& column,
                                             const execution& run = {}) {
    using T = typename S::value_type;
    const axes& table = source.axes();
    const auto spanned = table.spanned_axes(column);
    const detail::grouping slices(table, spanned), inside(table, detail::other_axes(table, spanned));
    const auto pairs = slices.groups() * slices.groups(); // at most 2^56
    detail::check_budget("cosine_similarities", "scores", table.shape_rows(), sizeof(T), run);
    detail::check_budget("cosine_similarities", "pairs of slices", pairs, 2 * sizeof(double), run);
    auto result_axes = detail::pair_axes(detail::keep_axes(table, spanned));
    auto lines = detail::slice_matrix<T>(source, slices, inside, part_of(run, 0, 0.5, table.shape_rows()));
    const auto count = static_cast<std::size_t>(slices.groups());
    detail::bring_near_one(std::span<T>(lines), count);
    const auto products =
        detail::gram_matrix(std::span<const T>(lines), count, part_of(run, 0.5, 1, table.shape_rows()));
    std::vector<double> cosines(products.size());
    for (std::size_t one = 0; one < count; ++one)
        for (std::size_t other = 0; other < count; ++other)
            cosines[one * count + other] = detail::cosine(
                products[one * count + other], products[one * count + one], products[other * count + other]);
    return long_table(std::move(cosines), std::move(result_axes));
}

} // namespace svdlens::inline v0_2

#endif
