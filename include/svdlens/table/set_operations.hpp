/// @file
/// Rows of one table as sets: union, intersection, difference.
#ifndef SVDLENS_TABLE_SET_OPERATIONS_HPP
#define SVDLENS_TABLE_SET_OPERATIONS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "../tensor/axes.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/same_shape.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// All rows of a source in ascending order, each once.
template <stored_source S>
row_list<typename S::value_type> ordered_rows(const S& source) {
    row_list<typename S::value_type> all, once;
    for (std::size_t k = 0; k < source.size(); ++k) all.push_back(source.row_at(k), source.score_at(k));
    sort_rows(all);
    if (std::adjacent_find(all.rows.begin(), all.rows.end()) == all.rows.end()) return all;
    for (std::size_t k = 0; k < all.size(); ++k)
        if (k == 0 || all.rows[k] != all.rows[k - 1]) once.push_back(all.rows[k], all.scores[k]);
    return once;
}

/// Which rows of a merge are kept: those of a alone, of both, of b alone.
struct kept_sides {
    bool only_a;
    bool both;
    bool only_b;
};

/// Walks two sets of rows in ascending order. Where both hold a row, its score is that of a.
template <stored_source A, stored_source B>
basic_selection<typename A::value_type> merge_rows(const char* verb, const A& a, const B& b,
                                                   const kept_sides& kept) {
    check_same_shape(verb, a.axes(), b.axes());
    const auto x = ordered_rows(a);
    const auto y = ordered_rows(b);
    row_list<typename A::value_type> out;
    for (std::size_t i = 0, j = 0; i < x.size() || j < y.size();) {
        const bool from_a = j == y.size() || (i < x.size() && x.rows[i] <= y.rows[j]);
        const bool from_b = i == x.size() || (j < y.size() && y.rows[j] <= x.rows[i]);
        if (from_a && (from_b ? kept.both : kept.only_a)) out.push_back(x.rows[i], x.scores[i]);
        if (!from_a && kept.only_b) out.push_back(y.rows[j], y.scores[j]);
        i += from_a ? 1 : 0;
        j += from_b ? 1 : 0;
    }
    return {a.axes(), std::move(out.rows), std::move(out.scores)};
}

/// Rows in memory with scores of one type, as sets are made from.
template <class A, class B>
concept same_scores =
    stored_source<A> && stored_source<B> && std::same_as<typename A::value_type, typename B::value_type>;

} // namespace detail

/// The rows that are in a or in b, in ascending row order. The row number is the identity: where both hold a
/// row, the score is a's, whatever b's is. Neither has to be sorted; a row that one lists twice comes once.
/// Labels, label columns and title are a's.
///
/// O(n log n), O(n) for what is in row order already. Memory: 8 + sizeof(T) bytes a row of both and of
/// the result.
/// @throws argument_error (invalid_axes) when names or extents of the axes differ, naming the difference
template <stored_source A, stored_source B>
    requires(detail::same_scores<A, B>)
auto unite(const A& a, const B& b) {
    return detail::merge_rows("unite", a, b, {true, true, true});
}

/// The union of any number of selections; where several hold a row, the score is that of the first of them.
template <stored_source A, stored_source B, stored_source C, stored_source... More>
auto unite(const A& a, const B& b, const C& c, const More&... more) {
    return unite(unite(a, b), c, more...);
}

/// The rows that are in a and in b, with the scores that a has. All else as `unite`.
template <stored_source A, stored_source B>
    requires(detail::same_scores<A, B>)
auto intersect(const A& a, const B& b) {
    return detail::merge_rows("intersect", a, b, {false, true, false});
}

/// The rows of a that are not in b. All else as `unite`.
template <stored_source A, stored_source B>
    requires(detail::same_scores<A, B>)
auto subtract(const A& a, const B& b) {
    return detail::merge_rows("subtract", a, b, {true, false, false});
}

} // namespace svdlens::inline v0_2

#endif
