/// @file
/// Random tables for tests: the same numbers on every machine.
#ifndef SVDLENS_TESTS_SUPPORT_RANDOM_SCORES_HPP
#define SVDLENS_TESTS_SUPPORT_RANDOM_SCORES_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "svdlens/tensor/axes.hpp"

namespace svdlens_tests {

/// Scores about zero with the bell of twelve uniform numbers.
template <class T>
std::vector<T> random_scores(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<T> scores(count);
    for (auto& score : scores) {
        double sum = -6;
        for (int k = 0; k < 12; ++k) sum += static_cast<double>(random()) * 0x1p-32;
        score = static_cast<T>(sum);
    }
    return scores;
}

/// Random scores in steps of 1/4, so that many are equal, among them both zeros, NaN and infinities.
template <class T>
std::vector<T> awkward_scores(std::size_t count, unsigned seed) {
    auto scores = random_scores<T>(count, seed);
    std::mt19937 random(seed + 1);
    for (auto& score : scores) {
        score = std::round(score * 4) / 4;
        const auto roll = random() % 50;
        if (roll == 0) score = std::numeric_limits<T>::quiet_NaN();
        if (roll == 1) score = -std::numeric_limits<T>::quiet_NaN();
        if (roll == 2 && random() % 8 == 0) score = std::numeric_limits<T>::infinity();
        if (roll == 3 && random() % 8 == 0) score = -std::numeric_limits<T>::infinity();
    }
    return scores;
}

/// Awkward scores without infinities.
template <class T>
std::vector<T> finite_scores(std::size_t count, unsigned seed) {
    auto scores = awkward_scores<T>(count, seed);
    for (auto& score : scores)
        if (std::isinf(score)) score = T{-3};
    return scores;
}

/// The axes layer, head, neuron with the label column `head` = L{layer}H{head}.
inline svdlens::axes head_axes(std::uint64_t layers, std::uint64_t heads, std::uint64_t neurons) {
    svdlens::axes result({{"layer", layers}, {"head", heads}, {"neuron", neurons}});
    result.add({"head", "L{layer}H{head}"});
    return result;
}

} // namespace svdlens_tests

#endif
