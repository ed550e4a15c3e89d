#include "svdlens/export/npy_sink.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/export/npy.hpp"
#include "svdlens/table/for_each_outside.hpp"

using namespace svdlens;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

TEMPLATE_TEST_CASE("rows streamed into NumPy files are the bytes of the selection written at once", "", float,
                   double) {
    const temporary_directory streamed, at_once;
    const auto table =
        svdlens_tests::causal_scores(svdlens_tests::random_scores<TestType>(3 * 4 * 8 * 50, 4));
    for (const double bound : {0.0, 1.5, 100.0}) {
        basic_npy_sink<TestType> sink(streamed / "edges.npy", table.axes());
        for_each_outside(table, -bound, bound, sink, {.threads = 2});
        sink.commit();
        write_npy(at_once / "edges.npy", outside(table, -bound, bound));
        for (const auto* name : {"edges.npy", "edges.rows.npy", "edges.axes.json"})
            CHECK(read_file(streamed / name) == read_file(at_once / name));
    }
}

TEST_CASE("a NumPy sink without commit leaves nothing") {
    const temporary_directory folder;
    const auto table = svdlens_tests::causal_scores(svdlens_tests::random_scores<float>(3 * 4 * 8 * 50, 4));
    {
        npy_sink sink(folder / "edges.npy", table.axes());
        for_each_outside(table, 0, 0, sink);
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a device cannot hold a NumPy stream, whose header comes last") {
    if (!std::filesystem::exists("/dev/full")) return;
    const axes table({{"row", 3}});
    const temporary_directory folder;
    std::filesystem::create_symlink("/dev/full", folder / "edges.npy");
    npy_sink sink(folder / "edges.npy", table);
    CHECK_THROWS_AS(sink.commit(), file_error);
}
