/// @file
/// The bodies of directions/attention_profile.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_ATTENTION_PROFILE_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_ATTENTION_PROFILE_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../table/long_table.hpp"
#include "../../attention_profile.hpp"
#include "../../factored_set.hpp"
#include "../../vector_set.hpp"
#include "../coupling.hpp"
#include "../factor_checks.hpp"
#include "../head_tables.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Sums along the diagonals of one head's scores and attention.
struct diagonal_means {
    std::vector<double> attention;
    std::vector<double> score;
};

/// Adds row i of the scores, those of the positions from 0 to `count` - 1. Overwrites the row.
template <class Scores>
void add_row(diagonal_means& sums, Scores scores, std::size_t i) {
    const std::size_t seen = (std::min)(sums.score.size(), i + 1);
    for (std::size_t back = 0; back < seen; ++back)
        sums.score[back] += scores(static_cast<Eigen::Index>(i - back));
    scores = (scores.array() - scores.maxCoeff()).exp();
    const double all = scores.sum();
    for (std::size_t back = 0; back < seen; ++back)
        sums.attention[back] += scores(static_cast<Eigen::Index>(i - back)) / all;
}

/// Of queries and keys of n positions, a column each. A tile of rows is in memory at a time.
template <std::floating_point Real>
diagonal_means profile_of(const dense_matrix<Real>& queries, const dense_matrix<Real>& keys,
                          const attention_profile_options& options) {
    constexpr Eigen::Index tile = 32;
    const Eigen::Index n = keys.cols();
    const auto offsets = (std::min)(options.offsets, static_cast<std::size_t>(n));
    diagonal_means sums{std::vector<double>(offsets), std::vector<double>(offsets)};
    for (Eigen::Index first = 0; first < n; first += tile) {
        const Eigen::Index rows = (std::min)(tile, n - first);
        const Eigen::Index seen = options.causal ? first + rows : n;
        dense_matrix<Real> scores = dense_matrix<Real>::Zero(seen, rows); // a column for each query
        add_transposed_product<Real>(part_from(keys, 0, 0, keys.rows(), seen),
                                     part_from(queries, 0, first, queries.rows(), rows), part_to(scores));
        for (Eigen::Index k = 0; k < rows; ++k) {
            const Eigen::Index i = first + k;
            add_row(sums, scores.col(k).head(options.causal ? i + 1 : n), static_cast<std::size_t>(i));
        }
    }
    for (std::size_t back = 0; back < offsets; ++back) {
        sums.attention[back] /= static_cast<double>(static_cast<std::size_t>(n) - back);
        sums.score[back] /= static_cast<double>(static_cast<std::size_t>(n) - back);
    }
    return sums;
}

/// wᵀ·xᵀ: what each row of x is through w, a column each.
template <std::floating_point T>
dense_matrix<double> through(const basic_matrix<T>& w, const dense_matrix<double>& x_transposed) {
    const dense_matrix<double> factor =
        with_map(w, [](const auto& map) -> dense_matrix<double> { return map.template cast<double>(); });
    return transposed_product(factor, x_transposed);
}

template <std::floating_point T>
basic_long_table<T> offset_table(const basic_factored_set<T>& set, std::size_t offsets, std::vector<T> values,
                                 std::string title) {
    svdlens::axes axes({set.axes[0], set.axes[1], {"offset", offsets}}, {{"head", "L{layer}H{head}"}});
    axes.set_title(std::move(title));
    axes.set_provenance(set.provenance);
    return long_table(std::move(values), std::move(axes));
}

/// d × n, of finite entries. @throws numeric_error (non_finite), naming the vector
template <std::floating_point T>
dense_matrix<double> in_columns(const basic_vector_set<T>& set, const execution& run) {
    scale_to_one(set, run);
    return with_map(set.layers.front().transposed(),
                    [](const auto& map) -> dense_matrix<double> { return map.template cast<double>(); });
}

/// @throws as `attention_profile`
template <std::floating_point T>
void require_profiled(const basic_factored_set<T>& set, const basic_vector_set<T>& places,
                      const attention_profile_options& options, const execution& run) {
    require_uniform(set);
    require_same_things(places, places);
    require_vectors_of_width(set, places.name, places.d_model(), places.name, places.d_model());
    const auto expect = [](bool fits, const std::string& what, const std::string& found) {
        if (!fits)
            throw argument_error(errc::invalid_argument,
                                 "attention profile: expected " + what + ", found " + found);
    };
    expect(options.offsets != 0, "at least one offset", "0");
    expect(places.size() != 0, "vectors of at least one place", "0");
    expect(std::isfinite(options.scale), "a finite scale", to_text(options.scale));
    require_finite_factors(set, run);
}

/// @throws numeric_error (non_finite)
template <std::floating_point T>
void require_finite_scores(const diagonal_means& means, const basic_factored_set<T>& set, std::size_t k) {
    for (std::size_t back = 0; back < means.score.size(); ++back)
        if (!std::isfinite(means.attention[back]) || !std::isfinite(means.score[back]))
            throw numeric_error(errc::non_finite, describe_factor(set, k, set.matrices[k].a_name) +
                                                      ": expected finite scores, found " +
                                                      to_text(means.score[back]));
}

} // namespace detail

template <std::floating_point T>
basic_attention_profile<T> attention_profile(const basic_factored_set<T>& set,
                                             const basic_vector_set<T>& places,
                                             const attention_profile_options& options, const execution& run) {
    detail::require_profiled(set, places, options, run);
    const auto columns = detail::in_columns(places, run);
    const auto offsets = (std::min)(options.offsets, places.size());
    std::vector<T> attention(set.matrices.size() * offsets), score(attention.size());
    const auto compute = [&](std::size_t k, detail::one_eigen_thread&) {
        const auto& head = set.matrices[k];
        const detail::dense_matrix<double> queries = options.scale * detail::through(head.a, columns);
        const auto means =
            detail::profile_of(queries, detail::through(head.b.transposed(), columns), options);
        detail::require_finite_scores(means, set, k);
        for (std::size_t back = 0; back < offsets; ++back) {
            attention[k * offsets + back] = static_cast<T>(means.attention[back]);
            score[k * offsets + back] = static_cast<T>(means.score[back]);
        }
    };
    for_blocks<detail::one_eigen_thread>(set.matrices.size(), set.matrices.size(), run, compute);
    const auto name = places.name + "_" + set.name;
    return {detail::offset_table(set, offsets, std::move(attention), name + "_attention"),
            detail::offset_table(set, offsets, std::move(score), name + "_score")};
}

#ifdef SVDLENS_COMPILED
template basic_attention_profile<float> attention_profile(const basic_factored_set<float>& set,
                                                          const basic_vector_set<float>& places,
                                                          const attention_profile_options& options,
                                                          const execution& run);
template basic_attention_profile<double> attention_profile(const basic_factored_set<double>& set,
                                                           const basic_vector_set<double>& places,
                                                           const attention_profile_options& options,
                                                           const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
