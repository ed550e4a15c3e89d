#include "svdlens/table/pick.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/score_key.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Whether a selection holds these rows with the bits that `score(row)` has.
template <class T, class Score>
bool holds(const sl::basic_selection<T>& picked, const rows& wanted, Score score) {
    if (rows(picked.rows().begin(), picked.rows().end()) != wanted) return false;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        const T expected = score(wanted[k]);
        if (std::isnan(expected) ? !std::isnan(picked.score_at(k)) : picked.score_at(k) != expected)
            return false;
    }
    return true;
}

/// Counts the tiles that are computed.
class tile_counter {
  public:
    using value_type = float;

    tile_counter(tiled_scores<float> scores, std::atomic<int>& count) :
        scores_(std::move(scores)), count_(&count) {}

    const sl::axes& axes() const { return scores_.axes(); }
    const sl::tiling& tiles() const { return scores_.tiles(); }
    std::uint64_t max_rows() const { return scores_.max_rows(); }
    std::size_t blocks() const { return scores_.blocks(); }
    sl::score_block<float> block(std::size_t i, sl::block_buffer<float>& buffer) const {
        ++*count_;
        return scores_.block(i, buffer);
    }

  private:
    tiled_scores<float> scores_;
    std::atomic<int>* count_;
};

} // namespace

TEMPLATE_TEST_CASE("picked rows have the source's scores, whatever its blocks", "", float, double) {
    const auto scores = awkward_scores<TestType>(4000, 5);
    const sl::axes columns({{"row", scores.size()}});
    const auto score = [&](std::uint64_t row) { return scores[static_cast<std::size_t>(row)]; };
    std::mt19937 random(1);
    const std::size_t counts[] = {0, 1, 30, 3000, 9000};
    for (const auto count : counts) {
        rows asked;
        for (std::size_t k = 0; k < count; ++k) asked.push_back(random() % scores.size());
        rows wanted = asked;
        std::sort(wanted.begin(), wanted.end());
        wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
        for (const unsigned threads : {1U, 2U, 5U}) {
            const sl::execution run{.threads = threads};
            const cut_source<TestType> cut(columns, scores, threads);
            CHECK(holds(sl::pick(cut, asked, run), wanted, score));
            CHECK(holds(sl::pick(sl::long_table(scores, columns), asked, run), wanted, score));
            CHECK(holds(
                sl::pick(sl::top_k(cut, 4000), asked, run),
                [&] {
                    rows numbers;
                    for (const auto row : wanted)
                        if (!std::isnan(score(row))) numbers.push_back(row);
                    return numbers;
                }(),
                score));
        }
    }
}

TEST_CASE("rows that are not present are left out, and only tiles with a wanted row are computed") {
    const auto lazy = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 6));
    std::atomic<int> computed{0};
    const tile_counter counted(lazy, computed);
    const auto score = [&](std::uint64_t row) { return lazy.at(row); };
    rows all, present;
    for (std::uint64_t row = 0; row < lazy.axes().shape_rows(); ++row) {
        all.push_back(row);
        if (lazy.tiles().offset(row)) present.push_back(row);
    }
    CHECK(holds(sl::pick(counted, all, {.threads = 2}), present, score));
    CHECK(computed == static_cast<int>(lazy.blocks()));
    CHECK(holds(sl::pick(sl::store(lazy), all, {.threads = 2}), present, score));
    for (const auto row : all) {
        computed = 0;
        const rows one{row};
        const bool there = lazy.tiles().offset(row).has_value();
        REQUIRE(holds(sl::pick(counted, one), there ? one : rows{}, score));
        REQUIRE(computed == (there ? 1 : 0));
    }
    computed = 0;
    CHECK(sl::pick(counted, rows{}).empty());
    CHECK(computed == 0);
}

TEST_CASE("signed scores of the rows of the largest magnitude") {
    const auto table = sl::long_table(std::vector<float>{1, -5, NAN, 4, -2}, sl::axes({{"row", 5}}));
    const auto top = sl::top_k(sl::map_scores(table, sl::magnitude{}), 2);
    const auto picked = sl::pick(table, top.rows());
    CHECK(rows(picked.rows().begin(), picked.rows().end()) == rows{1, 3});
    CHECK(picked.score_at(0) == -5);
    CHECK(picked.score_at(1) == 4);
}

TEST_CASE("a row outside the table is refused, and picking can be stopped") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    const rows outside{0, 2};
    REQUIRE_THROWS_AS(sl::pick(table, outside), sl::argument_error);
    CHECK(message_of([&] { (void)sl::pick(table, outside); }) ==
          "pick: expected rows below the table's 2, found 2");
    const std::atomic<bool> stop{true};
    const rows first{0};
    REQUIRE_THROWS_AS(sl::pick(table, first, {.stop = &stop}), sl::cancelled_error);
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)}));
    CHECK(sl::pick(none, rows{}).empty());
}

TEST_CASE("the rows of a selection are picked from the same table, and from no other") {
    const auto scores = random_scores<float>(60, 4);
    const auto table = sl::long_table(scores, head_axes(3, 4, 5));
    const auto strongest = sl::top_k(sl::map_scores(table, sl::magnitude{}), 5);
    const auto picked = sl::pick(table, strongest);
    rows wanted(strongest.rows().begin(), strongest.rows().end());
    std::sort(wanted.begin(), wanted.end());
    CHECK(holds(picked, wanted, [&](sl::row_number row) { return scores[row]; }));
    CHECK(message_of([&] { sl::pick(sl::long_table(scores, head_axes(3, 5, 4)), strongest); }) ==
          "pick: expected rows of one table, found axis \"head\" of extent 5 and 4");
}

TEST_CASE("rows with several columns are picked in the order of a selection, as often as they are there") {
    const auto table = sl::long_table(random_scores<float>(60, 4), head_axes(3, 4, 5));
    const auto heads = sl::group_by(table, sl::by("head"), sl::aggregates::mean{}, sl::aggregates::count{});
    const auto best = sl::top_k(heads.get<sl::aggregates::mean>(), 3);
    const auto picked = sl::pick(heads, best);
    CHECK(rows(picked.rows().begin(), picked.rows().end()) == rows(best.rows().begin(), best.rows().end()));
    CHECK(picked.names() == heads.columns().names());
    for (std::size_t k = 0; k < best.size(); ++k) {
        CHECK(picked.values("mean")[k] == best.score_at(k));
        CHECK(picked.values("count")[k] == 5);
    }

    const sl::axes four({{"row", 4}});
    const sl::score_columns joined(four, {2, 0, 2}, {"left", "right"}, {{1, 2, 3}, {4, 5, 6}});
    const auto found = sl::pick(joined, sl::basic_selection<double>(four, {3, 2, 0}, {0, 0, 0}));
    CHECK(rows(found.rows().begin(), found.rows().end()) == rows{2, 2, 0});
    CHECK(std::vector<double>(found.values("right").begin(), found.values("right").end()) ==
          std::vector<double>{4, 6, 5});
    CHECK(sl::pick(joined, sl::basic_selection<double>(four, {}, {})).empty());
    CHECK(message_of([&] { (void)sl::pick(joined, best); }).find("pick: ") == 0);
}
