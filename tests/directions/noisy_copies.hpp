/// @file
/// Heads whose weights changed a little: what standard errors are checked against.
#ifndef SVDLENS_TESTS_DIRECTIONS_NOISY_COPIES_HPP
#define SVDLENS_TESTS_DIRECTIONS_NOISY_COPIES_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/plain_matrix.hpp"
#include "svdlens/directions/factored_set.hpp"

namespace svdlens_tests {

/// Normal numbers by the polar method: the same on every machine.
class normal_numbers {
  public:
    explicit normal_numbers(std::uint64_t seed) : bits_(seed) {}
    double next() {
        for (;;) {
            const double x = draw(), y = draw(), s = x * x + y * y;
            if (s > 0 && s < 1) return x * std::sqrt(-2 * std::log(s) / s);
        }
    }
    plain_matrix matrix(std::size_t rows, std::size_t columns) {
        plain_matrix result(rows, columns);
        for (real& x : result.values) x = next();
        return result;
    }

  private:
    double draw() { return static_cast<double>(bits_() >> 11) * 0x1p-52 - 1; }
    std::mt19937_64 bits_;
};

/// Every entry changed by `noise` times the rms of its matrix.
inline plain_matrix with_noise(plain_matrix m, double noise, normal_numbers& draw) {
    const real size =
        static_cast<real>(noise) * frobenius_norm(m) / std::sqrt(static_cast<real>(m.values.size()));
    for (real& x : m.values) x += size * static_cast<real>(draw.next());
    return m;
}

/// Every entry with so many bits of significand, to the nearest.
inline plain_matrix rounded_to(plain_matrix m, int bits) {
    for (real& x : m.values) {
        int exponent = 0;
        const real fraction = std::frexp(x, &exponent);
        x = std::ldexp(std::nearbyint(std::ldexp(fraction, bits)), exponent - bits);
    }
    return m;
}

using head_list = std::vector<std::pair<plain_matrix, plain_matrix>>;

/// Heads of normal entries, their columns graded so that singular values are apart.
inline head_list graded_heads(std::size_t count, std::size_t d, std::size_t r, std::uint64_t seed) {
    normal_numbers draw(seed);
    head_list heads;
    for (std::size_t h = 0; h < count; ++h) {
        heads.emplace_back(draw.matrix(d, r), draw.matrix(r, d));
        for (std::size_t k = 0; k < r; ++k)
            for (std::size_t i = 0; i < d; ++i) {
                heads.back().first(i, k) *= std::pow(0.8L, static_cast<real>(k));
                heads.back().second(k, i) *= std::pow(0.8L, static_cast<real>(k));
            }
    }
    return heads;
}

template <class T>
svdlens::basic_factored_set<T> ov_set(const head_list& heads) {
    auto set = set_of_heads<T>("ov", 1, heads);
    set.left = {svdlens::flow::reads, 1, 7};
    set.right = {svdlens::flow::writes, 2, 7};
    return set;
}

} // namespace svdlens_tests

#endif
