/// @file
/// The bodies of directions/similarity.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_SIMILARITY_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_SIMILARITY_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../table/long_table.hpp"
#include "../../../tensor/axes.hpp"
#include "../../../tensor/tensor.hpp"
#include "../../factored_set.hpp"
#include "../../similarity.hpp"
#include "../../vector_set.hpp"
#include "../coupling.hpp"
#include "../eigenvalue_sum.hpp"
#include "../factor_checks.hpp"
#include "../head_tables.hpp"
#include "../products.hpp"
#include "../set_pairs.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Per layer all heads' factors one below the other, each scaled by a power of two of its own.
template <std::floating_point T>
struct factor_stack {
    basic_matrix<T> a; ///< Aᵀ of each head: (heads · r) × d
    basic_matrix<T> b; ///< B of each head: (heads · r) × d2
};

template <std::floating_point T>
factor_stack<T> stack_factors(const basic_factored_set<T>& set, std::size_t layer) {
    std::vector<basic_matrix<T>> a, b;
    for (std::size_t h = 0; h < set.heads(); ++h) {
        a.push_back(scaled_to_one(set(layer, h).a.transposed()));
        b.push_back(scaled_to_one(set(layer, h).b));
    }
    return {stacked(a), stacked(b)};
}

/// ⟨W₁, W₂⟩_F = tr(B₁ᵀ A₁ᵀ A₂ B₂) = Σ (A₁ᵀ A₂) ∘ (B₁ B₂ᵀ) of all heads of two layers.
template <std::floating_point T>
std::vector<double> frobenius_products(const factor_stack<T>& first, const factor_stack<T>& second,
                                       std::size_t heads) {
    std::vector<double> result(heads * heads);
    const auto a = multiply(first.a, second.a.transposed());
    const auto b = multiply(first.b, second.b.transposed());
    const std::size_t r = a.rows() / heads;
    for (std::size_t i = 0; i < heads; ++i)
        for (std::size_t j = 0; j < heads; ++j)
            result[i * heads + j] = inner_product(block(a, i, j, r, r), block(b, i, j, r, r));
    return result;
}

template <std::floating_point T>
std::vector<double> frobenius_norms(const basic_factored_set<T>& set) {
    std::vector<double> norms;
    for (const auto& each : set.matrices) {
        const auto a = each.a.resident(), b = each.b.resident();
        norms.push_back(significant_norm(without_left_basis(a, b), a, b));
    }
    return norms;
}

inline axes head_pair_axes(const axes& heads) {
    return axes({heads[0], heads[1], {"target_layer", heads[0].extent}, {"target_head", heads[1].extent}},
                {{"head", "L{layer}H{head}"}, {"target_head", "L{target_layer}H{target_head}", "head"}});
}

} // namespace detail

template <std::floating_point T>
basic_long_table<T> frobenius_cosine(const basic_factored_set<T>& set, const execution& run) {
    struct slot {
        detail::one_eigen_thread held;
        std::vector<double> products;
    };
    detail::require_uniform(set);
    detail::require_finite_factors(set, run);
    const auto norms = detail::frobenius_norms(set);
    std::vector<detail::factor_stack<T>> stacks;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t l = 0; l < set.layers() && set.heads() != 0; ++l) {
        stacks.push_back(detail::stack_factors(set, l));
        for (std::size_t m = 0; m <= l; ++m) pairs.emplace_back(l, m);
    }
    const std::size_t heads = set.heads();
    const std::size_t all = set.matrices.size();
    std::vector<T> values(all * all);
    const auto compute = [&](std::size_t k, slot& s) {
        s.products = detail::frobenius_products(stacks[pairs[k].first], stacks[pairs[k].second], heads);
    };
    const auto place = [&](std::size_t k, slot& s) {
        for (std::size_t i = 0; i < s.products.size(); ++i) {
            const std::size_t one = pairs[k].first * heads + i / heads;
            const std::size_t other = pairs[k].second * heads + i % heads;
            if (pairs[k].first == pairs[k].second && other > one) continue; // the other half rounds otherwise
            const double scale = norms[one] * norms[other];
            const T cosine = scale > 0 ? static_cast<T>(s.products[i] / scale) : T{0};
            values[one * all + other] = values[other * all + one] = cosine;
        }
    };
    for_blocks_in_order<slot>(pairs.size(), pairs.size(), run, compute, place);
    auto axes = detail::head_pair_axes(set.axes);
    axes.set_title(set.name + "_frobenius_cosine");
    axes.set_provenance(set.provenance);
    return long_table(std::move(values), std::move(axes));
}

namespace detail {

/// The factors of a head in double, each scaled by a power of two; nothing of one that is zero to rounding.
template <std::floating_point T>
std::optional<basic_factored_matrix<double>> significant_factors(const basic_factored_matrix<T>& head) {
    const auto a = head.a.resident(), b = head.b.resident();
    if (significant_norm(without_left_basis(a, b), a, b) == 0) return std::nullopt;
    return basic_factored_matrix<double>{in_double(scaled_to_one(a)), in_double(scaled_to_one(b))};
}

/// ⟨W₁, W₂⟩_F of two heads.
inline double frobenius_product(const basic_factored_matrix<double>& one,
                                const basic_factored_matrix<double>& other) {
    return inner_product(multiply(one.a.transposed(), other.a), multiply(one.b, other.b.transposed()));
}

} // namespace detail

template <std::floating_point T>
basic_long_table<T> frobenius_cosine(const basic_factored_set<T>& before, const basic_factored_set<T>& after,
                                     const execution& run) {
    detail::require_like_heads(before, after);
    detail::require_finite_factors(before, run);
    detail::require_finite_factors(after, run);
    std::vector<T> values(before.matrices.size());
    const auto compute = [&](std::size_t k, detail::one_eigen_thread&) {
        const auto one = detail::significant_factors(before.matrices[k]);
        const auto other = detail::significant_factors(after.matrices[k]);
        if (!one || !other) return;
        const auto norms = std::sqrt(detail::frobenius_product(*one, *one)) *
                           std::sqrt(detail::frobenius_product(*other, *other));
        values[k] = static_cast<T>(std::clamp(detail::frobenius_product(*one, *other) / norms, -1.0, 1.0));
    };
    for_blocks<detail::one_eigen_thread>(values.size(), values.size(), run, compute);
    return detail::head_table(before, std::move(values), before.name + "_frobenius_cosine");
}

namespace detail {

template <std::floating_point T>
double frobenius_norm(const basic_matrix<T>& m) {
    return std::sqrt(squared_norm(m));
}

/// The eigenvalues of a·b, or with a coupling M = Yᵀ X those of X·a·b·Yᵀ; sums of 0 where all are rounding.
template <std::floating_point T>
eigenvalue_sums significant_eigenvalues(const basic_matrix<T>& a, const basic_matrix<T>& b,
                                        const coupling* between) {
    if (significant_norm(without_left_basis(a, b), a, b) == 0) return {};
    const auto reading = scaled_to_one(in_double(a)), writing = scaled_to_one(in_double(b));
    const auto onward = between == nullptr ? reading : multiply(between->product, reading); // M·a
    const auto back = between == nullptr ? writing : multiply(writing, between->product);   // b·M
    const std::size_t d = a.rows();
    const double spread = between == nullptr ? 0 : between->spread / std::sqrt(static_cast<double>(d));
    const std::size_t terms = d + a.columns() + (between == nullptr ? 0 : between->things);
    const double sizes = frobenius_norm(writing) * frobenius_norm(onward) +
                         frobenius_norm(back) * frobenius_norm(reading) +
                         frobenius_norm(writing) * frobenius_norm(reading) * spread;
    const auto sums = sum_eigenvalues(multiply(writing, onward));
    return sums.largest > rounding_of<T>(terms) * sizes ? sums : eigenvalue_sums{};
}

/// @param name the matrix whose eigenvalues they are, for the tables' titles
template <std::floating_point T>
basic_eigenvalue_signs<T> signs_of_heads(const basic_factored_set<T>& set, const std::string& name,
                                         const coupling* between, const execution& run) {
    std::vector<T> scores(set.matrices.size()), positive(set.matrices.size());
    const auto compute = [&](std::size_t k, one_eigen_thread&) {
        const auto a = set.matrices[k].a.resident(), b = set.matrices[k].b.resident();
        const auto sums = significant_eigenvalues(a, b, between);
        scores[k] = sums.absolute > 0 ? static_cast<T>(sums.real / sums.absolute) : T{0};
        positive[k] = static_cast<T>(sums.positive);
    };
    for_blocks<one_eigen_thread>(scores.size(), scores.size(), run, compute);
    return {head_table(set, std::move(scores), name + "_eigenvalue_ratio"),
            head_table(set, std::move(positive), name + "_positive_eigenvalues")};
}

} // namespace detail

template <std::floating_point T>
basic_eigenvalue_signs<T> eigenvalue_signs(const basic_factored_set<T>& set, const execution& run) {
    detail::require_composable(set, run);
    return detail::signs_of_heads(set, set.name, nullptr, run);
}

template <std::floating_point T>
basic_eigenvalue_signs<T> eigenvalue_signs(const basic_factored_set<T>& set, const basic_vector_set<T>& from,
                                           const basic_vector_set<T>& to, const execution& run) {
    detail::require_uniform(set);
    detail::require_same_things(from, to);
    detail::require_vectors_of_width(set, from.name, from.d_model(), to.name, to.d_model());
    detail::require_finite_factors(set, run);
    const std::size_t heads = set.matrices.size();
    const auto between = detail::couple(from, to, part_of(run, 0, 0.9, heads));
    const auto name = from.name + "_" + set.name + "_" + to.name;
    return detail::signs_of_heads(set, name, &between, part_of(run, 0.9, 1, heads));
}

#ifdef SVDLENS_COMPILED
template basic_long_table<float> frobenius_cosine(const basic_factored_set<float>& before,
                                                  const basic_factored_set<float>& after,
                                                  const execution& run);
template basic_long_table<double> frobenius_cosine(const basic_factored_set<double>& before,
                                                   const basic_factored_set<double>& after,
                                                   const execution& run);
template basic_long_table<float> frobenius_cosine(const basic_factored_set<float>& set, const execution& run);
template basic_long_table<double> frobenius_cosine(const basic_factored_set<double>& set,
                                                   const execution& run);
template basic_eigenvalue_signs<float> eigenvalue_signs(const basic_factored_set<float>& set,
                                                        const execution& run);
template basic_eigenvalue_signs<double> eigenvalue_signs(const basic_factored_set<double>& set,
                                                         const execution& run);
template basic_eigenvalue_signs<float> eigenvalue_signs(const basic_factored_set<float>& set,
                                                        const basic_vector_set<float>& from,
                                                        const basic_vector_set<float>& to,
                                                        const execution& run);
template basic_eigenvalue_signs<double> eigenvalue_signs(const basic_factored_set<double>& set,
                                                         const basic_vector_set<double>& from,
                                                         const basic_vector_set<double>& to,
                                                         const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
