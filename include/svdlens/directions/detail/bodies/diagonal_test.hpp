/// @file
/// The bodies of directions/diagonal_test.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_DIAGONAL_TEST_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_DIAGONAL_TEST_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../table/long_table.hpp"
#include "../../diagonal_test.hpp"
#include "../../factored_set.hpp"
#include "../../vector_moments.hpp"
#include "../diagonal_checks.hpp"
#include "../diagonal_sums.hpp"
#include "../factor_checks.hpp"
#include "../head_tables.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_diagonal_test<T> diagonal_test(const basic_factored_set<T>& set, const vector_moments& vectors,
                                     const diagonal_test_options& options, const execution& run) {
    detail::require_testable(set, vectors, options.scale, run);
    const std::size_t heads = set.matrices.size();
    std::vector<T> advantages(heads), zs(heads);
    const auto compute = [&](std::size_t k, detail::one_eigen_thread&) {
        const auto sums = detail::sum_diagonal(set.matrices[k].a, set.matrices[k].b, vectors);
        advantages[k] =
            detail::advantage_of<T>(sums, vectors.things, options.scale, detail::describe_factor(set, k, ""));
        zs[k] = static_cast<T>(detail::z_of(sums, vectors.things, options.scale));
    };
    for_blocks<detail::one_eigen_thread>(heads, heads, run, compute);
    const auto name = vectors.from_name + "_" + set.name + "_" + vectors.to_name;
    return {detail::head_table(set, std::move(advantages), name + "_advantage"),
            detail::head_table(set, std::move(zs), name + "_z")};
}

#ifdef SVDLENS_COMPILED
template basic_diagonal_test<float> diagonal_test(const basic_factored_set<float>& set,
                                                  const vector_moments& vectors,
                                                  const diagonal_test_options& options, const execution& run);
template basic_diagonal_test<double> diagonal_test(const basic_factored_set<double>& set,
                                                   const vector_moments& vectors,
                                                   const diagonal_test_options& options,
                                                   const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
