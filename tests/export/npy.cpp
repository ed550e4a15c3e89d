#include "svdlens/export/npy.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"

using namespace svdlens;
using svdlens_tests::files_in;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

axes labelled_axes() {
    axes result({{"layer", 2},
                 {"action", std::vector<std::string>{"left", "日\n"}},
                 {"neuron", 3, label_format{"N{}"}}},
                {{"head", "L{layer}H0"}});
    result.set_title("ov");
    result.set_provenance("model.safetensors, folded");
    return result;
}

/// What stands in an .npy file after its header, and the shape that the header names.
template <class T>
struct array {
    std::string shape;
    std::vector<T> values;
};

template <class T>
array<T> read_array(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    REQUIRE(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
    const std::size_t start =
        10U + static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
    REQUIRE(start % 64 == 0);
    REQUIRE((bytes.size() - start) % sizeof(T) == 0);
    const auto head = bytes.substr(0, start);
    CHECK(head.find("'descr': '" + std::string(detail::npy_type<T>) + "', 'fortran_order': False") !=
          std::string::npos);
    array<T> result{head.substr(head.find('('), head.find(')') - head.find('(') + 1), {}};
    result.values.resize((bytes.size() - start) / sizeof(T));
    if (!result.values.empty()) std::memcpy(result.values.data(), bytes.data() + start, bytes.size() - start);
    return result;
}

/// Equal bit for bit, NaN included.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// The rows that are present, in row order, and their scores.
template <class T>
basic_selection<T> rows_of(const svdlens_tests::tiled_scores<T>& source) {
    std::vector<row_number> rows;
    std::vector<T> scores;
    for (row_number row = 0; row < source.axes().shape_rows(); ++row)
        if (source.tiles().offset(row)) {
            rows.push_back(row);
            scores.push_back(source.at(row));
        }
    return {source.axes(), rows, scores};
}

} // namespace

TEST_CASE("a table becomes an array of its shape, and JSON of its axes") {
    const temporary_directory folder;
    const auto values = svdlens_tests::awkward_scores<float>(12, 1);
    write_npy(folder / "a.npy", long_table(values, labelled_axes()));
    const auto seen = read_array<float>(folder / "a.npy");
    CHECK(seen.shape == "(2, 2, 3)");
    CHECK(same_bits(seen.values, values));
    CHECK(files_in(folder.path()) == 2);
    CHECK(read_file(folder / "a.axes.json") == "{\n  \"maker\": \"svdlens " + std::string(version) + R"(",
  "scores": {"file": "a.npy", "dtype": "<f4", "shape": [2, 2, 3]},
  "title": "ov",
  "provenance": "model.safetensors, folded",
  "axes": [
    {"name": "layer", "extent": 2},
    {"name": "action", "extent": 2, "labels": ["left", "日\u000a"]},
    {"name": "neuron", "extent": 3, "format": "N{}"}
  ],
  "label_columns": [
    {"name": "head", "pattern": "L{layer}H0", "entity": "head"}
  ]
}
)");
}

TEST_CASE("numpy reads what was written") {
    const temporary_directory folder;
    const std::vector<double> values{0.5, -1, 1e300, 0, 2, 3, 4, 5, 6, 7, 8, 9};
    write_npy(folder / "a.npy", long_table(values, labelled_axes()));
    const std::vector<std::string> described{"ov",         "model.safetensors, folded",
                                             "layer",      "2",
                                             "",           "action",
                                             "2",          "",
                                             "left",       "日\n",
                                             "neuron",     "3",
                                             "N{}",        "head",
                                             "L{layer}H0", "head"};
    if (const auto seen = svdlens_tests::read_back("npy", folder / "a.npy")) {
        REQUIRE(seen->size() == 14 + described.size());
        CHECK((*seen)[0] == "<f8");
        CHECK((*seen)[1] == "(2, 2, 3)");
        for (std::size_t k = 0; k < 12; ++k) CHECK(std::stod((*seen)[k + 2]) == values[k]);
        CHECK(std::vector<std::string>(seen->begin() + 14, seen->end()) == described);
    }
    write_npy(folder / "b.npy", selection(labelled_axes(), {11, 3}, {1.5F, -2.0F}));
    if (const auto seen = svdlens_tests::read_back("npy", folder / "b.npy")) {
        REQUIRE(seen->size() == 8 + described.size());
        CHECK(std::vector<std::string>(seen->begin(), seen->begin() + 8) ==
              std::vector<std::string>{"<f4", "(2,)", "1.5", "-2.0", "<u8", "(2,)", "11", "3"});
    }
}

TEST_CASE("a selection becomes a list beside its row numbers, in its order") {
    const temporary_directory folder;
    const selection rows(labelled_axes(), {11, 0, 3}, {1, 2, 3});
    write_npy(folder / "top.npy", rows);
    const auto seen = read_array<float>(folder / "top.npy");
    CHECK(seen.shape == "(3,)");
    CHECK(seen.values == std::vector<float>{1, 2, 3});
    const auto numbers = read_array<std::uint64_t>(folder / "top.rows.npy");
    CHECK(numbers.shape == "(3,)");
    CHECK(numbers.values == std::vector<std::uint64_t>{11, 0, 3});
    CHECK(read_file(folder / "top.axes.json")
              .find("  \"rows\": {\"file\": \"top.rows.npy\", \"dtype\": \"<u8\", \"shape\": [3]},\n") !=
          std::string::npos);
    write_npy(folder / "none", selection(labelled_axes(), {}, {})); // any name will do
    CHECK(read_array<float>(folder / "none").shape == "(0,)");
    CHECK(read_array<std::uint64_t>(folder / "none.rows.npy").values.empty());
    CHECK(std::filesystem::exists(folder / "none.axes.json"));
}

TEST_CASE("absent rows are left out, from memory and lazily, whether or not tiles cut the lines") {
    const auto full = svdlens_tests::awkward_scores<double>(3 * 4 * 8 * 50, 3);
    const auto cut = svdlens_tests::causal_scores(full);
    std::vector<std::uint64_t> lines;
    for (std::uint64_t line = 0; line < 32; line += 3) lines.push_back(line);
    const svdlens_tests::tiled_scores<double> whole(
        cut.axes(), full, tiling(50, lines, {{0, {0, 4}, {{0, 50}}}, {1600, {2, 11}, {{7, 30}}}}, {3, 50}));
    CHECK_FALSE(detail::in_row_order(cut.tiles()));
    CHECK(detail::in_row_order(whole.tiles()));
    for (const auto* source : {&cut, &whole}) {
        const auto expected = rows_of(*source);
        REQUIRE(expected.size() == source->max_rows());
        for (const unsigned threads : {1U, 5U}) {
            const temporary_directory folder;
            write_npy(folder / "lazy.npy", *source, {.threads = threads});
            write_npy(folder / "stored.npy", store(*source), {.threads = threads});
            for (const std::string name : {"lazy", "stored"}) {
                const auto numbers = read_array<std::uint64_t>(folder / (name + ".rows.npy")).values;
                CHECK(numbers == std::vector<row_number>(expected.rows().begin(), expected.rows().end()));
                const auto scores = read_array<double>(folder / (name + ".npy")).values;
                CHECK(same_bits(scores, {expected.scores().begin(), expected.scores().end()}));
            }
        }
    }
}

TEST_CASE("a lazy source with all rows becomes an array of its shape") {
    const auto axes = svdlens_tests::head_axes(5, 4, 60);
    const auto values = svdlens_tests::awkward_scores<float>(1200, 5);
    std::vector<std::uint64_t> lines(20);
    for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = k;
    for (const std::size_t columns : {60U, 23U}) {
        const svdlens_tests::tiled_scores<float> source(
            axes, values, tiling(60, lines, {{0, {0, 20}, {{0, 60}}}}, {7, columns}));
        const temporary_directory folder;
        std::uint64_t done = 0;
        write_npy(folder / "a.npy", source,
                  {.threads = 2, .progress = [&](const auto& at) { done = at.done; }});
        CHECK(read_array<float>(folder / "a.npy").shape == "(5, 4, 60)");
        CHECK(same_bits(read_array<float>(folder / "a.npy").values, values));
        CHECK(files_in(folder.path()) == 2);
        CHECK(done == 1200);
    }
    const temporary_directory folder;
    write_npy(folder / "cut.npy", svdlens_tests::cut_source<float>(axes, values, 6));
    CHECK(read_array<float>(folder / "cut.npy").shape == "(5, 4, 60)");
    CHECK(same_bits(read_array<float>(folder / "cut.npy").values, values));
}

TEST_CASE("tables of any rank and extent, of one row and of none") {
    const temporary_directory folder;
    write_npy(folder / "scalar.npy", long_table(std::vector<double>{2.5}, axes()));
    CHECK(read_array<double>(folder / "scalar.npy").shape == "()");
    CHECK(read_array<double>(folder / "scalar.npy").values == std::vector<double>{2.5});
    write_npy(folder / "none.npy", long_table(std::vector<float>(), axes({{"a", 3}, {"b", 0}})));
    CHECK(read_array<float>(folder / "none.npy").shape == "(3, 0)");
    const auto many = svdlens_tests::random_scores<float>(150'001, 2);
    write_npy(folder / "1.npy", long_table(many, axes({{"n", many.size()}})), {.threads = 1});
    write_npy(folder / "5.npy", long_table(many, axes({{"n", many.size()}})), {.threads = 5});
    CHECK(same_bits(read_array<float>(folder / "1.npy").values, many));
    CHECK(read_file(folder / "1.npy") == read_file(folder / "5.npy"));
}

TEST_CASE("a failure leaves nothing behind and what was there untouched") {
    const temporary_directory folder;
    svdlens_tests::write_file(folder / "a.npy", "old");
    const std::atomic<bool> stop{true};
    const selection rows(labelled_axes(), {3}, {1.0F});
    CHECK_THROWS_AS(write_npy(folder / "a.npy", rows, {.stop = &stop}), cancelled_error);
    CHECK(files_in(folder.path()) == 1);
    CHECK(read_file(folder / "a.npy") == "old");
    CHECK_THROWS_AS(write_npy(folder / "missing/a.npy", rows), file_error);
    std::filesystem::create_directory(folder / "b.rows.npy"); // one of the three cannot be written
    CHECK_THROWS_AS(write_npy(folder / "b.npy", rows), file_error);
    CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("rows with several columns become an array of rows by columns, whose names stand in the JSON") {
    const temporary_directory place;
    const score_columns columns(axes({{"head", 9}}), {7, 2, 3}, {"mean", "a \"b\""}, {{1, 2, 3}, {-4, 5, 6}});
    write_npy(place / "heads.npy", columns);
    const auto values = read_array<double>(place / "heads.npy");
    CHECK(values.shape == "(3, 2)");
    CHECK(values.values == std::vector<double>{1, -4, 2, 5, 3, 6});
    const auto rows = read_array<row_number>(place / "heads.rows.npy");
    CHECK(rows.shape == "(3,)");
    CHECK(rows.values == std::vector<row_number>{7, 2, 3});
    const auto json = nlohmann::json::parse(read_file(place / "heads.axes.json"));
    CHECK(json["columns"] == nlohmann::json({"mean", "a \"b\""}));
    CHECK(json["scores"]["shape"] == nlohmann::json({3, 2}));
    CHECK(json["rows"]["shape"] == nlohmann::json({3}));

    write_npy(place / "none.npy", score_columns(axes({{"head", 9}}), {}, {"mean"}, {{}}));
    CHECK(read_array<double>(place / "none.npy").shape == "(0, 1)");
}
