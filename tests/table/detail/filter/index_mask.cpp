#include "svdlens/table/detail/filter/index_mask.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::index_mask;

namespace {

sl::axes four_axes() { return sl::axes({{"a", 3}, {"one", 1}, {"b", 4}, {"c", 5}}); }

} // namespace

TEST_CASE("a mask knows every row's combination, whatever the other axes") {
    const auto table = four_axes();
    const index_mask mask(table, {0, 2}, [&](sl::row_number row) {
        REQUIRE(table.coordinate(row, 3) == 0); // the row that is asked is the lowest of the combination
        return (table.coordinate(row, 0) + table.coordinate(row, 2)) % 2 == 0;
    });
    CHECK(mask.size() == 12);
    CHECK(mask.count() == 6);
    CHECK(mask.stretch() == 5);
    CHECK(mask.line() == 4);
    for (sl::row_number row = 0; row < table.shape_rows(); ++row) {
        REQUIRE(mask.at(row) == ((table.coordinate(row, 0) + table.coordinate(row, 2)) % 2 == 0));
        const auto line = mask.line_at(row);
        REQUIRE(line.size() == 4);
        for (std::uint64_t b = 0; b < 4; ++b)
            REQUIRE(line[b] == ((table.coordinate(row, 0) + b) % 2 == 0 ? 1 : 0));
    }
    for (std::size_t k = 0; k < mask.size(); ++k) REQUIRE(mask.row_of(k) == k / 4 * 20 + k % 4 * 5);
}

TEST_CASE("turning a mask round swaps wanted and unwanted") {
    const auto table = four_axes();
    index_mask mask(table, {3}, [](sl::row_number row) { return row < 2; });
    CHECK(mask.count() == 2);
    mask.invert();
    CHECK(mask.count() == 3);
    CHECK_FALSE(mask.at(21));
    CHECK(mask.at(23));
}

TEST_CASE("a product of axes is split into them and another mask is not") {
    const auto table = four_axes();
    const auto in_box = [&](sl::row_number row) {
        return table.coordinate(row, 0) != 1 && table.coordinate(row, 2) > 1 && table.coordinate(row, 3) == 4;
    };
    const auto factors = index_mask(table, {0, 1, 2, 3}, in_box).factors(table);
    REQUIRE(factors.size() == 3); // an axis of one index decides nothing
    for (sl::row_number row = 0; row < table.shape_rows(); ++row)
        REQUIRE((factors[0].at(row) && factors[1].at(row) && factors[2].at(row)) == in_box(row));
    CHECK(factors[0].axes_spanned() == std::vector<std::size_t>{0});
    const auto diagonal = [&](sl::row_number row) {
        return table.coordinate(row, 0) == table.coordinate(row, 2);
    };
    CHECK(index_mask(table, {0, 2}, diagonal).factors(table).empty());
}

TEST_CASE("a mask over no axes is one byte for all rows") {
    const auto table = four_axes();
    for (const bool wanted : {true, false}) {
        const index_mask mask(table, {1}, [&](sl::row_number) { return wanted; });
        CHECK(mask.size() == 1);
        CHECK(mask.axes_spanned().empty());
        CHECK(mask.at(59) == wanted);
        CHECK(mask.all() == wanted);
        CHECK(mask.none() == !wanted);
    }
}

TEST_CASE("combinations are counted up to a limit") {
    const auto table = four_axes();
    CHECK(index_mask::size_over(table, std::vector<std::size_t>{0, 2, 3}, 60) == std::uint64_t{60});
    CHECK_FALSE(index_mask::size_over(table, std::vector<std::size_t>{0, 2, 3}, 59));
    CHECK(index_mask::size_over(table, {}, 1) == std::uint64_t{1});
    const sl::axes large({{"a", std::uint64_t{1} << 40}, {"b", std::uint64_t{1} << 20}});
    CHECK_FALSE(index_mask::size_over(large, std::vector<std::size_t>{0, 1}, std::uint64_t{1} << 28));
}
