/// @file
/// The step-up rule of Benjamini and Hochberg on sorted p-values, and what it says before they are known.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_STEP_UP_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_STEP_UP_HPP

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// A false discovery rate over a family of rows.
struct step_up {
    double q;
    std::uint64_t rows; ///< N

    /// What ln p over weight of rank k, counted from 1, may be at most.
    double most_at(std::uint64_t k) const {
        return std::log(q * static_cast<double>(k) / static_cast<double>(rows));
    }

    /// How many are found of all N, whose smallest ones in ascending order are given: ties stand or fall together.
    /// @param before how many are smaller than all that are given
    std::uint64_t found(std::span<const double> log_ratios, std::uint64_t before = 0) const {
        for (std::size_t k = log_ratios.size(); k > 0; --k)
            if (log_ratios[k - 1] <= most_at(before + k)) return before + k;
        return 0;
    }

    /// The q-values of what is found: min over j >= k of N p_j / j. Those behind exceed q.
    std::vector<double> q_values(std::span<const double> found_log_ratios) const {
        std::vector<double> result(found_log_ratios.size());
        double least = q;
        for (std::size_t k = result.size(); k > 0; --k) {
            const double rank = static_cast<double>(k) / static_cast<double>(rows);
            least = (std::min)(least, std::exp(found_log_ratios[k - 1] - std::log(rank)));
            result[k - 1] = least;
        }
        return result;
    }
};

/// Counts of rows by level: level l holds those whose p over weight is in (q 2^-(l+1), q 2^-l], the last one all smaller.
/// Counts may be too large, never too small, for the rows from a level on.
///
/// Where k rows are found, p_(k) <= q k / N. If p_(k) is at level l, k > 2^-(l+1) N, so at least as many rows must be at
/// this level or a deeper one: levels without so many hold no threshold.
struct level_counts {
    std::vector<std::uint64_t> at;

    /// How many levels N rows have: at the last one every row is found.
    static std::size_t depth(std::uint64_t rows) { return static_cast<std::size_t>(std::bit_width(rows)); }

    std::uint64_t from(std::size_t level) const {
        std::uint64_t sum = 0;
        for (std::size_t k = level; k < at.size(); ++k) sum += at[k];
        return sum;
    }

    /// The first level, from one on, that may hold the threshold; the number of levels where none does.
    std::size_t first_possible(std::size_t level, std::uint64_t rows) const {
        for (; level < at.size(); ++level)
            if (const auto needed = level + 1 < 64 ? rows >> (level + 1) : 0; from(level) > needed) break;
        return level;
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
