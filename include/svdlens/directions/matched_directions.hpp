/// @file
/// Which direction of one checkpoint is which of another.
#ifndef SVDLENS_DIRECTIONS_MATCHED_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_MATCHED_DIRECTIONS_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "../core/execution.hpp"
#include "singular_directions.hpp"

namespace svdlens::inline v0_2 {

/// A direction k of a head and the direction j of another that it is taken for.
struct direction_match {
    std::size_t layer = 0; ///< of k, as all but what `other` begins with
    std::size_t head = 0;
    std::size_t direction = 0;
    std::size_t other_layer = 0; ///< of j
    std::size_t other_head = 0;
    std::size_t other = 0;
    double left = 0;  ///< ⟨u_k, u'_j⟩
    double right = 0; ///< ⟨v_k, v'_j⟩

    /// ⟨u_k, u'_j⟩ ⟨v_k, v'_j⟩. The same whatever signs the pairs have: its own sign is a fact.
    double overlap() const { return left * right; }
};

struct direction_match_options {
    /// Which head of `after` each head of `before` is matched with, by layer · heads + head; empty: the same.
    std::vector<std::size_t> partners = {};
};

/// The directions of two sets of heads matched head by head, so that Σ √(S_k S'_j) |overlap| is largest
/// (`best_assignment`); in the order of `before`. Null directions have no match, nor has what is left over
/// when the other head has more of them. How improbable an overlap is, `log_p_of_overlap` says.
///
/// In double, in parallel over heads, same bits for any number of threads. O(layers · heads · (d r² + r³)),
/// holds 2 r² numbers a worker.
/// @throws argument_error (invalid_argument) for sets of other heads or sizes, or partners that are not heads;
///         cancelled_error
template <std::floating_point T>
std::vector<direction_match>
match_directions(const basic_singular_directions<T>& before, const basic_singular_directions<T>& after,
                 const direction_match_options& options = {}, const execution& run = {});

/// The same with the default options.
template <std::floating_point T>
std::vector<direction_match> match_directions(const basic_singular_directions<T>& before,
                                              const basic_singular_directions<T>& after,
                                              const execution& run) {
    return match_directions(before, after, direction_match_options(), run);
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/matched_directions.hpp"
#endif

#endif
