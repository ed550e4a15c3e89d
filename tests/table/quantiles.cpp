#include "svdlens/table/quantiles.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "table/expected_tables.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("order statistics are found among neighbours that differ in the last bit") {
    std::vector<double> scores;
    for (int k = 0; k < 1000; ++k)
        scores.push_back(std::nextafter(scores.empty() ? 1.0 : scores.back(), 2.0));
    const std::vector<double> sorted = scores;
    std::reverse(scores.begin(), scores.end());
    const auto table = sl::long_table(scores, sl::axes({{"row", 1000}}));
    const auto found = sl::order_statistics(table, {999, 0, 500, 500});
    CHECK(found == std::vector<double>{sorted[999], sorted[0], sorted[500], sorted[500]});
}

TEST_CASE("order statistics put -0 before +0 and denormals around them") {
    constexpr float tiny = std::numeric_limits<float>::denorm_min();
    const std::vector<float> scores{0.0F, tiny, -0.0F, -tiny, 0.0F, -0.0F};
    const auto table = sl::long_table(scores, sl::axes({{"row", 6}}));
    const auto found = sl::order_statistics(table, {0, 1, 2, 3, 4, 5});
    CHECK(found == std::vector<float>{-tiny, 0, 0, 0, 0, tiny});
    CHECK(std::signbit(found[2]));
    CHECK_FALSE(std::signbit(found[3]));
}

TEST_CASE("hundreds of order statistics are found in several rounds of prefixes") {
    const auto scores = random_scores<float>(20000, 11);
    const auto sorted = sorted_numbers(scores);
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t rank = 0; rank < 20000; rank += 41) ranks.push_back(rank);
    const auto found = sl::order_statistics(sl::long_table(scores, sl::axes({{"row", 20000}})), ranks);
    for (std::size_t k = 0; k < ranks.size(); ++k) REQUIRE(found[k] == sorted[ranks[k]]);
}

TEMPLATE_TEST_CASE("order statistics depend neither on the cut nor on threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 211, 31);
    const auto sorted = sorted_numbers(scores);
    const std::vector<std::uint64_t> ranks{7, 0, sorted.size() - 1, 300, 301, 7};
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(head_axes(2, 3, 211), scores, threads);
        const auto found = sl::order_statistics(cut, ranks, {.threads = threads});
        for (std::size_t k = 0; k < ranks.size(); ++k)
            CHECK(found[k] == sorted[static_cast<std::size_t>(ranks[k])]);
    }
}

TEST_CASE("order statistics of a large table go through counts of further digits") {
    // More scores in the first digit's neighbourhood than are collected at once.
    auto scores = random_scores<double>(400000, 41);
    for (auto& score : scores) score = 1 + score * 1e-9;
    const auto sorted = sorted_numbers(scores);
    const auto found =
        sl::order_statistics(sl::long_table(scores, sl::axes({{"row", 400000}})), {0, 1000, 200000, 399999});
    CHECK(found == std::vector<double>{sorted[0], sorted[1000], sorted[200000], sorted[399999]});
}

TEST_CASE("one value that all scores have is at every rank") {
    const auto table = sl::long_table(std::vector<float>(300000, -0.25F), sl::axes({{"row", 300000}}));
    CHECK(sl::order_statistics(table, {0, 150000, 299999}) == std::vector<float>{-0.25F, -0.25F, -0.25F});
}

TEST_CASE("order statistics of magnitudes are those of a sort by magnitude") {
    const auto table = sl::long_table(std::vector<float>{-3, 1, NAN, -0.0F, 2}, sl::axes({{"row", 5}}));
    CHECK(sl::order_statistics<sl::magnitude>(table, {3, 2, 1, 0}) == std::vector<float>{3, 2, 1, 0});
}

TEST_CASE("order statistics refuse ranks that there are not") {
    const auto table = sl::long_table(std::vector<float>{1, 2, NAN}, sl::axes({{"row", 3}}));
    REQUIRE_THROWS_AS(sl::order_statistics(table, {2}), sl::argument_error);
    CHECK(message_of([&] {
              sl::order_statistics(table, {0, 7});
          }) == "order statistics: expected ranks below the 2 scores, found 7");
    CHECK(sl::order_statistics(table, {1})[0] == 2);
    CHECK(sl::order_statistics(table, {}).empty());
}

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

double naive_quantile(const std::vector<double>& sorted, double p) {
    const double h = static_cast<double>(sorted.size() - 1) * p;
    const auto low = static_cast<std::size_t>(h);
    const double a = sorted[low], b = sorted[(std::min)(low + 1, sorted.size() - 1)];
    return a == b ? a : a + (b - a) * (h - std::floor(h));
}

template <class T>
std::vector<double> quantiles_of(std::vector<T> scores, const std::vector<double>& probabilities) {
    const auto count = scores.size();
    return sl::quantiles(sl::long_table(std::move(scores), sl::axes({{"row", count}})), probabilities);
}

} // namespace

TEST_CASE("quantiles are those of numpy and pandas") {
    for (const auto& expected : expected_tables()) {
        INFO(expected.name);
        expected.for_items("quantiles", [](const auto& table, const expected_item& item) {
            const auto pairs = item.numbers();
            std::vector<double> probabilities;
            for (std::size_t k = 0; k < pairs.size(); k += 2) probabilities.push_back(pairs[k]);
            const auto found = sl::quantiles(table, probabilities);
            REQUIRE(found.size() == probabilities.size());
            for (std::size_t k = 0; k < found.size(); ++k) {
                INFO(probabilities[k] << ": " << found[k]);
                CHECK((same(found[k], pairs[2 * k + 1]) ||
                       found[k] == Approx(pairs[2 * k + 1]).epsilon(1e-12)));
            }
        });
    }
}

TEMPLATE_TEST_CASE("quantiles of a large table are those of the sorted scores", "", float, double) {
    const auto scores = random_scores<TestType>(300000, 3);
    const auto sorted = sorted_numbers(scores);
    const std::vector<double> wide(sorted.begin(), sorted.end());
    const std::vector<double> probabilities{0.999, 0, 0.5, 1e-5, 0.25, 1, 0.5};
    const auto found = quantiles_of(scores, probabilities);
    for (std::size_t k = 0; k < found.size(); ++k)
        CHECK(found[k] == Approx(naive_quantile(wide, probabilities[k])).epsilon(1e-15));
}

TEMPLATE_TEST_CASE("quantiles depend neither on the cut nor on the number of threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 5);
    const auto columns = head_axes(2, 3, 977);
    const std::vector<double> probabilities{0.001, 0.02, 0.5, 0.77, 0.999};
    const auto whole = sl::quantiles(sl::long_table(scores, columns), probabilities);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        const auto found = sl::quantiles(cut, probabilities, {.threads = threads});
        for (std::size_t k = 0; k < found.size(); ++k) CHECK(same(found[k], whole[k]));
    }
}

TEST_CASE("next to an infinity quantiles are infinite, whole ranks are their values") {
    CHECK(same(quantiles_of<float>({1, INFINITY}, {0.5})[0], inf));
    CHECK(same(quantiles_of<double>({1, inf}, {0.25})[0], inf));
    CHECK(same(quantiles_of<double>({1, inf}, {0})[0], 1.0));
    CHECK(same(quantiles_of<double>({1, 2, inf}, {0.5})[0], 2.0)); // a median, which had been inf * 0
    CHECK(same(quantiles_of<float>({-INFINITY, 1, INFINITY}, {0.5})[0], 1.0));
    CHECK(same(quantiles_of<double>({-inf, 1}, {0.25})[0], -inf));
    CHECK(same(quantiles_of<double>({-inf, 1}, {0.5})[0], -inf));
    CHECK(same(quantiles_of<double>({-inf, inf}, {0.5})[0], not_a_number));
    CHECK(quantiles_of<double>({inf, inf}, {0.5})[0] == inf);
    CHECK(quantiles_of<double>({-inf, -inf, 3}, {0.25})[0] == -inf);
    CHECK(quantiles_of<double>({-inf, 1, 2, inf}, {0.5})[0] == 1.5);
}

TEST_CASE("quantiles of the largest numbers are finite, by every rule") {
    const auto table = sl::long_table(std::vector<double>{-1e308, 1e308}, sl::axes({{"row", 2}}));
    for (const auto rule :
         {sl::quantile_rule::averaged_inverted_cdf, sl::quantile_rule::hazen, sl::quantile_rule::weibull,
          sl::quantile_rule::linear, sl::quantile_rule::median_unbiased, sl::quantile_rule::normal_unbiased})
        CHECK(sl::quantiles(table, {0.5}, rule)[0] == 0);
    CHECK(sl::quantiles(table, {0.25, 0.75})[0] == Approx(-5e307));
    CHECK(sl::group_quantiles(table, {0.5, 0.75}, sl::by()).values(1)[0] == Approx(5e307));
    const auto most = static_cast<double>(std::numeric_limits<float>::max());
    CHECK(quantiles_of<float>({-std::numeric_limits<float>::max(), std::numeric_limits<float>::max()},
                              {0.75})[0] == Approx(most / 2));
}

TEST_CASE("quantiles without numbers are NaN, of one number that number") {
    CHECK(std::isnan(quantiles_of<float>({}, {0.5})[0]));
    CHECK(std::isnan(quantiles_of<float>({NAN, -NAN}, {0.5})[0]));
    CHECK(quantiles_of<double>({not_a_number, -7.5, not_a_number}, {0, 0.3, 1}) ==
          std::vector<double>{-7.5, -7.5, -7.5});
    CHECK(quantiles_of<double>({1, 2}, {}).empty());
}

TEST_CASE("NaN of either sign are no numbers, whatever digits they share with infinities") {
    const float positive = std::bit_cast<float>(0x7f800001U), negative = std::bit_cast<float>(0xff800001U);
    const std::vector<float> scores{positive, -INFINITY, negative, 2, INFINITY, positive, 3};
    const auto table = sl::long_table(scores, sl::axes({{"row", 7}}));
    CHECK(sl::order_statistics(table, {0, 1, 2, 3}) == std::vector<float>{-INFINITY, 2, 3, INFINITY});
    CHECK(sl::quantiles(table, {0.5, 1}) == std::vector<double>{2.5, inf});
    const double wide = std::bit_cast<double>(0xfff0000000000001U);
    CHECK(quantiles_of<double>({wide, -inf, -inf}, {0})[0] == -inf);
}

TEST_CASE("quantiles refuse probabilities outside 0 to 1") {
    const auto table = sl::long_table(std::vector<float>{1, 2, NAN}, sl::axes({{"row", 3}}));
    for (const double p : {-0.1, 1.0000001, not_a_number, inf})
        REQUIRE_THROWS_AS(sl::quantiles(table, {0.5, p}), sl::argument_error);
}

TEST_CASE("quantiles of magnitudes are those of a table of magnitudes") {
    const auto scores = awkward_scores<float>(2 * 3 * 300, 21);
    auto sizes = scores;
    for (auto& size : sizes) size = std::abs(size);
    const std::vector<double> probabilities{0, 0.1, 0.5, 0.9, 1};
    const auto columns = head_axes(2, 3, 300);
    const auto wanted = sl::quantiles(sl::long_table(sizes, columns), probabilities);
    const auto found = sl::quantiles<sl::magnitude>(cut_source<float>(columns, scores, 3), probabilities);
    for (std::size_t k = 0; k < found.size(); ++k) CHECK(same(found[k], wanted[k]));
}

TEST_CASE("a rule is asked for by name") {
    const auto table = sl::long_table(std::vector<double>{1, 2, 3, 5}, sl::axes({{"row", 4}}));
    CHECK(sl::quantiles(table, {0.5}, sl::quantile_rule::inverted_cdf, {.threads = 2})[0] == 2);
    CHECK(sl::quantiles(table, {0.5}, sl::quantile_rule::averaged_inverted_cdf)[0] == 2.5);
    CHECK(sl::quantiles(table, {0.9}, sl::quantile_rule::weibull)[0] == 5);
}

TEST_CASE("quantiles of a selection are those of its rows") {
    const sl::selection rows(sl::axes({{"row", 100}}), {99, 3, 50}, {3, 1, 2});
    CHECK(sl::quantiles(rows, {0.5, 0.75}) == std::vector<double>{2, 2.5});
}

TEST_CASE("progress of quantiles ascends through all passes to the number of rows") {
    const auto scores = random_scores<double>(400000, 1);
    std::vector<std::uint64_t> done;
    const auto note = [&](const sl::progress_report& report) {
        CHECK(report.total == 400000);
        done.push_back(report.done);
    };
    sl::quantiles(sl::long_table(scores, sl::axes({{"row", 400000}})), {0.5},
                  {.threads = 2, .progress = note});
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 400000);
}
