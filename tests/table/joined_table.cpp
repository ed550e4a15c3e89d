#include "svdlens/table/joined_table.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("both scores of a pair make one") {
    const sl::joined_table joined(sl::axes({{"row", 9}}), {1, 4, 8}, {2, NAN, -0.5}, {3, 1, INFINITY});
    CHECK(joined.size() == 3);
    CHECK_FALSE(joined.empty());
    for (const unsigned threads : {1U, 2U}) {
        const auto product = joined.scores(std::multiplies<>{}, {.threads = threads});
        CHECK(product.score_at(0) == 6);
        CHECK(std::isnan(product.score_at(1)));
        CHECK(product.score_at(2) == -INFINITY);
        CHECK(std::vector(product.rows().begin(), product.rows().end()) ==
              std::vector<std::uint64_t>{1, 4, 8});
    }
    CHECK(joined.scores([](double left, double) { return left > 0 ? 1 : 0; }).score_at(2) == 0);
}

TEST_CASE("a joined table hands its values over, may be empty, and has two scores a row") {
    sl::joined_table joined(sl::axes({{"row", 9}}), {1}, {2}, {3});
    CHECK(std::move(joined).left() == std::vector<double>{2});
    CHECK(std::move(joined).right() == std::vector<double>{3});
    CHECK(std::move(joined).rows() == std::vector<std::uint64_t>{1});
    const sl::joined_table none(sl::axes({{"row", 9}}), {}, {}, {});
    CHECK(none.empty());
    CHECK(none.scores(std::plus<>{}).empty());
    REQUIRE_THROWS_AS(sl::joined_table(sl::axes({{"row", 9}}), {1}, {2}, {}), sl::argument_error);
}
