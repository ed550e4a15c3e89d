#include "svdlens/table/sample.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/score_key.hpp"
#include "svdlens/table/sort_by.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
bool identical(const sl::basic_selection<T>& a, const sl::basic_selection<T>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (a.row_at(k) != b.row_at(k)) return false;
        if (std::isnan(a.score_at(k)) ? !std::isnan(b.score_at(k)) : a.score_at(k) != b.score_at(k))
            return false;
    }
    return true;
}

} // namespace

TEMPLATE_TEST_CASE("a sample is the same for a projection and the table stored from it", "", float, double) {
    const auto lazy = causal_scores(awkward_scores<TestType>(3 * 4 * 8 * 50, 14));
    const auto table = sl::store(lazy);
    for (const std::uint64_t n :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{37}, table.max_rows() - 5, table.max_rows()}) {
        const auto expected = sl::sample(table, n, 77, {.threads = 1});
        CHECK(expected.size() == n);
        for (const unsigned threads : {1U, 2U, 5U}) {
            CHECK(identical(sl::sample(lazy, n, 77, {.threads = threads}), expected));
            CHECK(identical(sl::sample(table, n, 77, {.threads = threads}), expected));
        }
        for (std::size_t k = 0; k < expected.size(); ++k) {
            const auto row = expected.row_at(k);
            REQUIRE(lazy.tiles().offset(row).has_value());
            REQUIRE((std::isnan(lazy.at(row)) ? std::isnan(expected.score_at(k))
                                              : expected.score_at(k) == lazy.at(row)));
            if (k > 0) REQUIRE(expected.row_at(k - 1) < row);
        }
    }
    CHECK_FALSE(identical(sl::sample(table, 37, 77), sl::sample(table, 37, 78)));
}

TEST_CASE("NaN rows are sampled like others, and all rows are a sample of themselves") {
    const auto table = sl::long_table(awkward_scores<float>(500, 3), sl::axes({{"row", 500}}));
    CHECK(identical(sl::sample(table, 500, 9), sl::collect(table)));
}

TEST_CASE("positions count, not row numbers: a selection keeps its order") {
    const auto table = sl::long_table(random_scores<float>(100, 3), sl::axes({{"row", 100}}));
    const auto sorted = sl::sort_by(table, {sl::descending("score")});
    const auto of_table = sl::sample(table, 20, 4);
    const auto of_sorted = sl::sample(sorted, 20, 4);
    for (std::size_t k = 0; k < 20; ++k) {
        const auto position = static_cast<std::size_t>(of_table.row_at(k));
        CHECK(of_sorted.row_at(k) == sorted.row_at(position));
        CHECK(of_sorted.score_at(k) == sorted.score_at(position));
    }
}

TEST_CASE("mapped scores are sampled in the same places") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 14));
    const auto plain = sl::sample(lazy, 50, 1);
    const auto mapped = sl::sample(sl::map_scores(lazy, sl::magnitude{}), 50, 1);
    for (std::size_t k = 0; k < 50; ++k) {
        CHECK(mapped.row_at(k) == plain.row_at(k));
        CHECK(mapped.score_at(k) == std::abs(plain.score_at(k)));
    }
}

TEST_CASE("more rows than there are are refused") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    REQUIRE_THROWS_AS(sl::sample(table, 3, 0), sl::argument_error);
    CHECK(message_of([&] { (void)sl::sample(table, 3, 0); }) ==
          "sample: expected at most the 2 rows that there are, found 3 asked for");
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)}));
    CHECK(sl::sample(none, 0, 0).empty());
    REQUIRE_THROWS_AS(sl::sample(none, 1, 0), sl::argument_error);
    static_assert(!sl::positioned_source<sl::score_source_ref<float>>);
}
