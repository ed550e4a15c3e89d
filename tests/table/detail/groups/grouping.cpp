#include "svdlens/table/detail/groups/grouping.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/score_source.hpp"

namespace sl = svdlens;

namespace {

const sl::axes model_axes = [] {
    sl::axes result({{"layer", 2}, {"head", 3}, {"direction", 4}, {"neuron", 5}});
    result.add({"place", "{head}"}); // while `head` is the axis
    result.add({"head", "L{layer}H{head}"});
    result.add({"pair", "{head}:{neuron}"});
    return result;
}();

/// The group of a row from its index, as the definition has it.
std::uint64_t group_by_definition(sl::row_number row, const std::vector<std::size_t>& grouped) {
    std::uint64_t group = 0;
    for (const auto k : grouped) group = group * model_axes[k].extent + model_axes.index(row)[k];
    return group;
}

void check_spans(const sl::detail::grouping& groups, sl::row_number first, std::size_t count) {
    const std::vector<float> scores(count);
    std::size_t reached = 0;
    groups.for_spans(sl::score_run<float>{scores, first, nullptr},
                     [&](std::uint64_t group, std::size_t begin, std::size_t end) {
                         REQUIRE(begin == reached);
                         REQUIRE(end > begin);
                         for (std::size_t k = begin; k < end; ++k) REQUIRE(groups.group(first + k) == group);
                         reached = end;
                     });
    CHECK(reached == count);
}

} // namespace

TEST_CASE("groups count in row-major order of the axes that the columns span") {
    const std::vector<std::pair<sl::by_columns, std::vector<std::size_t>>> cases{
        {sl::by(), {}},
        {sl::by("layer"), {0}},
        {sl::by("head"), {0, 1}},
        {sl::by("neuron", "layer"), {0, 3}},
        {sl::by("pair"), {0, 1, 3}}, // of heads of all layers
        {sl::by("neuron", "place"), {1, 3}},
        {sl::by("head", "pair"), {0, 1, 3}},
        {sl::by("direction"), {2}}};
    for (const auto& [columns, grouped] : cases) {
        const sl::detail::grouping groups(model_axes, columns);
        std::uint64_t count = 1;
        for (const auto k : grouped) count *= model_axes[k].extent;
        CHECK(groups.groups() == count);
        for (sl::row_number row = 0; row < model_axes.shape_rows(); ++row)
            REQUIRE(groups.group(row) == group_by_definition(row, grouped));
        for (std::uint64_t group = 0; group < count; ++group)
            REQUIRE(groups.group(groups.first_row(group)) == group);
        for (sl::row_number first = 0; first < 25; ++first) check_spans(groups, first, 90);
        check_spans(groups, 3, 0);
    }
}

TEST_CASE("spans along leading axes are as long as the rest of the row numbers in the group") {
    const sl::detail::grouping groups(model_axes, sl::by("layer", "head"));
    std::size_t spans = 0;
    const std::vector<float> scores(model_axes.shape_rows());
    groups.for_spans(sl::score_run<float>{scores, 0, nullptr},
                     [&](std::uint64_t, std::size_t, std::size_t) { ++spans; });
    CHECK(spans == 6);
}

TEST_CASE("stretches cover a run with groups that stay or count up by one") {
    for (const auto& columns :
         {sl::by(), sl::by("layer"), sl::by("head"), sl::by("neuron"), sl::by("pair"),
          sl::by("direction", "neuron"), sl::by("layer", "head", "direction", "neuron")}) {
        const sl::detail::grouping groups(model_axes, columns);
        for (sl::row_number first = 0; first < 30; ++first) {
            const std::vector<float> scores(85);
            std::size_t reached = 0;
            groups.for_stretches(sl::score_run<float>{scores, first, nullptr},
                                 [&](const sl::detail::group_stretch& s) {
                                     REQUIRE(s.begin == reached);
                                     REQUIRE(s.size() > 0);
                                     REQUIRE(s.groups() == (s.step == 0 ? 1 : s.size()));
                                     for (std::size_t k = s.begin; k < s.end; ++k)
                                         REQUIRE(groups.group(first + k) == s.group + s.step * (k - s.begin));
                                     reached = s.end;
                                 });
            CHECK(reached == 85);
        }
    }
}

TEST_CASE("neighbouring grouped axes make long stretches, and axes of one index do not end them") {
    const sl::axes deep({{"a", 2}, {"b", 3}, {"one", 1}, {"c", 5}});
    const auto count = [&](const sl::by_columns& columns) {
        std::size_t stretches = 0;
        const std::vector<float> scores(30);
        sl::detail::grouping(deep, columns)
            .for_stretches(sl::score_run<float>{scores, 0, nullptr},
                           [&](const sl::detail::group_stretch&) { ++stretches; });
        return stretches;
    };
    CHECK(count(sl::by("a", "b", "c")) == 1);
    CHECK(count(sl::by("b", "c")) == 2);
    CHECK(count(sl::by("one", "c")) == 6);
    CHECK(count(sl::by("a", "b", "one")) == 6);
    CHECK(count(sl::by("a")) == 2);
    CHECK(count(sl::by("one")) == 1);
}

TEST_CASE("listed rows that are consecutive make stretches, others stand alone") {
    const std::vector<sl::row_number> listed{7, 8, 9, 10, 3, 4, 119};
    const std::vector<float> scores(listed.size());
    std::vector<std::vector<std::uint64_t>> found;
    const sl::detail::grouping groups(model_axes, sl::by("neuron"));
    groups.for_stretches(sl::score_run<float>{scores, 0, listed.data()},
                         [&](const sl::detail::group_stretch& s) {
                             found.push_back({s.group, s.step, s.begin, s.end});
                         });
    CHECK(found ==
          std::vector<std::vector<std::uint64_t>>{{2, 1, 0, 3}, {0, 0, 3, 4}, {3, 1, 4, 6}, {4, 0, 6, 7}});
}

TEST_CASE("listed rows are grouped one by one") {
    const std::vector<sl::row_number> listed{119, 0, 61};
    const std::vector<float> scores(3);
    std::vector<std::uint64_t> found;
    sl::detail::grouping(model_axes, sl::by("layer"))
        .for_spans(sl::score_run<float>{scores, 0, listed.data()},
                   [&](std::uint64_t group, std::size_t, std::size_t) { found.push_back(group); });
    CHECK(found == std::vector<std::uint64_t>{1, 0, 1});
}

TEST_CASE("unknown columns are refused, and groups may be more than any memory holds") {
    REQUIRE_THROWS_AS(sl::detail::grouping(model_axes, sl::by("haed")), sl::lookup_error);
    const sl::axes huge(
        {{"a", std::uint64_t{1} << 20}, {"b", std::uint64_t{1} << 20}, {"c", std::uint64_t{1} << 20}});
    CHECK(sl::detail::grouping(huge, sl::by("a")).groups() == std::uint64_t{1} << 20);
    CHECK(sl::detail::grouping(huge, sl::by("a", "b")).groups() == std::uint64_t{1} << 40);
    const sl::detail::grouping all(huge, sl::by("a", "b", "c"));
    CHECK(all.groups() == std::uint64_t{1} << 60);
    CHECK(all.group((std::uint64_t{1} << 60) - 1) == (std::uint64_t{1} << 60) - 1);
}

TEST_CASE("axes of no extent have no groups") {
    const sl::axes none({{"a", 3}, {"b", 0}});
    CHECK(sl::detail::grouping(none, sl::by("b")).groups() == 0);
    CHECK(sl::detail::grouping(none, sl::by("a")).groups() == 3);
}
