#include "svdlens/table/detail/rows/row_list.hpp"

#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("rows are sorted with their scores and sorted ones stay") {
    sl::detail::row_list<float> list{{5, 1, 9}, {0.5F, 0.1F, 0.9F}};
    list.append({{3}, {0.3F}});
    sl::detail::sort_rows(list);
    CHECK(list.rows == std::vector<sl::row_number>{1, 3, 5, 9});
    CHECK(list.scores == std::vector<float>{0.1F, 0.3F, 0.5F, 0.9F});
    sl::detail::sort_rows(list);
    CHECK(list.rows == std::vector<sl::row_number>{1, 3, 5, 9});
    list.clear();
    sl::detail::sort_rows(list);
    CHECK(list.size() == 0);
}

TEST_CASE("a list becomes a selection in row order") {
    const auto picked = sl::detail::to_selection<double>(sl::axes({{"row", 10}}), {{4, 2}, {0.4, 0.2}});
    CHECK(picked.rows()[0] == 2);
    CHECK(picked.scores()[1] == 0.4);
    CHECK(picked.axes()[0].name == "row");
}
