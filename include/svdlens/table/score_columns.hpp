/// @file
/// Rows with several columns of numbers: what groups, their quantiles and joins become.
#ifndef SVDLENS_TABLE_SCORE_COLUMNS_HPP
#define SVDLENS_TABLE_SCORE_COLUMNS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "detail/rows/position_loop.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// Rows with several named columns of numbers. `column` makes one of them the scores of a table of its own,
/// on which all verbs work: `top_k(group_quantiles(scores, {0.01, 0.99}, by("head")).column("99%"), 5)`.
/// Columns may have the same name; the first is then the one that goes by it. Memory: 8 + 8 * columns bytes
/// a row.
class score_columns {
  public:
    /// @param values one list a name, each with a score a row
    /// @throws argument_error (invalid_argument) when lists and names, or scores and rows, are not as many
    score_columns(svdlens::axes axes, std::vector<row_number> rows, std::vector<std::string> names,
                  std::vector<std::vector<double>> values) :
        axes_(std::move(axes)),
        rows_(std::move(rows)), names_(std::move(names)), values_(std::move(values)) {
        if (values_.size() != names_.size())
            throw argument_error(errc::invalid_argument, "score columns: expected " + to_text(names_.size()) +
                                                             " lists for " + to_text(names_.size()) +
                                                             " names, found " + to_text(values_.size()));
        for (std::size_t k = 0; k < values_.size(); ++k)
            if (values_[k].size() != rows_.size())
                throw argument_error(errc::invalid_argument,
                                     "score columns: column " + quoted(names_[k]) + ": expected " +
                                         to_text(rows_.size()) + " scores for " + to_text(rows_.size()) +
                                         " rows, found " + to_text(values_[k].size()));
    }

    const svdlens::axes& axes() const { return axes_; }
    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }

    // A temporary hands its values over, so that a loop over them walks live memory.
    std::span<const row_number> rows() const& { return rows_; }
    std::vector<row_number> rows() && { return std::move(rows_); }

    /// The names of the columns, in their order.
    const std::vector<std::string>& names() const& { return names_; }
    std::vector<std::string> names() && { return std::move(names_); }

    /// The numbers of a column, in the order of the rows. @{
    std::span<const double> values(std::size_t k) const& { return values_[k]; }
    std::vector<double> values(std::size_t k) && { return std::move(values_[k]); }
    /// @}

    /// The numbers of the column of that name. @throws lookup_error (unknown_column), naming the columns
    /// there are @{
    std::span<const double> values(std::string_view name) const& { return values_[find(name)]; }
    std::vector<double> values(std::string_view name) && { return std::move(values_[find(name)]); }
    /// @}

    /// A column as the scores of a table of its own. O(rows), O(1) of a temporary. @{
    basic_selection<double> column(std::size_t k) const& { return {axes_, rows_, values_[k]}; }
    basic_selection<double> column(std::size_t k) && {
        return {std::move(axes_), std::move(rows_), std::move(values_[k])};
    }
    /// @}

    /// The column of that name as the scores of a table of its own.
    /// @throws lookup_error (unknown_column), naming the columns there are @{
    basic_selection<double> column(std::string_view name) const& { return column(find(name)); }
    basic_selection<double> column(std::string_view name) && { return std::move(*this).column(find(name)); }
    /// @}

    /// A selection of all rows with `f` of both columns as their scores: of a join
    /// `scores(std::multiplies{})` is the score of a path through both sides. `f` is called by several
    /// threads at once; NaN goes through it like any score. O(rows). Memory: 16 bytes a row.
    /// @throws argument_error (invalid_argument) when there are not two columns; cancelled_error
    template <std::invocable<double, double> F>
    basic_selection<double> scores(const F& f, const execution& run = {}) const {
        if (values_.size() != 2)
            throw argument_error(errc::invalid_argument,
                                 "score columns: scores(f) takes two columns, found " +
                                     to_text(values_.size()) + "; take one by column()");
        std::vector<double> result(size());
        detail::for_positions(size(), run, [&](std::size_t k) {
            result[k] = static_cast<double>(f(values_[0][k], values_[1][k]));
        });
        return {axes_, rows_, std::move(result)};
    }

  private:
    std::size_t find(std::string_view name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
        std::string message = "score columns: no column " + quoted(name) + "; there are";
        for (const auto& known : names_) (message += ' ') += quoted(known);
        throw lookup_error(errc::unknown_column, message);
    }

    svdlens::axes axes_;
    std::vector<row_number> rows_;
    std::vector<std::string> names_;
    std::vector<std::vector<double>> values_;
};

/// Aligned columns: the number of each row, its labels, its numbers to six significant digits; the first and
/// the last five rows where there are more than ten, and how many there are. O(rows shown * columns)
inline std::string to_string(const score_columns& table) {
    constexpr std::size_t shown = 10;
    const auto labels = table.axes().column_names();
    std::vector<std::string> header{""};
    header.insert(header.end(), labels.begin(), labels.end());
    header.insert(header.end(), table.names().begin(), table.names().end());
    const auto cells = [&](std::size_t k) {
        const row_number row = table.rows()[k];
        std::vector<std::string> line{to_text(row)};
        for (const auto& name : labels) line.push_back(table.axes().label(row, name));
        for (std::size_t column = 0; column < table.names().size(); ++column)
            line.push_back(to_rounded_text(table.values(column)[k], 6));
        return line;
    };
    return to_string(detail::head_and_tail(std::move(header), table.size(), shown, cells)) + "\n[" +
           to_text(table.size()) + " rows x " + to_text(labels.size() + table.names().size()) + " columns]\n";
}

inline std::ostream& operator<<(std::ostream& out, const score_columns& table) {
    return out << to_string(table);
}

} // namespace svdlens::inline v0_2

#endif
