/// @file
/// Scores for benchmarks: the same numbers on every machine.
#ifndef SVDLENS_BENCHMARKS_SUPPORT_BELL_SCORES_HPP
#define SVDLENS_BENCHMARKS_SUPPORT_BELL_SCORES_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

/// Sums of four uniform numbers: about the bell of real scores.
inline std::vector<float> bell_scores(std::size_t count) {
    std::vector<float> result(count);
    std::uint64_t state = 1;
    for (auto& value : result) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const std::uint64_t bits = state ^ state >> 29;
        for (int k = 0; k < 4; ++k) value += static_cast<float>(bits >> (16 * k) & 0xffff) / 65536.0F - 0.5F;
    }
    return result;
}

#endif
