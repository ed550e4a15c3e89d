#include "svdlens/directions/similarity.hpp"

#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/composition.hpp"

namespace sl = svdlens;
using svdlens_tests::dense;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;

namespace {

double dense_cosine(const plain_matrix& one, const plain_matrix& two) {
    long double sum = 0;
    for (std::size_t k = 0; k < one.values.size(); ++k) sum += one.values[k] * two.values[k];
    return static_cast<double>(sum / (frobenius_norm(one) * frobenius_norm(two)));
}

template <class T>
void check_cosines(const svdlens_tests::factor_shape& shape, double tolerance) {
    const auto set = random_factors<T>(shape);
    const auto found = sl::frobenius_cosine(set);
    const std::size_t n = set.matrices.size();
    REQUIRE(found.values().size() == n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            CHECK(static_cast<double>(found.values()[i * n + j]) ==
                  Approx(dense_cosine(dense(set.matrices[i]), dense(set.matrices[j]))).margin(tolerance));
}

sl::basic_matrix<double> two_by_two(std::vector<double> values) { return {std::move(values), 2, 2}; }

} // namespace

TEST_CASE("the Frobenius cosine is that of the dense matrices") {
    for (const svdlens_tests::factor_shape shape :
         {svdlens_tests::factor_shape{3, 2, 14, 5}, {2, 3, 6, 6}, {1, 2, 4, 7}, {2, 2, 1, 1}}) {
        check_cosines<float>(shape, 2e-6);
        check_cosines<double>(shape, 1e-13);
    }
}

TEST_CASE("the Frobenius cosine is a symmetric table over pairs of heads") {
    const auto found = sl::frobenius_cosine(random_factors<float>({2, 2, 10, 3}));
    REQUIRE(found.axes().rank() == 4);
    CHECK(found.axes().label(7, "head") == "L0H1");
    CHECK(found.axes().label(7, "target_head") == "L1H1");
    CHECK(found.axes().title() == "ov_frobenius_cosine");
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) CHECK(found.values()[i * 4 + j] == found.values()[j * 4 + i]);
    for (std::size_t i = 0; i < 4; ++i) CHECK(found.values()[i * 5] == Approx(1));
}

TEST_CASE("equal, opposite and zero heads have cosines 1, -1 and 0, whatever their scale") {
    auto set = random_factors<float>({2, 2, 8, 3});
    set.matrices[1] = set.matrices[0];
    auto opposite = plain_matrix(set.matrices[0].b);
    for (auto& x : opposite.values) x *= -1e25L;
    set.matrices[2] = {set.matrices[0].a, opposite.as<float>()};
    set.matrices[3].a = plain_matrix(8, 3).as<float>();
    const auto found = sl::frobenius_cosine(set);
    CHECK(found.values()[1] == Approx(1).epsilon(1e-5));
    CHECK(found.values()[2] == Approx(-1).epsilon(1e-5));
    CHECK(found.values()[3] == 0);
    CHECK(found.values()[15] == 0);
}

TEST_CASE("cosines and copying scores have the same bits for any number of threads") {
    const auto set = random_factors<float>({4, 3, 20, 4});
    const auto cosines = sl::frobenius_cosine(set, {.threads = 1});
    const auto scores = sl::copying_scores(set, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto again = sl::frobenius_cosine(set, {.threads = threads});
        CHECK(std::equal(again.values().begin(), again.values().end(), cosines.values().begin()));
        const auto scores_again = sl::copying_scores(set, {.threads = threads});
        CHECK(
            std::equal(scores_again.values().begin(), scores_again.values().end(), scores.values().begin()));
    }
}

TEST_CASE(
    "copying scores are 1 for copying, -1 for its opposite, and count complex eigenvalues by magnitude") {
    auto set = random_factors<double>({1, 4, 2, 2});
    const auto unit = two_by_two({1, 0, 0, 1});
    set.matrices[0] = {two_by_two({2, 0, 0, 1}), unit};
    set.matrices[1] = {two_by_two({2, 0, 0, 1}), two_by_two({-1, 0, 0, -3})};
    set.matrices[2] = {two_by_two({3, -4, 4, 3}), unit}; // 3 ± 4i: 6 / 10
    set.matrices[3] = {two_by_two({0, 0, 0, 0}), unit};
    const auto found = sl::copying_scores(set);
    CHECK(found.axes().label(2, "head") == "L0H2");
    CHECK(found.values()[0] == Approx(1));
    CHECK(found.values()[1] == Approx(-1));
    CHECK(found.values()[2] == Approx(0.6));
    CHECK(found.values()[3] == 0);
}

TEST_CASE("a rank-one head's copying score is the sign of what it does to what it writes") {
    const auto set = random_factors<float>({3, 2, 9, 1});
    const auto found = sl::copying_scores(set);
    for (std::size_t k = 0; k < 6; ++k) {
        const auto w = dense(set.matrices[k]);
        long double trace = 0;
        for (std::size_t i = 0; i < 9; ++i) trace += w(i, i);
        CHECK(found.values()[k] == Approx(trace > 0 ? 1 : -1));
    }
}

TEST_CASE("sets without heads give empty tables") {
    CHECK(sl::frobenius_cosine(random_factors<float>({2, 0, 4, 2})).values().empty());
    CHECK(sl::copying_scores(random_factors<float>({0, 2, 4, 2})).values().empty());
}

TEST_CASE("a head whose factors cancel counts as zero, and one of no directions has no cosine") {
    const std::size_t d = 64;
    std::vector<float> a(d * 2), b(2 * d);
    for (std::size_t k = 0; k < d; ++k) {
        a[2 * k] = static_cast<float>(k % 7) - 3;
        a[2 * k + 1] = 3.1F * a[2 * k];
        b[k] = static_cast<float>(k % 5) - 2;
        b[d + k] = -b[k] / 3.1F;
    }
    sl::factored_set set;
    set.name = "ov";
    set.axes = sl::head_axes(1, 2);
    set.matrices.push_back({.a = sl::matrix(a, d, 2), .b = sl::matrix(b, 2, d)});
    b[d + 3] += 5;
    set.matrices.push_back({.a = sl::matrix(a, d, 2), .b = sl::matrix(b, 2, d)});
    const auto cosines = sl::frobenius_cosine(set).values();
    CHECK(cosines[0] == 0.0F);
    CHECK(cosines[1] == 0.0F);
    CHECK(cosines[3] == Approx(1).epsilon(1e-3));
    CHECK(sl::copying_scores(set).values()[0] == 0.0F);

    sl::factored_set empty;
    empty.name = "ov";
    empty.axes = sl::head_axes(2, 1);
    for (int k = 0; k < 2; ++k)
        empty.matrices.push_back({.a = sl::matrix({}, 3, 0), .b = sl::matrix({}, 0, 3)});
    CHECK(sl::frobenius_cosine(empty).values()[0] == 0.0F);
    CHECK(sl::v_composition(empty).front().score == 0.0F);
}
