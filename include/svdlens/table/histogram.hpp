/// @file
/// Histograms: the bins of a table's scores, found as NumPy finds them.
#ifndef SVDLENS_TABLE_HISTOGRAM_HPP
#define SVDLENS_TABLE_HISTOGRAM_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/order/bin_finder.hpp"
#include "detail/order/digit_places.hpp"
#include "detail/order/top_digits.hpp"
#include "question.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_argument) for fewer than two edges, NaN or descending ones
inline void check_edges(std::span<const double> edges) {
    if (edges.size() < 2)
        throw argument_error(errc::invalid_argument,
                             "histogram: expected at least two edges, found " + to_text(edges.size()));
    for (std::size_t k = 0; k < edges.size(); ++k)
        if (edges[k] != edges[k] || (k != 0 && edges[k] < edges[k - 1]))
            throw argument_error(errc::invalid_argument, "histogram: expected ascending edges, found " +
                                                             to_text(edges[k]) + " at position " +
                                                             to_text(k));
}

/// Edges of bins of equal width, as NumPy's `linspace` rounds them; also where that overflows.
inline std::vector<double> even_edges(double low, double high, std::size_t bins) {
    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    const double count = static_cast<double>(bins);
    const double width = high - low, step = width / count;
    std::vector<double> edges{low};
    for (std::size_t k = 1; k < bins; ++k) {
        const double share = static_cast<double>(k) / count;
        // Rounded before the sum, as NumPy does: no fused multiply and add.
        const volatile double offset = step == 0 ? share * width : static_cast<double>(k) * step;
        edges.push_back(std::isfinite(width) ? offset + low : low * (1 - share) + high * share);
    }
    edges.push_back(high);
    return edges;
}

} // namespace detail

/// How the range of the scores is cut.
struct histogram_options {
    std::size_t bins = 10; ///< of equal width, from the lowest to the highest finite score
};

/// Scores counted in bins. Bin k holds edges[k] <= score < edges[k + 1]; the last one its upper edge too.
struct score_histogram {
    std::vector<double> edges; ///< ascending, one more than bins
    std::vector<std::uint64_t> counts;
    std::uint64_t below = 0; ///< scores below the first edge
    std::uint64_t above = 0; ///< scores above the last
    std::uint64_t nan_count = 0;
};

/// Aligned columns: the edges of each bin to six significant digits and its scores; the first and the last
/// bins where there are more than twenty. A last line says how many scores are in no bin.
inline std::string to_string(const score_histogram& histogram) {
    constexpr std::size_t shown = 20;
    const auto cells = [&](std::size_t k) {
        return std::vector<std::string>{to_rounded_text(histogram.edges[k], 6),
                                        to_rounded_text(histogram.edges[k + 1], 6),
                                        to_text(histogram.counts[k])};
    };
    return to_string(detail::head_and_tail({"from", "to", "count"}, histogram.counts.size(), shown, cells)) +
           "\n[" + to_text(histogram.counts.size()) + " bins; " + to_text(histogram.below) + " below, " +
           to_text(histogram.above) + " above, " + to_text(histogram.nan_count) + " nan]\n";
}

inline std::ostream& operator<<(std::ostream& out, const score_histogram& histogram) {
    return out << to_string(histogram);
}

namespace detail {

/// The lowest and the highest finite key.
struct finite_range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    bool empty() const { return low > high; }
    void merge(const finite_range& other) {
        low = (std::min)(low, other.low);
        high = (std::max)(high, other.high);
    }
    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(low, high);
    }
};

template <score_key Key, std::floating_point T>
finite_range find_finite_range(std::span<const T> scores) {
    constexpr T most = (std::numeric_limits<T>::max)();
    T low = std::numeric_limits<T>::infinity(), high = -low;
    for (const T score : scores) {
        const T key = Key{}(score);
        const bool finite = key >= -most && key <= most;
        low = finite && key < low ? key : low;
        high = finite && key > high ? key : high;
    }
    return {static_cast<double>(low), static_cast<double>(high)};
}

/// Where the edges of a histogram come from: given ones, or as many even bins as there shall be.
struct wanted_bins {
    std::size_t even = 0; ///< 0: between the edges
    std::vector<double> edges = {};
};

/// What a worker finds: the range and the highest digits of the scores in the first pass, the counts of places in the
/// second.
template <std::floating_point T>
struct histogram_state {
    finite_range range;
    std::optional<top_digits<T>> digits;
    std::vector<std::uint64_t> places; ///< below, the bins, above, NaN

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(range, digits, places);
    }
};

/// Counts scores in bins: one pass, and with even bins another over the scores about their edges.
template <std::floating_point T, score_key Key>
class bound_histogram {
  public:
    using state = histogram_state<T>;
    static constexpr merge_order order = merge_order::any;
    struct plan {};

    /// @throws argument_error (invalid_argument) for no bins, or edges that are none
    bound_histogram(const wanted_bins& wanted, std::uint64_t max_rows) : even_(wanted.even) {
        if (even_ != 0) return;
        check_edges(wanted.edges);
        bins_ = std::make_unique<bin_finder>(wanted.edges);
        slots_.resize(bins_->places());
        if (max_rows >= digit_values && bins_->places() <= UINT32_MAX) digits_.emplace(*bins_);
    }

    unsigned passes_left() const { return is_done_ ? 0 : bins_ ? 1 : 2; }
    plan begin_pass() const { return {}; }

    void look(const plan&, const score_block<T>& block, state& mine) const {
        if (bins_) mine.places.resize(bins_->places());
        if (!bins_ && !mine.digits) mine.digits.emplace();
        for (std::size_t k = 0; k < block.runs; ++k) look(block.run(k).scores, mine);
    }

    bool fits(const state& read) const { return read.places.empty() || read.places.size() == slots_.size(); }
    void merge(state& into, state& later) const {
        into.range.merge(later.range);
        add_digits(into.digits, later.digits);
        into.places.resize((std::max)(into.places.size(), later.places.size()));
        for (std::size_t k = 0; k < later.places.size(); ++k) into.places[k] += later.places[k];
        later = {};
    }

    void end_pass(state& all) {
        if (bins_) {
            for (std::size_t k = 0; k < all.places.size(); ++k) slots_[k] += all.places[k];
            is_done_ = true;
            return;
        }
        const bool none = all.range.empty();
        bins_ = std::make_unique<bin_finder>(
            even_edges(none ? 0 : all.range.low, none ? 1 : all.range.high, even_), even_bins{});
        slots_.resize(bins_->places());
        if (all.digits) digits_.emplace(*bins_);
        is_done_ = !digits_ || !digits_->add_whole(*all.digits, slots_);
    }

    score_histogram result() const {
        score_histogram result;
        result.edges = bins_->edges();
        result.counts.assign(slots_.begin() + 1, slots_.end() - 2);
        result.below = slots_.front();
        result.above = slots_[slots_.size() - 2];
        result.nan_count = slots_.back();
        return result;
    }

  private:
    void look(std::span<const T> scores, state& mine) const {
        if (digits_ && even_ != 0) return digits_->template count_cut<Key>(scores, mine.places);
        if (digits_) return digits_->template count<Key>(scores, mine.places);
        if (bins_) {
            for (const T score : scores) ++mine.places[bins_->slot(static_cast<double>(Key{}(score)))];
            return;
        }
        mine.range.merge(find_finite_range<Key>(scores));
        mine.digits->template count<Key>(scores);
    }

    std::size_t even_;
    std::unique_ptr<bin_finder> bins_; ///< stays where it is: `digits_` refers to it
    std::optional<digit_places<T>> digits_;
    std::vector<std::uint64_t> slots_;
    bool is_done_ = false;
};

/// `histogram` without a source.
template <score_key Key>
struct histogram_question {
    wanted_bins wanted;

    template <std::floating_point T>
    bound_histogram<T, Key> bind(const asked_table<T>& table) const {
        return bound_histogram<T, Key>(wanted, table.max_rows);
    }
};

/// @throws argument_error (invalid_argument) for no bins
inline wanted_bins bins_of(const histogram_options& options) {
    if (options.bins == 0)
        throw argument_error(errc::invalid_argument, "histogram: expected at least one bin, found none");
    return {options.bins, {}};
}

/// `histogram` of any source.
template <score_key Key, std::floating_point T>
score_histogram find_histogram(const score_source_ref<T>& source, const wanted_bins& wanted,
                               const execution& run) {
    return ask_one(source, histogram_question<Key>{wanted}, run);
}

} // namespace detail

/// Counts the scores in bins of equal width between the lowest and the highest finite one:
/// `histogram(scores, {.bins = 50})`; `histogram<magnitude>` counts |score|. Infinite scores count as below
/// or above. Edges and counts are those of `numpy.histogram` of the finite scores as double: equal lowest and
/// highest are moved apart by 1/2 each, a table without finite scores is cut from 0 to 1.
///
/// Two passes, O(rows): in the second only scores that share their highest 16 bits with an edge are looked at; one where
/// there are none. Memory: 256 KiB and a block for each thread, 832 KiB, and 8 bytes a bin.
/// @throws argument_error (invalid_argument) for no bins
template <score_key Key = signed_score, score_source S>
score_histogram histogram(const S& source, const histogram_options& options, const execution& run = {}) {
    return detail::find_histogram<Key, typename S::value_type>(source, detail::bins_of(options), run);
}

/// In 10 bins, as NumPy does unless told otherwise.
template <score_key Key = signed_score, score_source S>
score_histogram histogram(const S& source, const execution& run = {}) {
    return histogram<Key>(source, histogram_options(), run);
}

/// Counts the scores between explicit edges, as `numpy.histogram(scores, edges)` does: a vector of them.
/// Scores are compared with them in double. Edges may repeat: such a
/// bin is empty, but for the last one.
///
/// One pass, O(rows), with a search among the edges that share their highest 16 bits with a score; of less than 65,536 rows
/// among all edges. Memory: 576 KiB, and 8 bytes a bin for each thread.
/// @throws argument_error (invalid_argument) for fewer than two edges, NaN or descending ones
template <score_key Key = signed_score, score_source S, std::same_as<std::vector<double>> Edges>
score_histogram histogram(const S& source, const Edges& edges, // deduced: braced options are no vector
                          const execution& run = {}) {
    return detail::find_histogram<Key, typename S::value_type>(source, {0, edges}, run);
}

/// Between edges written out: `histogram(scores, {-1.0, 0.0, 1.0})`.
template <score_key Key = signed_score, score_source S>
score_histogram histogram(const S& source, std::initializer_list<double> edges, const execution& run = {}) {
    return histogram<Key>(source, std::vector<double>(edges), run);
}

/// The questions that `histogram` answers, for `ask`: `histogram({.bins = 50})`, or with edges. @{
template <score_key Key = signed_score>
detail::histogram_question<Key> histogram(const histogram_options& options) {
    return {detail::bins_of(options)};
}
template <score_key Key = signed_score>
detail::histogram_question<Key> histogram() {
    return histogram<Key>(histogram_options());
}
template <score_key Key = signed_score, std::same_as<std::vector<double>> Edges>
detail::histogram_question<Key> histogram(const Edges& edges) {
    detail::check_edges(edges);
    return {{0, edges}};
}
template <score_key Key = signed_score>
detail::histogram_question<Key> histogram(std::initializer_list<double> edges) {
    return histogram<Key>(std::vector<double>(edges));
}
/// @}

} // namespace svdlens::inline v0_2

#endif
