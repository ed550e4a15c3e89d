/// @file
/// The bodies of directions/composition.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_COMPOSITION_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_COMPOSITION_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../composition.hpp"
#include "../../factored_set.hpp"
#include "../decompose_heads.hpp"
#include "../factor_checks.hpp"
#include "../products.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Per layer the matrices of all heads without the orthonormal basis of their other side, one below the other, and
/// what they are divided by, per head (up to a power of two that is the head's own); 0: the head is zero.
template <std::floating_point T>
struct reduced_layer {
    basic_matrix<T> rows; ///< of each head: (heads · r) × d
    std::vector<double> norms;
    std::vector<double> seen_norms; ///< ‖W P‖ of what writes; empty where P = I
};

/// ‖m P‖_F with P = I - 11ᵀ/d: 0 where that is rounding beside ‖m‖.
template <std::floating_point T>
double centred_norm(const basic_matrix<T>& m) {
    double sum = 0, whole = 0;
    for (std::size_t i = 0; i < m.rows(); ++i) {
        double mean = 0;
        for (std::size_t j = 0; j < m.columns(); ++j) mean += static_cast<double>(m(i, j));
        mean /= static_cast<double>(m.columns());
        for (std::size_t j = 0; j < m.columns(); ++j) {
            const auto x = static_cast<double>(m(i, j));
            sum += (x - mean) * (x - mean);
            whole += x * x;
        }
    }
    const double nothing = static_cast<double>(m.columns()) * double{std::numeric_limits<T>::epsilon()};
    return sum > nothing * nothing * whole ? std::sqrt(sum) : 0;
}

/// One side of the heads of a layer: the right one of a·b, whose rows are those of b, or the left one.
template <std::floating_point T>
reduced_layer<T> reduce_layer(const basic_factored_set<T>& set, std::size_t layer, circuit_side side,
                              bool centre) {
    reduced_layer<T> result;
    std::vector<basic_matrix<T>> rows;
    for (std::size_t h = 0; h < set.heads(); ++h) {
        auto a = set(layer, h).a.resident(), b = set(layer, h).b.resident();
        if (side == circuit_side::left) {
            std::swap(a, b);
            a = a.transposed();
            b = b.transposed();
        }
        rows.push_back(without_left_basis(a, b));
        result.norms.push_back(significant_norm(rows.back(), a, b));
        if (centre) result.seen_norms.push_back(result.norms.back() == 0 ? 0 : centred_norm(rows.back()));
    }
    result.rows = stacked(rows);
    return result;
}

template <std::floating_point T>
std::vector<reduced_layer<T>> reduce_layers(const basic_factored_set<T>& set, circuit_side side, bool centre,
                                            const execution& run) {
    std::vector<reduced_layer<T>> result(set.layers());
    const auto compute = [&](std::size_t l, one_eigen_thread&) {
        result[l] = reduce_layer(set, l, side, centre);
    };
    const execution quietly = detail::without_progress(run);
    for_blocks_in_order<one_eigen_thread>(set.layers(), set.layers(), quietly, compute,
                                          [](std::size_t, one_eigen_thread&) {});
    return result;
}

template <std::floating_point T>
struct composed_layers {
    std::vector<T> scores; ///< source-major
    std::vector<T> seen;
};

/// The scores of all heads of one layer with all heads of another.
template <std::floating_point T>
composed_layers<T> compose_layers(const reduced_layer<T>& source, const reduced_layer<T>& target) {
    const std::size_t sources = source.norms.size(), targets = target.norms.size();
    composed_layers<T> result{std::vector<T>(sources * targets), {}};
    const auto product = multiply(source.rows, target.rows.transposed());
    const std::size_t rows = product.rows() / sources;
    const std::size_t columns = product.columns() / targets;
    const auto over = [](double norm, double norms) {
        return norms > 0 ? static_cast<T>(norm / norms) : T{0};
    };
    result.seen = result.scores;
    const auto& seen_norms = source.seen_norms.empty() ? source.norms : source.seen_norms;
    for (std::size_t s = 0; s < sources; ++s)
        for (std::size_t t = 0; t < targets; ++t) {
            const double norm = std::sqrt(squared_norm(block(product, s, t, rows, columns)));
            result.scores[s * targets + t] = over(norm, source.norms[s] * target.norms[t]);
            result.seen[s * targets + t] = over(norm, seen_norms[s] * target.norms[t]);
        }
    return result;
}

inline circuit_side side_of(composition_role role) {
    return role == composition_role::key ? circuit_side::right : circuit_side::left;
}

/// @throws argument_error (invalid_argument) for sets that do not write, or do not read on the role's side
template <std::floating_point T>
void require_roles(const basic_factored_set<T>& ov, const basic_factored_set<T>& later,
                   composition_role role) {
    const auto refuse = [&](const basic_factored_set<T>& set, const std::string& expected) {
        throw argument_error(errc::invalid_argument, set.file + ": " + std::string(to_text(role)) +
                                                         " composition: expected " + expected + ", found " +
                                                         quoted(set.name));
    };
    if (ov.right.flow == flow::reads) refuse(ov, "circuits that write, the OV circuits, for the source");
    if ((later.right.flow == flow::reads) != (role != composition_role::value))
        refuse(later, role == composition_role::value ? "the OV circuits for the target"
                                                      : "the QK circuits for the target");
    if (ov.layers() != later.layers())
        refuse(later, "circuits of " + to_text(ov.layers()) + " layers for the target");
    if (ov.matrices.empty() || later.matrices.empty()) return;
    const std::size_t d = ov.matrices.front().b.columns();
    if (later.matrices.front().a.rows() != d)
        refuse(later, "circuits of a stream of " + to_text(d) + " for the target");
}

/// The pairs of layers, source first.
inline std::vector<std::pair<std::size_t, std::size_t>> layer_pairs(std::size_t layers, head_pairs pairs) {
    std::vector<std::pair<std::size_t, std::size_t>> result;
    for (std::size_t s = 0; s < layers; ++s)
        for (std::size_t t = 0; t < layers; ++t)
            if (pairs == head_pairs::causal ? s < t : s > t) result.emplace_back(s, t);
    return result;
}

} // namespace detail

template <std::floating_point T>
std::vector<basic_head_composition<T>> head_compositions(const basic_factored_set<T>& ov,
                                                         const basic_factored_set<T>& later,
                                                         composition_options options, const execution& run) {
    struct slot {
        detail::one_eigen_thread held;
        detail::composed_layers<T> found;
    };
    using detail::circuit_side;
    detail::require_composable(ov, run);
    if (&later != &ov) detail::require_composable(later, run);
    detail::require_roles(ov, later, options.role);
    if (ov.heads() == 0 || later.heads() == 0) return {};
    const auto side = detail::side_of(options.role);
    const bool behind_norm = side == circuit_side::left ? later.left_centered : later.right_centered;
    const auto sources =
        detail::reduce_layers(ov, circuit_side::right, behind_norm && !ov.right_centered, run);
    const auto targets = detail::reduce_layers(later, side, false, run);
    const auto pairs = detail::layer_pairs(sources.size(), options.pairs);
    std::vector<basic_head_composition<T>> result;
    const auto compute = [&](std::size_t k, slot& s) {
        s.found = detail::compose_layers(sources[pairs[k].first], targets[pairs[k].second]);
    };
    const auto append = [&](std::size_t k, slot& s) {
        const auto [from, to] = pairs[k];
        for (std::size_t i = 0; i < s.found.scores.size(); ++i) {
            const head_index source{from, i / later.heads()};
            const head_index target{to, i % later.heads()};
            result.push_back({ov.head_label(from * ov.heads() + source.head),
                              later.head_label(to * later.heads() + target.head), s.found.scores[i], source,
                              target, s.found.seen[i]});
        }
    };
    for_blocks_in_order<slot>(pairs.size(), pairs.size(), run, compute, append);
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_head_composition<float>> head_compositions(const basic_factored_set<float>& ov,
                                                                      const basic_factored_set<float>& later,
                                                                      composition_options options,
                                                                      const execution& run);
template std::vector<basic_head_composition<double>>
head_compositions(const basic_factored_set<double>& ov, const basic_factored_set<double>& later,
                  composition_options options, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
