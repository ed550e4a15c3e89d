/// @file
/// Random numbers that are the same on every standard library: a counter, hashed.
#ifndef SVDLENS_EXAMPLES_COUNTER_RANDOM_HPP
#define SVDLENS_EXAMPLES_COUNTER_RANDOM_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace planted {

/// The k-th number of a stream is a hash of (seed, k): no state beyond the counter, no
/// library's distribution.
class counter_random {
  public:
    explicit counter_random(std::uint64_t seed) : seed_(mix(seed)) {}

    /// 64 random bits. SplitMix64's output function (Steele, Lea, Flood 2014).
    std::uint64_t bits() { return mix(seed_ + 0x9e3779b97f4a7c15ULL * ++counter_); }

    /// Uniform in (0, 1).
    double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }

    /// Standard normal: Box and Muller 1958.
    double normal() {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }

    /// Uniform in [0, n).
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }

  private:
    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    std::uint64_t seed_;
    std::uint64_t counter_ = 0;
};

} // namespace planted

#endif
