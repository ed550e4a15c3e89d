/// @file
/// Pairs of rows of two tables with both scores.
#ifndef SVDLENS_TABLE_JOINED_TABLE_HPP
#define SVDLENS_TABLE_JOINED_TABLE_HPP

#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "position_loop.hpp"
#include "selection.hpp"

namespace svdlens::inline v0 {

/// One score of two.
template <class F>
concept pair_function = std::invocable<const F&, double, double> &&
                        std::convertible_to < std::invoke_result_t<const F&, double, double>,
double > ;

/// What `join` makes: for each pair of rows that agree in the shared columns a row in ascending order, with
/// the score that the left row has and that of the right one. Memory: 24 bytes a row.
class joined_table {
  public:
    /// @throws argument_error (invalid_argument) when rows and scores are not as many
    joined_table(svdlens::axes axes, std::vector<row_number> rows, std::vector<double> left,
                 std::vector<double> right) :
        axes_(std::move(axes)),
        rows_(std::move(rows)), left_(std::move(left)), right_(std::move(right)) {
        if (rows_.size() != left_.size() || rows_.size() != right_.size())
            throw argument_error(errc::invalid_argument, "joined table: expected two scores a row");
    }

    /// The shared axes, the left table's others, the right table's others.
    const svdlens::axes& axes() const { return axes_; }
    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }

    std::span<const row_number> rows() const& { return rows_; }
    std::vector<row_number> rows() && { return std::move(rows_); }
    std::span<const double> left() const& { return left_; }
    std::vector<double> left() && { return std::move(left_); }
    std::span<const double> right() const& { return right_; }
    std::vector<double> right() && { return std::move(right_); }

    /// A selection of all rows with `f(left, right)` as their scores: `std::multiplies{}` for the score of a
    /// path through both. `f` is called by several threads at once; NaN goes through it like any score.
    /// O(rows). Memory: 16 bytes a row.
    /// @throws cancelled_error
    template <pair_function F>
    basic_selection<double> scores(const F& f, const execution& run = {}) const {
        std::vector<double> result(size());
        detail::for_positions(
            size(), run, [&](std::size_t k) { result[k] = static_cast<double>(f(left_[k], right_[k])); });
        return {axes_, rows_, std::move(result)};
    }

  private:
    svdlens::axes axes_;
    std::vector<row_number> rows_;
    std::vector<double> left_;
    std::vector<double> right_;
};

} // namespace svdlens::inline v0

#endif
