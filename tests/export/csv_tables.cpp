#include "svdlens/export/csv_tables.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/export/csv.hpp"
#include "svdlens/export/npy.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/join.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

const std::vector<float> small_scores{1, 2, 3, -4, 5, NAN};

/// Two heads on three neurons; the last score is NaN.
sl::basic_long_table<float> small_table() {
    return sl::long_table(small_scores, sl::axes({{"head", 2}, {"neuron", 3}}));
}

/// A file without its first line, which names the version.
std::string lines_of(const std::filesystem::path& path) {
    const auto text = read_file(path);
    return text.substr(text.find('\n') + 1);
}

} // namespace

TEST_CASE("groups, quantiles and joins go into files as they print") {
    const auto table = small_table();
    const temporary_directory folder;
    sl::write_csv(folder / "a.csv",
                  sl::group_by(table, sl::by("head"), sl::aggregates::mean{}, sl::aggregates::max{}));
    CHECK(lines_of(folder / "a.csv") == "head,mean,max\n0,2,3\n1,0.5,5\n");
    sl::write_csv(folder / "q.csv", sl::group_quantiles(table, {0.5}, sl::by("head")));
    CHECK(lines_of(folder / "q.csv") == "head,50%\n0,2\n1,0.5\n");
    sl::write_csv(folder / "j.csv", sl::join(sl::top_k(table, 1), sl::bottom_k(table, 1), sl::by("head")));
    const auto joined = lines_of(folder / "j.csv");
    CHECK(joined.substr(joined.size() - 5) == "5,-4\n");
}

TEST_CASE("a table of one aggregate is a table for every verb") {
    const auto sums = sl::group_by(small_table(), sl::by("neuron"), sl::aggregates::sum{});
    STATIC_REQUIRE(sl::stored_source<sl::grouped_columns<sl::aggregates::sum>>);
    STATIC_REQUIRE_FALSE(sl::score_source<sl::grouped_columns<sl::aggregates::sum, sl::aggregates::max>>);
    const auto best = sl::top_k(sums, 1);
    REQUIRE(best.size() == 1);
    CHECK(best.row_at(0) == 1);
    CHECK(best.score_at(0) == 7);
    CHECK(sl::count_rows(sl::where(sums, sl::score() < 5)) == 2);
    CHECK(sl::describe(sums).count == 3);
    const temporary_directory folder;
    sl::write_csv(folder / "s.csv", sums, {.columns = {"neuron", "score"}});
    CHECK(lines_of(folder / "s.csv") == "neuron,score\n0,-3\n1,7\n2,3\n");
    sl::write_npy(folder / "s.npy", sums);
    CHECK(std::filesystem::exists(folder / "s.rows.npy"));
}

TEST_CASE("wide tables and summaries go into files as they print") {
    const auto table = small_table();
    const temporary_directory folder;
    sl::write_csv(folder / "w.csv",
                  sl::pivot(table, sl::by("neuron"), sl::by("head"), sl::aggregates::max{}));
    CHECK(lines_of(folder / "w.csv") == "neuron,0,1\n0,1,-4\n1,2,5\n2,3,nan\n");
    sl::write_csv(folder / "d.csv", sl::describe(table, {0.5}));
    CHECK(lines_of(folder / "d.csv").substr(0, 54) ==
          std::string("statistic,value\ncount,5\nnan,1\nmean,1.4\nstd,3.36154726279432").substr(0, 54));
}
