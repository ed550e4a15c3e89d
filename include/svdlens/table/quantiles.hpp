/// @file
/// Exact quantiles and order statistics of any score source, in bounded memory.
#ifndef SVDLENS_TABLE_QUANTILES_HPP
#define SVDLENS_TABLE_QUANTILES_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "block_loop.hpp"
#include "radix_select.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

namespace detail {

inline void check_probabilities(std::span<const double> probabilities) {
    for (const double p : probabilities)
        if (!(p >= 0 && p <= 1))
            throw argument_error(errc::invalid_argument,
                                 "quantiles: expected probabilities from 0 to 1, found " + to_text(p));
}

/// Between two neighbours as NumPy interpolates. Equal neighbours give their value, infinite ones too; else
/// next to an infinity it is what the formula gives, infinite or NaN, as in pandas.
inline double interpolate(double low, double high, double share) {
    if (low == high) return low;
    const double distance = high - low;
    return share >= 0.5 ? high - distance * (1 - share) : low + distance * share;
}

/// Where a quantile of n values lies: between the ranks `low` and `low + 1`. h = (n - 1) p, as NumPy's
/// `linear`.
struct quantile_place {
    std::uint64_t low;
    std::uint64_t high;
    double share;

    quantile_place(std::uint64_t n, double p) {
        const double h = static_cast<double>(n - 1) * p;
        low = (std::min)(static_cast<std::uint64_t>(h), n - 1);
        high = (std::min)(low + 1, n - 1);
        share = h - static_cast<double>(low);
    }
};

template <score_source S>
top_digits<typename S::value_type> count_top_digits(const S& source, const execution& run) {
    using digits = top_digits<typename S::value_type>;
    digits all;
    scan<digits>(
        source, run, [](const auto& block, digits& mine) { mine.count(block); },
        [&](const digits& mine) { all.add(mine); });
    return all;
}

/// The quantiles of a source whose highest digits are counted already.
template <score_source S>
std::vector<double> quantiles_after(const S& source, const top_digits<typename S::value_type>& top,
                                    std::span<const double> probabilities, const execution& run) {
    const auto n = top.size();
    std::vector<double> result(probabilities.size(), std::numeric_limits<double>::quiet_NaN());
    if (n == 0) return result;
    std::vector<std::uint64_t> ranks;
    for (const double p : probabilities) {
        const quantile_place place(n, p);
        ranks.push_back(place.low);
        ranks.push_back(place.high);
    }
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    const auto scores = select_ranks(source, top, ranks, run);
    const auto score = [&](std::uint64_t rank) {
        const auto at = std::lower_bound(ranks.begin(), ranks.end(), rank) - ranks.begin();
        return static_cast<double>(scores[static_cast<std::size_t>(at)]);
    };
    for (std::size_t k = 0; k < result.size(); ++k) {
        const quantile_place place(n, probabilities[k]);
        result[k] = interpolate(score(place.low), score(place.high), place.share);
    }
    return result;
}

} // namespace detail

/// Exact quantiles: order statistics with NumPy's `linear` interpolation, h = (n - 1) p, computed in double.
///
/// NaN scores are skipped; a source without numbers gives NaN. Between a finite and an infinite neighbour the
/// result is pandas' (infinite or NaN); equal neighbours give their value, infinite ones too. Results do not
/// depend on how the source is cut into blocks.
///
/// Takes 2 passes over float scores, 4 over double ones, whatever the number of probabilities; more passes
/// where their neighbourhoods are over 128. Memory: threads * (512 KiB + block) + min(128, 2 * probabilities)
/// * 512 KiB.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1]
template <score_source S>
std::vector<double> quantiles(const S& source, const std::vector<double>& probabilities,
                              const execution& run = {}) {
    detail::check_probabilities(probabilities);
    if (probabilities.empty()) return {};
    constexpr double first_pass = 1.0 / detail::digits_of<typename S::value_type>;
    const auto top = detail::count_top_digits(source, stage(run, 0, first_pass));
    return detail::quantiles_after(source, top, probabilities, stage(run, first_pass, 1));
}

/// The scores that stand at the given ranks (0: the lowest) of the ascending order of all that are not NaN.
/// Of the two zeros -0 comes first. Passes and memory as `quantiles`.
/// @throws argument_error (invalid_argument) for a rank that is not below the number of scores
template <score_source S>
std::vector<typename S::value_type> order_statistics(const S& source, const std::vector<std::uint64_t>& ranks,
                                                     const execution& run = {}) {
    if (ranks.empty()) return {};
    constexpr double first_pass = 1.0 / detail::digits_of<typename S::value_type>;
    const auto top = detail::count_top_digits(source, stage(run, 0, first_pass));
    auto sorted = ranks;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (const auto n = top.size(); sorted.back() >= n)
        throw argument_error(errc::invalid_argument, "order statistics: expected ranks below the " +
                                                         to_text(n) + " scores, found " +
                                                         to_text(sorted.back()));
    const auto found = detail::select_ranks(source, top, sorted, stage(run, first_pass, 1));
    std::vector<typename S::value_type> result;
    for (const auto rank : ranks) {
        const auto at = std::lower_bound(sorted.begin(), sorted.end(), rank) - sorted.begin();
        result.push_back(found[static_cast<std::size_t>(at)]);
    }
    return result;
}

} // namespace svdlens::inline v0

#endif
