#include "svdlens/export/arrow.hpp"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "export/arrow_reader.hpp"
#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/join.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens;
using svdlens_tests::arrow_contents;
using svdlens_tests::read_arrow;

namespace {

using texts = std::vector<std::string>;
using cells = std::vector<texts>;

/// Layers without labels, heads by a column, tokens of which two are called the same and one is no UTF-8.
axes arrow_axes() {
    axes result({{"layer", 2}, {"head", 3}, {"token", texts{"a", "b", "a", "\xff"}}},
                {{"head", "L{layer}H{head}", "head"}});
    result.set_title("ov");
    result.set_provenance("model, folded");
    return result;
}

std::vector<float> ascending_scores(std::size_t count) {
    std::vector<float> scores;
    for (std::size_t k = 0; k < count; ++k) scores.push_back(static_cast<float>(k) / 8 - 1);
    return scores;
}

/// All columns and the row number, looked up row by row.
template <class Table>
cells expected_cells(const Table& rows) {
    cells result;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        auto& line = result.emplace_back();
        for (const auto& name : rows.axes().column_names()) {
            const auto label = rows.axes().label(rows.row_at(k), name);
            line.push_back(label == "\xff" ? "\xef\xbf\xbd" : label);
        }
        line.push_back(to_text(rows.score_at(k)));
        line.push_back(to_text(rows.row_at(k)));
    }
    return result;
}

texts all_columns(const axes& table) {
    auto names = table.column_names();
    names.insert(names.end(), {"score", "row"});
    return names;
}

template <class S>
arrow_contents arrow_of(const S& source, std::uint64_t batch_bytes) {
    return read_arrow(to_arrow(source, {.columns = all_columns(source.axes()), .batch_bytes = batch_bytes}));
}

ArrowArray next_batch(ArrowArrayStream& stream) {
    ArrowArray batch;
    REQUIRE(stream.get_next(&stream, &batch) == 0);
    return batch;
}

} // namespace

TEST_CASE("a selection is streamed in its order, its labels as codes, with what its schema says") {
    const selection picked(arrow_axes(), {23, 0, 14, 12}, {0.5F, std::nanf(""), -2, 1e-30F});
    const auto read = read_arrow(to_arrow(picked, {.columns = {"layer", "head", "token", "row", "score"}}));
    CHECK(read.names == texts{"layer", "head", "token", "row", "score"});
    CHECK(read.formats == texts{"i", "i>u", "i>u", "L", "f"});
    CHECK(read.rows == cells{{"1", "L1H2", "\xef\xbf\xbd", "23", "0.5"},
                             {"0", "L0H0", "a", "0", "nan"},
                             {"1", "L1H0", "a", "14", "-2"},
                             {"1", "L1H0", "a", "12", "1e-30"}});
    CHECK(read.metadata.at("svdlens.provenance") == "model, folded");
    CHECK(read.metadata.at("svdlens.title") == "ov");
    CHECK(read.metadata.at("svdlens.shape") == R"({"layer": 2, "head": 3, "token": 4})");
    CHECK(read.metadata.count("svdlens.version") == 1);
    CHECK(read_arrow(to_arrow(picked)).names == texts{"layer", "head", "token", "score"});
}

TEST_CASE("any source is streamed row by row as it is looked up, whatever the batches") {
    const auto check = [](const auto& source, const auto& rows) {
        const auto expected = expected_cells(rows);
        for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{700}, std::uint64_t{1} << 20}) {
            const auto read = arrow_of(source, bytes);
            CHECK(read.rows == expected);
            for (const auto size : read.batches) CHECK((size >= 1 && size <= bytes / 20 + 1));
        }
    };
    const auto tiled = svdlens_tests::causal_scores(ascending_scores(4800));
    const auto held = collect(tiled);
    const auto early = where(tiled, score() > 100 || column("head") == "2");
    for (const auto& table : {store(tiled)}) {
        const auto part = selection(table.axes(), {4790, 3, 77, 1600}, {1, 2, 3, 4});
        check(part, part);
        check(map_scores(part, [](float x) { return x * x; }),
              selection(table.axes(), {4790, 3, 77, 1600}, {1, 4, 9, 16}));
    }
    // Larger tables, fewer sizes.
    for (const std::uint64_t bytes : {std::uint64_t{700}, std::uint64_t{1} << 20}) {
        CHECK(arrow_of(tiled, bytes).rows == expected_cells(held));           // tiles, computed
        CHECK(arrow_of(store(tiled), bytes).rows == expected_cells(held));    // tiles, where they lie
        CHECK(arrow_of(early, bytes).rows == expected_cells(collect(early))); // narrowed
    }
    const svdlens_tests::cut_source<double> cut(arrow_axes(), std::vector<double>(24, 0.1), 7);
    check(cut, collect(cut)); // blocks in any order
    const auto whole = long_table(ascending_scores(24), arrow_axes());
    check(whole, whole);
}

TEST_CASE("scores and row numbers in memory are shown where they lie") {
    auto rows = selection(arrow_axes(), {5, 3, 9}, {1, 2, 3});
    const auto *scores = rows.scores().data(), *moved = scores;
    const auto* numbers = rows.rows().data();
    auto stream = to_arrow(std::move(rows), {.columns = {"row", "score"}, .batch_bytes = 24});
    const auto shared = std::make_shared<const float_table>(long_table(ascending_scores(24), arrow_axes()));
    auto second = to_arrow(shared, {.columns = {"score"}, .batch_bytes = 40});
    for (std::size_t k = 0; k < 2; ++k) {
        auto batch = next_batch(*stream.get());
        CHECK(batch.children[0]->buffers[1] == numbers + 2 * k);
        CHECK(batch.children[1]->buffers[1] == moved + 2 * k);
        batch.release(&batch);
        auto other = next_batch(*second.get());
        CHECK(other.children[0]->buffers[1] == shared->values().data() + 10 * k);
        other.release(&other);
    }
    const auto groups = std::make_shared<const score_columns>(
        group_by(*shared, by("head"), aggregates::mean{}, aggregates::abs_max{}));
    auto third = to_arrow(groups);
    auto batch = next_batch(*third.get());
    CHECK(batch.children[batch.n_children - 1]->buffers[1] == groups->values(std::size_t{1}).data());
    batch.release(&batch);
}

TEST_CASE("columns to compute, and those that are asked for alone") {
    const auto table = long_table(ascending_scores(24), arrow_axes());
    const arrow_options options{.columns = {"half", "class", "token"},
                                .derived = {{"half", [](row_number, double x) { return x / 2; }}},
                                .derived_labels = {{"class", [](row_number row, double) {
                                                        return row == 1 ? "" : "\xc3(" + to_text(row);
                                                    }}}};
    const auto read = read_arrow(to_arrow(table, options));
    CHECK(read.formats == texts{"g", "u", "i>u"});
    CHECK(read.rows.at(0) == texts{"-0.5", "\xef\xbf\xbd(0", "a"});
    CHECK(read.rows.at(1) == texts{"-0.4375", "", "b"});
    const auto message = svdlens_tests::message_of([&] { to_arrow(table, {.columns = {"heads"}}); });
    CHECK(message.find("\"heads\"") != std::string::npos);
    CHECK(message.find("\"token\"") != std::string::npos);
    CHECK_THROWS_AS(to_arrow(table, {.derived = {{"none", nullptr}}}), argument_error);
}

TEST_CASE("groups and wide tables are columns of numbers, absent cells null") {
    const auto table = long_table(ascending_scores(24), arrow_axes());
    const auto grouped =
        read_arrow(to_arrow(group_by(table, by("head"), aggregates::mean{}, aggregates::count{}), 48));
    CHECK(grouped.names == texts{"layer", "head", "mean", "count"});
    CHECK(grouped.rows.at(1) == texts{"0", "L0H1", "-0.3125", "4"});
    CHECK(grouped.batches == std::vector<std::size_t>{2, 2, 2});
    CHECK(read_arrow(to_arrow(join(table, table, by("head", "token")))).rows.size() == 24);
    std::vector<row_number> rows;
    std::vector<double> values;
    for (const row_number k : {0U, 1U, 2U, 6U, 11U, 23U}) {
        rows.push_back(k);
        values.push_back(k == 2 ? std::nan("") : static_cast<double>(k));
    }
    const wide_table wide(basic_selection<double>(arrow_axes(), rows, values), by("head"), by("token"));
    const auto read = read_arrow(to_arrow(wide));
    CHECK(read.names == texts{"head", "a", "b", "a", "\xef\xbf\xbd"});
    CHECK(read.rows == cells{{"L0H0", "0", "1", "nan", "null"},
                             {"L0H1", "null", "null", "6", "null"},
                             {"L0H2", "null", "null", "null", "11"},
                             {"L1H2", "null", "null", "null", "23"}});
}

TEST_CASE("tables without rows are a schema and no batch") {
    CHECK(read_arrow(to_arrow(selection(arrow_axes(), {}, {}))).batches.empty());
    CHECK(read_arrow(to_arrow(score_columns(arrow_axes(), {}, {"x"}, {{}}))).names ==
          texts{"layer", "head", "token", "x"});
    CHECK(read_arrow(to_arrow(long_table(std::vector<float>{}, axes({{"a", 0}, {"b", 5}})))).batches.empty());
}

TEST_CASE("what fails in a batch is told by the stream, and no batch follows") {
    const auto table = long_table(ascending_scores(24), arrow_axes());
    const auto fails_with = [&](auto problem) {
        const std::function<double(row_number, double)> at_13 = [=](row_number row, double x) {
            if (row == 13) throw problem;
            return x;
        };
        auto stream = to_arrow(table, {.columns = {"x"}, .derived = {{"x", at_13}}, .batch_bytes = 80});
        ArrowArrayStream& c = *stream.get();
        auto first = next_batch(c);
        first.release(&first);
        ArrowArray batch;
        const int code = c.get_next(&c, &batch);
        CHECK(batch.release == nullptr);
        const std::string message = c.get_last_error(&c);
        ArrowSchema schema; // which still comes
        CHECK(c.get_schema(&c, &schema) == 0);
        CHECK(c.get_last_error(&c) == nullptr);
        schema.release(&schema);
        CHECK(c.get_next(&c, &batch) == code);
        CHECK(std::string(c.get_last_error(&c)) == message);
        return std::pair(code, message);
    };
    CHECK(fails_with(argument_error(errc::invalid_argument, "no")) == std::pair(EINVAL, std::string("no")));
    CHECK(fails_with(file_error(errc::cannot_read, "gone")) == std::pair(EIO, std::string("gone")));
    CHECK(fails_with(std::bad_alloc()).first == ENOMEM);
    CHECK(fails_with(17) == std::pair(EIO, std::string("an unknown exception")));
    std::atomic<bool> stop = false;
    auto stream = to_arrow(svdlens_tests::causal_scores(ascending_scores(4800)), {.batch_bytes = 1000},
                           {.stop = &stop});
    ArrowArray batch = next_batch(*stream.get());
    batch.release(&batch);
    stop = true;
    while (stream.get()->get_next(stream.get(), &batch) == 0) batch.release(&batch);
    CHECK(std::string(stream.get()->get_last_error(stream.get())) == "cancelled");
}

TEST_CASE("a consumer stops half-way, keeps batches and moves columns out of them") {
    auto alive = std::make_shared<int>(0);
    const std::weak_ptr<int> witness = alive;
    ArrowArrayStream taken;
    {
        auto values = std::make_shared<std::vector<float>>(ascending_scores(24));
        const std::shared_ptr<const void> owner(values.get(), [values, alive](const void*) {});
        to_arrow(float_table(arrow_axes(), basic_tensor<float>(std::span<const float>(*values), {24}, owner)),
                 {.columns = {"head", "score"}, .batch_bytes = 80})
            .move_to(&taken);
        alive.reset();
    }
    ArrowArray first = next_batch(taken), second = next_batch(taken);
    ArrowArray column = *second.children[1];
    second.children[1]->release = nullptr; // moved, as the specification has it
    second.release(&second);
    taken.release(&taken);
    CHECK(taken.release == nullptr);
    CHECK(static_cast<const float*>(first.children[1]->buffers[1])[2] == -0.75F);
    first.release(&first);
    CHECK_FALSE(witness.expired()); // the column still shows the scores
    CHECK(static_cast<const float*>(column.buffers[1])[0] == 0.25F);
    column.release(&column);
    CHECK(witness.expired());
}

TEST_CASE("a stream that is moved is released once, and one that nobody reads too") {
    auto first = to_arrow(selection(arrow_axes(), {1}, {1}));
    auto second = std::move(first);
    CHECK(first.get()->release == nullptr);
    second = to_arrow(selection(arrow_axes(), {2, 3}, {1, 2}));
    CHECK(read_arrow(std::move(second)).rows.size() == 2);
}
