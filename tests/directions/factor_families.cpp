// Every family of factors, in every size: none that is finite is refused, and all keep the documented bound.
#include "directions/factor_families.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "linalg/check_svd.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"
#include "support/sample_size.hpp"
#include "svdlens/directions/factored_svd.hpp"
#include "svdlens/linalg/svd.hpp"

namespace {

namespace sl = svdlens;
using svdlens_tests::family_maker;
using svdlens_tests::family_names;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;
using svdlens_tests::recomposed;

/// What was worst of a family, in shares of the bound.
struct family_worst {
    real orthonormality = 0;
    real residual = 0;
    std::size_t count = 0;
    std::size_t beyond = 0; ///< refused, as they have to be: the type does not hold what they have
};

/// How many matrices: a few hundred, or what the environment says (tests/run_all.sh).
std::size_t sample_count() { return svdlens_tests::sample_size("SVDLENS_FACTOR_FAMILIES", 320); }

/// ‖M x‖ / ‖x‖ <= ‖M‖₂, close to it, by a few steps of the power method.
real norm_from_below(const plain_matrix& m) {
    std::vector<real> x(m.columns, 1), y(m.rows);
    real norm = 0, largest = 0;
    for (const real each : m.values) largest = std::max(largest, std::abs(each));
    if (largest == 0) return 0;
    std::size_t start = 0; // the longest column is no worse than any
    real longest = -1;
    for (std::size_t j = 0; j < m.columns; ++j) {
        real sum = 0;
        for (std::size_t i = 0; i < m.rows; ++i) sum += m(i, j) * m(i, j) / largest / largest;
        if (sum > longest) start = j;
        longest = std::max(longest, sum);
    }
    std::fill(x.begin(), x.end(), 0);
    x[start] = 1;
    for (int step = 0; step < 6; ++step) {
        std::fill(y.begin(), y.end(), 0);
        real square = 0, of_x = 0;
        for (std::size_t i = 0; i < m.rows; ++i)
            for (std::size_t j = 0; j < m.columns; ++j) y[i] += m(i, j) * x[j];
        for (const real each : y) square += each * each;
        for (const real each : x) of_x += each * each;
        norm = std::max(norm, std::sqrt(square / of_x));
        std::fill(x.begin(), x.end(), 0);
        for (std::size_t i = 0; i < m.rows; ++i)
            for (std::size_t j = 0; j < m.columns; ++j) x[j] += m(i, j) * y[i] / square;
    }
    return norm;
}

template <class T>
bool is_finite(const plain_matrix& m) {
    return std::all_of(m.values.begin(), m.values.end(), [](real x) {
        return std::abs(x) <= static_cast<real>(std::numeric_limits<T>::max());
    });
}

/// Checks what was decomposed against w = a·b. `scale` is no more than ‖a‖₂ ‖b‖₂.
template <class T>
void measure(const sl::basic_svd<T>& svd, const plain_matrix& w, real scale, family_worst& worst) {
    const auto m = static_cast<real>(svd.size());
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(m);
    const real rounding = std::sqrt(m) * static_cast<real>(std::numeric_limits<T>::denorm_min()) / 2;
    const real orthonormality =
        std::max(row_orthonormality(plain_matrix(svd.left)), row_orthonormality(plain_matrix(svd.right)));
    const real error = svdlens_tests::frobenius_norm(svdlens_tests::difference(recomposed(svd), w));
    CHECK(orthonormality <= bound);
    CHECK(error <= bound * scale + rounding);
    CHECK(std::is_sorted(svd.singular_values.rbegin(), svd.singular_values.rend()));
    CHECK(svd.singular_values.back() >= 0);
    worst.orthonormality = std::max(worst.orthonormality, orthonormality / bound);
    if (scale > 0) worst.residual = std::max(worst.residual, (error - rounding) / (bound * scale));
    ++worst.count;
}

/// Whether T certainly holds the largest singular value of w, or certainly does not, or neither is certain.
enum class held { yes, no, perhaps };

template <class T>
held holds_largest(const plain_matrix& w, real rounding) {
    const real most = frobenius_norm(w);
    const real least = most / std::sqrt(static_cast<real>(std::min(w.rows, w.columns)));
    const auto largest = static_cast<real>(std::numeric_limits<T>::max());
    const auto smallest = static_cast<real>(std::numeric_limits<T>::denorm_min());
    if (most == 0 || (most < 0.99L * largest && least > smallest)) return held::yes;
    if (most > 4 * rounding && (least > 1.01L * largest || most < 0.49L * smallest)) return held::no;
    return held::perhaps;
}

template <class T>
void check_pair(const plain_matrix& plain_a, const plain_matrix& plain_b, family_worst& worst) {
    const auto a = plain_a.as<T>(), b = plain_b.as<T>();
    const plain_matrix exact_a(a), exact_b(b);
    const auto w = product(exact_a, exact_b);
    const real scale = norm_from_below(exact_a) * norm_from_below(exact_b);
    const real width = static_cast<real>(std::max(w.rows, w.columns));
    const auto expected = holds_largest<T>(w, width * std::numeric_limits<T>::epsilon() * scale);
    try {
        const auto svd = sl::factored_svd(a, b);
        CHECK(expected != held::no);
        measure(svd, w, scale, worst);
    } catch (const sl::numeric_error& problem) {
        INFO(problem.what());
        CHECK(expected != held::yes);
        ++worst.beyond;
    }
    if (std::min(a.rows(), a.columns()) > 24) return; // thin_svd takes long where nothing is optimised
    measure(sl::thin_svd(a), exact_a, norm_from_below(exact_a), worst);
}

/// The k-th of all sizes: most of them small, one in sixteen larger, and forty of the first 5760 with up to 128
/// directions of up to 8192 entries.
struct pair_size {
    std::size_t d, r, d2;
};

pair_size size_of(std::size_t k, family_maker& make) {
    const bool large = k / 40 % 16 == 7;
    const bool largest = large && k / 640 % 8 == 7;
    const real most = largest ? 1.5e8L : large ? 6e6L : 1e5L;
    const auto size = [&](real low, real high) {
        return static_cast<std::size_t>(std::exp(make.between(std::log(low), std::log(high + 1))));
    };
    while (true) {
        const std::size_t d = size(largest ? 3000 : large ? 500 : 1, 8192);
        const std::size_t r = size(largest ? 48 : 1, 128), d2 = size(1, large ? 512 : 8192);
        const std::size_t m = std::min({d, r, d2});
        if (static_cast<real>(d) * static_cast<real>(d2) * static_cast<real>(r) > most) continue;
        if (static_cast<real>(d + d2) * static_cast<real>(m) * static_cast<real>(m) > most) continue;
        return make.below(2) == 0 ? pair_size{d, r, d2} : pair_size{d2, r, d};
    }
}

template <class T>
void check_sample(std::size_t k, family_worst& worst) {
    family_maker make(k + 1, static_cast<real>(std::numeric_limits<T>::denorm_min()));
    const std::size_t family = k % family_names.size();
    const auto size = size_of(k, make);
    CAPTURE(k, family_names[family], size.d, size.r, size.d2, sizeof(T));
    auto pair = make.make(family, size.d, size.r, size.d2);
    if (make.below(3) == 0) { // the same product, or nearly, of factors of other scales
        const real factor = std::pow(10.0L, make.between(-30, 30));
        auto left = pair.a, right = pair.b;
        for (real& x : left.values) x *= factor;
        for (real& x : right.values) x /= factor;
        if (is_finite<T>(left) && is_finite<T>(right)) pair = {std::move(left), std::move(right)};
    }
    check_pair<T>(pair.a, pair.b, worst);
}

} // namespace

TEST_CASE("no finite pair of factors is refused, and all keep the bound") {
    std::vector<family_worst> worst(family_names.size());
    for (std::size_t k = 0; k < sample_count(); ++k) {
        auto& of_family = worst[k % worst.size()];
        if (k / worst.size() % 2 == 0)
            check_sample<float>(k, of_family);
        else
            check_sample<double>(k, of_family);
    }
    std::cout << "family                  matrices  beyond the type  worst orthonormality and residual, in "
                 "bounds\n";
    for (std::size_t f = 0; f < worst.size(); ++f)
        std::cout << std::left << std::setw(24) << family_names[f] << std::right << std::setw(8)
                  << worst[f].count << std::setw(17) << worst[f].beyond << std::fixed << std::setprecision(3)
                  << std::setw(24) << worst[f].orthonormality << std::setw(14) << worst[f].residual << "\n";
}
