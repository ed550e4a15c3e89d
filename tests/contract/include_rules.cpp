#include "contract/include_rules.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using svdlens_tests::breaches;
using svdlens_tests::read_headers;

namespace {

struct planted_header {
    std::string path;
    std::string content;
};

/// What the checker says about a tree of planted headers, each with the right guard around its content.
std::vector<std::string> breaches_of(const std::vector<planted_header>& headers) {
    const svdlens_tests::temporary_directory directory;
    for (const auto& header : headers) {
        const auto file = directory.path() / "svdlens" / header.path;
        std::filesystem::create_directories(file.parent_path());
        const auto guard = svdlens_tests::guard_of(header.path);
        svdlens_tests::write_file(file, "#ifndef " + guard + "\n#define " + guard + "\n" + header.content +
                                            "\n#endif\n");
    }
    return breaches(read_headers(directory.path()));
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("the library keeps the floors, has no include cycle and no stray third-party include") {
    const auto headers = read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    REQUIRE(headers.size() > 5);
    CHECK(breaches(headers) == lines{});
}

TEST_CASE("a tree that keeps the rules has no breach") {
    CHECK(breaches_of({{"core/a.hpp", "#include <vector>\n#include <sys/mman.h>"},
                       {"core/b.hpp", "#include \"a.hpp\""},
                       {"table/c.hpp", "#include \"../core/b.hpp\""},
                       {"circuit/d.hpp", "#include \"../table/c.hpp\""},
                       {"linalg/e.hpp", "#include <Eigen/Core>"},
                       {"svdlens.hpp", "#include \"core/a.hpp\"\n#include \"circuit/d.hpp\""}}) == lines{});
}

TEST_CASE("a header that includes a higher floor is reported") {
    CHECK(breaches_of({{"core/a.hpp", "#include \"../tensor/b.hpp\""}, {"tensor/b.hpp", ""}}) ==
          lines{"core/a.hpp: may not include tensor/b.hpp"});
}

TEST_CASE("a header that includes a lower floor which its folder does not build on is reported") {
    CHECK(breaches_of({{"graph/a.hpp", "#  include \"../linalg/b.hpp\""}, {"linalg/b.hpp", ""}}) ==
          lines{"graph/a.hpp: may not include linalg/b.hpp"});
}

TEST_CASE("an adaptor that is included by the library is reported") {
    CHECK(breaches_of({{"adapt/eigen.hpp", ""}, {"linalg/b.hpp", "#include \"../adapt/eigen.hpp\""}}) ==
          lines{"linalg/b.hpp: may not include adapt/eigen.hpp"});
    CHECK(breaches_of({{"adapt/eigen.hpp", ""}, {"adapt/xtensor.hpp", "#include \"eigen.hpp\""}}) ==
          lines{"adapt/xtensor.hpp: may not include adapt/eigen.hpp"});
}

TEST_CASE("a third-party include outside its folder is reported") {
    CHECK(breaches_of({{"table/a.hpp", "#include <Eigen/Core>"}}) ==
          lines{"table/a.hpp: may not include third-party Eigen/Core"});
    CHECK(breaches_of({{"model/a.hpp", "#include <nlohmann/json.hpp>"}}) ==
          lines{"model/a.hpp: may not include third-party nlohmann/json.hpp"});
    CHECK(breaches_of({{"adapt/eigen.hpp", "#include <xtensor/xarray.hpp>"}}) ==
          lines{"adapt/eigen.hpp: may not include third-party xtensor/xarray.hpp"});
}

TEST_CASE("two headers that include each other are reported") {
    CHECK(breaches_of({{"core/a.hpp", "#include \"b.hpp\""}, {"core/b.hpp", "#include \"a.hpp\""}}) ==
          lines{"file cycle: core/a.hpp -> core/b.hpp -> core/a.hpp"});
}

TEST_CASE("two folders that include each other are reported, without a cycle of files") {
    const auto found = breaches_of({{"core/a.hpp", "#include \"../tensor/b.hpp\""},
                                    {"core/c.hpp", ""},
                                    {"tensor/b.hpp", "#include \"../core/c.hpp\""}});
    CHECK(found == lines{"core/a.hpp: may not include tensor/b.hpp", "folder cycle: core -> tensor -> core"});
}

TEST_CASE("an own header by its installed name, one that is not there, and an unknown folder are reported") {
    CHECK(breaches_of({{"core/a.hpp", "#include <svdlens/core/b.hpp>"}}) ==
          lines{"core/a.hpp: own header svdlens/core/b.hpp is not included by a relative path"});
    CHECK(breaches_of({{"core/a.hpp", "#include \"b.hpp\""}}) ==
          lines{"core/a.hpp: includes core/b.hpp, which is not there"});
    CHECK(breaches_of({{"attic/a.hpp", ""}}) == lines{"attic/a.hpp: no row of the floor table covers it"});
}

TEST_CASE("a wrong guard and a long header are reported") {
    const svdlens_tests::temporary_directory directory;
    std::filesystem::create_directories(directory.path() / "svdlens" / "core");
    const auto file = directory.path() / "svdlens" / "core" / "a.hpp";
    svdlens_tests::write_file(file, "#ifndef SVDLENS_A_HPP\n#define SVDLENS_A_HPP\n#endif\n");
    CHECK(breaches(read_headers(directory.path())) ==
          lines{"core/a.hpp: its include guard is not SVDLENS_CORE_A_HPP"});
    svdlens_tests::write_file(file, "#ifndef SVDLENS_CORE_A_HPP\n#define SVDLENS_CORE_A_HPP\n" +
                                        std::string(498, '\n') + "#endif\n");
    CHECK(breaches(read_headers(directory.path())) == lines{"core/a.hpp: has 501 lines, over 500"});
}
