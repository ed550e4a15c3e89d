#include "svdlens/circuit/dead_parts_of.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The rows (or columns) named, times a factor.
sl::matrix shrunk(const sl::matrix& m, const std::vector<std::size_t>& lines, bool rows, float factor) {
    std::vector<float> values;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j) {
            bool hit = false;
            for (const auto line : lines) hit = hit || (rows ? i : j) == line;
            values.push_back(m(i, j) * (hit ? factor : 1));
        }
    return sl::matrix(std::move(values), m.rows(), m.columns());
}

std::vector<std::string> texts(const sl::transformer_weights& model) {
    const auto directions = sl::singular_directions(sl::ov_circuits(model));
    std::vector<std::string> all;
    for (const auto& each : sl::dead_parts_of(model, directions.writing()))
        all.push_back(each.kind + ": " + to_string(each));
    return all;
}

} // namespace

TEST_CASE("the dead parts of a model are its heads and each kind of neurons", "[circuit][dead_parts]") {
    using list = std::vector<std::string>;
    auto model = make_random_model<float>({.layers = 2, .heads = 4});
    CHECK(texts(model) ==
          list{"ov heads: 0 of 8", "mlp_in: 0 of 40", "mlp_gate: 0 of 40", "mlp_out: 0 of 40"});
    auto& last = model.blocks[1];
    last.attention.W_O[2] = shrunk(last.attention.W_O[2], {0, 1, 2}, true, 1e-4F);
    last.mlp->W_in = shrunk(last.mlp->W_in, {3, 7}, false, 1e-4F);
    last.mlp->W_gate = shrunk(last.mlp->W_gate, {19}, false, 0);
    model.blocks[0].mlp->W_out = shrunk(model.blocks[0].mlp->W_out, {0}, true, 1e-5F);
    CHECK(texts(model) == list{"ov heads: 1 of 8 below 0.001 of the largest: L1H2",
                               "mlp_in: 2 of 40 below 0.001 of the largest: L1N3, L1N7",
                               "mlp_gate: 1 of 40 below 0.001 of the largest: L1N19",
                               "mlp_out: 1 of 40 below 0.001 of the largest: L0N0"});
}

TEST_CASE("kinds that a model lacks are left out", "[circuit][dead_parts]") {
    CHECK(texts(make_random_model<float>({.mlp = mlp_kind::none})).size() == 1);
    CHECK(texts(make_random_model<float>({.mlp = mlp_kind::plain})).size() == 3);
    auto reading = make_random_model<float>({.mlp = mlp_kind::plain});
    for (auto& block : reading.blocks) block.mlp->W_out = {};
    CHECK(texts(reading).size() == 2);
}
