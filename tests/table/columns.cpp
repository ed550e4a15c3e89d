#include "svdlens/table/columns.hpp"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"

namespace sl = svdlens;
using svdlens_tests::same;

namespace {

/// Whether the columns are those of these rows, each found by itself.
template <class T, class Index, class Score>
bool holds_rows(const sl::table_columns<T, Index>& columns, const sl::axes& axes,
                const std::vector<sl::row_number>& rows, Score score) {
    if (columns.scores.size() != rows.size() || columns.indices.size() != axes.rank()) return false;
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto index = axes.index(rows[at]);
        for (std::size_t k = 0; k < index.size(); ++k)
            if (static_cast<std::uint64_t>(columns.indices[k][at]) != index[k]) return false;
        if (!same(columns.scores[at], score(rows[at]))) return false;
    }
    for (const auto& column : columns.indices)
        if (column.size() != rows.size()) return false;
    return true;
}

std::vector<sl::row_number> all_rows(std::size_t count) {
    std::vector<sl::row_number> rows(count);
    for (std::size_t k = 0; k < count; ++k) rows[k] = k;
    return rows;
}

} // namespace

TEST_CASE("a tensor of any rank becomes columns in row order, whatever the threads") {
    const std::vector<std::vector<std::uint64_t>> shapes{
        {},        {1},        {70001},      {300, 301}, {7, 1, 13, 1001},
        {1, 1, 1}, {40000, 2}, {3, 5, 1, 1}, {3, 0, 2},  {2, 3, 5, 7, 11, 13}};
    for (const auto& shape : shapes) {
        std::vector<sl::axis> list;
        for (const auto extent : shape) list.emplace_back("a" + std::to_string(list.size()), extent);
        const sl::axes axes(list);
        const auto values =
            svdlens_tests::awkward_scores<float>(static_cast<std::size_t>(axes.shape_rows()), 3);
        const auto table = sl::long_table(values, axes);
        for (const unsigned threads : {1U, 2U, 5U}) {
            const auto columns = sl::to_columns(table, {.threads = threads});
            CHECK(holds_rows(columns, axes, all_rows(values.size()),
                             [&](sl::row_number row) { return values[static_cast<std::size_t>(row)]; }));
            REQUIRE(columns.names.size() == shape.size());
            for (std::size_t k = 0; k < shape.size(); ++k) CHECK(columns.names[k] == axes[k].name);
        }
    }
}

TEST_CASE("rows that are absent are left out, lazily and from memory") {
    const auto full = svdlens_tests::awkward_scores<double>(3 * 4 * 8 * 50, 5);
    const auto source = svdlens_tests::causal_scores(full);
    const auto table = sl::store(source);
    std::vector<sl::row_number> rows;
    for (sl::row_number row = 0; row < full.size(); ++row)
        if (table.find(row)) rows.push_back(row);
    REQUIRE(rows.size() == source.max_rows());
    const auto score = [&](sl::row_number row) { return source.at(row); };
    CHECK(holds_rows(sl::to_columns<std::int32_t>(source, {.threads = 5}), source.axes(), rows, score));
    CHECK(holds_rows(sl::to_columns<std::uint8_t>(table), source.axes(), rows, score));
}

TEST_CASE("a selection keeps its order, another source comes in row order") {
    const auto axes = svdlens_tests::head_axes(3, 4, 11);
    const auto values = svdlens_tests::awkward_scores<float>(132, 7);
    const auto score = [&](sl::row_number row) { return values[static_cast<std::size_t>(row)]; };
    const sl::selection rows(axes, {131, 0, 7, 7}, {values[131], values[0], values[7], values[7]});
    CHECK(holds_rows(sl::to_columns(rows), axes, {131, 0, 7, 7}, score));
    CHECK(holds_rows(sl::to_columns(sl::selection(axes, {}, {})), axes, {}, score));
    const svdlens_tests::cut_source<float> cut(axes, values, 9);
    std::uint64_t done = 0;
    const auto columns =
        sl::to_columns(cut, {.threads = 2, .progress = [&](const auto& at) { done = at.done; }});
    CHECK(holds_rows(columns, axes, all_rows(132), score));
    CHECK(done == 132);

    std::vector<sl::row_number> many(200'000);
    for (std::size_t k = 0; k < many.size(); ++k) many[k] = k * 7919 % 132;
    const sl::selection repeated(axes, many, std::vector<float>(many.size(), 1.0F));
    CHECK(holds_rows(sl::to_columns<std::int16_t>(repeated, {.threads = 5}), axes, many,
                     [](sl::row_number) { return 1.0F; }));
}

TEST_CASE("an index type that is too small is refused before anything is allocated") {
    const std::vector<float> values(129);
    const auto fits = sl::long_table(std::vector<float>(128), sl::axes({{"one", 1}, {"neuron", 128}}));
    CHECK(sl::to_columns<std::int8_t>(fits).indices[1].back() == 127);
    const auto table = sl::long_table(values, sl::axes({{"one", 1}, {"neuron", 129}}));
    CHECK(svdlens_tests::message_of([&] { (void)sl::to_columns<std::int8_t>(table); }) ==
          "columns: axis \"neuron\" has indices up to 128, which exceed the index type's 127; ask for a "
          "wider one");
    CHECK(sl::to_columns<std::uint8_t>(table).indices[1].back() == 128);
    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(sl::to_columns(table, {.stop = &stop}), sl::cancelled_error);
}

TEST_CASE("labels come one a row") {
    const auto axes = svdlens_tests::head_axes(2, 2, 2);
    const sl::selection rows(axes, {7, 0, 2}, {1, 2, 3});
    CHECK(sl::label_column_of(rows, "head") == std::vector<std::string>{"L1H1", "L0H0", "L0H1"});
    CHECK(sl::label_column_of(rows, "neuron") == std::vector<std::string>{"1", "0", "0"});
    CHECK(sl::label_column_of(sl::selection(axes, {}, {}), "head").empty());
    CHECK_THROWS_AS(sl::label_column_of(rows, "haed"), sl::lookup_error);
}
