/// @file
/// Bounds of the p-values of scores, from a table: a look-up instead of a continued fraction.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_LEVELS_P_LEVELS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_LEVELS_P_LEVELS_HPP

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "../../log_p.hpp"

namespace svdlens::inline v0_2::detail {

/// log2 p at the ends of cells of |score|, 128 of them from each power of two to the next: what a score's p lies between.
/// They choose candidates, no result depends on them; their slack covers the rounding of all that is compared with them
/// in float.
class p_levels {
  public:
    explicit p_levels(std::size_t dimension) {
        std::vector<double> ends{0};
        for (std::uint32_t k = 0; k < cells; ++k)
            ends.push_back(log_p(static_cast<double>(edge_of(k)), dimension) / std::numbers::ln2);
        const bool certain = dimension > 1; // in one dimension all scores are 1
        for (int k = 0; k < 2; ++k) ends.push_back(certain ? -enough : 0);
        for (std::size_t k = 0; k + 1 < ends.size(); ++k) {
            below_.push_back(static_cast<float>((std::max)(-enough, ends[k + 1] * (1 + slack) - slack)));
            above_.push_back(static_cast<float>((std::max)(-enough, ends[k] * (1 - slack) + slack)));
        }
    }

    /// Which cell a magnitude is in.
    static std::size_t cell(float magnitude) {
        const auto bits = std::bit_cast<std::uint32_t>(magnitude) >> shift;
        return bits < first ? 0 : (std::min)(bits - first, cells) + 1;
    }

    /// Numbers that log2 p of any score of a cell is not below, not above. @{
    float below(std::size_t cell) const { return below_[cell]; }
    float above(std::size_t cell) const { return above_[cell]; }
    /// @}

    /// The smallest magnitude whose p may be at most 2^level; 2 where none is.
    float reaching(float level) const {
        const auto found =
            std::partition_point(below_.begin(), below_.end(), [&](float p) { return p > level; });
        if (found == below_.end()) return 2;
        return found == below_.begin() ? 0 : edge_of(static_cast<std::uint32_t>(found - below_.begin() - 1));
    }

    /// Whether a score is no cosine.
    static bool is_too_large(float magnitude) { return magnitude > 1 + 1e-4F; }

  private:
    static constexpr std::uint32_t shift = 16;
    static constexpr std::uint32_t first = std::bit_cast<std::uint32_t>(0x1p-14F) >> shift;
    static constexpr std::uint32_t cells = (std::bit_cast<std::uint32_t>(1.0F) >> shift) - first;
    static constexpr double slack = 1e-4;
    static constexpr double enough = 1e6;

    /// The lower end of the k-th cell from the smallest magnitude on; the one behind the last is 1.
    static float edge_of(std::uint32_t k) { return std::bit_cast<float>((first + k) << shift); }

    std::vector<float> below_;
    std::vector<float> above_;
};

} // namespace svdlens::inline v0_2::detail

#endif
