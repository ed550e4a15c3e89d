/// @file
/// What a diagonal test refuses.
#ifndef SVDLENS_DIRECTIONS_DETAIL_DIAGONAL_CHECKS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_DIAGONAL_CHECKS_HPP

#include <cmath>
#include <concepts>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../factored_set.hpp"
#include "../vector_moments.hpp"
#include "factor_checks.hpp"
#include "head_tables.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws as `diagonal_test`
template <std::floating_point T>
void require_testable(const basic_factored_set<T>& set, const vector_moments& vectors, double scale,
                      const execution& run) {
    require_uniform(set);
    require_vectors_of_width(set, vectors.from_name, vectors.from.rows(), vectors.to_name, vectors.to.rows());
    if (vectors.things < 2)
        throw argument_error(
            errc::invalid_argument,
            "diagonal test of " + quoted(vectors.from_name) +
                ": expected at least 2 vectors, of which one may be preferred to others, found " +
                to_text(vectors.things));
    if (!std::isfinite(scale))
        throw argument_error(errc::invalid_argument,
                             "diagonal test: expected a finite scale, found " + to_text(scale));
    require_finite_factors(set, run);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
