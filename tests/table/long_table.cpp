#include "svdlens/table/long_table.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
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

TEST_CASE("integers become doubles, whatever holds them") {
    const sl::axes columns({{"a", 3}});
    const std::vector<int> numbers{-1, 0, 7};
    const auto of_vector = sl::long_table(numbers, columns);
    static_assert(std::is_same_v<decltype(of_vector), const sl::basic_long_table<double>>);
    CHECK(of_vector.find(0) == -1.0);
    CHECK(of_vector.find(2) == 7.0);
    CHECK(sl::long_table(std::vector<std::uint64_t>{1, (std::uint64_t{1} << 53) + 1, ~std::uint64_t{0}},
                         columns)
              .values() == std::vector<double>{1, 0x1p53, 0x1p64});
    CHECK(sl::long_table(std::vector<bool>{true, false, true}, columns).values() ==
          std::vector<double>{1, 0, 1});
    std::vector<std::int8_t> bytes{-128, 127, 3};
    CHECK(sl::long_table(std::span(bytes), columns).values() == std::vector<double>{-128, 127, 3});
    CHECK(sl::long_table(std::span<const std::int8_t>(bytes), columns).find(1) == 127.0);
    REQUIRE_THROWS_AS(sl::long_table(numbers, sl::axes({{"a", 4}})), sl::argument_error);
}

TEST_CASE("values without a shape get one beside their names") {
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    const auto table =
        sl::long_table(values, {2, 3}, {"layer", {"head", std::vector<std::string>{"a", "b", "c"}}});
    CHECK(table.values().data() == values.data());
    CHECK(table.axes()[0].extent == 2);
    CHECK(table.axes().label(5, "head") == "c");
    CHECK(sl::long_table(std::span<const float>(values), {6}, {"row"}).max_rows() == 6);
    CHECK(sl::long_table(std::vector<float>(values), {3, 2}, {"a", "b"}).find(5) == 6.0F);
    CHECK(sl::long_table(std::vector<int>{4, 5}, {2}, {"a"}).find(1) == 5.0);
    CHECK(sl::long_table(std::vector<int>{4}, {}, {}).max_rows() == 1);
    REQUIRE_THROWS_AS(sl::long_table(values, {2, 4}, {"a", "b"}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::long_table(values, {2, 3}, {"a"}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::long_table(values, {2, 3}, {"a", {"b", 2}}), sl::argument_error);
}

TEST_CASE("README's table is made from all that holds numbers in a row") {
    static float c_array[24];
    std::array<float, 24> array{};
    std::vector<float> vector(24);
    const std::span<float, 24> fixed(vector);
    c_array[13] = array[13] = vector[13] = 1;
    const auto check = [](auto&& values) {
        const auto table = svdlens::long_table(
            values, {{{"layer", 2}, {"head", 3}, {"neuron", 4}}, {{"head", "L{layer}H{head}"}}});
        REQUIRE(table.size() == 24);
        CHECK(table.score_at(13) == 1);
        CHECK(table.axes().label(13, "head") == "L1H0");
        CHECK(table.values().data() == std::span<const float>(values).data()); // viewed
    };
    check(c_array);
    check(array);
    check(vector);
    check(fixed);
    check(std::as_const(array));
}

TEST_CASE("an array that does not outlive the table is copied, a table of one axis may have its extent") {
    const auto table = svdlens::long_table(std::array<double, 2>{3, 4}, {{{"row", 2}}});
    CHECK(table.score_at(1) == 4);
    CHECK(svdlens::long_table(std::array<int, 2>{3, 4}, {2}, {"row"}).score_at(0) == 3);
    CHECK(svdlens::long_table(std::vector<bool>{true, false}, {2}, {"row"}).score_at(0) == 1);
    const int numbers[] = {7, 8};
    CHECK(svdlens::long_table(numbers, {2}, {"row"}).score_at(1) == 8);
}
