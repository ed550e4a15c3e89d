/// @file
/// A path through a model, and which paths are asked for.
#ifndef SVDLENS_CIRCUIT_CIRCUIT_PATH_HPP
#define SVDLENS_CIRCUIT_CIRCUIT_PATH_HPP

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// A node of a path: which of the sets of its kind it is of, and its row in that set's axes.
struct path_node {
    std::size_t set = 0;
    std::uint64_t row = 0;

    friend auto operator<=>(const path_node&, const path_node&) = default;
};

/// A path e → (u₁, v₁) → ... → (u_n, v_n) → w. **Its score is ⟨e, u₁⟩ S₁ ⟨v₁, u₂⟩ S₂ ... S_n ⟨v_n, w⟩**: every gain
/// once, and every singular vector of a pair twice or not at all, so that its sign is a fact and no convention. Over all
/// directions of n heads such scores sum to e W₁ ... W_n w. Where ends have singular values, these count as well.
struct circuit_path {
    path_node source;
    std::vector<path_node> through;
    path_node target;
    std::vector<double> hops; ///< ⟨e, u₁⟩, ..., ⟨v_n, w⟩: n + 1 numbers, whose signs are conventions
    double score = 0;
};

struct top_path_options {
    std::size_t count = 1000; ///< paths from each set of sources to each set of targets
    std::size_t fewest = 1;   ///< nodes between source and target; 0: with direct paths
    std::size_t most = 3;     ///< 8 at most
};

} // namespace svdlens::inline v0_2

#endif
