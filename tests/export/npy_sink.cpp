#include "svdlens/export/npy_sink.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/export/npy.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/tails.hpp"

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
        for_each_outside(table, {.low = -bound, .high = bound}, sink, {.threads = 2});
        sink.commit();
        write_npy(at_once / "edges.npy", outside(table, {.low = -bound, .high = bound}));
        for (const auto* name : {"edges.npy", "edges.rows.npy", "edges.axes.json"})
            CHECK(read_file(streamed / name) == read_file(at_once / name));
    }
}

TEST_CASE("a NumPy sink without commit leaves nothing") {
    const temporary_directory folder;
    const auto table = svdlens_tests::causal_scores(svdlens_tests::random_scores<float>(3 * 4 * 8 * 50, 4));
    {
        npy_sink sink(folder / "edges.npy", table.axes());
        for_each_outside(table, {.low = 0, .high = 0}, sink);
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a pipe cannot hold a NumPy stream, whose header comes last") {
    const temporary_directory folder;
    REQUIRE(::mkfifo((folder / "edges.npy").c_str(), 0600) == 0);
    std::thread reader([&] {
        std::ifstream in(folder / "edges.npy", std::ios::binary);
        in.ignore(std::numeric_limits<std::streamsize>::max());
    });
    const auto table = svdlens_tests::causal_scores(svdlens_tests::random_scores<float>(3 * 4 * 8 * 50, 4));
    {
        npy_sink sink(folder / "edges.npy", table.axes());
        for_each_outside(table, {.low = 0, .high = 0}, sink);
        CHECK_THROWS_AS(sink.commit(), file_error);
    }
    reader.join();
    std::filesystem::remove(folder / "edges.npy");
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a disk that fills up under a NumPy stream leaves nothing") {
    const temporary_directory folder;
    const auto table = svdlens_tests::causal_scores(svdlens_tests::random_scores<float>(3 * 4 * 8 * 50, 4));
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto write = [&] {
        npy_sink sink(folder / "edges.npy", table.axes());
        for_each_outside(table, {.low = 0, .high = 0}, sink);
        sink.commit();
    };
    CHECK_THROWS_AS(write(), file_error);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(std::filesystem::is_empty(folder.path()));
}
