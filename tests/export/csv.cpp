#include "svdlens/export/csv.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/export/csv_sink.hpp"
#include "svdlens/table/derived_column.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens;
using svdlens_tests::files_in;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

const std::string first_line = "# svdlens " + std::string(version) + "; model.safetensors, folded\n";

axes small_axes() {
    axes result({{"layer", 2}, {"action", std::vector<std::string>{"left", "go, \"now\""}}},
                {{"head", "L{layer}H0"}, {"action", "a={action}"}});
    result.set_provenance("model.safetensors, folded");
    return result;
}

/// The cells of a CSV text after its first line, by a parser of its own.
std::vector<std::vector<std::string>> cells_of(const std::string& text) {
    std::vector<std::vector<std::string>> lines;
    std::vector<std::string> line(1);
    bool inside = false;
    for (std::size_t k = text.find('\n') + 1; k < text.size(); ++k) {
        const char c = text[k];
        if (c == '"' && inside && k + 1 < text.size() && text[k + 1] == '"')
            line.back() += text[++k];
        else if (c == '"')
            inside = !inside;
        else if (!inside && c == ',')
            line.emplace_back();
        else if (!inside && c == '\n') {
            lines.push_back(line);
            line.assign(1, "");
        } else
            line.back() += c;
    }
    return lines;
}

} // namespace

TEST_CASE("a table becomes CSV with all its columns") {
    const temporary_directory folder;
    const std::vector<float> values{0.1F, -2.0F, std::numeric_limits<float>::quiet_NaN(), 1e-30F};
    write_csv(folder / "a.csv", long_table(values, small_axes()));
    CHECK(read_file(folder / "a.csv") == first_line + "layer,action,head,score\n"
                                                      "0,a=left,L0H0,0.1\n"
                                                      "0,\"a=go, \"\"now\"\"\",L0H0,-2\n"
                                                      "1,a=left,L1H0,nan\n"
                                                      "1,\"a=go, \"\"now\"\"\",L1H0,1e-30\n");
}

TEST_CASE("a selection keeps its order, columns are chosen and computed") {
    const temporary_directory folder;
    const basic_selection<double> rows(small_axes(), {3, 0}, {0.1, -4.0});
    const csv_options options{.columns = {"row", "score", "head", "size"},
                              .derived = {{"size", [](row_number, double s) { return std::abs(s); }},
                                          {"unused", [](row_number, double) { return 0.0; }}}};
    write_csv(folder / "a.csv", rows, options);
    CHECK(read_file(folder / "a.csv") == first_line + "row,score,head,size\n3,0.1,L1H0,0.1\n0,-4,L0H0,4\n");

    write_csv(
        folder / "b.csv", rows,
        {.derived = {{"twice", [](row_number row, double s) { return 2 * s + static_cast<double>(row); }}}});
    CHECK(cells_of(read_file(folder / "b.csv")) ==
          std::vector<std::vector<std::string>>{{"layer", "action", "head", "score", "twice"},
                                                {"1", "a=go, \"now\"", "L1H0", "0.1", "3.2"},
                                                {"0", "a=left", "L0H0", "-4", "-8"}});
}

TEST_CASE("computed labels are cells of text") {
    const temporary_directory folder;
    const selection rows(small_axes(), {3, 0}, {0.5F, -4.0F});
    const csv_options options{.columns = {"flag", "twice", "score"},
                              .derived = {{"twice", [](row_number, double s) { return 2 * s; }}},
                              .derived_labels = {{"flag", [](row_number row, double s) {
                                                      return s < 0 ? "a,b" : "row " + to_text(row);
                                                  }}}};
    write_csv(folder / "a.csv", rows, options);
    CHECK(read_file(folder / "a.csv") == first_line + "flag,twice,score\nrow 3,1,0.5\n\"a,b\",-8,-4\n");
    write_csv(folder / "a.csv", rows, {.derived = options.derived, .derived_labels = options.derived_labels});
    CHECK(cells_of(read_file(folder / "a.csv"))[0] ==
          std::vector<std::string>{"layer", "action", "head", "score", "twice", "flag"});
    CHECK_THROWS_AS(write_csv(folder / "a.csv", rows, {.derived_labels = {{"x", {}}}}), argument_error);
}

TEST_CASE("an axis called row comes before the row number, the score stays the score") {
    const temporary_directory folder;
    const std::vector<float> values{1, 2, 3, 4};
    const auto table = long_table(values, axes({{"row", 2}, {"score", std::vector<std::string>{"a", "b"}}}));
    write_csv(folder / "a.csv", table);
    CHECK(cells_of(read_file(folder / "a.csv"))[3] == std::vector<std::string>{"1", "a", "3"});
    write_csv(folder / "a.csv", table, {.columns = {"row"}});
    CHECK(cells_of(read_file(folder / "a.csv"))[4] == std::vector<std::string>{"1"});
}

TEST_CASE("an empty selection is a header") {
    const temporary_directory folder;
    write_csv(folder / "a.csv", selection(small_axes(), {}, {}));
    CHECK(read_file(folder / "a.csv") == first_line + "layer,action,head,score\n");
}

TEST_CASE("floats read back as the same floats, whoever reads") {
    const temporary_directory folder;
    std::vector<float> values;
    for (std::uint32_t k = 0; k < 300; ++k)
        values.push_back(std::ldexp(static_cast<float>(k * 2654435761U), static_cast<int>(k % 90) - 45));
    const auto path = folder / "a.csv";
    write_csv(path, long_table(values, axes({{"n", 300}})), {.columns = {"score"}});
    const auto lines = cells_of(read_file(path));
    REQUIRE(lines.size() == 301);
    bool same = true;
    for (std::size_t k = 0; k < values.size(); ++k) same = same && std::stof(lines[k + 1][0]) == values[k];
    CHECK(same);
    if (const auto seen = svdlens_tests::read_back("csv", path)) {
        REQUIRE(seen->size() == 301);
        CHECK((*seen)[300] == lines[300][0]);
    }
}

TEST_CASE("the bytes are the same for any number of threads") {
    const temporary_directory folder;
    const std::uint64_t side = 500;
    std::vector<float> values(side * side);
    for (std::size_t k = 0; k < values.size(); ++k)
        values[k] = static_cast<float>(k * 2654435761U % 99991) / 7.0F;
    const auto table = long_table(values, axes({{"a", side}, {"b", side}}));
    REQUIRE(table.blocks() > 3);
    write_csv(folder / "1.csv", table, {}, {.threads = 1});
    std::uint64_t done = 0;
    write_csv(folder / "5.csv", score_source_ref<float>(table), {},
              {.threads = 5, .progress = [&](const progress_report& at) { done = at.done; }});
    const auto bytes = read_file(folder / "1.csv");
    CHECK(bytes == read_file(folder / "5.csv"));
    CHECK(done == values.size());
    const auto lines = cells_of(bytes);
    REQUIRE(lines.size() == values.size() + 1);
    CHECK(lines[123456] == std::vector<std::string>{"246", "455", to_text(values[123455])});
}

TEST_CASE("line k is the k-th row, whatever the order of blocks") {
    const auto full = svdlens_tests::awkward_scores<double>(3 * 4 * 8 * 50, 3);
    const auto cut = svdlens_tests::causal_scores(full); // tiles cut its lines
    const auto high = [](double score) { return score > 0.25; };
    std::string all, some, scaled;
    for (row_number row = 0; row < cut.axes().shape_rows(); ++row) {
        if (!cut.tiles().offset(row)) continue;
        const auto number = to_text(row) + ",";
        all += number + to_text(cut.at(row)) + "\n";
        if (high(cut.at(row))) some += number + to_text(cut.at(row)) + "\n";
        scaled += number + to_text(2 * cut.at(row)) + "\n";
    }
    const temporary_directory folder;
    const csv_options options{.columns = {"row", "score"}};
    const auto lines_of = [&](const auto& source, unsigned threads) {
        std::uint64_t done = 0, total = 0;
        write_csv(folder / "a.csv", source, options, {.threads = threads, .progress = [&](const auto& at) {
                                                          CHECK(at.done >= done);
                                                          done = at.done, total = at.total;
                                                      }});
        CHECK(done == total);
        const auto text = read_file(folder / "a.csv");
        return text.substr(text.find("row,score\n") + 10);
    };
    for (const unsigned threads : {1U, 2U, 5U}) {
        CHECK(lines_of(cut, threads) == all);
        CHECK(lines_of(store(cut), threads) == all);
        CHECK(lines_of(where(cut, score() > 0.25), threads) == some);
        CHECK(lines_of(where(store(cut), score() > 0.25), threads) == some);
        CHECK(lines_of(map_scores(cut, [](double score) { return 2 * score; }), threads) == scaled);
    }
    const svdlens_tests::cut_source<double> shuffled(axes({{"a", 4800}}), full, 7);
    std::string every;
    for (std::size_t k = 0; k < full.size(); ++k) every += to_text(k) + "," + to_text(full[k]) + "\n";
    CHECK(lines_of(shuffled, 2) == every);
}

TEST_CASE("an unknown column is refused with the names there are") {
    const temporary_directory folder;
    const selection rows(small_axes(), {3}, {1.0F});
    try {
        write_csv(folder / "a.csv", rows, {.columns = {"haed"}});
        FAIL("no exception");
    } catch (const lookup_error& e) {
        CHECK(e.code() == errc::unknown_column);
        CHECK(std::string(e.what()).find("\"head\"") != std::string::npos);
    }
    CHECK_THROWS_AS(write_csv(folder / "a.csv", rows, {.derived = {{"x", {}}}}), argument_error);
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("a failure leaves nothing behind") {
    const temporary_directory folder;
    const std::vector<float> values(200000, 1.0F);
    const auto table = long_table(values, axes({{"n", values.size()}}));
    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(write_csv(folder / "a.csv", table, {}, {.stop = &stop}), cancelled_error);
    const csv_options failing{.derived = {{"x", [](row_number row, double s) {
                                               if (row == 150000) throw std::logic_error("mine");
                                               return s;
                                           }}}};
    CHECK_THROWS_AS(write_csv(folder / "a.csv", table, failing), std::logic_error);
    CHECK(files_in(folder.path()) == 0);
    CHECK_THROWS_AS(write_csv(folder / "missing/a.csv", table), file_error);
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(write_csv("/dev/full", table), file_error);
}

TEST_CASE("a flag of another table's rows is refused, in files and in sinks") {
    const temporary_directory folder;
    const selection rows(small_axes(), {3, 0}, {0.5F, -4.0F});
    const selection other(axes({{"neuron", 9}}), {3}, {1.0F});
    CHECK_NOTHROW(write_csv(folder / "a.csv", rows, {.derived = {flag("known", rows)}}));
    CHECK_THROWS_AS(write_csv(folder / "b.csv", rows, {.derived = {flag("other", other)}}), argument_error);
    CHECK_THROWS_AS(csv_sink(folder / "b.csv", rows.axes(), {.derived = {flag("other", other)}}),
                    argument_error);
    CHECK_FALSE(std::filesystem::exists(folder / "b.csv"));
}

namespace {

/// A number as Python's float.hex() writes it.
std::string python_hex(double x) {
    if (std::isnan(x)) return "nan";
    if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
    int exponent = 0;
    const double fraction = x == 0 ? 0 : std::frexp(std::fabs(x), &exponent);
    // 0x1.<13 digits>p+e; numbers next to 0 have the least exponent and begin with 0.
    const int power = x == 0 ? 0 : (std::max)(exponent - 1, -1022);
    const double scaled = x == 0 ? 0 : std::ldexp(fraction, exponent - power);
    const auto digits = static_cast<unsigned long long>(std::ldexp(scaled - std::floor(scaled), 52));
    char text[64];
    if (x == 0)
        std::snprintf(text, sizeof text, "0x0.0p+0");
    else
        std::snprintf(text, sizeof text, "0x%d.%013llxp%+d", static_cast<int>(scaled), digits, power);
    return (std::signbit(x) ? "-" : "") + std::string(text);
}

/// What a recipe gives for a table of these labels: every label and every number that was written.
void check_recipe(const std::string& mode, const std::vector<std::string>& sources) {
    const temporary_directory folder;
    const std::vector<std::string> targets{"007", "7", "1e5", "00"}; // all of them numbers to pandas
    const svdlens::axes shape({axis("source", sources), axis("target", targets), {"layer", 40}});
    std::mt19937_64 bits(3);
    std::vector<double> scores(shape.shape_rows());
    for (auto& score : scores) score = std::bit_cast<double>(bits());
    const std::vector<double> special{0.0, -0.0, 5e-324,   1.7976931348623157e308,
                                      0.1, NAN,  INFINITY, -INFINITY};
    std::copy(special.begin(), special.end(), scores.begin());
    write_csv(folder / "edges.csv", long_table(scores, shape));
    std::vector<std::string> expected{"source", "O", "target", "O", "layer", "i", "score", "f"};
    for (row_number row = 0; row < shape.shape_rows(); ++row)
        expected.insert(expected.end(), {shape.label(row, "source"), shape.label(row, "target"),
                                         shape.label(row, "layer"), python_hex(scores[row])});
    if (const auto seen = svdlens_tests::read_back(mode, folder / "edges.csv")) CHECK(*seen == expected);
}

} // namespace

TEST_CASE("the recipes for pandas bring back every label and every bit") {
    std::vector<std::string> labels{"007",
                                    "",
                                    "null",
                                    "a,\"b\"\r\n#c",
                                    "# not a comment",
                                    " x ",
                                    "\xff\xfe\xc3",
                                    "\xc4\xa0the",
                                    "\\n",
                                    "1.0",
                                    "-inf",
                                    "NA",
                                    "nan",
                                    "True"};
    check_recipe("quick recipe", labels);
    labels.emplace_back("a\0b", 3);
    labels.emplace_back("\0", 1);
    check_recipe("recipe", labels);
}
