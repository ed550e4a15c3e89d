#include "svdlens/export/csv_sink.hpp"

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/export/npy_sink.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/tails.hpp"

using namespace svdlens;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

auto scores() { return svdlens_tests::causal_scores(svdlens_tests::random_scores<float>(3 * 4 * 8 * 50, 4)); }

} // namespace

TEST_CASE("rows streamed into a CSV file are the bytes of the selection written at once") {
    const temporary_directory folder;
    const auto table = scores();
    const csv_options options{.columns = {"row", "head", "score", "size"},
                              .derived = {{"size", [](row_number, double s) { return std::abs(s); }}}};
    for (const unsigned threads : {1U, 2U, 5U}) {
        csv_sink sink(folder / "streamed.csv", table.axes(), options);
        for_each_outside(table, {.low = -1.5, .high = 0.2}, sink, {.threads = threads});
        sink.commit();
        write_csv(folder / "at_once.csv", outside(table, {.low = -1.5, .high = 0.2}), options);
        CHECK(read_file(folder / "streamed.csv") == read_file(folder / "at_once.csv"));
    }
}

TEST_CASE("a CSV sink without rows leaves a header, one without commit leaves nothing") {
    const temporary_directory folder;
    const auto table = scores();
    {
        csv_sink sink(folder / "a.csv", table.axes());
        for_each_outside(table, {.low = 0, .high = 0}, sink);
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    csv_sink none(folder / "b.csv", table.axes(), {.columns = {"score"}});
    for_each_outside(table, {.low = -100, .high = 100}, none);
    none.commit();
    CHECK(read_file(folder / "b.csv") == "# svdlens " + std::string(version) + "\nscore\n");
}

TEST_CASE("a derived column that throws ends the stream and leaves what stood there") {
    const temporary_directory folder;
    const auto table = scores();
    svdlens_tests::write_file(folder / "edges.csv", "before");
    {
        const csv_options options{.derived = {{"bad", [](row_number row, double s) {
                                                   if (row > 2000) throw std::runtime_error("bad");
                                                   return s;
                                               }}}};
        csv_sink sink(folder / "edges.csv", table.axes(), options);
        CHECK_THROWS_AS(for_each_outside(table, {.low = 0, .high = 0}, sink, {.threads = 2}),
                        std::runtime_error);
    }
    CHECK(read_file(folder / "edges.csv") == "before");
    CHECK_THROWS_AS(csv_sink(folder / "edges.csv", table.axes(), {.columns = {"hed"}}), lookup_error);
}

TEST_CASE("a full disk reaches the caller of the stream") {
    if (!std::filesystem::exists("/dev/full")) return;
    const auto table = scores();
    csv_sink sink("/dev/full", table.axes());
    const auto stream = [&] {
        for_each_outside(table, {.low = 0, .high = 0}, sink);
        sink.commit();
    };
    CHECK_THROWS_AS(stream(), file_error);
}

TEST_CASE("the rows of another table are no sink's") {
    const temporary_directory folder;
    const auto table = scores();
    csv_sink csv(folder / "a.csv", svdlens::axes({{"neuron", table.axes().shape_rows()}}));
    npy_sink npy(folder / "a.npy", svdlens::axes({{"neuron", table.axes().shape_rows()}}));
    CHECK_THROWS_AS(for_each_outside(table, {.low = 0, .high = 0}, csv), argument_error);
    CHECK_THROWS_AS(for_each_outside(table, {.low = 0, .high = 0}, npy), argument_error);
    CHECK_THROWS_AS(for_each_tail(table, {.high = 0.9}, csv), argument_error);
}
