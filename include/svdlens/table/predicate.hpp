/// @file
/// Conditions on the columns and the score of rows: `column("head") == "L0H3" && score() > 0.5`.
#ifndef SVDLENS_TABLE_PREDICATE_HPP
#define SVDLENS_TABLE_PREDICATE_HPP

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/filter/predicate_node.hpp"

namespace svdlens::inline v0_2 {

/// A condition on a row, made from `column`, `axis_index`, `score`, `score_magnitude` and `rows_where` with
/// `&&`,
/// `||`, `!`. A value that is cheap to copy; names no table: columns are looked up when `where` applies it.
class predicate {
  public:
    explicit predicate(detail::predicate_node node) :
        node_(std::make_shared<const detail::predicate_node>(std::move(node))) {}

    const detail::predicate_node& node() const { return *node_; }

    /// Both sides are looked up in the table, whichever rows they meet.
    friend predicate operator&&(const predicate& a, const predicate& b) {
        return predicate({.kind = detail::condition_kind::conjunction, .left = a.node_, .right = b.node_});
    }
    friend predicate operator||(const predicate& a, const predicate& b) {
        return predicate({.kind = detail::condition_kind::disjunction, .left = a.node_, .right = b.node_});
    }
    /// Of a comparison with a NaN score, which is false, the negation is true, as pandas' `~`.
    friend predicate operator!(const predicate& a) {
        return predicate({.kind = detail::condition_kind::negation, .left = a.node_});
    }

  private:
    detail::predicate_part node_;
};

/// What an index may be compared with: any integer but bool and char. Negative ones are below all indices.
template <class Index>
concept index_value = std::integral<Index> && !std::same_as<Index, bool> && !std::same_as<Index, char>;

/// A container of integers.
template <class R>
concept index_container = requires(const R& list) {
    requires index_value<std::remove_cvref_t<decltype(*std::begin(list))>>;
    std::end(list);
};

/// A container of texts, which is no text itself.
template <class R>
concept label_container = !std::convertible_to<const R&, std::string_view> && requires(const R& list) {
    { *std::begin(list) } -> std::convertible_to<std::string_view>;
    std::end(list);
};

namespace detail {

inline constexpr std::uint64_t highest_index = (std::numeric_limits<std::uint64_t>::max)();

/// The indices from low to high, both included; none when low is above high.
template <index_value Low, index_value High>
index_range indices_between(Low low, High high) {
    if (std::cmp_less(high, 0)) return {1, 0};
    return {std::cmp_less(low, 0) ? 0 : static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
}

/// A range for each index of a list.
template <class List>
std::vector<index_range> ranges_of(const List& list) {
    std::vector<index_range> ranges;
    for (const auto index : list) ranges.push_back(indices_between(index, index));
    return ranges;
}

inline predicate index_predicate(std::string name, index_owner owner, std::vector<index_range> ranges) {
    return predicate({.kind = condition_kind::index_in_ranges,
                      .column = std::move(name),
                      .owner = owner,
                      .ranges = std::move(ranges)});
}

template <class List>
std::vector<std::string> texts_of(const List& list) {
    std::vector<std::string> texts;
    for (const auto& text : list) texts.emplace_back(std::string_view(text));
    return texts;
}

} // namespace detail

/// A column in a condition, made by `column`. Texts are compared with its labels, integers with the index
/// along its axis, which has to be one: of a column over several axes compare each by `axis_index`.
class column_term {
  public:
    explicit column_term(std::string name) : name_(std::move(name)) {}

    /// The label is one of these, each of which must be a label of the column: a slip of the pen is an error
    /// and not an empty table. A label that repeats matches all its indices. @{
    predicate in(std::initializer_list<std::string_view> labels) const { return listed(labels); }
    template <label_container R>
    predicate in(const R& labels) const {
        return listed(labels);
    }
    /// @}

    /// The index is one of these; one beyond the extent matches nothing. @{
    predicate in(std::initializer_list<std::int64_t> indices) const {
        return indexed(detail::ranges_of(indices));
    }
    template <index_container R>
    predicate in(const R& indices) const {
        return indexed(detail::ranges_of(indices));
    }
    /// @}

    /// low <= index <= high.
    template <index_value Low, index_value High>
    predicate between(Low low, High high) const {
        return indexed({detail::indices_between(low, high)});
    }

    /// The label has a part, which need not stand in any. Bytes are compared. @{
    predicate contains(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) {
            return label.find(part) != std::string_view::npos;
        });
    }
    predicate starts_with(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) { return label.starts_with(part); });
    }
    predicate ends_with(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) { return label.ends_with(part); });
    }
    /// @}

    /// The label passes a test. It is called once for each label when `where` applies the condition.
    predicate matches(std::function<bool(std::string_view)> test) const {
        return predicate(
            {.kind = detail::condition_kind::label_passes, .column = name_, .label_test = std::move(test)});
    }

  private:
    template <class List>
    predicate listed(const List& labels) const {
        return predicate({.kind = detail::condition_kind::label_in_list,
                          .column = name_,
                          .labels = detail::texts_of(labels)});
    }

    predicate indexed(std::vector<detail::index_range> ranges) const {
        return detail::index_predicate(name_, detail::index_owner::column, std::move(ranges));
    }

    std::string name_;
};

/// An axis in a condition, made by `axis_index`: its indices are compared with integers.
class axis_term {
  public:
    explicit axis_term(std::string name) : name_(std::move(name)) {}

    /// The index is one of these; one beyond the extent matches nothing. @{
    predicate in(std::initializer_list<std::int64_t> indices) const {
        return indexed(detail::ranges_of(indices));
    }
    template <index_container R>
    predicate in(const R& indices) const {
        return indexed(detail::ranges_of(indices));
    }
    /// @}

    /// low <= index <= high.
    template <index_value Low, index_value High>
    predicate between(Low low, High high) const {
        return indexed({detail::indices_between(low, high)});
    }

  private:
    predicate indexed(std::vector<detail::index_range> ranges) const {
        return detail::index_predicate(name_, detail::index_owner::axis, std::move(ranges));
    }

    std::string name_;
};

/// What has an index that integers compare with.
template <class T>
concept index_term = std::same_as<T, column_term> || std::same_as<T, axis_term>;

/// The score in a condition, made by `score` or `score_magnitude`. Compared in double, as IEEE has it: with a
/// NaN score only `!=` holds.
class score_term {
  public:
    explicit score_term(detail::compared_score what) : what_(what) {}

    /// low <= score <= high.
    predicate between(double low, double high) const {
        return compared(detail::comparison::greater_equal, low) &&
               compared(detail::comparison::less_equal, high);
    }

    predicate compared(detail::comparison how, double bound) const {
        return predicate({.kind = detail::condition_kind::score_compares, .score = {what_, how, bound}});
    }

  private:
    detail::compared_score what_;
};

/// The column of a name: a label column, or else an axis.
inline column_term column(std::string name) { return column_term(std::move(name)); }

/// The index along the axis of a name, also where a label column stands in for the axis.
inline axis_term axis_index(std::string name) { return axis_term(std::move(name)); }

/// The score of a row.
inline score_term score() { return score_term(detail::compared_score::signed_value); }

/// |score| of a row.
inline score_term score_magnitude() { return score_term(detail::compared_score::magnitude); }

/// Rows that pass `test(row_number, double score)`, which several threads call at once, more than once a row.
template <std::predicate<row_number, double> Test>
predicate rows_where(Test test) {
    return predicate({.kind = detail::condition_kind::row_passes, .row_test = std::move(test)});
}

/// The label is, or is not, this one, which must be a label of the column. @{
inline predicate operator==(const column_term& a, std::string_view label) { return a.in({label}); }
inline predicate operator!=(const column_term& a, std::string_view label) { return !a.in({label}); }
/// @}

/// Comparisons of an index with an integer. @{
template <index_term Term, index_value Index>
predicate operator==(const Term& a, Index index) {
    return a.between(index, index);
}
template <index_term Term, index_value Index>
predicate operator!=(const Term& a, Index index) {
    return !a.between(index, index);
}
template <index_term Term, index_value Index>
predicate operator<=(const Term& a, Index index) {
    return a.between(0, index);
}
template <index_term Term, index_value Index>
predicate operator>=(const Term& a, Index index) {
    return a.between(index, detail::highest_index);
}
template <index_term Term, index_value Index>
predicate operator<(const Term& a, Index index) {
    return !a.between(index, detail::highest_index);
}
template <index_term Term, index_value Index>
predicate operator>(const Term& a, Index index) {
    return !a.between(0, index);
}
/// @}

/// Comparisons of the score with a number. @{
inline predicate operator==(const score_term& a, double b) {
    return a.compared(detail::comparison::equal, b);
}
inline predicate operator!=(const score_term& a, double b) {
    return a.compared(detail::comparison::not_equal, b);
}
inline predicate operator<(const score_term& a, double b) { return a.compared(detail::comparison::less, b); }
inline predicate operator<=(const score_term& a, double b) {
    return a.compared(detail::comparison::less_equal, b);
}
inline predicate operator>(const score_term& a, double b) {
    return a.compared(detail::comparison::greater, b);
}
inline predicate operator>=(const score_term& a, double b) {
    return a.compared(detail::comparison::greater_equal, b);
}
/// @}

} // namespace svdlens::inline v0_2

#endif
