#include "svdlens/export/csv_writer.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace svdlens;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

TEST_CASE("a CSV file has its provenance, its header and its rows") {
    const temporary_directory folder;
    csv_writer csv(folder / "a.csv", {"name", "count", "value"}, "model.safetensors, folded");
    csv.row("mean", 3, 0.1F);
    csv.cell("row").cell(std::uint64_t{18446744073709551615U}).cell(0.1).end_row();
    csv.row(std::string("inf"), -1, -std::numeric_limits<double>::infinity());
    csv.row("nan", 0U, std::numeric_limits<float>::quiet_NaN());
    CHECK_FALSE(std::filesystem::exists(folder / "a.csv"));
    csv.commit();
    CHECK(read_file(folder / "a.csv") == "# svdlens " + std::string(version) +
                                             "; model.safetensors, folded\n"
                                             "name,count,value\n"
                                             "mean,3,0.1\n"
                                             "row,18446744073709551615,0.1\n"
                                             "inf,-1,-inf\n"
                                             "nan,0,nan\n");
}

TEST_CASE("cells are quoted where a reader would take them for something else") {
    const temporary_directory folder;
    csv_writer csv(folder / "a.csv", {"a,b", "c"}, "line one\nline two\r\nthree");
    csv.row("say \"hi\"", "x,y");
    csv.row(" lead", "trail ");
    csv.row("two\nlines", "\r");
    csv.row("#hash", "it's; fine\tso");
    csv.row("", "\xc4\xa0the \xf0\x9f\x98\x80");
    csv.commit();
    CHECK(read_file(folder / "a.csv") == "# svdlens " + std::string(version) +
                                             "; line one line two  three\n"
                                             "\"a,b\",c\n"
                                             "\"say \"\"hi\"\"\",\"x,y\"\n"
                                             "\" lead\",\"trail \"\n"
                                             "\"two\nlines\",\"\r\"\n"
                                             "\"#hash\",it's; fine\tso\n"
                                             ",\xc4\xa0the \xf0\x9f\x98\x80\n");
}

TEST_CASE("a row of one empty cell is not a blank line") {
    const temporary_directory folder;
    csv_writer csv(folder / "a.csv", {"token"});
    csv.row("");
    csv.row("x");
    csv.commit();
    CHECK(read_file(folder / "a.csv") == "# svdlens " + std::string(version) + "\ntoken\n\"\"\nx\n");
}

TEST_CASE("Python and pandas read back the cells that were written") {
    const std::vector<std::string> cells{
        "a,b", "\"", "",   "two\nlines", "cr\rlf\r\n", " x ", "#1", "\xc4\xa0the", "\xf0\x9f\x98\x80",
        "\\n", "'",  "\t", ",",          "\"\"",       "end"};
    const temporary_directory folder;
    const auto path = folder / "a.csv";
    csv_writer csv(path, {"first", " se\"cond", "third"}, "any, thing \"# here");
    for (std::size_t k = 0; k < cells.size(); k += 3) csv.row(cells[k], cells[k + 1], cells[k + 2]);
    csv.commit();
    std::vector<std::string> expected{"first", " se\"cond", "third"};
    expected.insert(expected.end(), cells.begin(), cells.end());
    const auto mode = GENERATE(as<std::string>{}, "csv", "pandas");
    if (const auto seen = svdlens_tests::read_back(mode, path)) CHECK(*seen == expected);
}

TEST_CASE("a row of another length than the header is refused") {
    const temporary_directory folder;
    {
        csv_writer csv(folder / "a.csv", {"a", "b"});
        CHECK_THROWS_AS(csv.row("x"), argument_error);
    }
    {
        csv_writer csv(folder / "a.csv", {"a", "b"});
        CHECK_THROWS_AS(csv.row("x", 1, 2), argument_error);
    }
    {
        csv_writer csv(folder / "a.csv", {"a", "b"});
        csv.cell(1);
        CHECK_THROWS_AS(csv.commit(), argument_error);
    }
    CHECK_THROWS_AS(csv_writer(folder / "a.csv", {}), argument_error);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("without a commit nothing is there") {
    const temporary_directory folder;
    svdlens_tests::write_file(folder / "a.csv", "what was there");
    {
        csv_writer csv(folder / "a.csv", {"a"});
        for (int k = 0; k < 100000; ++k) csv.row(k);
    }
    CHECK(read_file(folder / "a.csv") == "what was there");
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
    CHECK(files == 1);
}

TEST_CASE("a missing folder and a full disk reach the caller") {
    const temporary_directory folder;
    CHECK_THROWS_AS(csv_writer(folder / "missing/a.csv", {"a"}), file_error);
    if (!std::filesystem::exists("/dev/full")) return;
    csv_writer small("/dev/full", {"a"});
    small.row(1);
    CHECK_THROWS_AS(small.commit(), file_error);
    csv_writer large("/dev/full", {"a"});
    CHECK_THROWS_AS(
        [&] {
            for (int k = 0; k < 1000000; ++k) large.row(k);
        }(),
        file_error);
}
