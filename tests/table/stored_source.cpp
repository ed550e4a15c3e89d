#include "svdlens/table/stored_source.hpp"

#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/store.hpp"

using namespace svdlens_tests;
namespace sl = svdlens;

TEST_CASE("tables and selections are stored, sources computed on demand are not") {
    STATIC_REQUIRE(sl::stored_source<sl::basic_long_table<double>>);
    STATIC_REQUIRE(sl::stored_source<sl::selection>);
    STATIC_REQUIRE_FALSE(sl::stored_source<tiled_scores<float>>);
    STATIC_REQUIRE_FALSE(sl::stored_source<cut_source<float>>);
}

TEST_CASE("a table with absent rows gives its rows in ascending order by position") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 3));
    const auto table = sl::store(lazy);
    REQUIRE(table.size() == lazy.max_rows());
    for (std::size_t k = 0; k < table.size(); ++k) {
        if (k != 0) REQUIRE(table.row_at(k - 1) < table.row_at(k));
        REQUIRE(table.score_at(k) == lazy.at(table.row_at(k)));
    }
}

TEST_CASE("a selection gives its rows in its own order by position") {
    const sl::selection some(head_axes(1, 2, 3), {5, 0, 3}, {0.5F, 1.5F, -2.0F});
    REQUIRE(some.size() == 3);
    CHECK(some.row_at(0) == 5);
    CHECK(some.score_at(0) == 0.5F);
    CHECK(some.row_at(2) == 3);
    CHECK(some.score_at(2) == -2.0F);
}
