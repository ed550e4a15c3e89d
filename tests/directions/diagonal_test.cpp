#include "svdlens/directions/diagonal_test.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "svdlens/directions/vector_moments.hpp"

namespace sl = svdlens;
using svdlens_tests::brute_test;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::scaled_by;
using svdlens_tests::set_of_heads;
using svdlens_tests::set_of_things;
using svdlens_tests::shifted_by;
using svdlens_tests::whole_matrix;

namespace {

template <class T>
double advantage_at(const sl::basic_diagonal_test<T>& found, std::size_t k) {
    return static_cast<double>(found.advantage.score_at(k));
}

template <class T>
double z_at(const sl::basic_diagonal_test<T>& found, std::size_t k) {
    return static_cast<double>(found.z.score_at(k));
}

/// Things, and heads that read and write them.
struct diagonal_case {
    plain_matrix x, y;
    std::vector<std::pair<plain_matrix, plain_matrix>> heads;

    diagonal_case(std::uint64_t seed, std::size_t n, std::size_t d, std::size_t r) : x(n, d), y(n, d) {
        matrix_maker make(seed);
        x = shifted_by(make.uniform(n, d), scaled_by(make.uniform(1, d), 5));
        y = shifted_by(make.uniform(n, d), scaled_by(make.uniform(1, d), 3));
        for (int k = 0; k < 4; ++k) heads.emplace_back(make.uniform(d, r), make.uniform(r, d));
        heads[1].second = transposed(heads[1].first); // prefers what is alike
    }

    template <class T>
    sl::basic_diagonal_test<T> test(double scale = 1) const {
        return sl::diagonal_test(set_of_heads<T>("ov", 2, heads),
                                 sl::moments_of(set_of_things<T>("x", x), set_of_things<T>("y", y)),
                                 {.scale = scale});
    }
};

template <class T>
void check_against_whole_matrix(const diagonal_case& given, double tolerance) {
    const auto found = given.test<T>();
    for (std::size_t k = 0; k < given.heads.size(); ++k) {
        const auto expected =
            brute_test(whole_matrix(given.x, given.heads[k].first, given.heads[k].second, given.y));
        CHECK(advantage_at(found, k) == Approx(expected.advantage).epsilon(tolerance).margin(tolerance));
        CHECK(z_at(found, k) == Approx(expected.z).epsilon(tolerance).margin(tolerance));
    }
}

plain_matrix diagonal_matrix(std::size_t n) {
    plain_matrix m(n, n);
    for (std::size_t k = 0; k < n; ++k) m(k, k) = 1;
    return m;
}

} // namespace

TEST_CASE("a diagonal test is that of the whole matrix of things by things") {
    for (const auto& [n, d, r] :
         {std::array<std::size_t, 3>{40, 12, 3}, {300, 70, 8}, {7, 20, 5}, {2, 6, 2}}) {
        check_against_whole_matrix<double>(diagonal_case(n, n, d, r), 1e-9);
        check_against_whole_matrix<float>(diagonal_case(n + 1, n, d, r), 2e-5);
    }
}

TEST_CASE("its z is that of random permutations") {
    const diagonal_case given(3, 40, 12, 3);
    const auto found = given.test<double>();
    for (std::size_t k = 0; k < 2; ++k) {
        const auto m = whole_matrix(given.x, given.heads[k].first, given.heads[k].second, given.y);
        CHECK(z_at(found, k) == Approx(svdlens_tests::drawn_z(m, 20000, 9)).epsilon(0.03).margin(0.03));
    }
}

TEST_CASE("things that a head tells apart perfectly have the largest z") {
    const auto unit = diagonal_matrix(9);
    const auto set = set_of_heads<float>("ov", 1, {{unit, unit}, {unit, scaled_by(unit, -2)}});
    const auto found = sl::diagonal_test(set, sl::moments_of(set_of_things<float>("token", unit)));
    CHECK(advantage_at(found, 0) == Approx(1));
    CHECK(z_at(found, 0) == Approx(8));
    CHECK(advantage_at(found, 1) == Approx(-2));
    CHECK(z_at(found, 1) == Approx(-8));
}

TEST_CASE("one set of things compared with itself is two sets of the same things") {
    const diagonal_case given(5, 60, 70, 4);
    const auto things = set_of_things<double>("x", given.x);
    const auto set = set_of_heads<double>("qk", 2, given.heads);
    const auto one = sl::diagonal_test(set, sl::moments_of(things));
    const auto two = sl::diagonal_test(set, sl::moments_of(things, things));
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK(advantage_at(one, k) == Approx(advantage_at(two, k)).epsilon(1e-12));
        CHECK(z_at(one, k) == Approx(z_at(two, k)).epsilon(1e-12));
    }
}

TEST_CASE("a scale changes the advantage, and only the sign of z") {
    const diagonal_case given(6, 30, 12, 3);
    const auto one = given.test<double>(), scaled = given.test<double>(-0.25), none = given.test<double>(0);
    CHECK(advantage_at(scaled, 1) == Approx(-0.25 * advantage_at(one, 1)));
    CHECK(z_at(scaled, 1) == Approx(-z_at(one, 1)));
    CHECK(advantage_at(none, 1) == 0);
    CHECK(z_at(none, 1) == 0);
    CHECK(message_of([&] { given.test<double>(std::numeric_limits<double>::quiet_NaN()); }) ==
          "diagonal test: expected a finite scale, found nan");
}

TEST_CASE("sizes near the ends of the type's range change nothing") {
    const diagonal_case given(7, 30, 12, 3);
    auto far = given;
    far.x = scaled_by(far.x, 1e-30L);
    far.y = scaled_by(far.y, 1e25L);
    for (auto& head : far.heads) head = {scaled_by(head.first, 1e-25L), scaled_by(head.second, 1e30L)};
    const auto near = given.test<float>(), there = far.test<float>();
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK(z_at(there, k) == Approx(z_at(near, k)).epsilon(1e-4).margin(1e-5));
        CHECK(advantage_at(there, k) == Approx(advantage_at(near, k)).epsilon(1e-4).margin(1e-5));
    }
    for (auto& head : far.heads) head.first = scaled_by(head.first, 1e60L);
    CHECK(message_of([&] { far.test<float>(); }).find("(in memory): ov of L0H") == 0);
    CHECK_THROWS_AS(far.test<float>(), sl::numeric_error);
}

TEST_CASE("heads of zeros, factors that cancel and things that are all alike prefer nothing") {
    diagonal_case given(8, 30, 12, 4);
    given.heads[0].first = plain_matrix(12, 4);
    for (std::size_t k = 0; k < 2; ++k) // a · b = 0, to rounding
        for (std::size_t i = 0; i < 12; ++i) {
            given.heads[2].first(i, 2 * k + 1) = given.heads[2].first(i, 2 * k);
            given.heads[2].second(2 * k + 1, i) = -given.heads[2].second(2 * k, i);
        }
    const auto found = given.test<float>();
    for (const std::size_t k : {0U, 2U}) {
        CHECK(advantage_at(found, k) == 0);
        CHECK(z_at(found, k) == 0);
    }
    CHECK(z_at(found, 1) != 0);
    diagonal_case alike = given;
    for (std::size_t i = 0; i < alike.x.rows; ++i)
        for (std::size_t j = 0; j < alike.x.columns; ++j)
            alike.x(i, j) = alike.x(0, j) * (1 + 1e-8L * static_cast<long double>((i * 7 + j) % 5));
    for (std::size_t k = 0; k < 4; ++k) CHECK(z_at(alike.test<float>(), k) == 0);
}

TEST_CASE("diagonal tests have the same bits for any number of threads, of deferred vectors too") {
    const diagonal_case given(9, 700, 140, 6);
    const auto set = set_of_heads<float>("ov", 2, given.heads);
    const auto x = set_of_things<float>("x", given.x), y = set_of_things<float>("y", given.y);
    auto deferred = y;
    deferred.layers = {sl::scaled_matrix(y.layers[0], std::vector<double>(700, 1.0), {})};
    const auto one = sl::diagonal_test(set, sl::moments_of(x, y, {.threads = 1}), {}, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto found = sl::diagonal_test(set, sl::moments_of(x, deferred, {.threads = threads}), {},
                                             {.threads = threads});
        for (std::size_t k = 0; k < 4; ++k) {
            CHECK(found.advantage.score_at(k) == one.advantage.score_at(k));
            CHECK(found.z.score_at(k) == one.z.score_at(k));
        }
    }
}

TEST_CASE("diagonal tests are tables over heads that say what they are") {
    const auto found = diagonal_case(2, 9, 12, 3).test<float>();
    CHECK(found.advantage.axes().title() == "x_ov_y_advantage");
    CHECK(found.z.axes().title() == "x_ov_y_z");
    CHECK(found.z.axes().label(3, "head") == "L1H1");
    const auto none = sl::diagonal_test(sl::factored_set{.name = "ov", .matrices = {}},
                                        sl::moments_of(set_of_things<float>("x", plain_matrix(3, 2))));
    CHECK(none.advantage.empty());
}

TEST_CASE("what cannot be tested is refused by name") {
    const diagonal_case given(4, 9, 12, 3);
    const auto set = set_of_heads<float>("ov", 2, given.heads);
    const auto one = sl::moments_of(set_of_things<float>("x", plain_matrix(1, 12)));
    CHECK(message_of([&] { sl::diagonal_test(set, one); }) ==
          "diagonal test of \"x\": expected at least 2 vectors, of which one may be preferred to others, "
          "found 1");
    const auto narrow = sl::moments_of(set_of_things<float>("x", plain_matrix(9, 11)));
    CHECK(message_of([&] { sl::diagonal_test(set, narrow); }) ==
          "(in memory): ov and \"x\": expected vectors of 12 entries, found 11");
    auto broken = given;
    broken.heads[2].second(1, 4) = std::numeric_limits<long double>::quiet_NaN();
    CHECK(message_of([&] { broken.test<float>(); }).find("ov of L1H0, tensor \"ov.b\"") != std::string::npos);
    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(
        sl::diagonal_test(set, sl::moments_of(set_of_things<float>("x", given.x)), {}, {.stop = &stop}),
        sl::cancelled_error);
}
