/// @file
/// How improbable a cosine, or a share, is between directions that have nothing to do with each other.
#ifndef SVDLENS_SIGNIFICANCE_LOG_P_HPP
#define SVDLENS_SIGNIFICANCE_LOG_P_HPP

#include <cstddef>
#include <string_view>

#include "../core/detail/body.hpp"

namespace svdlens::inline v0_2 {

/// What a score is compared with when it is asked whether it is more than chance.
enum class null_model {
    share,     ///< the other directions of the model: its share of the target's energy over all of them
    isotropic, ///< a direction that is uniform on the sphere: exact on random weights, liberal on trained ones
};

/// `share` or `isotropic`.
constexpr std::string_view to_text(null_model null) {
    return null == null_model::share ? "share" : "isotropic";
}

/// On which side of 0 a score is improbable.
enum class score_side { above, below };

/// ln P(|x| >= |score|) where x² has the law Beta(1/2, (dimension - 1) / 2): x is the cosine of a fixed direction and
/// one that is uniform on the sphere in `dimension` dimensions, or a share among `dimension` exchangeable directions.
/// 0 where score is 0 or dimension is 1, -infinity where |score| is 1; what rounding put above 1 counts as 1. NaN of
/// NaN. The error is below 2e-13 of the result for dimensions to 131072 and |score| from 1e-8 to 1 - 1e-12. About 1 µs.
///
/// P = I_{1 - score²}((dimension - 1) / 2, 1/2), the regularised incomplete beta function, by a continued fraction,
/// or a series where it is above about 1/4.
/// @throws argument_error (invalid_argument) when dimension is 0, or |score| is above 1 by more than rounding
double log_p(double score, std::size_t dimension);

/// ln P(x >= score), or ln P(x <= score), of the same x: for scores whose sign is a fact, such as that of a path. The
/// sign of one direction's score is a convention (`sign_rule`).
/// @throws as log_p
double log_p_one_sided(double score, std::size_t dimension, score_side side);

/// The smallest |score| whose log_p is at most `log_p`, from below: a score beneath it is certainly not as improbable,
/// one that is above by 1e-9 of it certainly is. 0 where log_p >= 0. About 10 µs.
/// @throws argument_error (invalid_argument) when dimension is 0 or log_p is NaN
double critical_score(double log_p, std::size_t dimension);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/log_p.hpp"
#endif

#endif
