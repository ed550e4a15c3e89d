#include "svdlens/table/long_table.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/score_source.hpp"
#include "svdlens/tensor/tensor.hpp"

namespace sl = svdlens;

TEST_CASE("a long table is a score source and hands out every row once in order") {
    static_assert(sl::score_source<sl::basic_long_table<float>>);
    std::vector<double> values(70001);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<double>(k) / 2;
    const auto table = sl::long_table(values, sl::axes({{"row", values.size()}}));
    sl::block_buffer<double> buffer;
    sl::row_number next = 0;
    for (std::size_t i = 0; i < table.blocks(); ++i) {
        const auto block = table.block(i, buffer);
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < run.scores.size(); ++k, ++next) {
                REQUIRE(run.row(k) == next);
                REQUIRE(run.scores[k] == values[next]);
            }
        }
    }
    CHECK(next == values.size());
    CHECK(table.max_rows() == values.size());
}

TEST_CASE("vectors and spans are viewed, rvalue vectors are moved in") {
    std::vector<float> values{1, 2, 3, 4, 5, 6};
    const sl::axes columns({{"a", 2}, {"b", 3}});
    const auto of_vector = sl::long_table(values, columns);
    CHECK(of_vector.values().data() == values.data());
    const auto of_span = sl::long_table(std::span<const float>(values), columns);
    CHECK(of_span.values().data() == values.data());
    CHECK(sl::long_table(values, columns).values() == values); // of a temporary: a copy
    const float* data = values.data();
    const auto moved = sl::long_table(std::move(values), columns);
    CHECK(moved.values().data() == data);
    CHECK(moved.find(4) == 5.0F);
    CHECK_FALSE(moved.find(6));
}

TEST_CASE("a constant vector that goes away is copied, and axes with labels may come with a tensor") {
    const auto make = []() -> const std::vector<float> { return {1, 2, 3, 4}; };
    const auto table = sl::long_table(make(), sl::axes({{"a", 2}, {"b", 2}}));
    CHECK(table.find(3) == 4.0F);

    const sl::tensor values({1, 2, 3, 4}, {2, 2});
    const auto labelled = sl::long_table(values, sl::axes({{"a", 2}, {"b", 2}}, {{"both", "{a}-{b}"}}));
    CHECK(labelled.axes().label(3, "both") == "1-1");
    CHECK(labelled.values().data() == values.data());
    REQUIRE_THROWS_AS(sl::long_table(values, sl::axes({{"a", 1}, {"b", 4}})), sl::argument_error);

    std::vector<float> mutable_values{1, 2};
    CHECK(sl::long_table(std::span<float>(mutable_values), sl::axes({{"a", 2}})).max_rows() == 2);
}

TEST_CASE("a tensor gets names and labels") {
    const sl::tensor t(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
    const auto table =
        sl::long_table(t, {"head", sl::axis("action", std::vector<std::string>{"left", "right"})});
    CHECK(table.axes().label(5, "action") == "right");
    CHECK(table.axes()[0].extent == 3);
}

TEST_CASE("axes and values that do not fit each other are refused") {
    const sl::tensor t(std::vector<float>(6), {3, 2});
    REQUIRE_THROWS_AS(sl::long_table(t, {"a"}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::long_table(t, {"a", {"b", 3}}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::long_table(std::vector<float>(5), sl::axes({{"a", 2}, {"b", 3}})),
                      sl::argument_error);
}

TEST_CASE("a scalar is a table of one row") {
    const auto table = sl::long_table(std::vector<double>{2.5}, sl::axes());
    CHECK(table.max_rows() == 1);
    CHECK(table.find(0) == 2.5);
}
