#include "svdlens/table/group_by.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

namespace {

const std::tuple<ag::count, ag::sum, ag::mean, ag::std_dev, ag::min, ag::max, ag::abs_max, ag::energy>
    several;

/// What several aggregates give for a group's scores.
std::vector<double> naive_values(const std::vector<double>& scores) {
    const auto x = numbers_of(scores);
    const auto n = static_cast<double>(x.size());
    long double sum = 0, energy = 0, squares = 0;
    for (const double v : x) {
        sum += v;
        energy += static_cast<long double>(v) * v;
    }
    for (const double v : x) squares += (v - sum / x.size()) * (v - sum / x.size());
    const bool none = x.empty();
    const double low = none ? NAN : *std::min_element(x.begin(), x.end());
    const double high = none ? NAN : *std::max_element(x.begin(), x.end());
    return {n,
            static_cast<double>(sum),
            static_cast<double>(sum) / n,
            x.size() < 2 ? NAN : std::sqrt(static_cast<double>(squares) / (n - 1)),
            low,
            high,
            none ? NAN : (std::max)(std::abs(low), std::abs(high)),
            static_cast<double>(energy)};
}

template <class Table>
std::vector<std::vector<double>> columns_of(const Table& t) {
    std::vector<std::vector<double>> columns;
    sl::detail::for_each_index<8>(
        [&](auto k) { columns.emplace_back(t.columns().values(k).begin(), t.columns().values(k).end()); });
    return columns;
}

template <class S>
void check_groups(const S& source, const sl::by_columns& columns, const sl::execution& run) {
    const auto wanted = group_naively(source, columns);
    const auto found = sl::group_by(source, columns, several, run);
    const auto values = columns_of(found);
    REQUIRE(found.size() == wanted.size());
    std::size_t k = 0;
    for (const auto& [group, scores] : wanted) {
        REQUIRE(found.rows()[k] == group);
        const auto expected = naive_values(scores);
        for (std::size_t a = 0; a < expected.size(); ++a) {
            INFO("group " << group << ", aggregate " << a << ": " << values[a][k] << " for " << expected[a]);
            REQUIRE(same_number(values[a][k], expected[a], a == 1 || a == 2 ? 10 : 0));
        }
        ++k;
    }
}

std::vector<std::uint64_t> bits(const std::vector<std::vector<double>>& columns) {
    std::vector<std::uint64_t> result;
    for (const auto& column : columns)
        for (const double value : column) result.push_back(std::bit_cast<std::uint64_t>(value));
    return result;
}

/// Awkward scores without infinities, whose naive sums are NaN in other places.
template <class T>
std::vector<T> scores_of(const sl::axes& table, unsigned seed) {
    auto scores = awkward_scores<T>(table.shape_rows(), seed);
    for (auto& score : scores)
        if (std::isinf(score)) score = T{5};
    return scores;
}

struct above {
    double bound;
    using state = std::uint64_t;
    void add(state& s, double score) const { s += score > bound ? 1 : 0; }
    void merge(state& s, state other) const { s += other; }
    double value(state s) const { return static_cast<double>(s); }
};

} // namespace

TEMPLATE_TEST_CASE("groups are those of a loop over all rows, for any rank, columns and cut", "", float,
                   double) {
    for (const auto& table : small_shapes()) {
        const auto scores = scores_of<TestType>(table, 4);
        for (const auto& columns : column_choices(table)) {
            check_groups(sl::long_table(scores, table), columns, {});
            for (const unsigned threads : {1U, 2U, 5U})
                check_groups(cut_source<TestType>(table, scores, threads), columns, {.threads = threads});
        }
    }
}

TEST_CASE("groups of tiles with holes leave out those without a row") {
    auto scores = random_scores<float>(3 * 4 * 8 * 50, 12);
    for (std::size_t k = 0; k < scores.size(); k += 7) scores[k] = NAN;
    const auto lazy = causal_scores(scores);
    for (const auto& columns : column_choices(lazy.axes())) {
        check_groups(lazy, columns, {.threads = 3});
        check_groups(sl::store(lazy), columns, {});
    }
    CHECK(sl::group_by(lazy, sl::by("direction"), ag::count{}).size() == 7);
}

TEST_CASE("selections group in any order of their rows") {
    const auto table = head_axes(3, 4, 50);
    const auto scores = random_scores<float>(600, 2);
    std::vector<sl::row_number> rows;
    std::vector<float> kept;
    for (std::uint64_t k = 0; k < 250; ++k) {
        rows.push_back(k * 7919 % 600);
        kept.push_back(k % 11 == 0 ? NAN : scores[rows.back()]);
    }
    const sl::selection picked(table, rows, kept);
    for (const auto& columns : {sl::by("head"), sl::by("neuron"), sl::by("layer", "neuron"), sl::by()})
        check_groups(picked, columns, {.threads = 2});
}

TEST_CASE("blocks that share groups with many others merge") {
    const sl::axes table({{"layer", 3}, {"direction", 5}, {"neuron", 30000}});
    const auto scores = random_scores<float>(450000, 6);
    const auto dense = sl::long_table(scores, table);
    for (const auto& columns : {sl::by(), sl::by("layer"), sl::by("neuron"), sl::by("direction"),
                                sl::by("layer", "neuron"), sl::by("direction", "neuron")})
        check_groups(dense, columns, {.threads = 2});
}

TEST_CASE("the same bits come out for any number of threads and from memory") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 31));
    const auto stored = sl::store(lazy);
    const auto cut = cut_source<float>(lazy.axes(), random_scores<float>(3 * 4 * 8 * 50, 31), 9);
    for (const auto& columns :
         {sl::by("head"), sl::by("neuron"), sl::by("target_layer", "direction"), sl::by()}) {
        const auto wanted = bits(columns_of(sl::group_by(lazy, columns, several, {.threads = 1})));
        const auto of_cut = bits(columns_of(sl::group_by(cut, columns, several, {.threads = 1})));
        for (const unsigned threads : {2U, 5U}) {
            CHECK(bits(columns_of(sl::group_by(lazy, columns, several, {.threads = threads}))) == wanted);
            CHECK(bits(columns_of(sl::group_by(stored, columns, several, {.threads = threads}))) == wanted);
            CHECK(bits(columns_of(sl::group_by(cut, columns, several, {.threads = threads}))) == of_cut);
        }
    }
}

TEST_CASE("a group of NaN scores is there without a number") {
    const auto table = sl::long_table(std::vector<float>{NAN, NAN, 1, 2}, sl::axes({{"a", 2}, {"b", 2}}));
    const auto groups = sl::group_by(table, sl::by("a"), several);
    REQUIRE(groups.size() == 2);
    CHECK(groups.columns().values(0)[0] == 0);
    CHECK(groups.columns().values(1)[0] == 0);
    CHECK(std::isnan(groups.columns().values(2)[0]));
    CHECK(std::isnan(groups.columns().values(3)[0]));
    CHECK(std::isnan(groups.columns().values(4)[0]));
    CHECK(std::isnan(groups.columns().values(6)[0]));
    CHECK(groups.columns().values(7)[0] == 0);
    CHECK(groups.columns().values(7)[1] == 5);
}

TEST_CASE("columns of aggregates are tables that verbs work on") {
    const auto table = sl::long_table(random_scores<float>(2 * 3 * 40, 5), head_axes(2, 3, 40));
    const auto groups = sl::group_by(table, sl::by("head"), ag::mean{}, ag::abs_max{}, above{0.5});
    const auto means = groups.get<ag::mean>();
    CHECK(means.axes().label(5, "head") == "L1H2");
    CHECK(means.size() == 6);
    CHECK(groups.get<above>().scores()[3] == groups.columns().values(2)[3]);
    CHECK(groups.columns().column(1).scores()[2] == groups.columns().values(1)[2]);
    const auto best = sl::top_k(groups.columns().column(1), 1);
    CHECK(best.scores()[0] ==
          *std::max_element(groups.columns().values(1).begin(), groups.columns().values(1).end()));
    const sl::basic_selection<double> one = sl::group_by(table, sl::by("neuron"), ag::abs_mean{});
    CHECK(one.size() == 40);
    const auto again =
        sl::group_by(sl::group_by(table, sl::by("neuron", "head"), ag::sum{}).columns().column(0),
                     sl::by("head"), ag::sum{});
    const auto direct = sl::group_by(table, sl::by("head"), ag::sum{});
    for (std::size_t k = 0; k < 6; ++k)
        CHECK(again.columns().values(0)[k] == Approx(direct.columns().values(0)[k]).epsilon(1e-12));
}

TEST_CASE("an aggregate of one's own sees numbers only") {
    const auto table =
        sl::long_table(std::vector<double>{0.2, NAN, 0.7, 0.9}, sl::axes({{"a", 2}, {"b", 2}}));
    CHECK(sl::group_by(table, sl::by("a"), above{0.5}).columns().values(0)[1] == 2);
    CHECK(sl::group_by(table, sl::by("b"), above{0.5}).columns().values(0)[0] == 1);
}

TEST_CASE("too many groups are refused before the work, with what they need") {
    const auto table = sl::long_table(random_scores<float>(1000, 1), sl::axes({{"a", 10}, {"b", 100}}));
    CHECK(sl::group_by(table, sl::by("b"), ag::sum{}, {.memory_budget = 2500}).size() == 100);
    REQUIRE_THROWS_AS(sl::group_by(table, sl::by("b"), ag::sum{}, {.memory_budget = 2499}),
                      sl::argument_error);
    CHECK(message_of([&] { sl::group_by(table, sl::by("a", "b"), ag::sum{}, {.memory_budget = 2500}); }) ==
          "group_by: 1000 groups of 25 bytes each are over the memory budget of 2500 bytes; group by fewer "
          "columns or raise execution::memory_budget");
    REQUIRE_THROWS_AS(sl::group_by(table, sl::by("c"), ag::sum{}), sl::lookup_error);
}

TEST_CASE("grouping can be stopped and reports its rows") {
    const auto table = sl::long_table(random_scores<float>(200000, 1), sl::axes({{"a", 200000}}));
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::group_by(table, sl::by(), ag::sum{}, {.stop = &stop}), sl::cancelled_error);
    std::uint64_t done = 0;
    sl::group_by(table, sl::by(), ag::sum{}, {.progress = [&](const auto& report) { done = report.done; }});
    CHECK(done == 200000);
}

TEST_CASE("labels that repeat are groups apart") {
    const sl::axes tokens({sl::axis("token", std::vector<std::string>{"a", "b", "a"}), {"row", 2}});
    const auto table = sl::long_table(std::vector<float>{1, 2, 3, 4, 5, 6}, tokens);
    const auto sums = sl::group_by(table, sl::by("token"), ag::sum{});
    REQUIRE(sums.size() == 3);
    CHECK(sums.columns().values(0)[0] == 3);
    CHECK(sums.columns().values(0)[2] == 11);
    CHECK(sums.axes().label(2, "token") == "a");
}

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

TEST_CASE("a grouped table prints labels and values") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3, 5, 0.5F, NAN}, head_axes(1, 3, 2));
    std::ostringstream out;
    out << sl::group_by(table, sl::by("head"), ag::mean{}, ag::abs_max{});
    CHECK(out.str() == "   layer  head  mean  abs_max\n"
                       "0      0  L0H0   1.5        2\n"
                       "1      0  L0H1     4        5\n"
                       "2      0  L0H2   0.5      0.5\n"
                       "\n[3 rows x 4 columns]\n");
}

TEST_CASE("a long grouped table prints its ends") {
    const auto table = sl::long_table(random_scores<float>(300, 1), sl::axes({{"a", 100}, {"b", 3}}));
    const auto text = to_string(sl::group_by(table, sl::by("a"), ag::count{}));
    CHECK(text.find("...") != std::string::npos);
    CHECK(text.find("[100 rows x 2 columns]") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 14);
}

TEST_CASE("a temporary hands its values over") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"a", 2}}));
    const auto sums = [&] { return sl::group_by(table, sl::by("a"), ag::sum{}, ag::count{}); };
    double total = 0;
    for (const double value : sums().columns().values(0)) total += value;
    for (const auto row : sums().rows()) total += static_cast<double>(row);
    CHECK(total == 4);
    CHECK(sums().get<ag::count>().scores()[1] == 1);
    CHECK(sums().columns().column(0).scores()[1] == 2);
    CHECK_FALSE(sums().empty());
    CHECK(sums().columns().names() == std::vector<std::string>{"sum", "count"});
    const sl::score_columns both = sums();
    CHECK(both.values("count")[1] == 1);
    using two_sums = sl::grouped_columns<ag::sum, ag::sum>;
    CHECK(message_of([] { two_sums(sl::score_columns({}, {}, {"sum"}, {{}})); }) ==
          "grouped columns: expected 2 columns, one an aggregate, found 1");
}
