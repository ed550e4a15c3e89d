#include "svdlens/directions/attention_profile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::set_of_heads;
using svdlens_tests::set_of_things;
using svdlens_tests::whole_matrix;

namespace {

/// The softmax of every row of a matrix over what it sees, then the mean along a diagonal.
double mean_attention(const plain_matrix& scores, std::size_t back, bool causal) {
    svdlens_tests::real sum = 0;
    for (std::size_t i = back; i < scores.rows; ++i) {
        svdlens_tests::real all = 0;
        for (std::size_t j = 0; j < (causal ? i + 1 : scores.rows); ++j) all += std::exp(scores(i, j));
        sum += std::exp(scores(i, i - back)) / all;
    }
    return static_cast<double>(sum / static_cast<svdlens_tests::real>(scores.rows - back));
}

double mean_score(const plain_matrix& scores, std::size_t back) {
    svdlens_tests::real sum = 0;
    for (std::size_t i = back; i < scores.rows; ++i) sum += scores(i, i - back);
    return static_cast<double>(sum / static_cast<svdlens_tests::real>(scores.rows - back));
}

void check_profile(std::size_t n, bool causal) {
    matrix_maker make(n);
    const auto x = make.uniform(n, 12);
    const std::vector<std::pair<plain_matrix, plain_matrix>> heads{
        {make.uniform(12, 3), make.uniform(3, 12)}, {make.uniform(12, 3), make.uniform(3, 12)}};
    const auto found =
        sl::attention_profile(set_of_heads<double>("qk", 1, heads), set_of_things<double>("place", x),
                              {.scale = 0.7, .offsets = 5, .causal = causal});
    const std::size_t offsets = std::min<std::size_t>(5, n);
    REQUIRE(found.attention.size() == 2 * offsets);
    for (std::size_t k = 0; k < 2; ++k) {
        auto scores = whole_matrix(x, heads[k].first, heads[k].second, x);
        for (auto& each : scores.values) each *= 0.7L;
        for (std::size_t back = 0; back < offsets; ++back) {
            CHECK(found.attention.score_at(k * offsets + back) ==
                  Approx(mean_attention(scores, back, causal)).epsilon(1e-12));
            CHECK(found.score.score_at(k * offsets + back) ==
                  Approx(mean_score(scores, back)).epsilon(1e-12).margin(1e-13));
        }
    }
}

} // namespace

TEST_CASE("an attention profile is that of the whole softmax") {
    for (const std::size_t n : {1U, 2U, 5U, 31U, 32U, 33U, 100U}) {
        check_profile(n, true);
        check_profile(n, false);
    }
}

TEST_CASE("a head that looks one place back gives it all its attention") {
    plain_matrix x(40, 41), shift(41, 41), unit(41, 41);
    for (std::size_t k = 0; k < 40; ++k) x(k, k) = shift(k + 1, k) = unit(k, k) = 1;
    const auto found = sl::attention_profile(set_of_heads<float>("qk", 1, {{shift, unit}}),
                                             set_of_things<float>("place", x), {.scale = 200});
    CHECK(found.attention.axes().label(1, "head") == "L0H0");
    CHECK(found.attention.score_at(1) == Approx(1));
    CHECK(found.attention.score_at(2) < 1e-6);
    CHECK(found.score.score_at(1) == Approx(200));
}

TEST_CASE("attention profiles have the same bits for any number of threads") {
    matrix_maker make(2);
    std::vector<std::pair<plain_matrix, plain_matrix>> heads;
    for (int k = 0; k < 6; ++k) heads.emplace_back(make.uniform(20, 5), make.uniform(5, 20));
    const auto set = set_of_heads<float>("qk", 2, heads);
    const auto places = set_of_things<float>("place", make.uniform(70, 20));
    const auto one = sl::attention_profile(set, places, {}, {.threads = 1});
    const auto three = sl::attention_profile(set, places, {}, {.threads = 3});
    for (std::size_t k = 0; k < one.attention.size(); ++k)
        CHECK(one.attention.score_at(k) == three.attention.score_at(k));
}

TEST_CASE("what has no attention profile is refused by name") {
    matrix_maker make(3);
    const auto set = set_of_heads<float>("qk", 1, {{make.uniform(6, 2), make.uniform(2, 6)}});
    const auto places = set_of_things<float>("place", make.uniform(5, 6));
    CHECK(message_of([&] { sl::attention_profile(set, places, {.offsets = 0}); }) ==
          "attention profile: expected at least one offset, found 0");
    CHECK(message_of([&] {
              sl::attention_profile(set, set_of_things<float>("place", plain_matrix(5, 7)));
          }) == "(in memory): qk and \"place\": expected vectors of 6 entries, found 7");
    auto broken = make.uniform(5, 6);
    broken(3, 1) = std::numeric_limits<long double>::quiet_NaN();
    CHECK(message_of([&] {
              sl::attention_profile(set, set_of_things<float>("place", broken));
          }).find("the vector \"3\"") != std::string::npos);
    CHECK_THROWS_AS(sl::attention_profile(set, places, {.scale = 1e308}), sl::numeric_error);
}
