#include "svdlens/circuit/found_edges.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/edge_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
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
                                            "embed_to_qk_query", "embed_to_qk_key", "ov_to_ov_v",
                                            "mlp_out_to_unembed"});
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
        const auto& name = row.of->name();
        if (name == "mlp_out_to_unembed") continue; // of no head
        const bool reads = name.starts_with("embed_to_");
        auto& reader = expected[head_of(row.label(reads ? "target" : "source"))];
        reader.query += name == "embed_to_qk_query" ? 1U : 0U;
        reader.key += name == "embed_to_qk_key" ? 1U : 0U;
        if (reads)
            ++expected[head_of(row.label("target"))].in;
        else
            ++expected[head_of(row.label("source"))].out;
        if (name != "ov_to_ov_v") continue;
        ++expected[head_of(row.label("source"))].feeds;
        ++expected[head_of(row.label("target"))].in;
        ++expected[head_of(row.label("target"))].fed_by;
    }
    const auto heads = findings_of_heads(found);
    REQUIRE(heads.size() == expected.size());
    CHECK(heads.at("L0H2").out >= 2);
    for (const auto& [head, of] : expected) {
        CHECK(heads.at(head).in == of.in);
        CHECK(heads.at(head).query == of.query);
        CHECK(heads.at(head).key == of.key);
        CHECK(heads.at(head).out == of.out);
        CHECK(heads.at(head).feeds == of.feeds);
        CHECK(heads.at(head).fed_by == of.fed_by);
    }
}

namespace {

/// A row of a matrix in another's place, `factor` times.
void set_row(matrix& m, std::size_t row, std::span<const float> values, float factor) {
    std::vector<float> changed(m.data(), m.data() + m.rows() * m.columns());
    for (std::size_t c = 0; c < m.columns(); ++c) changed[row * m.columns() + c] = factor * values[c];
    m = {std::move(changed), m.rows(), m.columns()};
}

/// A model whose token 7 is what the query of a head reads first, token 3 what the key of another does, and whose neuron
/// L0N4 writes what token 11 is read by.
transformer_weights with_attended_tokens() {
    auto model = with_two_edges();
    const auto qk = singular_directions(qk_circuits(model));
    set_row(model.W_E, 7, qk.query(1, 0, 0), 2);
    set_row(model.W_E, 3, qk.key(0, 2, 0), 2);
    const auto outputs = model.unembed().layers[0].resident();
    std::vector<float> read;
    for (std::size_t d = 0; d < outputs.columns(); ++d) read.push_back(outputs(11, d));
    set_row(model.blocks[0].mlp->W_out, 4, read, 3);
    return model;
}

/// Of the most significant edge of a table.
std::string best_label(const found_edges& found, const std::string& family) {
    const auto* const of = found.of(family);
    REQUIRE(of != nullptr);
    const auto& rows = of->found.rows;
    REQUIRE_FALSE(rows.empty());
    const auto row = rows.rows().front();
    return rows.axes().label(row, "source") + " " + rows.axes().label(row, "target");
}

/// The cosine of an edge over the root of all squared cosines that directions have with its target.
double share_by_hand(const vector_set& directions, const std::vector<double>& target, std::size_t layer,
                     std::size_t k) {
    double squares = 0, own = 0;
    for (std::size_t l = 0; l < directions.layers.size(); ++l) {
        const auto rows = directions.layers[l].resident();
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            double dot = 0, length = 0;
            for (std::size_t d = 0; d < target.size(); ++d) {
                dot += static_cast<double>(rows(i, d)) * target[d];
                length += static_cast<double>(rows(i, d)) * static_cast<double>(rows(i, d));
            }
            squares += dot * dot / length;
            if (l == layer && i == k) own = dot / std::sqrt(length);
        }
    }
    return own / std::sqrt(squares);
}

std::vector<double> row_of(const vector_set& set, std::size_t k) {
    const auto rows = set.layers[0].resident();
    std::vector<double> values;
    for (std::size_t d = 0; d < rows.columns(); ++d) values.push_back(static_cast<double>(rows(k, d)));
    return values;
}

} // namespace

TEST_CASE("what queries and keys read, and what neurons write to tokens, is found beside a wrong side") {
    const auto model = with_attended_tokens();
    const auto ov = singular_directions(ov_circuits(model));
    const auto found = find_edges(model, ov);
    CHECK(best_label(found, "embed_to_qk_query") == "7 L1H0.q0");
    CHECK(best_label(found, "embed_to_qk_key") == "3 L0H2.k0");
    CHECK(best_label(found, "mlp_out_to_unembed") == "L0N4 11");
    for (const char* name : {"embed_to_qk_query", "embed_to_qk_key", "mlp_out_to_unembed"}) {
        const auto& family = *found.of(name);
        REQUIRE(family.found.control);
        CHECK(family.found.control->rows > 0);
        CHECK_FALSE(family.found.doubtful());
        CHECK(family.found.tested == family.table.scores.max_rows());
    }
    CHECK(found.of("mlp_out_to_unembed")->found.control->rows == 2 * 30 * 20); // what neurons read on tokens
    const auto qk = singular_directions(qk_circuits(model));
    CHECK(found.of("embed_to_qk_query")->found.rows.values("share")[0] ==
          Approx(share_by_hand(qk.query(), row_of(model.embed(), 7), 1, 0)));
    CHECK(found.of("mlp_out_to_unembed")->found.rows.values("share")[0] ==
          Approx(share_by_hand(model.mlp_out(), row_of(model.unembed(), 11), 0, 4)));
}

TEST_CASE(
    "the sides of heads that are given are those that are tested, and those that there are not, are said") {
    const auto model = with_attended_tokens();
    const auto ov = singular_directions(ov_circuits(model));
    const auto all = find_edges(model, ov), given = find_edges(model, sides_of_heads(model, ov));
    REQUIRE(all.families.size() == given.families.size());
    for (std::size_t k = 0; k < all.families.size(); ++k)
        CHECK(rows_of(all.families[k].found) == rows_of(given.families[k].found));
    const auto values_alone = find_edges(model, basic_head_sides<float>{ov.reading(), ov.writing()});
    CHECK(values_alone.of("embed_to_qk_query") == nullptr);
    CHECK(values_alone.of("embed_to_ov") != nullptr);
}

TEST_CASE(
    "of rotary models queries and keys are tested at the offset asked for, else left out with the reason") {
    auto model = with_attended_tokens();
    model.rotary = rotary_embedding{.dimensions = 6};
    const auto ov = singular_directions(ov_circuits(model));
    const auto without = find_edges(model, ov);
    CHECK(without.of("embed_to_qk_query") == nullptr);
    REQUIRE(without.left_out.size() == 1);
    CHECK(without.left_out.front().starts_with(
        "embed_to_qk: not tested for chance: queries and keys are rotated"));
    const auto at_two = find_edges(model, ov, {.rotary_offset = 2});
    CHECK(at_two.left_out.empty());
    CHECK(at_two.of("embed_to_qk_at_2_query") != nullptr);
    CHECK(at_two.of("embed_to_qk_at_2_key") != nullptr);
}

TEST_CASE("neurons with more tokens than are asked for are left out, with their number") {
    const auto model = with_attended_tokens();
    const auto ov = singular_directions(ov_circuits(model));
    const auto all = find_edges(model, ov, {.most_neuron_rows = 1200});
    CHECK(all.of("mlp_out_to_unembed") != nullptr);
    const auto fewer = find_edges(model, ov, {.most_neuron_rows = 1199});
    CHECK(fewer.of("mlp_out_to_unembed") == nullptr);
    CHECK(fewer.left_out ==
          std::vector<std::string>{
              "mlp_out_to_unembed: not tested for chance: 1200 scores of neurons with outputs "
              "are more than the 1199 that are looked at (most_neuron_rows, or --neuron-tokens)"});
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
    const auto tables = tables_of_vectors(model, basic_head_sides<float>{ov.reading(), ov.writing()});
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
