#include "svdlens/core/version.hpp"

#include <string>

#include "support/catch.hpp"

TEST_CASE("the version's numbers, its text and the build system's version agree") {
    const std::string parts = std::to_string(SVDLENS_VERSION_MAJOR) + "." +
                              std::to_string(SVDLENS_VERSION_MINOR) + "." +
                              std::to_string(SVDLENS_VERSION_PATCH);
    CHECK(svdlens::version == parts);
    CHECK(parts == SVDLENS_TESTS_PROJECT_VERSION);
}
