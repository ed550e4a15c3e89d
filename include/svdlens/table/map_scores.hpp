/// @file
/// A score source with a function of each score in its place, computed when a block is asked for.
#ifndef SVDLENS_TABLE_MAP_SCORES_HPP
#define SVDLENS_TABLE_MAP_SCORES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "../tensor/axes.hpp"
#include "score_source.hpp"
#include "store.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A function that takes both a score alone and a row with it is asked by the score alone.
template <class F, std::floating_point T>
    requires(std::invocable<const F&, T> || std::invocable<const F&, row_number, T>)
auto apply_score_function(const F& f, row_number row, T score) {
    if constexpr (std::invocable<const F&, T>) {
        return f(score);
    } else {
        return f(row, score);
    }
}

template <class F, class T>
using score_function_result = decltype(apply_score_function(std::declval<const F&>(), row_number{}, T{}));

/// float and double stay what they are; flags and counts become scores of the source's type.
template <class R, class T>
using mapped_score = std::conditional_t<std::is_same_v<R, float> || std::is_same_v<R, double>, R, T>;

/// Whether a block's scores lie in the buffer that was lent to it.
template <std::floating_point T>
bool lies_in(const score_block<T>& block, const std::vector<T>& scores) {
    const std::less<const T*> before;
    return !scores.empty() && !before(block.scores, scores.data()) &&
           before(block.scores, scores.data() + scores.size());
}

/// A number from a score, or from a row number and a score. It is called by several threads at once.
template <class F, class T>
concept score_function = std::is_arithmetic_v<score_function_result<F, T>>;

} // namespace detail

/// The rows of a source with `f` of their scores, as `map_scores` makes it. A score source with the same
/// axes, rows and blocks; stored and tiled where the source is.
template <score_source S, class F>
    requires(detail::score_function<F, typename S::value_type>)
class mapped_scores {
  public:
    using value_type = detail::mapped_score<detail::score_function_result<F, typename S::value_type>,
                                            typename S::value_type>;

    /// Made by `map_scores`.
    mapped_scores(S source, F function) : source_(std::move(source)), function_(std::move(function)) {}

    const svdlens::axes& axes() const { return source_.axes(); }
    std::uint64_t max_rows() const { return source_.max_rows(); }
    std::size_t blocks() const { return source_.blocks(); }

    score_block<value_type> block(std::size_t i, block_buffer<value_type>& buffer) const {
        if constexpr (std::is_same_v<value_type, source_type>) {
            const auto block = source_.block(i, buffer);
            const bool ours = detail::lies_in(block, buffer.scores);
            const auto offset = ours ? block.scores - buffer.scores.data() : 0;
            if (!ours) buffer.scores.resize(block.size());
            return fill(block, buffer.scores.data() + offset);
        } else {
            block_buffer<source_type> inner;
            inner.starts.swap(buffer.starts);
            inner.rows.swap(buffer.rows);
            const auto block = source_.block(i, inner);
            buffer.starts.swap(inner.starts); // which leaves the numbers where they are in memory
            buffer.rows.swap(inner.rows);
            buffer.scores.resize(block.size());
            return fill(block, buffer.scores.data());
        }
    }

    std::size_t size() const
        requires stored_source<S>
    {
        return source_.size();
    }
    bool empty() const
        requires stored_source<S>
    {
        return source_.size() == 0;
    }
    row_number row_at(std::size_t k) const
        requires stored_source<S>
    {
        return source_.row_at(k);
    }
    value_type score_at(std::size_t k) const
        requires stored_source<S>
    {
        return apply(source_.row_at(k), source_.score_at(k));
    }
    const tiling& tiles() const
        requires tiled_source<S>
    {
        return source_.tiles();
    }

  private:
    using source_type = typename S::value_type;

    value_type apply(row_number row, source_type score) const {
        return static_cast<value_type>(detail::apply_score_function(function_, row, score));
    }

    /// Writes run after run to `out`, which may be where the block lies: nothing is written over before it
    /// is read.
    score_block<value_type> fill(const score_block<source_type>& block, value_type* out) const {
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < block.width; ++k)
                out[r * block.width + k] = apply(run.row(k), run.scores[k]);
        }
        return {out, block.runs, block.width, block.width, block.starts, block.rows};
    }

    S source_;
    F function_;
};

/// The source with `f(score)`, or `f(row, score)`, in place of each score: `map_scores(table, magnitude{})`.
/// NaN goes through `f` like any score. Scores are of the type that `f` returns where that is float or
/// double; bool and integers become the source's type.
///
/// O(1) and lazy: every pass calls `f` again. Holds copies of the source and of `f`; tables and projections
/// share their values, a selection copies its rows unless it is moved in. `f` must be a pure function that
/// several threads may call. Memory: a block for each thread.
template <score_source S, class F>
    requires(detail::score_function<F, typename S::value_type>)
mapped_scores<S, F> map_scores(S source, F f) {
    return {std::move(source), std::move(f)};
}

} // namespace svdlens::inline v0_2

#endif
