/// @file
/// Sets of random factored matrices, the same on every machine.
#ifndef SVDLENS_TESTS_SUPPORT_RANDOM_FACTORS_HPP
#define SVDLENS_TESTS_SUPPORT_RANDOM_FACTORS_HPP

#include <cstddef>
#include <cstdint>

#include "support/plain_matrix.hpp"
#include "svdlens/directions/factored_set.hpp"

namespace svdlens_tests {

struct factor_shape {
    std::size_t layers, heads, d, r;
};

/// An OV-like set: left reads at 4 l, right writes at 4 l + 1.
template <class T>
svdlens::basic_factored_set<T> random_factors(const factor_shape& sizes, std::uint64_t seed = 1) {
    matrix_maker make(seed);
    svdlens::basic_factored_set<T> set;
    set.name = "ov";
    set.axes = svdlens::head_axes(sizes.layers, sizes.heads);
    for (std::size_t k = 0; k < sizes.layers * sizes.heads; ++k)
        set.matrices.push_back({.a = make.uniform(sizes.d, sizes.r).as<T>(),
                                .b = make.uniform(sizes.r, sizes.d).as<T>(),
                                .a_name = "W_V",
                                .b_name = "W_O"});
    set.left = {svdlens::flow::reads, 0, 4};
    set.right = {svdlens::flow::writes, 1, 4};
    set.file = "model.safetensors";
    set.provenance = "model.safetensors; weights as stored";
    return set;
}

template <class T>
plain_matrix dense(const svdlens::basic_factored_matrix<T>& w) {
    return product(plain_matrix(w.a), plain_matrix(w.b));
}

/// A matrix with one entry replaced.
template <class T>
svdlens::basic_matrix<T> with_entry(const svdlens::basic_matrix<T>& m, std::size_t row, std::size_t column,
                                    T value) {
    auto values = plain_matrix(m);
    values(row, column) = static_cast<real>(value);
    return values.as<T>();
}

} // namespace svdlens_tests

#endif
