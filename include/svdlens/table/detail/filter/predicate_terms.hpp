/// @file
/// What conditions begin with: a column, an axis, the score, to be compared.
///
/// `Predicate` is `predicate`, which stands in the header that includes this one.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_PREDICATE_TERMS_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_PREDICATE_TERMS_HPP

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../../core/text.hpp"
#include "predicate_node.hpp"

namespace svdlens::inline v0_2::detail {

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

inline constexpr std::uint64_t highest_index = (std::numeric_limits<std::uint64_t>::max)();

/// The indices from low to high, both included; none when low is above high.
template <index_value Low, index_value High>
index_range indices_between(Low low, High high) {
    if (std::cmp_less(high, 0)) return {1, 0};
    return {std::cmp_less(low, 0) ? 0 : static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
}

/// The index along a column or an axis is in a range.
inline predicate_node index_in_range(std::string name, index_owner owner, index_range range) {
    return {.kind = condition_kind::index_in_ranges,
            .column = std::move(name),
            .owner = owner,
            .ranges = {range}};
}

/// The index along a column or an axis is one of a list.
template <class List>
predicate_node index_in_list(std::string name, index_owner owner, const List& list) {
    predicate_node node{.kind = condition_kind::index_in_list, .column = std::move(name), .owner = owner};
    for (const auto index : list) {
        node.ranges.push_back(indices_between(index, index));
        node.labels.push_back(to_text(index));
    }
    return node;
}

/// The label of a column is one of a list.
template <class List>
predicate_node label_in_list(std::string name, const List& list) {
    predicate_node node{.kind = condition_kind::label_in_list, .column = std::move(name)};
    for (const auto& text : list) node.labels.emplace_back(std::string_view(text));
    return node;
}

/// A column in a condition, made by `column`. Texts are compared with its labels, integers with the index
/// along its axis.
template <class Predicate>
class column_term {
  public:
    explicit column_term(std::string name) : name_(std::move(name)) {}

    /// The label is one of these. @{
    Predicate in(std::initializer_list<std::string_view> labels) const {
        return made(label_in_list(name_, labels));
    }
    template <label_container R>
    Predicate in(const R& labels) const {
        return made(label_in_list(name_, labels));
    }
    /// @}

    /// The index is one of these. @{
    Predicate in(std::initializer_list<std::int64_t> indices) const {
        return made(index_in_list(name_, index_owner::column, indices));
    }
    template <index_container R>
    Predicate in(const R& indices) const {
        return made(index_in_list(name_, index_owner::column, indices));
    }
    /// @}

    /// low <= index <= high.
    template <index_value Low, index_value High>
    Predicate between(Low low, High high) const {
        return made(index_in_range(name_, index_owner::column, indices_between(low, high)));
    }

    /// The label has a part, which need not stand in any. Bytes are compared. @{
    Predicate contains(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) {
            return label.find(part) != std::string_view::npos;
        });
    }
    Predicate starts_with(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) { return label.starts_with(part); });
    }
    Predicate ends_with(std::string part) const {
        return matches([part = std::move(part)](std::string_view label) { return label.ends_with(part); });
    }
    /// @}

    /// The label passes a test. It is called once for each label when `where` applies the condition.
    Predicate matches(std::function<bool(std::string_view)> test) const {
        return made({.kind = condition_kind::label_passes, .column = name_, .label_test = std::move(test)});
    }

    /// The label is, or is not, this one. @{
    friend Predicate operator==(const column_term& a, std::string_view label) { return a.in({label}); }
    friend Predicate operator!=(const column_term& a, std::string_view label) { return !a.in({label}); }
    /// @}

  private:
    static Predicate made(predicate_node node) { return predicate_access::make<Predicate>(std::move(node)); }

    std::string name_;
};

/// An axis in a condition, made by `axis_index`: its indices are compared with integers.
template <class Predicate>
class axis_term {
  public:
    explicit axis_term(std::string name) : name_(std::move(name)) {}

    /// The index is one of these. @{
    Predicate in(std::initializer_list<std::int64_t> indices) const {
        return made(index_in_list(name_, index_owner::axis, indices));
    }
    template <index_container R>
    Predicate in(const R& indices) const {
        return made(index_in_list(name_, index_owner::axis, indices));
    }
    /// @}

    /// low <= index <= high.
    template <index_value Low, index_value High>
    Predicate between(Low low, High high) const {
        return made(index_in_range(name_, index_owner::axis, indices_between(low, high)));
    }

  private:
    static Predicate made(predicate_node node) { return predicate_access::make<Predicate>(std::move(node)); }

    std::string name_;
};

/// The score in a condition, made by `score` or `score_magnitude`. Compared in double.
template <class Predicate>
class score_term {
  public:
    explicit score_term(compared_score what) : what_(what) {}

    /// low <= score <= high.
    Predicate between(double low, double high) const { return *this >= low && *this <= high; }

    friend Predicate operator==(const score_term& a, double b) { return a.compared(comparison::equal, b); }
    friend Predicate operator!=(const score_term& a, double b) {
        return a.compared(comparison::not_equal, b);
    }
    friend Predicate operator<(const score_term& a, double b) { return a.compared(comparison::less, b); }
    friend Predicate operator<=(const score_term& a, double b) {
        return a.compared(comparison::less_equal, b);
    }
    friend Predicate operator>(const score_term& a, double b) { return a.compared(comparison::greater, b); }
    friend Predicate operator>=(const score_term& a, double b) {
        return a.compared(comparison::greater_equal, b);
    }

  private:
    Predicate compared(comparison how, double bound) const {
        return predicate_access::make<Predicate>(
            {.kind = condition_kind::score_compares, .score = {what_, how, bound}});
    }

    compared_score what_;
};

/// What has an index that integers compare with.
template <class Term>
inline constexpr bool has_index = false;
template <class Predicate>
inline constexpr bool has_index<column_term<Predicate>> = true;
template <class Predicate>
inline constexpr bool has_index<axis_term<Predicate>> = true;

template <class Term>
concept index_term = has_index<Term>;

/// Comparisons of an index with an integer: `==` and `!=` with one that there is, the others with any. @{
template <index_term Term, index_value Index>
auto operator==(const Term& a, Index index) {
    return a.in(std::vector<Index>{index});
}
template <index_term Term, index_value Index>
auto operator!=(const Term& a, Index index) {
    return !(a == index);
}
template <index_term Term, index_value Index>
auto operator<=(const Term& a, Index index) {
    return a.between(0, index);
}
template <index_term Term, index_value Index>
auto operator>=(const Term& a, Index index) {
    return a.between(index, highest_index);
}
template <index_term Term, index_value Index>
auto operator<(const Term& a, Index index) {
    return !(a >= index);
}
template <index_term Term, index_value Index>
auto operator>(const Term& a, Index index) {
    return !(a <= index);
}
/// @}

} // namespace svdlens::inline v0_2::detail

#endif
