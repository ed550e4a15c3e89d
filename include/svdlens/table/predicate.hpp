/// @file
/// Conditions on the columns and the score of rows: `column("head") == "L0H3" && score() > 0.5`.
#ifndef SVDLENS_TABLE_PREDICATE_HPP
#define SVDLENS_TABLE_PREDICATE_HPP

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "../tensor/axis.hpp"
#include "detail/filter/predicate_node.hpp"
#include "detail/filter/predicate_terms.hpp"

namespace svdlens::inline v0_2 {

/// A condition on a row, made from `column`, `axis_index`, `score`, `score_magnitude` and `rows_where` with
/// `&&`, `||`, `!`. A value that is cheap to copy; names no table: columns are looked up when `where`
/// applies it.
class predicate {
  public:
    /// Both sides are looked up in the table, whichever rows they meet.
    friend predicate operator&&(const predicate& a, const predicate& b) {
        return predicate({.kind = detail::condition_kind::conjunction, .left = a.node_, .right = b.node_});
    }
    /// Either holds.
    friend predicate operator||(const predicate& a, const predicate& b) {
        return predicate({.kind = detail::condition_kind::disjunction, .left = a.node_, .right = b.node_});
    }
    /// Of a comparison with a NaN score, which is false, the negation is true, as pandas' `~`.
    friend predicate operator!(const predicate& a) {
        return predicate({.kind = detail::condition_kind::negation, .left = a.node_});
    }

  private:
    friend struct detail::predicate_access;

    explicit predicate(detail::predicate_node node) :
        node_(std::make_shared<const detail::predicate_node>(std::move(node))) {}

    detail::predicate_part node_;
};

/// The column of a name: a label column, or else an axis. A part of a condition:
/// @code
/// column("head") == "L0H3"                          // or !=: the label is, or is not, this one
/// column("head").in({"L0H3", "L1H0"})               // or any container of texts
/// column("token").contains("th")                    // starts_with, ends_with: a part of the label, bytes compared
/// column("token").matches([](std::string_view label) { return label.size() > 3; }) // called once a label
/// column("layer") >= 2                              // ==, !=, <, <=, >, >=: the index along the column's axis
/// column("layer").in({0, 3})                        // or any container of integers
/// column("layer").between(2, 5)                     // both included
/// @endcode
/// A label or index that `==`, `!=` or `in` names has to be one of the column's: a slip of the pen is an error (see
/// `where`) and not an empty table. The ends of a range may lie anywhere. A label that repeats matches all its indices.
/// Integers need a column over one axis: of a column over several compare each axis by `axis_index`.
inline auto column(std::string name) { return detail::column_term<predicate>(std::move(name)); }

/// The index along the axis of a name, also where a label column stands in for the axis: compared with
/// integers, `in` and `between` as those of `column`.
inline auto axis_index(std::string name) { return detail::axis_term<predicate>(std::move(name)); }

/// The score of a row, compared in double with `==`, `!=`, `<`, `<=`, `>`, `>=` or `between(low, high)`, as
/// IEEE has it: with a NaN score only `!=` holds.
inline auto score() { return detail::score_term<predicate>(detail::compared_score::signed_value); }

/// |score| of a row, compared as `score`.
inline auto score_magnitude() { return detail::score_term<predicate>(detail::compared_score::magnitude); }

/// Rows that pass `test(row_number, double score)`, which several threads call at once, more than once a row.
template <std::predicate<row_number, double> Test>
predicate rows_where(Test test) {
    return detail::predicate_access::make<predicate>(
        {.kind = detail::condition_kind::row_passes, .row_test = std::move(test)});
}

} // namespace svdlens::inline v0_2

#endif
