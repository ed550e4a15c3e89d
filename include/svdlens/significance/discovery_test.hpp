/// @file
/// How the rows of a table are tested for being more than chance.
#ifndef SVDLENS_SIGNIFICANCE_DISCOVERY_TEST_HPP
#define SVDLENS_SIGNIFICANCE_DISCOVERY_TEST_HPP

#include <cstddef>

#include "log_p.hpp"
#include "row_weights.hpp"

namespace svdlens::inline v0_2 {

/// By what the p-value of a row is divided.
enum class p_weights {
    equal,  ///< by 1
    energy, ///< by S² T² over its mean: what moves more may be found sooner
};

/// As what the scores of a projection are tested.
struct tested_as {
    null_model null = null_model::share;
    p_weights weights = p_weights::energy;
};

/// A false discovery rate, the null that scores follow by chance, and what the p-value of a row is divided by.
struct discovery_test {
    double q = 0.05;
    std::size_t dimension = 0; ///< of the sphere, or how many directions share: `log_p`
    row_weights weights = {};  ///< of any scale
};

} // namespace svdlens::inline v0_2

#endif
