#include "svdlens/table/score_columns.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

sl::score_columns pairs() {
    return {sl::axes({{"row", 9}}), {1, 4, 8}, {"left", "right"}, {{2, NAN, -0.5}, {3, 1, INFINITY}}};
}

} // namespace

TEST_CASE("both scores of a pair make one") {
    const auto joined = pairs();
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

TEST_CASE("a temporary hands its values over, and a table may be empty") {
    CHECK(pairs().values(0)[0] == 2);
    CHECK(pairs().values("right")[2] == INFINITY);
    CHECK(pairs().rows() == std::vector<std::uint64_t>{1, 4, 8});
    CHECK(pairs().names() == std::vector<std::string>{"left", "right"});
    CHECK(pairs().column("right").score_at(1) == 1);
    const sl::score_columns none(sl::axes({{"row", 9}}), {}, {"a", "b"}, {{}, {}});
    CHECK(none.empty());
    CHECK(none.scores(std::plus<>{}).empty());
    CHECK(none.column(1).empty());
}

TEST_CASE("columns go by position and by name, the first of those that share one") {
    const sl::score_columns table(sl::axes({{"row", 2}}), {0, 1}, {"a", "b", "a"}, {{1, 2}, {3, 4}, {5, 6}});
    CHECK(table.values("a")[1] == 2);
    CHECK(table.values(2)[1] == 6);
    CHECK(table.column("b").score_at(0) == 3);
    CHECK(table.column(2).row_at(1) == 1);
    CHECK(message_of([&] { (void)table.values("c"); }) ==
          "score columns: no column \"c\"; there are \"a\" \"b\" \"a\"");
    REQUIRE_THROWS_AS(table.column("c"), sl::lookup_error);
    CHECK(message_of([&] { (void)table.scores(std::plus<>{}); }) ==
          "score columns: scores(f) takes two columns, found 3; take one by column()");
}

TEST_CASE("lists are as long as the rows, and as many as the names") {
    CHECK(message_of([] {
              sl::score_columns(sl::axes({{"row", 9}}), {1, 2, 3}, {"a", "b"}, {{1, 2, 3}, {1, 2}});
          }) == "score columns: column \"b\": expected 3 scores for 3 rows, found 2");
    CHECK(message_of([] {
              sl::score_columns(sl::axes({{"row", 9}}), {}, {"a", "b"}, {{}});
          }) == "score columns: expected 2 lists for 2 names, found 1");
}

TEST_CASE("rows print with their labels and numbers, and without any") {
    std::ostringstream out;
    out << pairs();
    CHECK(out.str() == "   row  left  right\n"
                       "1    1     2      3\n"
                       "4    4   nan      1\n"
                       "8    8  -0.5    inf\n"
                       "\n[3 rows x 3 columns]\n");
    CHECK(to_string(sl::score_columns(sl::axes({{"row", 9}}), {}, {"a"}, {{}})) ==
          "  row  a\n\n[0 rows x 2 columns]\n");
}
