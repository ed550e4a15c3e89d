#include "svdlens/table/where.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "table/random_predicate.hpp"

namespace sl = svdlens;
using sl::column;
using sl::score;
using svdlens_tests::awkward_scores;
using svdlens_tests::cut_source;
using svdlens_tests::predicate_maker;
using svdlens_tests::random_axes;
using svdlens_tests::random_scores;

namespace {

/// Rows and scores in the order in which a source hands them out. NaN becomes a text that equals itself.
template <class S>
std::vector<std::pair<sl::row_number, std::string>> rows_handed_out(const S& source) {
    std::vector<std::pair<sl::row_number, std::string>> rows;
    sl::block_buffer<typename S::value_type> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j)
                rows.emplace_back(run.row(j), sl::to_text(run.scores[j]));
        }
    }
    return rows;
}

/// The rows of a source that pass a check, in its order: row by row.
template <class S, class Check>
std::vector<std::pair<sl::row_number, std::string>> rows_passing(const S& source, Check keeps) {
    std::vector<std::pair<sl::row_number, std::string>> rows;
    sl::block_buffer<typename S::value_type> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k)
            for (std::size_t j = 0; j < block.width; ++j) {
                const auto run = block.run(k);
                if (keeps(run.row(j), static_cast<double>(run.scores[j])))
                    rows.emplace_back(run.row(j), sl::to_text(run.scores[j]));
            }
    }
    return rows;
}

/// A source that counts how often a block is fetched.
template <class S>
struct counted {
    using value_type = typename S::value_type;
    S source;
    std::atomic<int>* fetched;

    const sl::axes& axes() const { return source.axes(); }
    const sl::tiling& tiles() const { return source.tiles(); }
    std::uint64_t max_rows() const { return source.max_rows(); }
    std::size_t blocks() const { return source.blocks(); }
    sl::score_block<value_type> block(std::size_t i, sl::block_buffer<value_type>& buffer) const {
        ++*fetched;
        return source.block(i, buffer);
    }
};

} // namespace

TEMPLATE_TEST_CASE("a narrowed source equals filtering row by row", "", float, double) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        const auto table = random_axes(seed);
        const auto scores = awkward_scores<TestType>(static_cast<std::size_t>(table.shape_rows()), seed);
        const auto chosen = predicate_maker(table, seed).make(3);
        const cut_source<TestType> cut(table, scores, seed);
        const auto narrow = sl::where(cut, chosen.condition);
        const auto expected = rows_passing(cut, chosen.keeps);
        REQUIRE(rows_handed_out(narrow) == expected);
        REQUIRE(narrow.max_rows() >= expected.size());
        REQUIRE(sl::count_rows(narrow, {.threads = 1 + seed % 3}) == expected.size());
        const auto dense = sl::long_table(scores, table);
        REQUIRE(rows_handed_out(sl::where(dense, chosen.condition)) == rows_passing(dense, chosen.keeps));
    }
}

TEST_CASE("a narrowed source with holes equals filtering row by row") {
    const auto tiled = svdlens_tests::causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 1));
    const auto stored = sl::store(tiled);
    for (unsigned seed = 0; seed < 200; ++seed) {
        INFO("seed " << seed);
        const auto chosen = predicate_maker(tiled.axes(), seed).make(2);
        const auto narrow = sl::where(tiled, chosen.condition);
        const auto expected = rows_passing(tiled, chosen.keeps);
        REQUIRE(rows_handed_out(narrow) == expected);
        REQUIRE(narrow.max_rows() >= expected.size());
        REQUIRE(rows_handed_out(sl::where(stored, chosen.condition)) == rows_passing(stored, chosen.keeps));
        REQUIRE(rows_handed_out(sl::where(sl::score_source_ref(tiled), chosen.condition)) == expected);
    }
}

TEST_CASE("a selection that is narrowed keeps its order") {
    const auto table = svdlens_tests::head_axes(3, 4, 500);
    const auto scores = awkward_scores<float>(6000, 3);
    for (unsigned seed = 0; seed < 50; ++seed) {
        INFO("seed " << seed);
        const auto best = sl::top_k(sl::long_table(scores, table), 40, sl::by("layer", "head"));
        const auto chosen = predicate_maker(table, seed).make(2);
        const sl::selection narrow = sl::where(best, chosen.condition, {.threads = 1 + seed % 5});
        REQUIRE(rows_handed_out(narrow) == rows_passing(best, chosen.keeps));
    }
}

TEST_CASE("narrowing twice is narrowing by both conditions") {
    const auto table = svdlens_tests::head_axes(3, 4, 50);
    const cut_source<float> cut(table, random_scores<float>(600, 5), 5);
    const auto p = column("layer") != 1;
    const auto q = score() > 0.25 || column("head").ends_with("H2");
    const auto twice = sl::where(sl::where(cut, p), q);
    static_assert(std::is_same_v<decltype(twice), const sl::narrowed<cut_source<float>>>);
    CHECK(rows_handed_out(twice) == rows_handed_out(sl::where(cut, p && q)));
    // Behind a reference the one reads from the other, through the same buffer.
    const auto inner = sl::where(cut, q);
    CHECK(rows_handed_out(sl::where(sl::score_source_ref(inner), p)) == rows_handed_out(twice));
}

TEST_CASE("blocks that hold no row of a masked axis are never fetched") {
    const auto tiled = svdlens_tests::causal_scores(random_scores<float>(3 * 4 * 8 * 50, 2));
    std::atomic<int> fetched{0};
    const counted<svdlens_tests::tiled_scores<float>> source{tiled, &fetched};
    const auto narrow = sl::where(source, column("target_layer") == 2 && column("neuron").in({3, 11}));
    CHECK(fetched == 0);
    // The last section has 28 lines in tiles of 6, and its columns in 4 pieces; columns 3 and 11 lie in two.
    CHECK(narrow.blocks() == 2 * 5);
    CHECK(narrow.max_rows() == 2 * 28);
    CHECK(sl::count_rows(narrow) == 2 * 28);
    CHECK(fetched == 2 * 5);
    CHECK(sl::where(source, column("neuron") >= 50).blocks() == 0);
    CHECK(sl::where(source, column("target_layer") == 2 && column("neuron") == 8).blocks() == 0);
}

TEST_CASE("a block whose rows all pass is handed through without a copy") {
    const auto scores = random_scores<float>(12 * 65536, 7);
    const auto table = sl::long_table(scores, sl::axes({{"layer", 12}, {"neuron", 65536}}));
    sl::block_buffer<float> buffer;
    for (const auto& condition : {column("layer") == 7, column("layer") == 7 && score() > -100,
                                  column("layer") == 7 && column("neuron") < 65536}) {
        const auto narrow = sl::where(table, condition);
        REQUIRE(narrow.blocks() == 1);
        const auto block = narrow.block(0, buffer);
        CHECK(block.scores == scores.data() + 7 * 65536);
        CHECK(block.rows == nullptr);
        CHECK(block.size() == 65536);
    }
}

TEST_CASE("the bound on rows is exact where masks decide on a table in memory") {
    const auto scores = random_scores<float>(5 * 7 * 11 * 300, 9);
    sl::axes table({{"layer", 5}, {"head", 7}, {"direction", 11}, {"neuron", 300}});
    table.add({"head", "L{layer}H{head}"});
    const auto t = sl::long_table(scores, table);
    for (const auto& p :
         {column("head") == "L3H5", column("head") != "L3H5", column("head").in({"L3H5", "L4H6"}),
          column("neuron") < 77, column("neuron").ends_with("7") && column("direction") > 3,
          column("direction").between(2, 4), column("head").contains("H5") && column("layer") < 2,
          column("layer") == 0 || column("neuron") == 0}) {
        const auto narrow = sl::where(t, p);
        CHECK(narrow.max_rows() == sl::count_rows(narrow));
        CHECK(narrow.max_rows() < t.max_rows());
    }
    CHECK(sl::where(t, column("head") == "L3H5").max_rows() == 3300);
    CHECK(sl::where(t, column("head") == "L3H5" && score() > 0).max_rows() == 3300);
    CHECK(sl::count_rows(sl::where(t, column("head") == "L3H5" && score() > 0)) < 3300);
    const cut_source<float> cut(table, scores, 1);
    CHECK(sl::where(cut, column("head") == "L3H5" && column("neuron") > 99).max_rows() == 2200);
}

TEST_CASE("verbs on a narrowed source do not depend on threads") {
    const auto table = svdlens_tests::head_axes(3, 4, 500);
    const cut_source<float> cut(table, awkward_scores<float>(6000, 3), 3);
    const auto narrow = sl::where(cut, column("head").ends_with("H2") || score() > 0.5);
    const auto one = sl::collect(narrow, {.threads = 1});
    const auto expected =
        rows_passing(cut, [&](auto row, double x) { return table.coordinate(row, 1) == 2 || x > 0.5; });
    CHECK(one.size() == expected.size());
    for (const unsigned threads : {2U, 5U}) {
        const auto more = sl::collect(narrow, {.threads = threads});
        CHECK(rows_handed_out(more) == rows_handed_out(one));
    }
}

TEST_CASE("an empty table and a condition that nothing meets give no rows") {
    const auto empty = sl::long_table(std::vector<float>{}, sl::axes({{"a", 0}, {"b", 3}}));
    CHECK(sl::count_rows(sl::where(empty, column("b") == 1)) == 0);
    CHECK(sl::where(empty, column("b") == "no such label").max_rows() == 0);
    CHECK(sl::where(empty, !(column("a") == 1)).blocks() == 0);
    REQUIRE_THROWS_AS(sl::where(empty, column("c") == 1), sl::lookup_error);
    const auto table = sl::long_table(random_scores<double>(3, 1), sl::axes({{"a", 3}}));
    CHECK(sl::count_rows(sl::where(table, column("a") > 2)) == 0);
    CHECK(sl::count_rows(sl::where(table, score() > 100)) == 0);
    CHECK(sl::collect(sl::where(table, column("a") > 2)).empty());
    const sl::selection none(sl::axes({{"a", 3}}), {}, {});
    CHECK(sl::where(none, column("a") == 1).empty());
}

TEST_CASE("a table of one row has that row or not") {
    const auto table = sl::long_table(std::vector<double>{2.5}, sl::axes());
    CHECK(sl::count_rows(sl::where(table, score() == 2.5)) == 1);
    CHECK(sl::count_rows(sl::where(table, score() != 2.5)) == 0);
}

TEST_CASE("a narrowed source outlives the table that it was made from") {
    const auto narrow = [] {
        auto table = sl::long_table(random_scores<float>(600, 2), svdlens_tests::head_axes(3, 4, 50));
        return sl::where(std::move(table), column("head") == "L1H1");
    }();
    const auto copy = narrow;
    CHECK(sl::count_rows(copy) == 50);
    CHECK(copy.axes().label(rows_handed_out(copy).front().first, "head") == "L1H1");
}

TEST_CASE("rows are counted with NaN, for any number of threads") {
    const auto scores = awkward_scores<float>(5000, 11);
    const cut_source<float> cut(sl::axes({{"row", 5000}}), scores, 2);
    for (const unsigned threads : {1U, 2U, 5U}) CHECK(sl::count_rows(cut, {.threads = threads}) == 5000);
    CHECK(sl::count_rows(svdlens_tests::causal_scores(random_scores<float>(4800, 1))) ==
          14 * 50 + 28 * 50 + 28 * 37);
}

TEST_CASE("narrowing a selection and counting can be stopped") {
    const std::atomic<bool> stop{true};
    const sl::selection some(sl::axes({{"a", 3}}), {1}, {0.5F});
    REQUIRE_THROWS_AS(sl::where(some, score() > 0, {.stop = &stop}), sl::cancelled_error);
    REQUIRE_THROWS_AS(sl::count_rows(some, {.stop = &stop}), sl::cancelled_error);
}

TEST_CASE("a condition on an erased reference skips the same blocks as on the source itself") {
    const auto tiled = svdlens_tests::causal_scores(random_scores<float>(3 * 4 * 8 * 50, 2));
    const auto condition = column("target_layer") == 2 && column("neuron").in({3, 11});
    const auto narrow = sl::where(tiled, condition);
    const auto erased = sl::where(sl::score_source_ref<float>(tiled), condition);
    CHECK(erased.blocks() == narrow.blocks());
    CHECK(erased.max_rows() == narrow.max_rows());
    const auto all = sl::collect(narrow), same = sl::collect(erased);
    CHECK(std::vector<sl::row_number>(same.rows().begin(), same.rows().end()) ==
          std::vector<sl::row_number>(all.rows().begin(), all.rows().end()));
}
