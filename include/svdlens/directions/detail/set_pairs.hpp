/// @file
/// What is refused of two sets of heads that are compared.
#ifndef SVDLENS_DIRECTIONS_DETAIL_SET_PAIRS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_SET_PAIRS_HPP

#include <concepts>
#include <string>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../factored_set.hpp"
#include "../vector_set.hpp"
#include "factor_checks.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline bool is_same_port(const residual_port& a, const residual_port& b) {
    return a.flow == b.flow && a.first == b.first && a.per_layer == b.per_layer;
}

/// Heads, their sizes, and where they stand, in words.
template <std::floating_point T>
std::string kind_text(const basic_factored_set<T>& set) {
    const auto of = to_text(set.layers()) + " layers of " + to_text(set.heads()) + " heads";
    if (set.matrices.empty()) return quoted(set.name) + ", " + of;
    const auto& first = set.matrices.front();
    return quoted(set.name) + ", " + of + ", " + shape_text(first.a) + " and " + shape_text(first.b);
}

/// @throws argument_error (invalid_argument); as `require_uniform`
template <std::floating_point T>
void require_like_heads(const basic_factored_set<T>& before, const basic_factored_set<T>& after) {
    require_uniform(before);
    require_uniform(after);
    const auto fail = [&](const std::string& expected, const std::string& found) {
        throw argument_error(errc::invalid_argument, after.file + ": expected what " + before.file +
                                                         " has, " + expected + ", found " + found +
                                                         "; compare two checkpoints of one model");
    };
    if (kind_text(before) != kind_text(after)) fail(kind_text(before), kind_text(after));
    if (!is_same_port(before.left, after.left) || !is_same_port(before.right, after.right))
        fail("heads at its places in the stream", "heads at others");
    if (before.left_centered != after.left_centered || before.right_centered != after.right_centered)
        fail("means taken out or not", "the other; process both alike");
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
