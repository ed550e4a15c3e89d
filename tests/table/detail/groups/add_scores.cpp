#include "svdlens/table/detail/groups/add_scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

struct product {
    struct state {
        double product = 1;
    };
    static void add(state& s, double score) { s.product *= score; }
    static void merge(state& s, const state& other) { s.product *= other.product; }
    static double value(const state& s) { return s.product; }
};

/// With a bound of its own, and all that is optional.
struct count_above {
    double bound;
    using state = int;
    static constexpr auto nan = sl::nan_scores::skipped;
    static const char* name() { return "above"; }
    void add(state& s, double score) const { s += score > bound ? 1 : 0; }
    void merge(state& s, state other) const { s += other; }
    double value(state s) const { return s; }
};

struct no_merge {
    using state = int;
    static void add(state&, double) {}
    static double value(state) { return 0; }
};

} // namespace

TEST_CASE("an aggregate is a state, add, merge and value") {
    STATIC_REQUIRE(sl::aggregate<product>);
    STATIC_REQUIRE(sl::aggregate<count_above>);
    STATIC_REQUIRE_FALSE(sl::aggregate<no_merge>);
    STATIC_REQUIRE_FALSE(sl::aggregate<int>);
}

TEST_CASE("an aggregate that says nothing of NaN never sees one") {
    const std::vector<float> scores{2, NAN, 3, NAN};
    product::state all{};
    sl::detail::add_all(product{}, all, std::span<const float>(scores));
    CHECK(all.product == 6);
    std::vector<product::state> each(4);
    sl::detail::add_each(product{}, each.data(), std::span<const float>(scores));
    CHECK(each[0].product == 2);
    CHECK(each[1].product == 1);
}

TEST_CASE("an aggregate may hold a bound and be run in lanes") {
    std::vector<double> scores;
    for (int k = 0; k < 100; ++k) scores.push_back(k);
    int found = 5;
    sl::detail::add_all(count_above{89.5}, found, std::span<const double>(scores));
    CHECK(found == 15);
    CHECK(sl::detail::aggregate_name<count_above>() == "above");
    CHECK(sl::detail::aggregate_name<product>() == "aggregate");
}

namespace {

/// Whether lines added some at a time give the bits of lines added one after the other.
template <class A>
bool agrees_line_by_line(const A& a) {
    constexpr std::size_t size = 37;
    std::vector<std::vector<float>> lines(sl::detail::lines_together, std::vector<float>(size));
    std::array<const float*, sl::detail::lines_together> together{};
    for (std::size_t k = 0; k < lines.size(); ++k) {
        for (std::size_t j = 0; j < size; ++j)
            lines[k][j] =
                (j + 3 * k) % 11 == 0 ? NAN : static_cast<float>(j * 7 % 13) * 0.37F - static_cast<float>(k);
        together[k] = lines[k].data();
    }
    using state = sl::detail::aggregate_state<A, float>;
    std::vector<state> one_by_one(size), at_once(size);
    for (int round = 0; round < 2; ++round) {
        for (const auto& line : lines)
            sl::detail::add_each(a, one_by_one.data(), std::span<const float>(line));
        sl::detail::add_lines(a, at_once.data(), together, size);
    }
    const auto same = [&](const state& x, const state& y) {
        const double p = a.value(x), q = a.value(y);
        return p == q || (p != p && q != q);
    };
    return std::equal(one_by_one.begin(), one_by_one.end(), at_once.begin(), same);
}

} // namespace

TEST_CASE("lines of the same groups are added at once with the bits of one after the other") {
    CHECK(agrees_line_by_line(sl::aggregates::mean{}));
    CHECK(agrees_line_by_line(sl::aggregates::std_dev{}));
    CHECK(agrees_line_by_line(sl::aggregates::abs_max{}));
    CHECK(agrees_line_by_line(sl::aggregates::count{}));
    CHECK(agrees_line_by_line(product{}));
    CHECK(agrees_line_by_line(count_above{0.5}));
}
