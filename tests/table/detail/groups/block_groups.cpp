#include "svdlens/table/detail/groups/block_groups.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/selection.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Every row of every block has a place, and that place is its group's in exactly one segment.
template <class S>
void check_places(const S& source, const sl::by_columns& columns) {
    const sl::detail::grouping groups(source.axes(), columns);
    sl::block_buffer<typename S::value_type> buffer;
    sl::detail::block_groups cut;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        cut.cut(block, groups);
        std::vector<std::uint64_t> group_at(cut.places(), static_cast<std::uint64_t>(-1));
        for (const auto& s : cut.segments())
            for (std::size_t k = 0; k < s.count; ++k) {
                REQUIRE(group_at.at(s.place + k) == static_cast<std::uint64_t>(-1));
                group_at[s.place + k] = s.group + k;
            }
        std::size_t rows = 0;
        for (const auto& p : cut.pieces()) {
            for (std::size_t k = p.begin; k < p.end; ++k, ++rows)
                REQUIRE(group_at.at(p.place + p.step * (k - p.begin)) ==
                        groups.group(block.run(p.run).row(k)));
        }
        REQUIRE(rows == block.size());
        REQUIRE(cut.places() <= block.size());
    }
}

} // namespace

TEST_CASE("every row of a block has the place of its group") {
    for (const auto& table : small_shapes()) {
        const auto scores = random_scores<float>(table.shape_rows(), 3);
        for (const auto& columns : column_choices(table))
            for (const unsigned seed : {1U, 2U})
                check_places(cut_source<float>(table, scores, seed), columns);
    }
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    for (const auto& columns : column_choices(lazy.axes())) check_places(lazy, columns);
}

TEST_CASE("few groups again and again share places, far ones have their own") {
    const sl::axes table({{"a", 100}, {"b", 1000}});
    const std::vector<float> scores(10);
    sl::detail::block_groups cut;
    sl::block_buffer<float> buffer;
    const std::vector<sl::row_number> near{5, 1005, 2006, 3004, 4005, 5005, 6006, 7007, 8004, 9005};
    cut.cut(sl::selection(table, near, scores).block(0, buffer), sl::detail::grouping(table, sl::by("b")));
    CHECK(cut.places() == 4);
    CHECK(cut.segments().size() == 1);
    cut.cut(sl::selection(table, near, scores).block(0, buffer),
            sl::detail::grouping(table, sl::by("a", "b")));
    CHECK(cut.places() == 10);
    CHECK(cut.segments().size() == 10);
}

TEST_CASE("listed rows of one group that follow each other are one piece") {
    const sl::axes table({{"a", 3}, {"b", 10}});
    const sl::selection rows(table, {1, 3, 5, 12, 19, 0}, {1, 1, 1, 1, 1, 1});
    sl::detail::block_groups cut;
    sl::block_buffer<float> buffer;
    cut.cut(rows.block(0, buffer), sl::detail::grouping(table, sl::by("a")));
    REQUIRE(cut.pieces().size() == 3);
    CHECK(cut.pieces()[0].end == 3);
    CHECK(cut.pieces()[1].end == 5);
    CHECK(cut.pieces()[2].place == cut.pieces()[0].place);
}
