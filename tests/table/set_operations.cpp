#include "svdlens/table/set_operations.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using scored = std::map<std::uint64_t, std::uint32_t>; // score bits by row

scored set_of(const sl::selection& s) {
    scored result;
    for (std::size_t k = 0; k < s.size(); ++k)
        result.emplace(s.row_at(k), std::bit_cast<std::uint32_t>(s.score_at(k)));
    return result;
}

/// Whether a selection holds the rows of a set, ascending, with their score bits.
bool is(const sl::selection& s, const scored& wanted) {
    if (s.size() != wanted.size()) return false;
    std::size_t k = 0;
    for (const auto& entry : wanted) {
        if (s.row_at(k) != entry.first) return false;
        if (std::bit_cast<std::uint32_t>(s.score_at(k)) != entry.second) return false;
        ++k;
    }
    return true;
}

/// Some rows below `extent` in random order.
sl::selection random_selection(const sl::axes& table, unsigned seed, std::size_t most) {
    std::mt19937 random(seed);
    std::vector<sl::row_number> picked;
    for (std::uint64_t row = 0; row < table.shape_rows(); ++row)
        if (picked.size() < most && random() % 3 == 0) picked.push_back(row);
    for (std::size_t k = picked.size(); k > 1; --k) std::swap(picked[k - 1], picked[random() % k]);
    return {table, picked, awkward_scores<float>(picked.size(), seed)};
}

} // namespace

TEST_CASE("unions, intersections and differences are those of sets, with a's scores") {
    const auto table = head_axes(3, 4, 50);
    for (unsigned seed = 0; seed < 20; ++seed) {
        const auto a = random_selection(table, seed, seed * 30);
        const auto b = random_selection(table, 100 + seed, 600);
        const auto x = set_of(a), y = set_of(b);
        scored united = x, both, rest;
        for (const auto& entry : y) united.insert(entry);
        for (const auto& entry : x) (y.count(entry.first) != 0 ? both : rest).insert(entry);
        CHECK(is(sl::unite(a, b), united));
        CHECK(is(sl::intersect(a, b), both));
        CHECK(is(sl::subtract(a, b), rest));
        CHECK(is(sl::unite(a, a), x));
        CHECK(is(sl::subtract(a, a), {}));
        CHECK(is(sl::unite(sl::subtract(a, b), sl::intersect(a, b)), x));
    }
}

TEST_CASE("where scores differ the first one's is kept, NaN and zeros as they are") {
    const sl::axes table({{"row", 5}});
    const sl::selection a(table, {4, 1, 3}, {-0.0F, NAN, 1});
    const sl::selection b(table, {1, 3, 4, 0}, {7, 8, 0.0F, INFINITY});
    const auto both = sl::intersect(a, b);
    CHECK(rows_of(both) == rows{1, 3, 4});
    CHECK(std::isnan(both.score_at(0)));
    CHECK(both.score_at(1) == 1);
    CHECK(std::signbit(both.score_at(2)));
    CHECK(rows_of(sl::unite(b, a)) == rows{0, 1, 3, 4});
    CHECK(sl::unite(b, a).score_at(1) == 7);
}

TEST_CASE("many sets unite, tables are sets too, and a row that is listed twice comes once") {
    const sl::axes columns({{"row", 6}});
    const auto table = sl::long_table(std::vector<float>{3, 1, -4, 1, -5, 9}, columns);
    const auto top = sl::top_k(table, 1), bottom = sl::bottom_k(table, 1);
    const auto next = sl::bottom_k(table, 2);
    CHECK(rows_of(sl::unite(top, bottom)) == rows{4, 5});
    CHECK(rows_of(sl::unite(top, bottom, next)) == rows{2, 4, 5});
    CHECK(rows_of(sl::unite(top, bottom, next, table)) == rows{0, 1, 2, 3, 4, 5});
    CHECK(rows_of(sl::subtract(table, sl::outside(table, {.low = -2, .high = 2}))) == rows{1, 3});
    const sl::selection twice(columns, {2, 0, 2, 0}, {1, 2, 1, 2});
    CHECK(rows_of(sl::unite(twice, top)) == rows{0, 2, 5});
    CHECK(rows_of(sl::subtract(table, twice)) == rows{1, 3, 4, 5});
}

TEST_CASE("empty sets") {
    const sl::axes table({{"row", 3}});
    const sl::selection none(table, {}, {}), one(table, {2}, {1});
    CHECK(sl::unite(none, none).empty());
    CHECK(rows_of(sl::unite(none, one)) == rows{2});
    CHECK(rows_of(sl::unite(one, none)) == rows{2});
    CHECK(sl::intersect(one, none).empty());
    CHECK(sl::intersect(none, one).empty());
    CHECK(rows_of(sl::subtract(one, none)) == rows{2});
    CHECK(sl::subtract(none, one).empty());
}

TEST_CASE("rows of two tables do not mix") {
    const auto of = [](sl::axes table) { return sl::selection(std::move(table), {}, {}); };
    const auto a = of(sl::axes({{"head", 2}, {"neuron", 3}}));
    const auto narrow = of(sl::axes({{"head", 2}, {"neuron", 4}}));
    const auto renamed = of(sl::axes({{"head", 2}, {"token", 3}}));
    const auto flat = of(sl::axes({{"head", 6}}));
    REQUIRE_THROWS_AS(sl::unite(a, flat), sl::argument_error);
    CHECK(message_of([&] { (void)sl::unite(a, narrow); }) ==
          R"(unite: expected rows of one table, found axis "neuron" of extent 3 and 4)");
    CHECK(message_of([&] { (void)sl::intersect(a, renamed); }) ==
          R"(intersect: expected rows of one table, found axis 1 "neuron" and "token")");
    CHECK(message_of([&] { (void)sl::subtract(a, flat); }) ==
          "subtract: expected rows of one table, found 2 axes and 1");
}

TEST_CASE("tables whose axes have other labels are refused: their row numbers mean other things") {
    const sl::axes first({{"station", {"harbour", "hill"}}}), turned({{"station", {"hill", "harbour"}}});
    const sl::selection a(first, {0}, {1.0F}), b(turned, {0}, {1.0F});
    CHECK(svdlens_tests::message_of([&] { (void)sl::unite(a, b); }) ==
          "unite: expected rows of one table, found other labels along axis \"station\"");
    REQUIRE_THROWS_AS(sl::subtract(a, b), sl::argument_error);
    const sl::selection same(sl::axes({{"station", {"harbour", "hill"}}}), {1}, {2.0F});
    const sl::selection numbered(sl::axes({{"station", 2}}), {1}, {2.0F});
    CHECK(sl::unite(a, same).size() == 2);
    CHECK(sl::unite(a, numbered).size() == 2);
}
