/// @file
/// Heads that stand beside others as controls.
#ifndef SVDLENS_CIRCUIT_DETAIL_OTHER_HEADS_HPP
#define SVDLENS_CIRCUIT_DETAIL_OTHER_HEADS_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "../../directions/factored_set.hpp"
#include "../../directions/singular_directions.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2::detail {

/// Whether two matrices are the same numbers, as heads have that share a key/value head.
template <std::floating_point T>
bool is_same_matrix(const basic_matrix<T>& one, const basic_matrix<T>& other) {
    if (one.rows() != other.rows() || one.columns() != other.columns()) return false;
    const auto a = one.resident(), b = other.resident();
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            if (a(i, j) != b(i, j)) return false;
    return true;
}

template <std::floating_point T>
bool has_directions(const basic_singular_directions<T>& of, std::size_t head) {
    return of.directions() != 0 && !of.is_null(head / of.heads(), head % of.heads(), 0);
}

/// A head that shares no key/value head with another, and has directions after: half the layer away, or of the next layer,
/// or whichever comes next; none: the head itself.
template <std::floating_point T>
std::size_t other_head(const basic_factored_set<T>& set, const basic_singular_directions<T>& after,
                       std::size_t k) {
    const std::size_t heads = set.heads(), all = set.matrices.size();
    const auto is_other = [&](std::size_t other) {
        const auto& one = set.matrices[k];
        const auto& two = set.matrices[other];
        return other != k && has_directions(after, other) &&
               (one.a.rows() == 0 || !(is_same_matrix(one.a, two.a) || is_same_matrix(one.b, two.b)));
    };
    const std::size_t half = (k % heads + (heads + 1) / 2) % heads;
    for (const std::size_t first : {k / heads * heads + half, (k + heads) % all})
        if (is_other(first)) return first;
    for (std::size_t step = 1; step < all; ++step)
        if (const auto next = (k + step) % all; is_other(next)) return next;
    return k;
}

/// One for each head, by layer · heads + head; none at all where one that has directions has none.
/// @param before and the set that they are of
template <std::floating_point T>
std::vector<std::size_t> other_heads(const basic_factored_set<T>& set,
                                     const basic_singular_directions<T>& before,
                                     const basic_singular_directions<T>& after) {
    std::vector<std::size_t> partners;
    for (std::size_t k = 0; k < set.matrices.size(); ++k) {
        partners.push_back(other_head(set, after, k));
        if (partners.back() == k && has_directions(before, k)) return {};
    }
    return partners;
}

} // namespace svdlens::inline v0_2::detail

#endif
