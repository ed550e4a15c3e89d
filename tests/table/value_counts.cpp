#include "svdlens/table/value_counts.hpp"

#include <cmath>
#include <cstdint>
#include <sstream>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "table/expected_tables.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

std::vector<std::uint64_t> flat(const std::vector<sl::value_count>& counts) {
    std::vector<std::uint64_t> result;
    for (const auto& entry : counts) {
        result.push_back(entry.group);
        result.push_back(entry.count);
    }
    return result;
}

} // namespace

TEST_CASE("value counts are those of pandas") {
    for (const auto& expected : expected_tables()) {
        INFO(expected.name);
        expected.for_items("value_counts", [](const auto& table, const expected_item& item) {
            INFO(item.words[0]);
            CHECK(flat(sl::value_counts(table, item.words[0])) == item.integers(1));
        });
    }
}

TEST_CASE("value counts depend neither on the cut nor on the number of threads") {
    const auto scores = awkward_scores<float>(2 * 3 * 211, 8);
    const auto columns = head_axes(2, 3, 211);
    for (const auto* column : {"layer", "head", "neuron"}) {
        const auto wanted = flat(sl::value_counts(sl::long_table(scores, columns), column));
        for (const unsigned threads : {1U, 2U, 5U})
            CHECK(flat(sl::value_counts(cut_source<float>(columns, scores, threads), column,
                                        {.threads = threads})) == wanted);
    }
}

TEST_CASE("a label column counts over all axes that it spans") {
    const sl::selection rows(head_axes(2, 3, 4), {0, 13, 23, 12, 1}, {1, 1, 1, 1, 1});
    const auto counts = sl::value_counts(rows, "head");
    REQUIRE(counts.size() == 3);
    CHECK(counts[0].label == "L0H0");
    CHECK(counts[0].count == 2);
    CHECK(counts[1].label == "L1H0");
    CHECK(counts[1].count == 2);
    CHECK(counts[1].group == 3);
    CHECK(counts[2].label == "L1H2");
    std::ostringstream out;
    out << counts;
    CHECK(out.str() == "L0H0  2\nL1H0  2\nL1H2  1\n");
}

TEST_CASE("repeated labels are counted apart") {
    const sl::axes tokens({sl::axis("token", std::vector<std::string>{"a", "b", "a"})});
    const auto counts = sl::value_counts(sl::selection(tokens, {2, 0, 2}, {1, 1, 1}), "token");
    REQUIRE(counts.size() == 2);
    CHECK(counts[0].label == "a");
    CHECK(counts[0].group == 2);
    CHECK(counts[0].count == 2);
    CHECK(counts[1].label == "a");
    CHECK(counts[1].group == 0);
}

TEST_CASE("no rows and NaN rows count nothing") {
    const auto columns = head_axes(1, 1, 2);
    CHECK(sl::value_counts(sl::long_table(std::vector<float>{NAN, NAN}, columns), "neuron").empty());
    CHECK(sl::value_counts(sl::selection(columns, {}, {}), "neuron").empty());
    REQUIRE_THROWS_AS(sl::value_counts(sl::selection(columns, {}, {}), "nueron"), sl::lookup_error);
}

TEST_CASE("more labels than the budget holds are refused") {
    const auto table = sl::long_table(std::vector<float>(12, 1.0F), sl::axes({{"a", 4}, {"b", 3}}));
    CHECK(sl::value_counts(table, "a", {.memory_budget = 36}).size() == 4);
    REQUIRE_THROWS_AS(sl::value_counts(table, "a", {.memory_budget = 35}), sl::argument_error);
}
