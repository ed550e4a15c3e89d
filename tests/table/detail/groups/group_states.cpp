#include "svdlens/table/detail/groups/group_states.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/selection.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("states say which groups have rows") {
    const auto columns = head_axes(1, 2, 3);
    const sl::selection rows(columns, {0, 5, 4}, {1, NAN, 2});
    const sl::detail::grouping groups(columns, sl::by("head", "neuron"));
    const auto all = sl::detail::aggregate_groups<float>(
        "verb", rows, groups, std::tuple<sl::aggregates::count, sl::aggregates::max>(), {});
    REQUIRE(all.count_present() == 3);
    CHECK(all.find(0));
    CHECK_FALSE(all.find(1));
    REQUIRE(all.find(5));
    CHECK(all.states<0>()[*all.find(5)] == 0);
    CHECK(all.states<0>()[*all.find(4)] == 1);
    CHECK(all.states<1>()[*all.find(4)].value == 2);
}

TEST_CASE("values are NaN where no row is") {
    const auto columns = head_axes(1, 2, 3);
    const sl::selection rows(columns, {0, 5}, {1, NAN});
    const auto values = sl::detail::group_values<float>(
        "verb", rows, sl::detail::grouping(columns, sl::by("neuron")), sl::aggregates::sum{}, {});
    REQUIRE(values.size() == 3);
    CHECK(values[0] == 1);
    CHECK(std::isnan(values[1]));
    CHECK(values[2] == 0);
}

TEST_CASE("budgets do not overflow") {
    const auto most = (std::numeric_limits<std::uint64_t>::max)();
    CHECK_NOTHROW(sl::detail::check_budget("verb", "things", most / 8, 8, {.memory_budget = most}));
    REQUIRE_THROWS_AS(sl::detail::check_budget("verb", "things", most, 8, {.memory_budget = most}),
                      sl::argument_error);
    CHECK_NOTHROW(sl::detail::check_budget("verb", "things", 0, 8, {.memory_budget = 0}));
}

TEST_CASE("a fold over indices goes in order") {
    std::string seen;
    sl::detail::for_each_index<3>([&](auto k) { seen += std::to_string(k); });
    CHECK(seen == "012");
    sl::detail::for_each_index<0>([&](auto) { seen = "called"; });
    CHECK(seen == "012");
}
