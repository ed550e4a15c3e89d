/// @file
/// Rows picked from a table: their numbers and scores, with the table's axes.
#ifndef SVDLENS_TABLE_SELECTION_HPP
#define SVDLENS_TABLE_SELECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "print.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// Rows that a verb kept, in the order that the verb gives them. A score source itself, and all that is
/// needed to name its rows. Memory: 8 + sizeof(T) bytes a row.
/// @code{.cpp}
/// auto kept = sl::outside_quantiles(scores, 0.001, 0.999);
/// kept.size();                                   // = 148
/// auto first = kept.axes().label(kept.row_at(0), "source");
/// @endcode
template <std::floating_point T>
class basic_selection {
  public:
    using value_type = T;

    /// @throws argument_error (invalid_argument) when there are not as many rows as scores
    basic_selection(svdlens::axes axes, std::vector<row_number> rows, std::vector<T> scores) :
        axes_(std::move(axes)), rows_(std::move(rows)), scores_(std::move(scores)) {
        if (rows_.size() != scores_.size())
            throw argument_error(errc::invalid_argument, "selection: expected " + to_text(rows_.size()) +
                                                             " scores for " + to_text(rows_.size()) +
                                                             " rows, found " + to_text(scores_.size()));
    }

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return rows_.size(); }
    std::size_t blocks() const { return (rows_.size() + block_rows - 1) / block_rows; }

    score_block<T> block(std::size_t i, block_buffer<T>&) const {
        const std::size_t first = i * block_rows;
        const std::size_t count = (std::min)(block_rows, rows_.size() - first);
        return {scores_.data() + first, 1, count, count, nullptr, rows_.data() + first};
    }

    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }
    row_number row_at(std::size_t k) const { return rows_[k]; }
    T score_at(std::size_t k) const { return scores_[k]; }

    // A temporary hands its values over: `for (auto row : top_k(table, 5).rows())` walks live memory.
    std::span<const row_number> rows() const& { return rows_; }
    std::vector<row_number> rows() && { return std::move(rows_); }
    std::span<const T> scores() const& { return scores_; }
    std::vector<T> scores() && { return std::move(scores_); }

  private:
    static constexpr std::size_t block_rows = std::size_t{1} << 16;

    svdlens::axes axes_;
    std::vector<row_number> rows_;
    std::vector<T> scores_;
};

using selection = basic_selection<float>;

} // namespace svdlens::inline v0_2

#endif
