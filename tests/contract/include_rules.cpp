#include "contract/include_rules.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "contract/planted_headers.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using svdlens_tests::breaches;
using svdlens_tests::read_headers;

namespace {

using lines = std::vector<std::string>;
using svdlens_tests::planted_header;

/// What the checker says about a tree of planted headers.
lines breaches_of(const std::vector<planted_header>& headers) {
    return breaches(svdlens_tests::planted_tree(headers));
}

} // namespace

TEST_CASE("the library keeps the floors, has no include cycle and no stray third-party include") {
    const auto headers = read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    REQUIRE(headers.size() > 5);
    CHECK(breaches(headers) == lines{});
}

TEST_CASE("every header asks for C++20 and exceptions before it declares anything") {
    for (const auto& header : read_headers(SVDLENS_TESTS_INCLUDE_DIR)) {
        INFO(header.path);
        // Who includes a header of ours comes to one that includes none, and each of these asks.
        CHECK((!header.own_includes.empty() || header.path == "core/detail/requirements.hpp"));
    }
}

TEST_CASE("a tree that keeps the rules has no breach") {
    CHECK(breaches_of({{"core/a.hpp", "#include <vector>\n#include <sys/mman.h>"},
                       {"core/b.hpp", "#include \"a.hpp\""},
                       {"table/c.hpp", "#include \"../core/b.hpp\""},
                       {"circuit/d.hpp", "#include \"../table/c.hpp\""},
                       {"linalg/e.hpp", "#include <Eigen/Core>"},
                       {"circuit.hpp", "#include \"circuit/d.hpp\""},
                       {"svdlens.hpp", "#include \"circuit.hpp\""}}) == lines{});
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

TEST_CASE("a verb that drives blocks itself is reported") {
    const std::string said = ": loops over blocks itself; ask a question";
    for (const std::string loop :
         {"scan<state>(source, run, look, end);", "  for_blocks<slot>(n, n, run, f);",
          "detail::for_blocks_in_order<slot>(n, n, run, f, g);",
          "svdlens::scan_in_order<state>(source, run, look, add);"}) {
        CHECK(breaches_of({{"table/a.hpp", loop}}) == lines{"table/a.hpp" + said});
        CHECK(breaches_of({{"plot/detail/a.hpp", loop}}) == lines{"plot/detail/a.hpp" + said});
        CHECK(breaches_of({{"linalg/a.hpp", loop}, {"table/store.hpp", loop}}) == lines{});
    }
    CHECK(breaches_of({{"table/a.hpp", "tail_scan<T, Key> scan_; row_scan<T>(x); int scan = 1 < 2;"}}) ==
          lines{});
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

TEST_CASE("a macro whose name is not ours is reported") {
    CHECK(breaches_of({{"core/a.hpp", "#define SVDLENS_A 1"}}) == lines{});
    CHECK(breaches_of({{"core/a.hpp", "#define MAX_A(x) (x)"}}) ==
          lines{"core/a.hpp: defines MAX_A, which is not a name of ours"});
    CHECK(breaches_of({{"export/detail/csv.hpp", "#define ARROW_FLAG 1"}}) ==
          lines{"export/detail/csv.hpp: defines ARROW_FLAG, which is not a name of ours"});
}

TEST_CASE("an internal header of another component is reported, one behind a door and one of core are not") {
    CHECK(breaches_of({{"core/detail/a.hpp", ""},
                       {"table/detail/rows/row_columns.hpp", ""},
                       {"table/detail/b.hpp", "#include \"../../core/detail/a.hpp\""},
                       {"graph/c.hpp", "#include \"../table/detail/b.hpp\""},
                       {"plot/d.hpp", "#include \"../table/detail/rows/row_columns.hpp\"\n"
                                      "#include \"../core/detail/a.hpp\""}}) == lines{});
    CHECK(breaches_of({{"table/detail/b.hpp", ""}, {"plot/c.hpp", "#include \"../table/detail/b.hpp\""}}) ==
          lines{"plot/c.hpp: no door leads to table/detail/b.hpp"});
    CHECK(breaches_of({{"table/detail/rows/row_columns.hpp", ""},
                       {"report/c.hpp", "#include \"../table/detail/rows/row_columns.hpp\""}}) ==
          lines{"report/c.hpp: no door leads to table/detail/rows/row_columns.hpp"});
}

TEST_CASE("a noun of the table, or an internal header, that includes a verb is reported") {
    CHECK(breaches_of({{"table/top_k.hpp", ""}, {"table/selection.hpp", "#include \"top_k.hpp\""}}) ==
          lines{"table/selection.hpp: includes the verb table/top_k.hpp"});
    CHECK(breaches_of({{"table/top_k.hpp", ""}, {"table/detail/a.hpp", "#include \"../top_k.hpp\""}}) ==
          lines{"table/detail/a.hpp: includes the verb table/top_k.hpp"});
    CHECK(breaches_of(
              {{"table/top_k.hpp", ""}, {"table/detail/bodies/a.hpp", "#include \"../../top_k.hpp\""}}) ==
          lines{"table/detail/bodies/a.hpp: includes the verb table/top_k.hpp"});
    CHECK(breaches_of({{"table/top_k.hpp", ""},
                       {"table/detail/bodies/top_k.hpp", "#include \"../../top_k.hpp\""}}) == lines{});
    CHECK(breaches_of({{"table/selection.hpp", ""}, {"table/top_k.hpp", "#include \"selection.hpp\""}}) ==
          lines{});
}

TEST_CASE(
    "a body that a header ends with closes no cycle, and one that comes early or is public is reported") {
    const auto body_of = [](const std::string& path) {
        return "#ifndef SVDLENS_COMPILED\n#include \"" + path + "\"\n#endif\n";
    };
    const planted_header body{"core/detail/body.hpp", "#include \"../a.hpp\""};
    CHECK(breaches_of({{"core/a.hpp", "#include \"b.hpp\"\n" + body_of("detail/body.hpp")},
                       {"core/b.hpp", ""},
                       body}) == lines{});
    CHECK(breaches_of({{"core/a.hpp", body_of("detail/body.hpp")},
                       {"core/detail/b.hpp", "#include \"../a.hpp\""},
                       {"core/detail/body.hpp", "#include \"../a.hpp\"\n#include \"b.hpp\""}}) ==
          lines{"file cycle: core/a.hpp -> core/detail/body.hpp -> core/detail/b.hpp -> core/a.hpp"});
    CHECK(breaches_of({{"core/a.hpp", body_of("detail/body.hpp") + "#include \"b.hpp\""},
                       {"core/b.hpp", ""},
                       body}) == lines{"core/a.hpp: includes a body before other headers"});
    CHECK(breaches_of({{"core/a.hpp", body_of("b.hpp")}, {"core/b.hpp", "#include \"a.hpp\""}}) ==
          lines{"core/a.hpp: the body core/b.hpp is not internal"});
}

TEST_CASE("a list that lacks a public header or names an internal one is reported") {
    CHECK(breaches_of({{"core/a.hpp", ""}, {"core/b.hpp", ""}, {"core.hpp", "#include \"core/a.hpp\""}}) ==
          lines{"core.hpp: does not list core/b.hpp"});
    CHECK(breaches_of({{"core/detail/a.hpp", ""}, {"core.hpp", "#include \"core/detail/a.hpp\""}}) ==
          lines{"core.hpp: should not list core/detail/a.hpp"});
    CHECK(breaches_of({{"core/a.hpp", ""},
                       {"core.hpp", "#include \"core/a.hpp\""},
                       {"svdlens.hpp", "#include \"core/a.hpp\""}}) ==
          lines{"svdlens.hpp: does not list core.hpp", "svdlens.hpp: should not list core/a.hpp"});
}
