#include "svdlens/linalg/detail/lanes.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace detail = svdlens::detail;

namespace {

template <class T>
std::vector<T> ramp(std::size_t count, T step) {
    std::vector<T> result;
    for (std::size_t k = 0; k < count; ++k) result.push_back(T{1} - static_cast<T>(k % 7) * step);
    return result;
}

template <class T>
void check_dot() {
    for (const std::size_t blocks : {0U, 1U, 3U}) {
        const auto a = ramp<T>(blocks * detail::dot_width<T>, T{0.25});
        const auto b = ramp<T>(blocks * detail::dot_width<T>, T{0.5});
        T expected = 0; // exact: all are small multiples of 1/8
        for (std::size_t k = 0; k < a.size(); ++k) expected += a[k] * b[k];
        CHECK(detail::dot(a.data(), b.data(), a.size()) == expected);
    }
}

template <class T>
void check_inverse_root() {
    for (T x = std::numeric_limits<T>::min(); x < std::numeric_limits<T>::max() / 8;
         x *= static_cast<T>(7.3)) {
        const long double exact = 1 / std::sqrt(static_cast<long double>(x));
        const long double error = static_cast<long double>(detail::inverse_root(x)) / exact - 1;
        CHECK(std::abs(error) <= 1.5L * std::numeric_limits<T>::epsilon());
    }
}

template <class T>
void check_turn() {
    constexpr std::size_t width = detail::vector_width<T>;
    auto a = ramp<T>(2 * width, T{0.25});
    auto b = ramp<T>(2 * width, T{0.5});
    const auto before_a = a, before_b = b;
    std::vector<T> sine(width), half(width); // no turn, but in the second place by the angle of 3, 4, 5
    sine[1] = static_cast<T>(0.6);
    half[1] = T{1} / 3;
    detail::turn(a.data(), b.data(), a.size(), sine.data(), half.data());
    for (std::size_t k = 0; k < a.size(); ++k) {
        const T s = sine[k % width], c = k % width == 1 ? static_cast<T>(0.8) : T{1};
        CHECK(a[k] == Approx(c * before_a[k] + s * before_b[k]).margin(1e-6));
        CHECK(b[k] == Approx(c * before_b[k] - s * before_a[k]).margin(1e-6));
        if (s == 0) CHECK((a[k] == before_a[k] && b[k] == before_b[k]));
    }
}

} // namespace

TEST_CASE("scalar products are exact where no rounding is needed") {
    check_dot<float>();
    check_dot<double>();
}

TEST_CASE("a long sum of equal terms is right to a few last places") {
    for (const std::size_t count : {2048U, 8192U, 65536U}) {
        const std::vector<float> a(count, 0.1F);
        const double expected = static_cast<double>(count) * double{0.1F} * double{0.1F};
        CHECK(double{detail::dot(a.data(), a.data(), count)} == Approx(expected).epsilon(4 * 0x1p-23));
    }
    std::vector<double> odd(17 * detail::dot_width<double>, 0.5); // halves of different length
    CHECK(detail::dot(odd.data(), odd.data(), odd.size()) == 0.25 * static_cast<double>(odd.size()));
}

TEST_CASE("partial sums of each place are folded from the upper half down") {
    float values[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    detail::fold(values, 8, 2);
    CHECK(values[0] == 85);
    CHECK(values[1] == 170);
    detail::fold(values, 2, 1);
    CHECK(values[0] == 255);
}

TEST_CASE("an inverse root has the last place but one right over the whole range") {
    check_inverse_root<float>();
    check_inverse_root<double>();
}

TEST_CASE("a turn is a rotation of every pair by the angle of its place") {
    check_turn<float>();
    check_turn<double>();
}
