/// @file
/// Twenty families of factors that decompositions find hard, of any size, the same on every machine.
#ifndef SVDLENS_TESTS_DIRECTIONS_FACTOR_FAMILIES_HPP
#define SVDLENS_TESTS_DIRECTIONS_FACTOR_FAMILIES_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "support/plain_matrix.hpp"

namespace svdlens_tests {

/// A is d × r, B is r × d2.
struct factor_pair {
    plain_matrix a;
    plain_matrix b;
};

inline constexpr std::array<const char*, 20> family_names{
    "random",         "near rank one",   "graded",      "clustered",     "equal columns",
    "constant",       "cancelling",      "Kahan",       "Hilbert",       "mixed scales",
    "zero",           "subnormal",       "orthogonal",  "two constants", "scales that make up",
    "rank deficient", "one huge column", "few entries", "powers",        "signs"};

/// Makes the pairs. `smallest` is the smallest number of the type that they will have.
class family_maker {
  public:
    family_maker(std::uint64_t seed, real smallest) : bits_(seed), smallest_(smallest) {}

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }

    /// In [low, high).
    real between(real low, real high) {
        return low + (high - low) * static_cast<real>(bits_() >> 11) * 0x1p-53L;
    }

    factor_pair make(std::size_t family, std::size_t d, std::size_t r, std::size_t d2) {
        factor_pair pair{plain_matrix(d, r), plain_matrix(r, d2)};
        for (auto* m : {&pair.a, &pair.b}) fill(*m, [&](std::size_t, std::size_t) { return between(-1, 1); });
        shape(family, pair);
        return pair;
    }

  private:
    template <class Entry>
    static void fill(plain_matrix& m, Entry entry) {
        for (std::size_t i = 0; i < m.rows; ++i)
            for (std::size_t j = 0; j < m.columns; ++j) m(i, j) = entry(i, j);
    }

    real power_of_ten(real low, real high) { return std::pow(10.0L, between(low, high)); }

    void shape(std::size_t family, factor_pair& pair) {
        auto& a = pair.a;
        auto& b = pair.b;
        const std::size_t r = a.columns;
        switch (family) {
        case 0:
            break;
        case 1: {
            const real noise = power_of_ten(-9, -1);
            for (real& x : a.values) x = 1 + noise * x;
            if (below(2) == 0) set_orthonormal_rows(b);
            if (below(2) == 0)
                for (real& x : b.values) x = 1 + noise * x;
            break;
        }
        case 2: {
            const real step = power_of_ten(-2, 0);
            fill(a, [&](std::size_t i, std::size_t j) {
                return a(i, j) * std::pow(10.0L, -step * static_cast<real>(j));
            });
            break;
        }
        case 3: {
            const real near = power_of_ten(-17, -2);
            set_orthonormal_columns(a);
            fill(a, [&](std::size_t i, std::size_t j) {
                return a(i, j) * (j % 3 == 0 ? 1 : j % 3 == 1 ? 1 + near * static_cast<real>(j) : 3);
            });
            set_orthonormal_rows(b);
            break;
        }
        case 4:
            fill(a, [&](std::size_t i, std::size_t j) { return a(i, j % (1 + r / 8)); });
            break;
        case 5: {
            const real left = between(0.1L, 1), right = between(0.1L, 1);
            for (real& x : a.values) x = left;
            for (real& x : b.values) x = right;
            break;
        }
        case 6: {
            const real noise = below(3) == 0 ? 0 : power_of_ten(-12, -1);
            for (std::size_t k = r / 2; k < r / 2 * 2; ++k) {
                for (std::size_t i = 0; i < a.rows; ++i) a(i, k) = a(i, k - r / 2) + noise * a(i, k);
                for (std::size_t j = 0; j < b.columns; ++j) b(k, j) = -b(k - r / 2, j);
            }
            break;
        }
        case 7: {
            const real angle = between(0.2L, 1.4L);
            fill(a, [&](std::size_t i, std::size_t j) {
                const real row = std::pow(std::sin(angle), static_cast<real>(i));
                return i == j ? row : i < j ? -row * std::cos(angle) : 0;
            });
            set_orthonormal_rows(b);
            break;
        }
        case 8:
            for (auto* m : {&a, &b})
                fill(*m, [](std::size_t i, std::size_t j) { return 1 / static_cast<real>(i + j + 1); });
            break;
        case 9: {
            const std::size_t kind = below(3);
            for (auto* m : {&a, &b}) scale_places(*m, kind);
            break;
        }
        case 10:
            for (real& x : (below(2) == 0 ? a : b).values) x = 0;
            break;
        case 11:
            for (real& x : a.values) x = std::round(x * 200) * smallest_;
            break;
        case 12:
            set_orthonormal_columns(a);
            set_orthonormal_rows(b);
            break;
        case 13: {
            const std::size_t half = 1 + a.rows / 2;
            const real one = between(0.1L, 1), other = between(-1, 1);
            fill(a, [&](std::size_t i, std::size_t j) { return i < half || j < r / 2 ? one : other; });
            for (real& x : b.values) x = one;
            break;
        }
        case 14:
            for (std::size_t k = 0; k < r; ++k) {
                const int exponent = static_cast<int>(below(201)) - 100;
                for (std::size_t i = 0; i < a.rows; ++i) a(i, k) = std::ldexp(a(i, k), exponent);
                for (std::size_t j = 0; j < b.columns; ++j) b(k, j) = std::ldexp(b(k, j), -exponent);
            }
            break;
        case 15: {
            const std::size_t rank = 1 + below(1 + r / 3);
            for (std::size_t k = rank; k < r; ++k) {
                const real one = between(-1, 1), two = between(-1, 1);
                for (std::size_t i = 0; i < a.rows; ++i) a(i, k) = one * a(i, k % rank) + two * a(i, k - 1);
            }
            break;
        }
        case 16: {
            const std::size_t column = below(r);
            const real factor = power_of_ten(5, 20);
            for (std::size_t i = 0; i < a.rows; ++i) a(i, column) *= factor;
            break;
        }
        case 17:
            for (auto* m : {&a, &b})
                for (real& x : m->values) x = below(10) == 0 ? x : 0;
            break;
        case 18: {
            const std::size_t rows = a.rows;
            fill(a, [&](std::size_t i, std::size_t j) {
                return std::pow((static_cast<real>(i) + 1) / static_cast<real>(rows), static_cast<real>(j));
            });
            break;
        }
        default:
            for (auto* m : {&a, &b})
                for (real& x : m->values) x = x < 0 ? -1 : 1;
        }
    }

    /// Every entry, every row or every column has a scale of its own, from 1e-30 to 1e30.
    void scale_places(plain_matrix& m, std::size_t kind) {
        std::vector<real> scales(std::max(m.rows, m.columns));
        for (real& x : scales) x = power_of_ten(-30, 30);
        for (std::size_t i = 0; i < m.rows; ++i)
            for (std::size_t j = 0; j < m.columns; ++j)
                m(i, j) *= kind == 0 ? power_of_ten(-30, 30) : scales[kind == 1 ? i : j];
    }

    /// The first columns of a product of three reflections; the others, where there are more than rows, zero.
    void set_orthonormal_columns(plain_matrix& m) {
        std::array<std::vector<real>, 3> reflections;
        for (auto& v : reflections) {
            real sum = 0;
            for (std::size_t i = 0; i < m.rows; ++i) {
                v.push_back(between(-1, 1));
                sum += v.back() * v.back();
            }
            for (real& x : v) x *= std::sqrt(2 / sum);
        }
        fill(m, [](std::size_t i, std::size_t j) { return i == j ? 1 : 0; });
        for (const auto& v : reflections) {
            std::vector<real> products(m.columns);
            for (std::size_t i = 0; i < m.rows; ++i)
                for (std::size_t j = 0; j < m.columns; ++j) products[j] += v[i] * m(i, j);
            fill(m, [&](std::size_t i, std::size_t j) { return m(i, j) - v[i] * products[j]; });
        }
    }

    void set_orthonormal_rows(plain_matrix& m) {
        auto columns = transposed(m);
        set_orthonormal_columns(columns);
        m = transposed(columns);
    }

    std::mt19937_64 bits_;
    real smallest_;
};

} // namespace svdlens_tests

#endif
