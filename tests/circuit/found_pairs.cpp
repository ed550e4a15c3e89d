#include "svdlens/circuit/found_pairs.hpp"
#include "svdlens/circuit/circuits.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/head_sides.hpp"
#include "svdlens/directions/singular_directions.hpp"

using namespace svdlens;

namespace {

/// A model whose head L1H2 has keys that read what L0H1 writes.
transformer_weights with_a_feeding_head() {
    auto model = svdlens_tests::make_random_model<float>(
        {.layers = 2, .d_model = 48, .d_head = 6, .d_mlp = 30, .vocab = 20, .norm = normalization::none});
    const auto written = singular_directions(ov_circuits(model)).writing().layers[0].resident();
    auto& keys = model.blocks[1].attention.W_K[2];
    std::vector<float> values(keys.rows() * keys.columns());
    for (std::size_t d = 0; d < 48; ++d)
        for (std::size_t k = 0; k < 6; ++k) values[d * 6 + k] = written(6 + k, d) * (k == 0 ? 4.F : 1.F);
    keys = {std::move(values), 48, 6};
    return model;
}

std::vector<found_pairs> pairs_of(const transformer_weights& model, double q = 0.05) {
    return find_pairs(model, singular_directions(ov_circuits(model)), attending_directions(model), q);
}

} // namespace

TEST_CASE("the pair that feeds is found in its role alone, beside pairs in reverse order") {
    const auto pairs = pairs_of(with_a_feeding_head());
    REQUIRE(pairs.size() == 3);
    CHECK(pairs[0].role == composition_role::value);
    CHECK(pairs[2].role == composition_role::key);
    for (const auto& each : pairs) {
        CHECK(each.pairs.size() == 16);
        CHECK(each.tested == 16);
        CHECK(each.reversed == 16);
        CHECK_FALSE(each.doubtful(0.05));
    }
    const auto feeding = feeding_pairs(pairs, 0.05);
    REQUIRE(feeding.size() == 1);
    CHECK(feeding[0].role == composition_role::key);
    CHECK(feeding[0].pair->composition.source == "L0H1");
    CHECK(feeding[0].pair->composition.target == "L1H2");
    CHECK(pairs[2].found[0] == 1);
}

TEST_CASE("q of pairs are those of Benjamini and Hochberg over all of their role") {
    for (const auto& each : pairs_of(with_a_feeding_head()))
        for (std::size_t side = 0; side < 2; ++side) {
            std::vector<double> p;
            for (const auto& pair : each.pairs) p.push_back(std::exp(pair.log_p[side]));
            for (const auto& pair : each.pairs) { // least over thresholds of count times threshold over rank
                double least = 1;
                for (const double threshold : p) {
                    if (threshold < std::exp(pair.log_p[side])) continue;
                    const auto rank =
                        std::count_if(p.begin(), p.end(), [&](double x) { return x <= threshold; });
                    least = std::min(least,
                                     threshold * static_cast<double>(p.size()) / static_cast<double>(rank));
                }
                CHECK(pair.q[side] == Approx(least));
            }
        }
}

TEST_CASE("heads that feed each other are one community, and a model of one layer has no pairs") {
    const auto pairs = pairs_of(with_a_feeding_head());
    const auto communities = communities_of_heads(pairs, 2, 4, 0.05);
    CHECK(communities.count == 1);
    REQUIRE(communities.of.size() == 8);
    CHECK(communities.of[1] == communities.of[6]);
    CHECK(communities.of[1].has_value());
    CHECK(!communities.of[0]);
    const auto alone = svdlens_tests::make_random_model<float>({.layers = 1});
    CHECK(pairs_of(alone).empty());
}

TEST_CASE("a head whose keys are dead has no test as one that reads, and others keep theirs") {
    auto model = with_a_feeding_head();
    auto& keys = model.blocks[1].attention.W_K[0];
    keys = {std::vector<float>(keys.rows() * keys.columns()), keys.rows(), keys.columns()};
    const auto pairs = pairs_of(model);
    CHECK(pairs[0].tested == 16);
    CHECK(pairs[2].tested == 12);
    for (const auto& pair : pairs[2].pairs) CHECK(pair.tested == (pair.composition.target != "L1H0"));
}

TEST_CASE("a role whose control finds as much as the role itself is doubtful, and feeds nothing") {
    found_pairs pairs{composition_role::query};
    pairs.pairs.push_back({});
    pairs.pairs.back().tested = true;
    pairs.pairs.back().q[0] = 0.01;
    pairs.tested = 10;
    pairs.found[0] = 1;
    pairs.reversed = 10;
    CHECK(feeding_pairs(std::vector{pairs}, 0.05).size() == 1);
    pairs.reversed_hits[0] = 1;
    CHECK(pairs.doubtful(0.05, 0));
    CHECK_FALSE(pairs.doubtful(0.05, 1));
    CHECK(feeding_pairs(std::vector{pairs}, 0.05).empty());
}
