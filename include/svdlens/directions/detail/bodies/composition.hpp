/// @file
/// The bodies of directions/composition.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_COMPOSITION_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_COMPOSITION_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../composition.hpp"
#include "../../factored_set.hpp"
#include "../factor_checks.hpp"
#include "../products.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Per layer the matrices of all heads without one of their orthonormal bases, one below the other, and ‖W‖_F
/// per head (up to a power of two that is the head's own).
template <std::floating_point T>
struct reduced_layer {
    basic_matrix<T> writing; ///< R_A B of each head: (heads · r) × d2
    basic_matrix<T> reading; ///< (A R_Bᵀ)ᵀ of each head: (heads · r) × d
    std::vector<double> writing_norms;
    std::vector<double> reading_norms;
};

template <std::floating_point T>
reduced_layer<T> reduce_layer(const basic_factored_set<T>& set, std::size_t layer) {
    reduced_layer<T> result;
    std::vector<basic_matrix<T>> writing, reading;
    for (std::size_t h = 0; h < set.heads(); ++h) {
        const auto a = set(layer, h).a.resident(), b = set(layer, h).b.resident();
        writing.push_back(without_left_basis(a, b));
        reading.push_back(without_left_basis(b.transposed(), a.transposed()));
        const double norm = significant_norm(writing.back(), a, b);
        result.writing_norms.push_back(norm);
        result.reading_norms.push_back(norm == 0 ? 0 : std::sqrt(squared_norm(reading.back())));
    }
    result.writing = stacked(writing);
    result.reading = stacked(reading);
    return result;
}

template <std::floating_point T>
std::vector<reduced_layer<T>> reduce_layers(const basic_factored_set<T>& set, const execution& run) {
    std::vector<reduced_layer<T>> result(set.layers());
    const auto compute = [&](std::size_t l, one_eigen_thread&) { result[l] = reduce_layer(set, l); };
    const execution quietly = detail::without_progress(run);
    for_blocks_in_order<one_eigen_thread>(set.layers(), set.layers(), quietly, compute,
                                          [](std::size_t, one_eigen_thread&) {});
    return result;
}

/// The scores of all heads of one layer with all heads of another, source-major.
template <std::floating_point T>
std::vector<T> compose_layers(const reduced_layer<T>& source, const reduced_layer<T>& target,
                              std::size_t heads) {
    std::vector<T> scores(heads * heads);
    const auto product = multiply(source.writing, target.reading.transposed());
    const std::size_t rows = product.rows() / heads;
    const std::size_t columns = product.columns() / heads;
    for (std::size_t s = 0; s < heads; ++s)
        for (std::size_t t = 0; t < heads; ++t) {
            const double norms = source.writing_norms[s] * target.reading_norms[t];
            const double norm = std::sqrt(squared_norm(block(product, s, t, rows, columns)));
            scores[s * heads + t] = norms > 0 ? static_cast<T>(norm / norms) : T{0};
        }
    return scores;
}

} // namespace detail

template <std::floating_point T>
std::vector<basic_head_composition<T>> v_composition(const basic_factored_set<T>& ov, const execution& run) {
    struct slot {
        detail::one_eigen_thread held;
        std::vector<T> scores;
    };
    detail::require_composable(ov, run);
    const auto layers = detail::reduce_layers(ov, run);
    const std::size_t heads = ov.heads();
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t s = 0; s < layers.size(); ++s)
        for (std::size_t t = s + 1; t < layers.size() && heads != 0; ++t) pairs.emplace_back(s, t);
    std::vector<basic_head_composition<T>> result;
    const auto compute = [&](std::size_t k, slot& s) {
        s.scores = detail::compose_layers(layers[pairs[k].first], layers[pairs[k].second], heads);
    };
    const auto append = [&](std::size_t k, slot& s) {
        for (std::size_t i = 0; i < s.scores.size(); ++i) {
            const head_index source{pairs[k].first, i / heads};
            const head_index target{pairs[k].second, i % heads};
            result.push_back({ov.head_label(source.layer * heads + source.head),
                              ov.head_label(target.layer * heads + target.head), s.scores[i], source,
                              target});
        }
    };
    for_blocks_in_order<slot>(pairs.size(), pairs.size(), run, compute, append);
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_head_composition<float>> v_composition(const basic_factored_set<float>& ov,
                                                                  const execution& run);
template std::vector<basic_head_composition<double>> v_composition(const basic_factored_set<double>& ov,
                                                                   const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
