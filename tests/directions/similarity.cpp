#include "svdlens/directions/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/composition.hpp"

namespace sl = svdlens;
using svdlens_tests::dense;
using svdlens_tests::message_of;
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

/// Named vectors, one a row.
sl::basic_vector_set<double> things_of(const plain_matrix& rows, const std::string& name) {
    return {.name = name,
            .axes = sl::axes({{"thing", rows.rows}}),
            .identity = {"thing", "{thing}"},
            .layers = {rows.as<double>()}};
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

TEST_CASE("cosines and eigenvalue signs have the same bits for any number of threads") {
    const auto set = random_factors<float>({4, 3, 20, 4});
    const auto cosines = sl::frobenius_cosine(set, {.threads = 1});
    const auto scores = sl::eigenvalue_signs(set, {.threads = 1}).score;
    for (const unsigned threads : {2U, 5U}) {
        const auto again = sl::frobenius_cosine(set, {.threads = threads});
        CHECK(std::equal(again.values().begin(), again.values().end(), cosines.values().begin()));
        const auto scores_again = sl::eigenvalue_signs(set, {.threads = threads}).score;
        CHECK(
            std::equal(scores_again.values().begin(), scores_again.values().end(), scores.values().begin()));
    }
}

TEST_CASE(
    "eigenvalue signs are 1 for heads that add to what they read, and count complex ones by magnitude") {
    auto set = random_factors<double>({1, 5, 2, 2});
    const auto one = two_by_two({1, 0, 0, 1});
    set.matrices[0] = {two_by_two({2, 0, 0, 1}), one};
    set.matrices[1] = {two_by_two({2, 0, 0, 1}), two_by_two({-1, 0, 0, -3})};
    set.matrices[2] = {two_by_two({3, -4, 4, 3}), one}; // 3 ± 4i: 6 / 10
    set.matrices[3] = {two_by_two({0, 0, 0, 0}), one};
    set.matrices[4] = {two_by_two({3, 0, 0, -1}), one};
    const auto found = sl::eigenvalue_signs(set);
    CHECK(found.score.axes().label(2, "head") == "L0H2");
    CHECK(found.score.axes().title() == "ov_eigenvalue_ratio");
    CHECK(found.positive_fraction.axes().title() == "ov_positive_eigenvalues");
    const double scores[] = {1, -1, 0.6, 0, 0.5}, positive[] = {1, 0, 1, 0, 0.5};
    for (std::size_t k = 0; k < 5; ++k) {
        CHECK(found.score.score_at(k) == Approx(scores[k]));
        CHECK(found.positive_fraction.score_at(k) == positive[k]);
    }
}

TEST_CASE("a rank-one head's eigenvalue is what it does to what it writes") {
    const auto set = random_factors<float>({3, 2, 9, 1});
    const auto found = sl::eigenvalue_signs(set).score;
    for (std::size_t k = 0; k < 6; ++k) {
        const auto w = dense(set.matrices[k]);
        long double trace = 0;
        for (std::size_t i = 0; i < 9; ++i) trace += w(i, i);
        CHECK(found.values()[k] == Approx(trace > 0 ? 1 : -1));
    }
}

TEST_CASE("a head's eigenvalues do not vanish for being small beside another head's, nor for their scale") {
    auto set = random_factors<float>({1, 3, 9, 2});
    const auto expected = sl::eigenvalue_signs(set).score.score_at(0);
    const auto scaled = [](const sl::matrix& m, long double factor) {
        auto values = plain_matrix(m);
        for (auto& x : values.values) x *= factor;
        return values.as<float>();
    };
    set.matrices[1] = {scaled(set.matrices[0].a, 1e-30L), scaled(set.matrices[0].b, 1e-30L)};
    set.matrices[2] = {scaled(set.matrices[0].a, 1e30L), scaled(set.matrices[0].b, 1e30L)};
    const auto found = sl::eigenvalue_signs(set).score;
    for (std::size_t k = 0; k < 3; ++k) CHECK(found.score_at(k) == Approx(expected).epsilon(1e-5));
}

TEST_CASE("eigenvalues between two sets of vectors are those of X·A·B·Yᵀ") {
    const auto set = random_factors<double>({2, 2, 9, 3});
    svdlens_tests::matrix_maker make(2);
    const auto x = make.uniform(2, 9),
               y = make.uniform(2, 9); // two things: eigenvalues from trace and determinant
    const auto found = sl::eigenvalue_signs(set, things_of(x, "x"), things_of(y, "y"));
    CHECK(found.score.axes().title() == "x_ov_y_eigenvalue_ratio");
    for (std::size_t k = 0; k < 4; ++k) {
        const auto m = product(product(x, dense(set.matrices[k])), transposed(y));
        const long double half = (m(0, 0) + m(1, 1)) / 2;
        const long double square = half * half - (m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0));
        const long double root = std::sqrt(std::abs(square));
        const long double size =
            square < 0 ? 2 * std::hypot(half, root) : std::abs(half + root) + std::abs(half - root);
        CHECK(found.score.score_at(k) == Approx(static_cast<double>(2 * half / size)));
        const int positive = square < 0 ? 2 * (half > 0) : (half + root > 0) + (half - root > 0);
        CHECK(found.positive_fraction.score_at(k) == Approx(positive / 2.0));
    }
}

TEST_CASE("sets of vectors that are not of the same things are refused") {
    const auto set = random_factors<double>({1, 2, 9, 3});
    svdlens_tests::matrix_maker make(3);
    const auto two = things_of(make.uniform(2, 9), "two"), three = things_of(make.uniform(3, 9), "three");
    CHECK(
        message_of([&] { sl::eigenvalue_signs(set, two, three); }) ==
        "coupling of \"two\" and \"three\": expected one vector of each for the same things, found 2 and 3");
    auto layered = two;
    layered.axes = sl::axes({{"layer", 1}, {"thing", 2}});
    CHECK(message_of([&] { sl::eigenvalue_signs(set, layered, two); }).find("found 2 in each layer and 2") !=
          std::string::npos);
    const auto narrow = things_of(make.uniform(2, 8), "narrow");
    CHECK(message_of([&] { sl::eigenvalue_signs(set, two, narrow); }) ==
          "model.safetensors: ov and \"narrow\": expected vectors of 9 entries, found 8");
    CHECK_THROWS_AS(sl::eigenvalue_signs(set, narrow, two), sl::model_error);
    CHECK(sl::eigenvalue_signs(set, things_of(plain_matrix(0, 9), "none"),
                               things_of(plain_matrix(0, 9), "none"))
              .score.score_at(1) == 0);
}

TEST_CASE("sets without heads give empty tables") {
    CHECK(sl::frobenius_cosine(random_factors<float>({2, 0, 4, 2})).values().empty());
    CHECK(sl::eigenvalue_signs(random_factors<float>({0, 2, 4, 2})).score.empty());
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
    CHECK(sl::eigenvalue_signs(set).score.score_at(0) == 0.0F);
    CHECK(sl::eigenvalue_signs(set).positive_fraction.score_at(0) == 0.0F);

    sl::factored_set empty;
    empty.name = "ov";
    empty.axes = sl::head_axes(2, 1);
    for (int k = 0; k < 2; ++k)
        empty.matrices.push_back({.a = sl::matrix({}, 3, 0), .b = sl::matrix({}, 0, 3)});
    CHECK(sl::frobenius_cosine(empty).values()[0] == 0.0F);
    CHECK(sl::v_composition(empty).front().score == 0.0F);
}
