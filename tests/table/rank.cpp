#include "svdlens/table/rank.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/sort_by.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::rank_method;
using sl::sort_order;

namespace {

constexpr rank_method methods[] = {rank_method::average, rank_method::min, rank_method::max,
                                   rank_method::dense, rank_method::first};

/// The rank of a row by counting all others.
template <class S, class Group>
double naive_rank(const S& source, std::size_t k, Group group, const sl::rank_options& options) {
    const auto score = source.score_at(k);
    if (std::isnan(score)) return NAN;
    double before = 0, equal = 0, earlier = 0;
    std::vector<typename S::value_type> seen;
    for (std::size_t j = 0; j < source.size(); ++j) {
        if (group(source.row_at(j)) != group(source.row_at(k))) continue;
        const auto other = source.score_at(j);
        if (other == score) {
            ++equal;
            earlier += j < k ? 1 : 0;
        } else if (options.order == sort_order::ascending ? other < score : other > score) {
            ++before;
            bool known = false;
            for (const auto value : seen) known = known || value == other;
            if (!known) seen.push_back(other);
        }
    }
    switch (options.method) {
    case rank_method::min:
        return before + 1;
    case rank_method::max:
        return before + equal;
    case rank_method::dense:
        return static_cast<double>(seen.size()) + 1;
    case rank_method::first:
        return before + earlier + 1;
    default:
        return before + (equal + 1) / 2;
    }
}

/// Whether ranks are the same, NaN for NaN.
bool same(const sl::basic_selection<double>& ranks, const std::vector<double>& wanted) {
    if (ranks.size() != wanted.size()) return false;
    for (std::size_t k = 0; k < wanted.size(); ++k)
        if (!(ranks.score_at(k) == wanted[k] || (std::isnan(ranks.score_at(k)) && std::isnan(wanted[k]))))
            return false;
    return true;
}

/// The ranks by sorting: for tables too large to count all other rows for each.
std::vector<double> sorted_ranks(const std::vector<float>& scores, std::size_t groups, rank_method method) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return a % groups != b % groups ? a % groups < b % groups : scores[a] < scores[b];
    });
    std::vector<double> ranks(scores.size());
    for (std::size_t begin = 0, first = 0, seen = 0, end = 0; begin < order.size(); begin = end, ++seen) {
        const auto group = order[begin] % groups;
        if (begin == 0 || order[begin - 1] % groups != group) first = begin, seen = 0;
        const auto ties = [&](std::size_t k) {
            return order[k] % groups == group && scores[order[k]] == scores[order[begin]];
        };
        for (end = begin; end < order.size() && ties(end);) ++end;
        for (std::size_t k = begin; k < end; ++k) {
            const double low = static_cast<double>(begin - first + 1),
                         high = static_cast<double>(end - first);
            ranks[order[k]] = method == rank_method::min     ? low
                              : method == rank_method::max   ? high
                              : method == rank_method::dense ? static_cast<double>(seen + 1)
                              : method == rank_method::first ? low + static_cast<double>(k - begin)
                                                             : (low + high) / 2;
        }
    }
    return ranks;
}

template <class S>
void check_ranks(const S& source) {
    const auto all = [](std::uint64_t) { return std::uint64_t{0}; };
    const auto neuron = [](std::uint64_t row) { return row % 50; };
    for (const auto method : methods) {
        for (const auto order : {sort_order::ascending, sort_order::descending}) {
            const sl::rank_options options{.method = method, .order = order};
            std::vector<double> of_all, of_neuron;
            for (std::size_t k = 0; k < source.size(); ++k) {
                of_all.push_back(naive_rank(source, k, all, options));
                of_neuron.push_back(naive_rank(source, k, neuron, options));
            }
            for (const unsigned threads : {1U, 5U}) {
                CHECK(same(sl::rank(source, options, {.threads = threads}), of_all));
                CHECK(same(sl::rank(source, sl::by("neuron"), options, {.threads = threads}), of_neuron));
            }
        }
    }
}

} // namespace

TEMPLATE_TEST_CASE("ranks are what counting all other rows gives", "", float, double) {
    const auto table =
        sl::long_table(awkward_scores<TestType>(600, 8), sl::axes({{"head", 12}, {"neuron", 50}}));
    check_ranks(table);
    // In an order of its own, for which `first` differs.
    check_ranks(sl::sort_by(table, {sl::descending("row")}));
}

TEST_CASE("groups and ties that go on through many stretches") {
    const std::size_t rows = 3 * 40'000;
    for (const std::size_t values : {std::size_t{1}, std::size_t{3}, std::size_t{50'000}}) {
        std::vector<float> scores(rows);
        std::mt19937_64 random(values);
        for (auto& each : scores) each = static_cast<float>(random() % values) - 1;
        const auto table = sl::long_table(scores, sl::axes({{"row", rows / 3}, {"group", 3}}));
        for (const auto method : methods)
            for (const unsigned threads : {1U, 3U}) {
                const sl::rank_options options{.method = method};
                CHECK(same(sl::rank(table, options, {.threads = threads}), sorted_ranks(scores, 1, method)));
                CHECK(same(sl::rank(table, sl::by("group"), options, {.threads = threads}),
                           sorted_ranks(scores, 3, method)));
            }
    }
}

TEST_CASE("rows are those of the source, in its order, with holes as they are") {
    const auto table = sl::store(causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 2)));
    const auto sorted = sl::sort_by(table, {sl::descending("score")});
    const auto of_table = sl::rank(table);
    REQUIRE(of_table.size() == table.size());
    for (std::size_t k = 0; k < table.size(); ++k) REQUIRE(of_table.row_at(k) == table.row_at(k));
    const auto ranks = sl::rank(sorted, {.method = rank_method::first, .order = sort_order::descending});
    for (std::size_t k = 0; k < sorted.size(); ++k) {
        REQUIRE(ranks.row_at(k) == sorted.row_at(k));
        if (!std::isnan(sorted.score_at(k))) {
            REQUIRE(ranks.score_at(k) == static_cast<double>(k + 1));
        } else {
            REQUIRE(std::isnan(ranks.score_at(k)));
        }
    }
}

TEST_CASE("ranks are those of pandas, with ties, NaN, both zeros and infinities") {
    const auto table = sl::long_table(
        std::vector<double>{2.5, -0.0, NAN, INFINITY, 0.0, 2.5, -INFINITY, 2.5, -1, NAN, INFINITY},
        sl::axes({{"place", 11}}));
    using list = std::vector<double>;
    const auto up = [&](rank_method method) { return sl::rank(table, {.method = method}); };
    const auto down = [&](rank_method method) {
        return sl::rank(table, {.method = method, .order = sort_order::descending});
    };
    CHECK(same(sl::rank(table), list{6, 3.5, NAN, 8.5, 3.5, 6, 1, 6, 2, NAN, 8.5}));
    CHECK(same(up(rank_method::min), list{5, 3, NAN, 8, 3, 5, 1, 5, 2, NAN, 8}));
    CHECK(same(up(rank_method::max), list{7, 4, NAN, 9, 4, 7, 1, 7, 2, NAN, 9}));
    CHECK(same(up(rank_method::dense), list{4, 3, NAN, 5, 3, 4, 1, 4, 2, NAN, 5}));
    CHECK(same(up(rank_method::first), list{5, 3, NAN, 8, 4, 6, 1, 7, 2, NAN, 9}));
    CHECK(same(down(rank_method::average), list{4, 6.5, NAN, 1.5, 6.5, 4, 9, 4, 8, NAN, 1.5}));
    CHECK(same(down(rank_method::min), list{3, 6, NAN, 1, 6, 3, 9, 3, 8, NAN, 1}));
    CHECK(same(down(rank_method::max), list{5, 7, NAN, 2, 7, 5, 9, 5, 8, NAN, 2}));
    CHECK(same(down(rank_method::dense), list{2, 3, NAN, 1, 3, 2, 5, 2, 4, NAN, 1}));
    CHECK(same(down(rank_method::first), list{3, 6, NAN, 1, 7, 4, 9, 5, 8, NAN, 2}));
}

TEST_CASE("nothing to rank, one row, only NaN, and columns that there are not") {
    CHECK(sl::rank(sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)})), sl::by("row"))
              .empty());
    CHECK(same(sl::rank(sl::long_table(std::vector<float>{-INFINITY}, sl::axes({{"row", 1}}))), {1}));
    CHECK(same(sl::rank(sl::long_table(std::vector<float>{NAN, NAN}, sl::axes({{"row", 2}}))), {NAN, NAN}));
    const auto one = sl::long_table(std::vector<float>{1}, sl::axes({{"row", 1}}));
    REQUIRE_THROWS_AS(sl::rank(one, sl::by("column")), sl::lookup_error);
}

TEST_CASE("ranks told how to run and not how to rank are average ones, ascending") {
    const auto table = sl::long_table(random_scores<float>(24, 3), sl::axes({{"a", 4}, {"b", 6}}));
    const auto same_ranks = [](const auto& one, const auto& other) {
        return std::equal(one.scores().begin(), one.scores().end(), other.scores().begin(),
                          other.scores().end());
    };
    CHECK(same_ranks(sl::rank(table, {.threads = 2}), sl::rank(table, {.method = sl::rank_method::average})));
    CHECK(same_ranks(sl::rank(table, sl::by("a"), {.threads = 2}),
                     sl::rank(table, sl::by("a"), {.order = sl::sort_order::ascending})));
}
