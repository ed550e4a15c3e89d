#include "svdlens/plot/detail/thinning.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/predicate.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens;
using plot::detail::choose_rows;
using svdlens_tests::awkward_scores;
using svdlens_tests::head_axes;
using svdlens_tests::random_scores;

namespace {

/// The rows of the n lowest and highest finite scores of each head, by sorting.
std::set<row_number> extremes(const axes& table, const std::vector<float>& scores, std::size_t n) {
    std::map<std::uint64_t, std::vector<row_number>> heads;
    for (row_number row = 0; row < scores.size(); ++row)
        if (std::isfinite(scores[row])) heads[row / table[2].extent].push_back(row);
    std::set<row_number> result;
    for (auto& [head, rows] : heads) {
        std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return scores[a] < scores[b]; });
        for (std::size_t k = 0; k < std::min(n, rows.size()); ++k) result.insert(rows[k]);
        std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
        for (std::size_t k = 0; k < std::min(n, rows.size()); ++k) result.insert(rows[k]);
    }
    return result;
}

} // namespace

TEST_CASE("few rows are all drawn, in row order, without a note") {
    const std::vector<float> scores{3, -1, 2};
    const auto table = long_table(scores, svdlens::axes({{"neuron", 3}}));
    const auto drawn = choose_rows(score_source_ref<float>(table), {}, {.max_points = 3});
    CHECK(std::vector<row_number>(drawn.rows.rows().begin(), drawn.rows.rows().end()) ==
          std::vector<row_number>{0, 1, 2});
    CHECK(std::vector<float>(drawn.rows.scores().begin(), drawn.rows.scores().end()) == scores);
    CHECK(drawn.notes.empty());
}

TEST_CASE("of many rows every extreme of every group is drawn, and the note says how many are not") {
    const auto table_axes = head_axes(2, 3, 500);
    const auto scores = random_scores<float>(3000, 7);
    const auto table = long_table(scores, table_axes);
    const auto drawn =
        choose_rows(score_source_ref<float>(table), by("head"), {.max_points = 400, .extremes = 10});
    REQUIRE(drawn.rows.size() <= 400);
    CHECK(drawn.rows.size() > 380);
    const auto rows = drawn.rows.rows();
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    for (const auto row : extremes(table_axes, scores, 10))
        CHECK(std::binary_search(rows.begin(), rows.end(), row));
    for (std::size_t k = 0; k < rows.size(); ++k) CHECK(drawn.rows.score_at(k) == scores[rows[k]]);
    CHECK(drawn.notes ==
          std::vector<std::string>{"Drawn are " + to_text(rows.size()) +
                                   " of 3000 rows: the 10 highest and lowest of each of 6 groups and a "
                                   "random sample of the others."});
}

TEST_CASE("what is drawn depends on no cut and no number of threads") {
    const auto scores = awkward_scores<float>(5000, 3);
    const auto table_axes = head_axes(2, 2, 1250);
    const auto table = long_table(scores, table_axes);
    const auto whole = choose_rows(score_source_ref<float>(table), by("head"), {.max_points = 200});
    for (const unsigned threads : {1U, 2U, 5U}) {
        const svdlens_tests::cut_source<float> cut(table_axes, scores, threads);
        const auto drawn =
            choose_rows(score_source_ref<float>(cut), by("head"), {.max_points = 200}, {.threads = threads});
        CHECK(std::equal(drawn.rows.rows().begin(), drawn.rows.rows().end(), whole.rows.rows().begin(),
                         whole.rows.rows().end()));
        CHECK(drawn.notes == whole.notes);
    }
}

TEST_CASE("the sample is of all parts of the table, and another for another seed") {
    const auto scores = random_scores<float>(100000, 11);
    const auto table = long_table(scores, svdlens::axes({{"row", 100000}}));
    const auto one = choose_rows(score_source_ref<float>(table), {}, {.max_points = 10000});
    const auto other = choose_rows(score_source_ref<float>(table), {}, {.max_points = 10000, .seed = 2});
    std::vector<int> tenths(10);
    for (const auto row : one.rows.rows()) ++tenths[row / 10000];
    for (const int count : tenths) {
        CHECK(count > 800); // of 1000, with a standard deviation of about 30
        CHECK(count < 1200);
    }
    CHECK_FALSE(std::equal(one.rows.rows().begin(), one.rows.rows().end(), other.rows.rows().begin(),
                           other.rows.rows().end()));
}

TEST_CASE("scores that have no place on a line are counted") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> scores{1, nan, infinity, -infinity, 2};
    const auto table = long_table(scores, svdlens::axes({{"neuron", 5}}));
    const auto drawn = choose_rows(score_source_ref<float>(table), {}, {});
    CHECK(drawn.rows.size() == 2);
    CHECK(drawn.notes ==
          std::vector<std::string>{"1 row has no score (NaN).", "2 rows have an infinite score: not drawn."});
    const auto awkward = long_table(awkward_scores<float>(4000, 1), svdlens::axes({{"neuron", 4000}}));
    const auto thinned = choose_rows(score_source_ref<float>(awkward), {}, {.max_points = 50});
    for (const float score : thinned.rows.scores()) CHECK(std::isfinite(score));
}

TEST_CASE("no rows, and groups that there is no room for") {
    const std::vector<float> none;
    const auto empty = long_table(none, svdlens::axes({axis("neuron", std::uint64_t{0})}));
    CHECK(choose_rows(score_source_ref<float>(empty), {}, {}).rows.empty());
    const auto table = long_table(random_scores<float>(100, 1), svdlens::axes({{"neuron", 100}}));
    // 100 groups have no room among 50 points: the extremes are those of all rows
    const auto drawn =
        choose_rows(score_source_ref<float>(table), by("neuron"), {.max_points = 50, .extremes = 3});
    CHECK(drawn.rows.size() <= 50);
    CHECK(drawn.notes.back().find("the 3 highest and lowest of all") != std::string::npos);
    CHECK(choose_rows(score_source_ref<float>(table), {}, {.max_points = 0}).rows.empty());
}

TEST_CASE("groups without rows need no room") {
    const auto scores = random_scores<float>(100'000, 5);
    const auto table = long_table(scores, svdlens::axes({{"head", 10}, {"token", 10'000}}));
    const auto few = where(table, axis_index("token") < 12);
    const auto drawn =
        choose_rows(score_source_ref<float>(few), by("token"), {.max_points = 100, .extremes = 2});
    CHECK(drawn.notes.back().find("the 2 highest and lowest of each of 12 groups") != std::string::npos);
}

TEST_CASE("the progress of choosing rows ascends, whatever is chosen") {
    const auto table = long_table(random_scores<float>(600, 3), head_axes(2, 3, 100));
    for (const std::uint64_t most : {std::uint64_t{1000}, std::uint64_t{100}, std::uint64_t{8}})
        for (const auto& groups : {by(), by("head"), by("layer", "head", "neuron")}) {
            std::vector<double> shares;
            choose_rows(score_source_ref<float>(table), groups, {.max_points = most},
                        {.progress = [&](const progress_report& r) {
                            shares.push_back(static_cast<double>(r.done) / static_cast<double>(r.total));
                        }});
            CHECK(std::is_sorted(shares.begin(), shares.end()));
        }
}
