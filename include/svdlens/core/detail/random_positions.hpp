/// @file
/// Random numbers and random subsets that are the same on every machine.
#ifndef SVDLENS_CORE_DETAIL_RANDOM_POSITIONS_HPP
#define SVDLENS_CORE_DETAIL_RANDOM_POSITIONS_HPP

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Random numbers by SplitMix64 (Steele, Lea, Flood 2014). Streams of one seed start at places that have
/// nothing to do with each other.
class random_stream {
  public:
    explicit random_stream(std::uint64_t seed, std::uint64_t stream = 0) :
        state_(mixed(mixed(seed) + step * stream)) {}

    std::uint64_t next() { return mixed(state_ += step); }

    /// A number from 0 to `bound - 1`, each as likely: draws of as many bits as `bound - 1` has, until one
    /// is below.
    std::uint64_t below(std::uint64_t bound) {
        const int spare = std::countl_zero(bound - 1);
        if (spare == 64) return 0;
        std::uint64_t number = next() >> spare;
        while (number >= bound) number = next() >> spare;
        return number;
    }

  private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

    static constexpr std::uint64_t mixed(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    std::uint64_t state_;
};

/// The numbers below `size` that are not among `some` (ascending).
inline std::vector<std::uint64_t> positions_besides(std::uint64_t size,
                                                    const std::vector<std::uint64_t>& some) {
    std::vector<std::uint64_t> others;
    others.reserve(static_cast<std::size_t>(size) - some.size());
    auto next = some.begin();
    for (std::uint64_t k = 0; k < size; ++k) {
        if (next != some.end() && *next == k) {
            ++next;
        } else {
            others.push_back(k);
        }
    }
    return others;
}

/// A random set of `count` of the numbers below `size`, ascending; every set is as likely. Draws until enough
/// are different, and where more than half are wanted, those that are not. O(count log count), and O(size)
/// for more than half.
inline std::vector<std::uint64_t> random_positions(std::uint64_t size, std::uint64_t count,
                                                   random_stream& random) {
    if (count > size / 2) return positions_besides(size, random_positions(size, size - count, random));
    std::vector<std::uint64_t> drawn;
    drawn.reserve(static_cast<std::size_t>(count));
    while (drawn.size() < count) {
        while (drawn.size() < count) drawn.push_back(random.below(size));
        std::sort(drawn.begin(), drawn.end());
        drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
    }
    return drawn;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
