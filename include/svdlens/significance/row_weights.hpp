/// @file
/// How much each row of a table counts when it is tested: numbers that are fixed before any score is seen.
#ifndef SVDLENS_SIGNIFICANCE_ROW_WEIGHTS_HPP
#define SVDLENS_SIGNIFICANCE_ROW_WEIGHTS_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// Weights of the rows of a table, a product of that of a row's line and that of its column. A line is `length`
/// consecutive rows, from row 0 on; some neighbouring lines are a section, and each section may have weights of columns
/// of its own. Any scale: tests divide by the mean over the rows that they see.
///
/// Of a projection: a line is a direction with its squared singular value, a column a target with its own, where it has
/// one, and a section a target layer. Weights have to come from one side's own numbers, not from scores: only then
/// does a weighted test keep its level.
class row_weights {
  public:
    /// All rows alike.
    row_weights() = default;

    /// @param length rows a line
    /// @param lines a number for each line of the full shape
    /// @param columns numbers for the rows of a line, `length` for each section of equally many lines; empty: all 1
    /// @throws argument_error (invalid_argument) when a number is negative or not finite, or the lists do not fit
    row_weights(std::uint64_t length, std::vector<double> lines, std::vector<double> columns = {}) :
        length_(length), lines_(std::move(lines)), columns_(std::move(columns)) {
        const auto sections = length_ == 0 ? 0 : columns_.size() / length_;
        const bool fit = columns_.empty() || (sections * length_ == columns_.size() && sections != 0 &&
                                              lines_.size() % sections == 0);
        if (length_ == 0 || lines_.empty() || !fit)
            throw argument_error(errc::invalid_argument,
                                 "row weights: expected a weight for each line and " + to_text(length_) +
                                     " weights of columns for each section of as many lines, found " +
                                     to_text(lines_.size()) + " and " + to_text(columns_.size()));
        lines_a_section_ = columns_.empty() ? lines_.size() : lines_.size() / sections;
        for (const auto* list : {&lines_, &columns_})
            for (const double w : *list)
                if (!(w >= 0) || std::isinf(w))
                    throw argument_error(errc::invalid_argument,
                                         "row weights: expected finite numbers of at least 0, found " +
                                             to_text(w));
    }

    /// One weight for each row of the full shape.
    static row_weights by_row(std::vector<double> weights) {
        const auto rows = static_cast<std::uint64_t>(weights.size());
        return {rows, {1}, std::move(weights)};
    }

    /// Whether all rows count alike.
    bool equal() const { return lines_.empty(); }
    /// Rows of a line.
    std::uint64_t length() const { return length_; }
    /// The factor of each line.
    const std::vector<double>& lines() const { return lines_; }
    /// The factor of each column; empty where all are 1.
    const std::vector<double>& columns() const { return columns_; }

    /// The rows of the full shape that there are weights for.
    std::uint64_t rows() const { return length_ * lines_.size(); }

    /// The weight of a row. O(1)
    double operator()(row_number row) const {
        if (equal()) return 1;
        const auto line = static_cast<std::size_t>(row / length_);
        if (columns_.empty()) return lines_[line];
        return lines_[line] * columns_[first_column(line) + static_cast<std::size_t>(row % length_)];
    }

    /// Which weight of `columns()` is that of a line's first row.
    std::size_t first_column(std::size_t line) const {
        return line / lines_a_section_ * static_cast<std::size_t>(length_);
    }

  private:
    std::uint64_t length_ = 1;
    std::size_t lines_a_section_ = 1;
    std::vector<double> lines_;
    std::vector<double> columns_;
};

} // namespace svdlens::inline v0_2

#endif
