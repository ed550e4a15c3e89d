#include "svdlens/table/label_lists.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using items = std::vector<std::vector<std::string>>;

/// Row by row over ascending rows.
template <class S>
void check_lists(const S& source, const sl::by_columns& columns, const sl::by_columns& listed) {
    std::map<std::uint64_t, items> wanted;
    for (const auto& [row, score] : naive_rows(source)) {
        if (std::isnan(score)) continue;
        std::vector<std::string> labels;
        for (const auto& name : listed.names) labels.push_back(source.axes().label(row, name));
        wanted[naive_group(source.axes(), columns, row)].push_back(labels);
    }
    const auto found = sl::label_lists(source, columns, listed, {.threads = 2});
    REQUIRE(found.size() == wanted.size());
    std::size_t k = 0;
    for (const auto& [group, labels] : wanted) {
        REQUIRE(found[k].group == group);
        REQUIRE(found[k].items == labels);
        ++k;
    }
}

} // namespace

TEST_CASE("lists are the labels of a group's rows in row order") {
    for (const auto& table : small_shapes()) {
        const auto scores = awkward_scores<float>(table.shape_rows(), 3);
        for (const auto& columns : column_choices(table)) {
            check_lists(sl::long_table(scores, table), columns, column_choices(table).back());
            check_lists(cut_source<float>(table, scores, 4), columns, column_choices(table).back());
        }
    }
}

TEST_CASE("lists of tiles are in row order too") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    check_lists(lazy, sl::by("neuron"), sl::by("head", "direction"));
    check_lists(sl::store(lazy), sl::by("head", "direction"), sl::by("neuron"));
}

TEST_CASE("a selection keeps its own order, and NaN is left out") {
    const sl::selection rows(head_axes(1, 2, 3), {5, 0, 3, 4, 2}, {1, 2, 3, NAN, 4});
    const auto lists = sl::label_lists(rows, sl::by("head"), sl::by("neuron"));
    REQUIRE(lists.size() == 2);
    CHECK(lists[0].labels == std::vector<std::string>{"L0H0"});
    CHECK(lists[0].items == items{{"0"}, {"2"}});
    CHECK(lists[1].labels == std::vector<std::string>{"L0H1"});
    CHECK(lists[1].items == items{{"2"}, {"0"}});
    const auto by_neuron = sl::label_lists(rows, sl::by("neuron"), sl::by("head", "layer"));
    REQUIRE(by_neuron.size() == 2);
    CHECK(by_neuron[0].labels == std::vector<std::string>{"0"});
    CHECK(by_neuron[0].items == items{{"L0H0", "0"}, {"L0H1", "0"}});
    CHECK(by_neuron[1].group == 2);
}

TEST_CASE("repeated labels are lists apart, and are listed each time") {
    const sl::axes tokens({sl::axis("token", std::vector<std::string>{"a", "b", "a"}), {"row", 2}});
    const auto table = sl::long_table(std::vector<float>{1, 1, 1, 1, 1, 1}, tokens);
    const auto by_token = sl::label_lists(table, sl::by("token"), sl::by("row"));
    REQUIRE(by_token.size() == 3);
    CHECK(by_token[2].labels == std::vector<std::string>{"a"});
    CHECK(sl::label_lists(table, sl::by("row"), sl::by("token"))[0].items == items{{"a"}, {"b"}, {"a"}});
}

TEST_CASE("no rows give no lists, and unknown columns are errors all the same") {
    const sl::selection none(head_axes(1, 2, 3), {}, {});
    CHECK(sl::label_lists(none, sl::by("head"), sl::by("neuron")).empty());
    REQUIRE_THROWS_AS(sl::label_lists(none, sl::by("haed"), sl::by("neuron")), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::label_lists(none, sl::by("head"), sl::by("nueron")), sl::lookup_error);
}
