#include "svdlens/circuit/edge_changes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/significance/score_errors.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;

namespace {

sl::transformer_weights edge_model(std::uint64_t seed = 3) {
    return make_random_model({.layers = 2,
                              .heads = 3,
                              .key_value_heads = 3,
                              .d_model = 16,
                              .d_head = 4,
                              .d_mlp = 24,
                              .vocab = 10,
                              .seed = seed});
}

/// Everything that may be found: in a random model nothing is there, and this is of how edges are compared.
sl::found_edges most_edges(const sl::transformer_weights& model, const sl::float_directions& ov) {
    return sl::find_edges(model, ov, {.q = 0.999, .null = sl::null_model::isotropic});
}

struct compared_edges {
    sl::circuit_change ov;
    std::vector<sl::edge_family_changes> families;

    const sl::edge_family_changes& of(const std::string& name) const {
        const auto at =
            std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == name; });
        REQUIRE(at != families.end());
        return *at;
    }
};

compared_edges compare(const sl::transformer_weights& before, const sl::transformer_weights& after) {
    auto ov = sl::compare_circuits(sl::ov_circuits(before), sl::ov_circuits(after));
    auto families = sl::compare_edges(ov, most_edges(before, ov.before.directions),
                                      most_edges(after, ov.after.directions));
    return {std::move(ov), std::move(families)};
}

sl::matrix edited(const sl::matrix& m, const std::vector<double>& values) {
    return {std::vector<float>(values.begin(), values.end()), m.rows(), m.columns()};
}

/// What W_V reads along a direction, times a factor: the head's singular value of it goes down, others stay.
void weaken(sl::transformer_weights& model, std::span<const float> u, std::size_t layer, std::size_t head,
            double factor) {
    auto& W = model.blocks[layer].attention.W_V[head];
    const auto m = W.resident();
    std::vector<double> seen(m.columns()), values(m.rows() * m.columns());
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t k = 0; k < m.columns(); ++k)
            seen[k] += static_cast<double>(u[i]) * static_cast<double>(m(i, k));
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t k = 0; k < m.columns(); ++k)
            values[i * m.columns() + k] =
                static_cast<double>(m(i, k)) - (1 - factor) * static_cast<double>(u[i]) * seen[k];
    W = edited(W, values);
}

} // namespace

TEST_CASE("queries, keys and neurons are compared, too, each by its own matches") {
    const auto before = edge_model();
    auto after = before;
    auto& W_Q = after.blocks[1].attention.W_Q[1]; // -W: one side of every pair is turned round
    W_Q = sl::scaled_matrix(W_Q, std::vector<double>(W_Q.rows(), -1), {});
    std::vector<double> signs(24, 1);
    signs[5] = -1;
    after.blocks[0].mlp->W_out = sl::scaled_matrix(after.blocks[0].mlp->W_out, signs, {});
    const auto changes = sl::compare_checkpoints(before, after);
    const auto found = [](const sl::transformer_weights& model, const sl::float_directions& ov,
                          const sl::float_directions& qk) {
        return sl::find_edges(model, {ov.reading(), ov.writing(), qk.query(), qk.key()},
                              {.q = 0.999, .null = sl::null_model::isotropic});
    };
    const auto found_before = found(before, changes.ov.before.directions, changes.qk->before.directions);
    const auto families = sl::compare_edges(
        changes, found_before, found(after, changes.ov.after.directions, changes.qk->after.directions));
    CHECK(families.size() == found_before.families.size());
    const auto errors = sl::direction_errors(changes.qk->before.set, changes.qk->before.directions);
    std::size_t turned = 0, of_queries = 0;
    for (const auto& family : families) {
        const auto& table = found_before.of(family.name)->table.scores;
        std::vector<sl::row_number> rows;
        for (const auto& edge : family.edges) rows.push_back(edge.before);
        const bool is_query = family.name == "embed_to_qk_query", is_key = family.name == "embed_to_qk_key";
        if (is_query || is_key) {
            const auto expected = sl::score_errors(is_query ? errors.left : errors.right, table.targets(),
                                                   rows, {.target_noise = 0.01});
            for (std::size_t k = 0; k < rows.size(); ++k) {
                CHECK(family.edges[k].dot_before == Approx(expected[k].dot).margin(1e-6));
                CHECK(family.edges[k].error_before == Approx(expected[k].error));
            }
            of_queries += rows.size();
        }
        for (const auto& edge : family.edges) {
            const bool is_turned =
                family.name == "mlp_out_to_unembed" && family.axes.label(edge.before, "source") == "L0N5";
            turned += is_turned;
            CHECK(edge.dot_after == Approx(is_turned ? -edge.dot_before : edge.dot_before).margin(1e-5));
            if (family.name != "mlp_out_to_unembed") continue;
            const auto at = [&](const char* axis) {
                return static_cast<std::size_t>(
                    family.axes.coordinate(edge.before, family.axes.axis_number(axis)));
            };
            double lengths = 1, squares[2] = {0, 0};
            for (std::size_t i = 0; i < 16; ++i) {
                squares[0] += std::pow(before.blocks[at("layer")].mlp->W_out(at("neuron"), i), 2);
                squares[1] += std::pow(before.W_U(i, at("token")), 2);
            }
            for (const double each : squares) lengths *= std::sqrt(each);
            CHECK(edge.error_before == Approx(0.01 * lengths * std::sqrt(2.0 / 16)).epsilon(1e-4));
        }
    }
    CHECK(turned != 0);
    CHECK(of_queries > 20);
}

TEST_CASE("edges of a checkpoint and itself are all found in both, unchanged") {
    const auto model = edge_model();
    const auto found = compare(model, model);
    CHECK(found.families.size() == 5); // neurons, gates, tokens out and in, later heads
    std::size_t edges = 0;
    for (const auto& family : found.families) {
        edges += family.edges.size();
        CHECK(family.found_in_both() == family.edges.size());
        CHECK(family.found_before == family.found_after);
        CHECK(family.churned() == 0);
        for (const auto& edge : family.edges) CHECK(edge.z() == 0);
    }
    CHECK(edges > 100);
}

TEST_CASE("standard errors of edges are those of score_errors, and of both ends where both are directions") {
    const auto model = edge_model();
    const auto found = compare(model, edge_model(4));
    const auto errors = sl::direction_errors(found.ov.before.set, found.ov.before.directions);
    const auto& neurons = found.of("ov_to_mlp_in");
    std::vector<sl::row_number> rows;
    for (const auto& edge : neurons.edges) rows.push_back(edge.before);
    const auto expected = sl::score_errors(errors.right, model.mlp_in(), rows, {.target_noise = 0.01});
    REQUIRE(!rows.empty());
    for (std::size_t k = 0; k < rows.size(); ++k) {
        CHECK(neurons.edges[k].dot_before == Approx(expected[k].dot).margin(1e-9));
        CHECK(neurons.edges[k].error_before == Approx(expected[k].error));
    }
    const auto& heads = found.of("ov_to_ov_v");
    rows.clear();
    for (const auto& edge : heads.edges) rows.push_back(edge.before);
    const auto of_writer = sl::score_errors(errors.right, found.ov.before.directions.reading(), rows);
    REQUIRE(!rows.empty());
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto& edge = heads.edges[k];
        CHECK(edge.dot_before == Approx(of_writer[k].dot).margin(1e-7));
        const auto index = heads.axes.index(
            edge.before); // target_layer, layer, head, direction, target_head, target_direction
        const auto v = found.ov.before.directions.writing(index[1], index[2], index[3]);
        const std::vector<double> writer(v.begin(), v.end());
        const double of_reader = errors.left.score_error(index[0], index[4] * 4 + index[5], writer);
        CHECK(edge.error_before == Approx(std::hypot(of_writer[k].error, of_reader)));
    }
}

TEST_CASE("an edge follows its direction to another place and another sign") {
    const auto before = edge_model();
    const auto directions = sl::singular_directions(sl::ov_circuits(before));
    auto after = before;
    weaken(after, directions.reading(0, 1, 0), 0, 1, 0.02); // the strongest becomes the weakest
    for (auto& W : after.blocks[1].attention.W_O) {         // and others write the opposite
        auto values = std::vector<double>();
        for (std::size_t i = 0; i < W.rows(); ++i)
            for (std::size_t j = 0; j < W.columns(); ++j) values.push_back(-static_cast<double>(W(i, j)));
        W = edited(W, values);
    }
    const auto found = compare(before, after);
    CHECK(found.ov.match_of(0, 1, 0)->other == 3);
    CHECK(found.ov.match_of(0, 1, 2)->other == 1);
    CHECK(found.ov.match_of(1, 0, 0)->right == Approx(-1));
    std::size_t moved = 0, turned = 0;
    for (const auto& family : found.families)
        for (const auto& edge : family.edges) {
            CHECK(std::abs(edge.z()) < 0.01);
            moved += edge.before != edge.after ? 1 : 0;
            turned +=
                family.name == "ov_to_unembed" && family.axes.label(edge.before, "head") == "L1H0" ? 1 : 0;
            CHECK(!edge.is_churned());
        }
    CHECK(moved > 0);
    CHECK(turned > 0);
}

TEST_CASE("what changed beyond its error is churned, elsewhere nothing is") {
    const auto before = edge_model();
    auto after = before;
    after.blocks[0].attention.W_O[2] = edge_model(9).blocks[0].attention.W_O[2]; // one head writes otherwise
    const auto found = compare(before, after);
    std::size_t churned = 0;
    for (const auto& family : found.families)
        for (const auto& edge : family.edges) {
            const bool is_it = family.axes.label(edge.before, "head") == "L0H2";
            CHECK(edge.is_churned() == (edge.found_before != edge.found_after && std::abs(edge.z()) > 3));
            churned += edge.is_churned() ? 1 : 0;
            if (!is_it) CHECK(edge.z() == 0);
        }
    CHECK(churned > 0);
}

TEST_CASE("directions that the other checkpoint does not have are counted, not compared") {
    const auto before = edge_model();
    const auto directions = sl::singular_directions(sl::ov_circuits(before));
    auto after = before;
    weaken(after, directions.reading(0, 0, 3), 0, 0, 0);
    const auto found = compare(before, after);
    std::size_t unmatched = 0;
    for (const auto& family : found.families) {
        unmatched += family.unmatched;
        CHECK(family.found_before + family.found_after ==
              family.edges.size() + family.found_in_both() + family.unmatched);
    }
    CHECK(unmatched > 0);
    CHECK(found.ov.match_of(0, 0, 3) == nullptr);
}
