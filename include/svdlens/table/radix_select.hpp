/// @file
/// Exact order statistics of a score source in bounded memory: a radix histogram over the floats' integer
/// image.
#ifndef SVDLENS_TABLE_RADIX_SELECT_HPP
#define SVDLENS_TABLE_RADIX_SELECT_HPP

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "block_loop.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// An unsigned integer as wide as a float.
template <std::floating_point T>
using image_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

inline constexpr unsigned digit_bits = 16;
inline constexpr std::size_t digit_values = std::size_t{1} << digit_bits;

/// How many digits the image of a T has.
template <std::floating_point T>
inline constexpr unsigned digits_of = static_cast<unsigned>(sizeof(T) * 8 / digit_bits);

/// An integer that orders as the score does; -0 comes right before +0. NaN has no place in the order.
template <std::floating_point T>
constexpr image_type<T> order_image(T score) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "scores are float or double");
    using image = image_type<T>;
    constexpr image sign = image{1} << (sizeof(T) * 8 - 1);
    const auto bits = std::bit_cast<image>(score);
    return bits ^ ((bits & sign) != 0 ? static_cast<image>(~image{0}) : sign);
}

/// The score of an image.
template <std::floating_point T>
constexpr T from_order_image(image_type<T> image) {
    using bits_type = image_type<T>;
    constexpr bits_type sign = bits_type{1} << (sizeof(T) * 8 - 1);
    return std::bit_cast<T>(image ^ ((image & sign) != 0 ? sign : static_cast<bits_type>(~bits_type{0})));
}

/// The `depth + 1` highest digits of an image.
template <std::floating_point T>
constexpr image_type<T> leading_digits(image_type<T> image, unsigned depth) {
    return static_cast<image_type<T>>(image >> (digit_bits * (digits_of<T> - 1 - depth)));
}

/// How often each highest digit occurs, and NaN. Counts add up in any order. 512 KiB.
template <std::floating_point T>
class top_digits {
  public:
    void count(std::span<const T> scores) {
        for (const T score : scores) {
            const auto digit = static_cast<std::size_t>(leading_digits<T>(order_image(score), 0));
            ++counts_[score == score ? digit : digit_values];
        }
    }
    void count(const score_block<T>& block) {
        for (std::size_t k = 0; k < block.runs; ++k) count(block.run(k).scores);
    }
    void add(const top_digits& other) {
        for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other.counts_[k];
    }

    /// Numbers, without NaN.
    std::uint64_t size() const {
        std::uint64_t sum = 0;
        for (const auto count : counts()) sum += count;
        return sum;
    }
    std::uint64_t nan_count() const { return counts_[digit_values]; }
    std::span<const std::uint64_t> counts() const { return {counts_.data(), digit_values}; }

  private:
    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(digit_values + 1);
};

/// One order statistic on its way: the digits known so far, and its rank among the scores that share them.
template <std::floating_point T>
struct partial_rank {
    image_type<T> prefix = 0;
    std::uint64_t rank = 0;

    /// Takes the next digit from how often each digit follows the prefix.
    void descend(std::span<const std::uint64_t> counts) {
        std::size_t digit = 0;
        while (rank >= counts[digit]) rank -= counts[digit++];
        prefix = static_cast<image_type<T>>(static_cast<std::uint64_t>(prefix) << digit_bits | digit);
    }
};

/// The prefixes whose next digit one pass counts.
template <std::floating_point T>
class open_prefixes {
  public:
    /// @param prefixes ascending and unique, each of `depth` digits
    open_prefixes(std::span<const image_type<T>> prefixes, unsigned depth) :
        prefixes_(prefixes), depth_(depth) {
        for (const auto prefix : prefixes)
            open_[static_cast<std::size_t>(prefix >> (digit_bits * (depth - 1)))] = 1;
    }

    /// Appends, for every score under a prefix, the prefix' position and the digit that follows it.
    void find(std::span<const T> scores, std::vector<std::uint32_t>& hits) const {
        for (const T score : scores) {
            const auto image = order_image(score);
            if (open_[static_cast<std::size_t>(leading_digits<T>(image, 0))] == 0 || score != score) continue;
            const auto place =
                std::lower_bound(prefixes_.begin(), prefixes_.end(), leading_digits<T>(image, depth_ - 1));
            if (place == prefixes_.end() || *place != leading_digits<T>(image, depth_ - 1)) continue;
            const auto digit =
                static_cast<std::uint32_t>(leading_digits<T>(image, depth_) & (digit_values - 1));
            hits.push_back(static_cast<std::uint32_t>(place - prefixes_.begin()) << digit_bits | digit);
        }
    }

  private:
    std::span<const image_type<T>> prefixes_;
    unsigned depth_;
    std::vector<std::uint8_t> open_ = std::vector<std::uint8_t>(digit_values);
};

/// How often each digit follows each of the prefixes: one pass over the source.
template <score_source S>
std::vector<std::uint64_t> count_next_digits(const S& source,
                                             const open_prefixes<typename S::value_type>& open,
                                             std::size_t prefixes, const execution& run) {
    using hit_list = std::vector<std::uint32_t>;
    std::vector<std::uint64_t> counts(prefixes * digit_values);
    scan_in_order<hit_list>(
        source, run,
        [&](const auto& block, hit_list& hits) {
            hits.clear();
            for (std::size_t k = 0; k < block.runs; ++k) open.find(block.run(k).scores, hits);
        },
        [&](hit_list& hits) {
            for (const auto hit : hits) ++counts[hit];
        });
    return counts;
}

/// Gives every rank its next digit. At most `together` prefixes are counted in one pass (64 MiB of counts).
template <score_source S>
void descend(const S& source, std::vector<partial_rank<typename S::value_type>>& ranks, unsigned depth,
             const execution& run) {
    using T = typename S::value_type;
    constexpr std::size_t together = 128;
    std::vector<image_type<T>> prefixes;
    for (const auto& r : ranks) prefixes.push_back(r.prefix); // ascending, as the ranks are
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
    const double passes = static_cast<double>((prefixes.size() + together - 1) / together);
    auto rank = ranks.begin();
    double pass = 0;
    for (std::size_t first = 0; first < prefixes.size(); first += together, ++pass) {
        const auto part = std::span(prefixes).subspan(first, (std::min)(together, prefixes.size() - first));
        const open_prefixes<T> open(part, depth);
        const auto counts =
            count_next_digits(source, open, part.size(), stage(run, pass / passes, (pass + 1) / passes));
        for (std::size_t k = 0; k < part.size(); ++k)
            for (; rank != ranks.end() && rank->prefix == part[k]; ++rank)
                rank->descend(std::span(counts).subspan(k * digit_values, digit_values));
    }
}

/// The scores of the given ranks (ascending, below `top.size()`), whose highest digits are counted already.
template <score_source S>
std::vector<typename S::value_type>
select_ranks(const S& source, const top_digits<typename S::value_type>& top,
             std::span<const std::uint64_t> wanted, const execution& run) {
    using T = typename S::value_type;
    constexpr double passes = digits_of<T> - 1;
    std::vector<partial_rank<T>> ranks;
    for (const auto rank : wanted) {
        ranks.push_back({0, rank});
        ranks.back().descend(top.counts());
    }
    for (unsigned depth = 1; depth < digits_of<T>; ++depth)
        descend(source, ranks, depth, stage(run, (depth - 1) / passes, depth / passes));
    std::vector<T> scores;
    for (const auto& r : ranks) scores.push_back(from_order_image<T>(r.prefix));
    return scores;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
