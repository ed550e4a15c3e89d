#include <algorithm>
#include <string>
#include <vector>

#include "contract/include_rules.hpp"
#include "support/catch.hpp"

TEST_CASE("the umbrella lists the folders in the order of their floors") {
    const auto headers = svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    const auto umbrella =
        std::find_if(headers.begin(), headers.end(), [](const auto& h) { return h.path == "svdlens.hpp"; });
    REQUIRE(umbrella != headers.end());
    std::vector<int> floors;
    for (auto list : umbrella->own_includes) {
        if (svdlens_tests::is_list(list)) list.replace(list.size() - 4, 4, "/");
        floors.push_back(svdlens_tests::floor_of(list));
    }
    CHECK(floors.size() == 15);
    CHECK(std::is_sorted(floors.begin(), floors.end()));
}
