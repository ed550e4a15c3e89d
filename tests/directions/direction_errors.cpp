#include "svdlens/directions/direction_errors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "directions/noisy_copies.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::graded_heads;
using svdlens_tests::head_list;
using svdlens_tests::message_of;
using svdlens_tests::ov_set;

namespace {

sl::basic_direction_errors<double> errors_of(const head_list& heads, double noise,
                                             const sl::execution& run = {}) {
    const auto set = ov_set<double>(heads);
    return sl::direction_errors(set, sl::singular_directions(set), {.noise = noise}, run);
}

double dot(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// The rms sine of the angle between directions of heads and of their noisy copies, over what was predicted.
std::vector<double> measured_over_predicted(const head_list& heads, double noise, std::size_t copies) {
    const auto set = ov_set<double>(heads);
    const auto before = sl::singular_directions(set);
    const auto errors = sl::direction_errors(set, before, {.noise = noise});
    const std::size_t r = before.directions();
    std::vector<double> left(heads.size() * r), right(left.size());
    svdlens_tests::normal_numbers draw(99);
    for (std::size_t copy = 0; copy < copies; ++copy) {
        auto noisy = heads;
        for (auto& head : noisy)
            head = {with_noise(head.first, noise, draw), with_noise(head.second, noise, draw)};
        const auto after = sl::singular_directions(ov_set<double>(noisy));
        for (std::size_t h = 0; h < heads.size(); ++h)
            for (std::size_t k = 0; k < r; ++k) {
                const double u = dot(before.reading(0, h, k), after.reading(0, h, k));
                const double v = dot(before.writing(0, h, k), after.writing(0, h, k));
                left[h * r + k] += (1 - u * u) / static_cast<double>(copies);
                right[h * r + k] += (1 - v * v) / static_cast<double>(copies);
            }
    }
    std::vector<double> ratios;
    for (std::size_t k = 0; k < left.size(); ++k) {
        ratios.push_back(std::sqrt(left[k]) / errors.left.sine(0, k));
        ratios.push_back(std::sqrt(right[k]) / errors.right.sine(0, k));
    }
    return ratios;
}

} // namespace

TEST_CASE("directions of noisy copies turn by what was predicted") {
    auto ratios = measured_over_predicted(graded_heads(3, 24, 5, 1), 0.005, 60);
    std::sort(ratios.begin(), ratios.end());
    CHECK(ratios[ratios.size() / 2] == Approx(1).margin(0.06));
    CHECK(ratios.front() > 0.8);
    CHECK(ratios.back() < 1.2);
}

TEST_CASE("errors are those of the formula, of heads whose factors are unlike") {
    auto heads = graded_heads(1, 20, 4, 8);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < 20; ++i)
            heads[0].first(i, k) *= std::pow(0.5L, static_cast<long double>(k));
    const auto& [a, b] = heads[0];
    const auto set = ov_set<double>(heads);
    const auto found = sl::singular_directions(set);
    const auto errors = sl::direction_errors(set, found, {.noise = 0.01});
    const auto size = [](const auto& m) {
        return static_cast<double>(frobenius_norm(m) * frobenius_norm(m)) / 80;
    };
    const double of_a = 1e-4 * size(a), of_b = 1e-4 * size(b);
    double by_a[4], by_b[4], s[4]; // ‖Aᵀu‖², ‖B v‖²
    for (std::size_t k = 0; k < 4; ++k) {
        by_a[k] = by_b[k] = 0;
        s[k] = found.singular_value(0, 0, k);
        for (std::size_t j = 0; j < 4; ++j) {
            double u = 0, v = 0;
            for (std::size_t i = 0; i < 20; ++i) {
                u += static_cast<double>(a(i, j)) * found.reading(0, 0, k)[i];
                v += static_cast<double>(b(j, i)) * found.writing(0, 0, k)[i];
            }
            by_a[k] += u * u;
            by_b[k] += v * v;
        }
    }
    const auto e = [&](std::size_t k, std::size_t j) { return of_a * by_b[j] + of_b * by_a[k]; };
    for (std::size_t k = 0; k < 4; ++k) {
        double left = 16 * of_a * by_b[k] / (s[k] * s[k]), right = 16 * of_b * by_a[k] / (s[k] * s[k]);
        for (std::size_t j = 0; j < 4; ++j) {
            if (j == k) continue;
            const double gap = std::pow(s[k] * s[k] - s[j] * s[j], 2);
            const double m = (s[k] * s[k] * e(k, j) + s[j] * s[j] * e(j, k)) / gap;
            CHECK(errors.right.mixing(0, k, j) == Approx(std::sqrt(m)).epsilon(1e-9));
            right += m;
            left += (s[k] * s[k] * e(j, k) + s[j] * s[j] * e(k, j)) / gap;
        }
        CHECK(errors.right.sine(0, k) == Approx(std::sqrt(right)).epsilon(1e-9));
        CHECK(errors.left.sine(0, k) == Approx(std::sqrt(left)).epsilon(1e-9));
    }
}

TEST_CASE("the sides of a head are told apart: noise that only one factor has turns its own side more") {
    head_list heads = graded_heads(1, 24, 4, 2);
    for (auto& x : heads[0].second.values) x *= 1000; // a unit changes nothing
    const auto scaled = errors_of(heads, 0.01), plain = errors_of(graded_heads(1, 24, 4, 2), 0.01);
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK(scaled.left.sine(0, k) == Approx(plain.left.sine(0, k)).epsilon(1e-9));
        CHECK(scaled.right.sine(0, k) == Approx(plain.right.sine(0, k)).epsilon(1e-9));
    }
    CHECK(plain.left.sines().axes().title() == "ov_sine");
    CHECK(plain.right.sines().score_at(2) == plain.right.sine(0, 2));
}

TEST_CASE("errors are in proportion to the noise, and none of none") {
    const auto one = errors_of(graded_heads(2, 20, 4, 3), 0.001),
               two = errors_of(graded_heads(2, 20, 4, 3), 0.002);
    for (std::size_t k = 0; k < 8; ++k)
        CHECK(two.left.sine(0, k) == Approx(2 * one.left.sine(0, k)).epsilon(1e-9));
    CHECK(errors_of(graded_heads(2, 20, 4, 3), 0).right.sine(0, 1) == 0);
    CHECK(sl::rounding_noise(8) == 0x1p-9);
}

TEST_CASE("equal singular values are not known one by one, and are one block") {
    svdlens_tests::matrix_maker make(4);
    const auto frame = make.orthonormal_rows(8, 20);
    svdlens_tests::plain_matrix a(20, 4), b(4, 20);
    const double sizes[] = {3, 2, 2 * (1 + 1e-4), 1};
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < 20; ++i) {
            a(i, k) = frame(k, i) * static_cast<long double>(sizes[k]);
            b(k, i) = frame(k + 4, i);
        }
    const auto errors = errors_of({{a, b}}, 0.01);
    CHECK(errors.right.mixing(0, 1, 2) == 1);
    CHECK(errors.right.sine(0, 1) == 1);
    CHECK(errors.right.sine(0, 0) < 0.1);
    const auto blocks = sl::direction_blocks(errors);
    std::vector<std::string> names;
    for (const auto& block : blocks) names.push_back(to_string(block));
    CHECK(names == std::vector<std::string>{"L0H0.0", "L0H0.1-2", "L0H0.3"});
    CHECK(sl::direction_blocks(errors, {.mixing = 2}).size() == 4);
    CHECK(sl::direction_blocks(errors, {.mixing = 0}).size() == 1);
}

TEST_CASE("a head of zeros is known to nobody, and no number of it is NaN") {
    auto heads = graded_heads(2, 12, 3, 5);
    heads[1].first = svdlens_tests::plain_matrix(12, 3);
    const auto errors = errors_of(heads, 0.01);
    for (std::size_t k = 3; k < 6; ++k) CHECK(errors.left.sine(0, k) == 1);
    CHECK(errors.left.sine(0, 0) < 0.5);
    const auto blocks = sl::direction_blocks(errors); // arbitrary vectors make none
    REQUIRE(!blocks.empty());
    for (const auto& block : blocks) CHECK(block.head == 0);
}

TEST_CASE("direction errors have the same bits for any number of threads, and refuse what they cannot say") {
    const auto heads = graded_heads(5, 12, 3, 6);
    const auto one = errors_of(heads, 0.01, {.threads = 1}), three = errors_of(heads, 0.01, {.threads = 3});
    for (std::size_t k = 0; k < 15; ++k) CHECK(one.right.sine(0, k) == three.right.sine(0, k));
    CHECK(message_of([&] { errors_of(heads, -1); }) ==
          "direction errors, noise: expected a number of at least 0, found -1");
    CHECK_THROWS_AS(errors_of(heads, std::numeric_limits<double>::quiet_NaN()), sl::argument_error);
    const auto set = ov_set<double>(heads);
    const auto others = sl::singular_directions(ov_set<double>(graded_heads(2, 12, 3, 6)));
    CHECK_THROWS_AS(sl::direction_errors(set, others), sl::argument_error);
}
