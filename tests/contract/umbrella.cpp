#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "contract/include_rules.hpp"
#include "support/catch.hpp"

TEST_CASE("the umbrella lists every public header but the xtensor adaptor, once and in order of floors") {
    const auto headers = svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    std::vector<std::string> expected;
    std::vector<std::string> listed;
    for (const auto& header : headers) {
        if (header.path == "svdlens.hpp") listed = header.own_includes;
        if (header.path != "svdlens.hpp" && header.path != "adapt/xtensor.hpp")
            expected.push_back(header.path);
    }
    std::sort(expected.begin(), expected.end());
    std::vector<std::string> sorted = listed;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == expected);
    CHECK(std::is_sorted(listed.begin(), listed.end(), [](const auto& a, const auto& b) {
        return svdlens_tests::floor_of(a) < svdlens_tests::floor_of(b);
    }));
}
