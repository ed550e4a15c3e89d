/// @file
/// The bodies of linalg/assignment.hpp.
#ifndef SVDLENS_LINALG_DETAIL_BODIES_ASSIGNMENT_HPP
#define SVDLENS_LINALG_DETAIL_BODIES_ASSIGNMENT_HPP

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../assignment.hpp"
#include "../../matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// An assignment of some rows that is best among all of these, with the dual values that prove it. Columns count
/// from 1: column 0 stands for the row that looks for one.
class partial_assignment {
  public:
    explicit partial_assignment(const basic_matrix<double>& values) :
        values_(values), of_row_(values.rows()), of_column_(values.columns() + 1),
        row_at_(values.columns() + 1, none), before_(values.columns() + 1) {}

    /// Takes one more row in: along the shortest path from it to a column that nobody has.
    void add(std::size_t row) {
        row_at_[0] = row;
        for (std::size_t column = shortest_path(); column != 0; column = before_[column])
            row_at_[column] = row_at_[before_[column]];
    }

    std::vector<std::size_t> columns() const {
        std::vector<std::size_t> result(values_.rows());
        for (std::size_t j = 1; j < row_at_.size(); ++j)
            if (row_at_[j] != none) result[row_at_[j]] = j - 1;
        return result;
    }

  private:
    static constexpr auto none = static_cast<std::size_t>(-1);

    /// What is lost where the row takes the column, in the dual's terms: at least 0, and 0 where it has it.
    double reduced(std::size_t row, std::size_t column) const {
        return -values_(row, column - 1) - of_row_[row] - of_column_[column];
    }

    /// The free column at the end of the path; `before_` leads back to column 0.
    std::size_t shortest_path() {
        const std::size_t count = row_at_.size();
        std::vector<double> loss(count, std::numeric_limits<double>::infinity());
        std::vector<bool> is_reached(count);
        std::size_t at = 0;
        while (row_at_[at] != none) {
            is_reached[at] = true;
            std::size_t next = 0;
            for (std::size_t j = 1; j < count; ++j) {
                if (is_reached[j]) continue;
                if (const double through = reduced(row_at_[at], j); through < loss[j]) {
                    loss[j] = through;
                    before_[j] = at;
                }
                if (next == 0 || loss[j] < loss[next]) next = j;
            }
            raise_dual(loss, is_reached, loss[next]);
            at = next;
        }
        return at;
    }

    void raise_dual(std::vector<double>& loss, const std::vector<bool>& is_reached, double by) {
        for (std::size_t j = 0; j < loss.size(); ++j) {
            if (!is_reached[j]) {
                loss[j] -= by;
                continue;
            }
            of_row_[row_at_[j]] += by;
            of_column_[j] -= by;
        }
    }

    const basic_matrix<double>& values_;
    std::vector<double> of_row_;
    std::vector<double> of_column_;
    std::vector<std::size_t> row_at_;
    std::vector<std::size_t> before_;
};

} // namespace detail

SVDLENS_BODY std::vector<std::size_t> best_assignment(const basic_matrix<double>& values) {
    const auto resident = values.resident();
    if (resident.rows() > resident.columns())
        throw argument_error(errc::invalid_argument,
                             "best_assignment: expected at most as many rows as columns, found " +
                                 to_text(resident.rows()) + " x " + to_text(resident.columns()));
    for (std::size_t i = 0; i < resident.rows(); ++i)
        for (std::size_t j = 0; j < resident.columns(); ++j)
            if (!std::isfinite(resident(i, j)))
                throw argument_error(errc::invalid_argument,
                                     "best_assignment: expected finite values, found " +
                                         to_text(resident(i, j)) + " in row " + to_text(i) + ", column " +
                                         to_text(j));
    detail::partial_assignment result(resident);
    for (std::size_t row = 0; row < resident.rows(); ++row) result.add(row);
    return result.columns();
}

} // namespace svdlens::inline v0_2

#endif
