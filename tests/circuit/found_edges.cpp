#include "svdlens/circuit/found_edges.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/edge_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/two_edges.hpp"
#include "svdlens/core/text.hpp"
#include "svdlens/directions/dead_parts.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/stream_vectors.hpp"
#include "svdlens/significance/discoveries.hpp"

using namespace svdlens;
using svdlens_tests::with_two_edges;

namespace {

std::vector<row_number> rows_of(const findings& found) {
    return {found.rows.rows().begin(), found.rows.rows().end()};
}

} // namespace

TEST_CASE("the edges that were planted are found, each in its table, and nothing else is as improbable") {
    const auto model = with_two_edges();
    const auto ov = singular_directions(ov_circuits(model));
    const auto found = find_edges(model, ov, {.q = 0.01});
    std::vector<std::string> names;
    for (const auto& each : found.families) names.push_back(each.name());
    CHECK(names == std::vector<std::string>{"ov_to_mlp_in", "ov_to_mlp_gate", "ov_to_unembed", "embed_to_ov",
                                            "ov_to_ov_v"});
    CHECK(found.left_out.empty());
    CHECK(found.of("none") == nullptr);
    const auto rows = most_significant(found, 2);
    REQUIRE(rows.size() == 2);
    std::map<std::string, std::string> edges;
    for (const auto& row : rows) {
        CHECK(row.label("source") == "L0H2.0");
        edges[row.of->name()] = row.label("target");
        CHECK(row.value("q") <= 0.01);
        CHECK(row.of->q_of.at(row.row()) == row.value("q"));
        CHECK(row.of->has(row.row()));
        CHECK(row.of->log10_p(row.of->table.scores.parts(row.row())) == Approx(row.value("log10_p")));
    }
    CHECK(edges == std::map<std::string, std::string>{{"ov_to_mlp_in", "L1N5"}, {"ov_to_ov_v", "L1H1.0"}});
}

TEST_CASE("what is found in a table is what its discoveries are") {
    const auto model = with_two_edges();
    const auto ov = singular_directions(ov_circuits(model));
    const auto found = find_edges(model, ov, {.q = 0.2});
    const auto alone = discoveries(project(without_dead_parts(ov.writing()),
                                           without_dead_parts(model.mlp_in()), {.score = score_kind::share}),
                                   {.q = 0.2});
    const auto& family = *found.of("ov_to_mlp_in");
    CHECK(rows_of(family.found) == rows_of(alone));
    CHECK(family.found.tested == alone.tested);
    CHECK(family.found.control->hits == alone.control->hits);
    std::uint64_t count = 0, tested = 0;
    for (const auto& each : found.families) {
        count += each.found.size();
        tested += each.found.tested;
    }
    CHECK(found.count() == count);
    CHECK(found.tested() == tested);
}

TEST_CASE("found edges are counted for the head that writes and the head that reads") {
    const auto model = with_two_edges();
    const auto found = find_edges(model, singular_directions(ov_circuits(model)), {.q = 0.2});
    std::map<std::string, head_findings> expected;
    for (const auto& row : most_significant(found, 1'000'000)) {
        const auto head_of = [](const std::string& label) { return label.substr(0, label.find('.')); };
        const bool reads = row.of->name() == "embed_to_ov";
        if (reads)
            ++expected[head_of(row.label("target"))].in;
        else
            ++expected[head_of(row.label("source"))].out;
        if (row.of->name() != "ov_to_ov_v") continue;
        ++expected[head_of(row.label("source"))].feeds;
        ++expected[head_of(row.label("target"))].in;
        ++expected[head_of(row.label("target"))].fed_by;
    }
    const auto heads = findings_of_heads(found);
    REQUIRE(heads.size() == expected.size());
    CHECK(heads.at("L0H2").out >= 2);
    for (const auto& [head, of] : expected) {
        CHECK(heads.at(head).in == of.in);
        CHECK(heads.at(head).out == of.out);
        CHECK(heads.at(head).feeds == of.feeds);
        CHECK(heads.at(head).fed_by == of.fed_by);
    }
}

TEST_CASE(
    "the most significant are in the order of p over weight, over all tables, and no more than asked for") {
    const auto model = with_two_edges();
    const auto found = find_edges(model, singular_directions(ov_circuits(model)), {.q = 0.5});
    const auto all = most_significant(found, 1'000'000);
    REQUIRE(all.size() == found.count());
    REQUIRE(all.size() > 3);
    for (std::size_t k = 1; k < all.size(); ++k)
        CHECK(all[k - 1].log10_p_over_weight <= all[k].log10_p_over_weight);
    const auto some = most_significant(found, 3);
    REQUIRE(some.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) CHECK(some[k].row() == all[k].row());
}

TEST_CASE("vectors of the user's are tested, too, and too few of them are left out with the reason") {
    auto model = with_two_edges();
    stream_vectors probe{.name = "probe", .flow = flow::reads, .site = residual_site::resid_post, .layer = 1};
    probe.layers.push_back(singular_directions(ov_circuits(model)).writing().layers[1].row_range(7, 1));
    stream_vectors few{.name = "few", .flow = flow::writes, .site = residual_site::resid_pre, .layer = 0};
    few.layers.push_back(probe.layers.front());
    model = with_vectors(with_vectors(std::move(model), probe), few);
    const auto ov = singular_directions(ov_circuits(model));
    const auto tables = tables_of_vectors(model, ov.reading(), ov.writing());
    std::vector<std::string> names;
    for (const auto& each : tables) names.push_back(each.name() + " " + each.far_end);
    CHECK(names.front() == "ov_to_probe target");
    CHECK(std::find(names.begin(), names.end(), "few_to_ov source") != names.end());
    const auto found = find_edges(model, ov);
    REQUIRE(found.of("ov_to_probe") != nullptr);
    const auto rows = found.of("ov_to_probe")->found.rows;
    REQUIRE(rows.size() >= 1);
    CHECK(rows.axes().label(rows.rows().front(), "source") == "L1H1.1");
    REQUIRE_FALSE(found.left_out.empty());
    const auto is_of_few = [](const std::string& line) {
        return line.rfind("few_to_mlp_in: not tested for chance: ", 0) == 0;
    };
    CAPTURE(found.left_out);
    CHECK(std::any_of(found.left_out.begin(), found.left_out.end(), is_of_few));
}

TEST_CASE("a rate that is none, and a budget that does not hold what is found, are no answer but an error") {
    const auto model = with_two_edges();
    const auto ov = singular_directions(ov_circuits(model));
    for (const double q : {5.0, 1.0, 0.0, -0.1, std::nan("")}) {
        CAPTURE(q);
        CHECK_THROWS_WITH(find_edges(model, ov, {.q = q}),
                          "find_edges: expected q between 0 and 1, found " + to_text(q));
    }
    CHECK_THROWS_WITH(find_edges(model, ov, {.q = 0.2}, {.memory_budget = 16}),
                      Catch::Contains("raise execution::memory_budget"));
}

TEST_CASE("a table is untestable where too few directions share its targets, and for that alone") {
    const auto model = with_two_edges();
    const auto written = singular_directions(ov_circuits(model)).writing().layers[0];
    const auto reason = [&](std::size_t count, null_model null) {
        stream_vectors few{.name = "few", .flow = flow::writes, .site = residual_site::resid_pre, .layer = 0};
        few.layers.push_back(written.row_range(0, count));
        const basic_edge_test<float> test{{project(model.vectors(few), model.mlp_in()), "target"}};
        return untestable(test, {.null = null});
    };
    CHECK(
        reason(7, null_model::share).find("at least 8 directions that are not null space or dead, found 7") !=
        std::string::npos);
    CHECK(reason(8, null_model::share).empty());
    CHECK(reason(7, null_model::isotropic).empty());
}

TEST_CASE("found edges are the same for any number of threads, and progress ascends") {
    const auto model = with_two_edges();
    const auto ov = singular_directions(ov_circuits(model));
    std::vector<double> shares;
    const auto one = find_edges(model, ov, {}, {.threads = 1, .progress = [&](const progress_report& r) {
                                                    shares.push_back(static_cast<double>(r.done) /
                                                                     static_cast<double>(r.total));
                                                }});
    const auto three = find_edges(model, ov, {}, {.threads = 3});
    REQUIRE(one.families.size() == three.families.size());
    for (std::size_t k = 0; k < one.families.size(); ++k) {
        CHECK(rows_of(one.families[k].found) == rows_of(three.families[k].found));
        const auto a = one.families[k].found.rows.values("q"), b = three.families[k].found.rows.values("q");
        CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
    REQUIRE_FALSE(shares.empty());
    CHECK(std::is_sorted(shares.begin(), shares.end()));
}
