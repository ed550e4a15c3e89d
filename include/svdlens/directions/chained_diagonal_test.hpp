/// @file
/// Whether a head finds each thing by what an earlier head wrote of it.
#ifndef SVDLENS_DIRECTIONS_CHAINED_DIAGONAL_TEST_HPP
#define SVDLENS_DIRECTIONS_CHAINED_DIAGONAL_TEST_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "composition.hpp"
#include "diagonal_test.hpp"
#include "factored_set.hpp"
#include "vector_moments.hpp"

namespace svdlens::inline v0_2 {

/// The diagonal test of one pair of heads.
template <std::floating_point T>
struct basic_chained_test {
    std::string source; ///< the earlier head, `L0H3`
    std::string target; ///< the later head, `L1H2`
    T advantage = 0;    ///< mean of the diagonal minus mean of all else, in the unit of M
    T z = 0;            ///< against a random assignment of things to each other; at most n - 1
    head_index source_head;
    head_index target_head;
};

using chained_test = basic_chained_test<float>;

/// The diagonal test of M = scale · X·W₂·W₁ᵀ·Yᵀ for every head of `later` with every head of `earlier` in a
/// strictly earlier layer: whether thing i, read by W₂ = W_QK, prefers the place where W₁ = W_OV wrote of
/// thing i. With X = Y = W_E that is the attention logit of an induction head to the token *after* the same
/// token, the earlier head having moved each token one on. Ordered by source layer, target layer, source
/// head, target head; numbers as `diagonal_test`.
///
/// In parallel over pairs of layers with one later layer, same bits for any number of threads. O(layers ·
/// heads · d² r + pairs · (d r² + r³)), in double; holds layers · heads · r² doubles and 2 heads · d r, and 2
/// heads · d r + 2 (heads · r)² a worker. Heads of one layer that share a factor (grouped queries) share its
/// products.
/// @throws as `diagonal_test`; argument_error (invalid_argument) when the sets differ in layers or heads
template <std::floating_point T>
std::vector<basic_chained_test<T>>
chained_diagonal_test(const basic_factored_set<T>& later, const basic_factored_set<T>& earlier,
                      const vector_moments& vectors, const diagonal_test_options& options = {},
                      const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/chained_diagonal_test.hpp"
#endif

#endif
