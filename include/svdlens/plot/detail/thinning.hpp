/// @file
/// The rows of a table that a figure has room for: a random sample, and every extreme.
#ifndef SVDLENS_PLOT_DETAIL_THINNING_HPP
#define SVDLENS_PLOT_DETAIL_THINNING_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../core/detail/random_positions.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../table/aggregates.hpp"
#include "../../table/ask.hpp"
#include "../../table/by.hpp"
#include "../../table/group_by.hpp"
#include "../../table/question.hpp"
#include "../../table/score_source.hpp"
#include "../../table/selection.hpp"
#include "../../table/set_operations.hpp"
#include "../../table/top_k.hpp"
#include "../../table/where.hpp"
#include "../../tensor/sub_index.hpp"
#include "../row_options.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// The rows to draw, ascending, and what the reader has to know about the others.
template <std::floating_point T>
struct drawn_rows {
    basic_selection<T> rows;
    std::vector<std::string> notes;
};

/// The rows of a table with the lowest keys, where a row's key is a random number of its own: every set of
/// rows is as likely, and which one it is depends on no order.
template <std::floating_point T>
class row_sampler {
  public:
    struct sampled {
        std::uint64_t key;
        row_number row;
        T score;
        bool operator<(const sampled& other) const { return key < other.key; }
    };

    /// Draws up to `size` of the finite rows of a block.
    void add(const score_block<T>& block, std::uint64_t size, std::uint64_t seed) {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j) {
                const T score = run.scores[j];
                if (std::isnan(score)) {
                    ++nan_;
                } else if (std::isinf(score)) {
                    ++infinite_;
                } else {
                    ++finite_;
                    add({svdlens::detail::random_stream(seed, run.row(j)).next(), run.row(j), score}, size);
                }
            }
        }
    }

    void add(const row_sampler& other, std::uint64_t size) {
        nan_ += other.nan_;
        infinite_ += other.infinite_;
        finite_ += other.finite_;
        for (const auto& row : other.rows_) add(row, size);
    }

    std::uint64_t nan() const { return nan_; }
    std::uint64_t infinite() const { return infinite_; }
    std::uint64_t finite() const { return finite_; }

    /// The rows of the lowest `size` keys, by row number.
    std::vector<sampled> lowest(std::uint64_t size) && {
        shrink(size);
        std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
        return std::move(rows_);
    }

  private:
    void add(const sampled& row, std::uint64_t size) {
        if (row.key > bound_) return;
        rows_.push_back(row);
        if (rows_.size() >= 2 * size + 1024) shrink(size);
    }

    void shrink(std::uint64_t size) {
        if (rows_.size() <= size) return;
        const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(size);
        std::nth_element(rows_.begin(), last, rows_.end());
        bound_ = last->key;
        rows_.erase(last, rows_.end());
    }

    std::vector<sampled> rows_;
    std::uint64_t bound_ = (std::numeric_limits<std::uint64_t>::max)();
    std::uint64_t nan_ = 0;
    std::uint64_t infinite_ = 0;
    std::uint64_t finite_ = 0;
};

template <std::floating_point T>
basic_selection<T> to_selection(const axes& table,
                                const std::vector<typename row_sampler<T>::sampled>& sampled) {
    std::vector<row_number> rows;
    std::vector<T> scores;
    for (const auto& each : sampled) {
        rows.push_back(each.row);
        scores.push_back(each.score);
    }
    return {table, std::move(rows), std::move(scores)};
}

/// A random sample of the rows of a table: one pass. What is drawn depends on no order.
template <std::floating_point T>
struct sampler_question {
    using state = row_sampler<T>;
    struct plan {};
    static constexpr auto order = merge_order::any;

    std::uint64_t size;
    std::uint64_t seed;
    state all = {};
    bool is_done = false;

    sampler_question bind(const asked_table<T>&) const { return *this; }
    unsigned passes_left() const { return is_done ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, state& mine) const { mine.add(block, size, seed); }
    void merge(state& into, state& later) const { into.add(std::exchange(later, {}), size); }
    void end_pass(state& found) {
        all = std::move(found);
        is_done = true;
    }
    state result() { return std::move(all); }
};

/// How many groups of rows there are, or more: those that have no rows are not looked for where there is room
/// for all, nor where looking would take much memory.
template <std::floating_point T>
std::uint64_t count_groups(const score_source_ref<T>& source, const by_columns& columns, std::uint64_t room,
                           const execution& run) {
    constexpr std::uint64_t most = std::uint64_t{1} << 24;
    const std::uint64_t all = sub_index(source.axes(), columns.names).size();
    if (all <= room || all > most) return all;
    const basic_selection<double> groups = group_by(source, columns, aggregates::count{}, run);
    const auto counts = groups.scores();
    return static_cast<std::uint64_t>(
        std::count_if(counts.begin(), counts.end(), [](double count) { return count != 0; }));
}

/// Groups whose extremes there is room for, beside as many other rows.
struct drawn_groups {
    by_columns columns;
    std::uint64_t count;
    std::uint64_t extremes; ///< at either side of each
};

/// The groups asked for; where these are too many, coarser ones: without the last column, at last all rows
/// as one.
template <std::floating_point T>
drawn_groups groups_with_room(const score_source_ref<T>& source, by_columns columns,
                              const thinning_options& options, const execution& run) {
    const std::uint64_t room = options.max_points / 4;
    double left = 1; // nobody knows how often: each count takes half of what is left of the progress
    const auto next = [&] {
        const double begin = 1 - left;
        left /= 2;
        return part_of(run, begin, 1 - left);
    };
    auto count = count_groups(source, columns, room, next());
    while (count > room && !columns.names.empty()) {
        columns.names.pop_back();
        count = count_groups(source, columns, room, next());
    }
    return {std::move(columns), count,
            (std::min)(options.extremes, room / (std::max<std::uint64_t>)(count, 1))};
}

inline std::string count_text(std::uint64_t count, std::string_view one, std::string_view more) {
    return to_text(count) + " " + std::string(count == 1 ? one : more);
}

/// What is said of rows that have no place on a number line.
inline void note_not_finite(std::vector<std::string>& notes, std::uint64_t nan, std::uint64_t infinite) {
    if (nan != 0) notes.push_back(count_text(nan, "row has", "rows have") + " no score (NaN).");
    if (infinite != 0)
        notes.push_back(count_text(infinite, "row has", "rows have") + " an infinite score: not drawn.");
}

/// The rows of a table to draw, at most `max_points`. Where there are more, the `extremes` highest and lowest
/// of each group (fewer where groups are many, of groups by fewer columns where they are too many) and a
/// random sample of the others, and a note that says so. NaN and infinite scores are counted in a note and
/// left out. Does not depend on blocks or threads.
///
/// One pass over the table where all rows are drawn, three or four where not. Memory: 48 bytes a point for
/// each thread, that of `top_k`, and of `group_by` for at most 2^24 groups.
/// @throws lookup_error (unknown_column); cancelled_error
template <std::floating_point T>
drawn_rows<T> choose_rows(const score_source_ref<T>& source, const by_columns& groups,
                          const thinning_options& options = {}, const execution& run = {}) {
    auto all = std::get<0>(
        ask(source, sampler_question<T>{options.max_points, options.seed}, part_of(run, 0, 0.25)));
    std::vector<std::string> notes;
    note_not_finite(notes, all.nan(), all.infinite());
    const std::uint64_t finite = all.finite();
    if (finite <= options.max_points)
        return {to_selection<T>(source.axes(), std::move(all).lowest(options.max_points)), std::move(notes)};

    const auto drawn = groups_with_room(source, groups, options, part_of(run, 0.25, 0.5));
    const auto numbers =
        where(source, score_magnitude() <= static_cast<double>((std::numeric_limits<T>::max)()));
    const auto highest = top_k(numbers, drawn.extremes, drawn.columns, part_of(run, 0.5, 0.75));
    const auto lowest = bottom_k(numbers, drawn.extremes, drawn.columns, part_of(run, 0.75, 1));
    const auto extremes = unite(highest, lowest);
    const auto others = std::move(all).lowest(options.max_points - extremes.size());
    auto rows = unite(extremes, to_selection<T>(source.axes(), others));
    const bool whole = drawn.columns.names.empty();
    notes.push_back("Drawn are " + to_text(rows.size()) + " of " + to_text(finite) + " rows: the " +
                    to_text(drawn.extremes) + " highest and lowest of " +
                    (whole ? "all" : "each of " + count_text(drawn.count, "group", "groups")) +
                    " and a random sample of the others.");
    return {std::move(rows), std::move(notes)};
}

} // namespace detail

} // namespace svdlens::inline v0_2::plot

#endif
