#include "svdlens/significance/score_errors.hpp"

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "directions/noisy_copies.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/projection.hpp"

namespace sl = svdlens;
using svdlens_tests::graded_heads;
using svdlens_tests::head_list;
using svdlens_tests::message_of;
using svdlens_tests::ov_set;
using svdlens_tests::plain_matrix;

namespace {

/// Neurons of one layer, behind the heads of layer 0.
sl::basic_vector_set<double> neurons(const plain_matrix& rows) {
    const sl::label_column identity("neuron", "L{layer}N{neuron}");
    return {.name = "mlp_in",
            .axes = sl::axes({sl::axis("layer", 1), sl::axis("neuron", rows.rows)}, {identity}),
            .identity = identity,
            .layers = {rows.as<double>()},
            .port = {sl::flow::reads, 4, 7}};
}

std::vector<sl::row_number> all_rows(const sl::axes& axes) {
    std::vector<sl::row_number> rows(axes.shape_rows());
    std::iota(rows.begin(), rows.end(), sl::row_number{0});
    return rows;
}

struct spread {
    double mean;
    double deviation;
};

/// (change of ⟨v, w⟩) / se over all rows and changed copies.
template <class Change>
spread changes_over_errors(const head_list& heads, double noise, std::size_t copies, Change change) {
    svdlens_tests::normal_numbers draw(7);
    const auto targets = neurons(draw.matrix(12, heads[0].first.rows));
    const auto set = ov_set<double>(heads);
    const auto before = sl::singular_directions(set);
    const auto errors = sl::direction_errors(set, before, {.noise = noise});
    const auto rows = all_rows(sl::project(before.writing(), targets).axes());
    const auto found = sl::score_errors(errors.right, targets, rows);
    double sum = 0, squares = 0, n = 0;
    for (std::size_t copy = 0; copy < copies; ++copy) {
        auto other = heads;
        for (auto& head : other) head = {change(head.first, draw), change(head.second, draw)};
        const auto after = sl::singular_directions(ov_set<double>(other));
        const auto scores = sl::project(after.writing(), targets, {.score = sl::score_kind::dot});
        for (const auto row : rows) {
            const auto k = static_cast<std::size_t>(scores.axes().coordinate(row, 3));
            const auto h = static_cast<std::size_t>(scores.axes().coordinate(row, 2));
            double cosine = 0;
            for (std::size_t i = 0; i < heads[0].first.rows; ++i)
                cosine += before.writing(0, h, k)[i] * after.writing(0, h, k)[i];
            const double moved = (cosine < 0 ? -1 : 1) * scores.parts(row).dot - found[row].dot;
            sum += moved / found[row].error;
            squares += moved / found[row].error * moved / found[row].error;
            ++n;
        }
    }
    return {sum / n, std::sqrt(squares / n - sum / n * sum / n)};
}

template <class T>
void check_errors_oracle(const sl::basic_transformer_weights<T>& weights, const std::string& path,
                         double tolerance) {
    std::ifstream in(path);
    REQUIRE(in);
    const auto expected = nlohmann::json::parse(in);
    const auto set = sl::ov_circuits(weights);
    const auto directions = sl::singular_directions(set);
    const auto errors = sl::direction_errors(set, directions);
    const auto blocks = sl::direction_blocks(errors);
    for (std::size_t l = 0; l < 2; ++l)
        for (std::size_t h = 0; h < 4; ++h) {
            const auto& head = expected["heads"].at("L" + std::to_string(l) + "H" + std::to_string(h));
            for (std::size_t k = 0; k < 8; ++k) {
                CHECK(errors.right.sine(l, 32 * h + k) ==
                      Approx(head["sine_writing_at_1pct"][k].template get<double>()).epsilon(tolerance));
                CHECK(errors.left.sine(l, 32 * h + k) ==
                      Approx(head["sine_reading_at_1pct"][k].template get<double>()).epsilon(tolerance));
            }
            std::vector<std::vector<std::size_t>> joined;
            for (const auto& block : blocks) {
                if (block.layer != l || block.head != h || block.size() == 1) continue;
                std::vector<std::size_t> members(block.size());
                std::iota(members.begin(), members.end(), block.first);
                joined.push_back(members);
            }
            CHECK(joined == head["blocks_at_1pct"].template get<std::vector<std::vector<std::size_t>>>());
        }
    const auto targets = weights.mlp_in();
    const auto table = sl::project(directions.writing(), targets);
    std::vector<sl::row_number> rows; // of L0H0's directions to layer 0: those of the first lines
    for (sl::row_number row = 0; row < 32 * 256; ++row) rows.push_back(row);
    const auto found = sl::score_errors(errors.right, targets, rows);
    double sum = 0;
    for (const auto& each : found) sum += each.error;
    CHECK(sum == Approx(expected["edge_se_L0H0_to_L0"]["sum"].template get<double>()).epsilon(tolerance));
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t n = 0; n < 4; ++n)
            CHECK(found[256 * k + n].error ==
                  Approx(expected["edge_se_L0H0_to_L0"]["first4x4"][k][n].template get<double>())
                      .epsilon(tolerance));
}

} // namespace

TEST_CASE("changes of edges in noisy copies have the spread of their standard errors") {
    const auto found =
        changes_over_errors(graded_heads(2, 24, 5, 1), 0.01, 200,
                            [](const auto& m, auto& draw) { return with_noise(m, 0.01, draw); });
    CHECK(found.deviation > 0.9);
    CHECK(found.deviation < 1.1);
    CHECK(std::abs(found.mean) < 0.1);
}

TEST_CASE("rounding to bfloat16 and to half changes edges by about their standard errors") {
    for (const int bits : {8, 11}) {
        const auto found = changes_over_errors(graded_heads(6, 24, 5, 2), sl::rounding_noise(bits), 1,
                                               [&](const auto& m, auto&) { return rounded_to(m, bits); });
        CHECK(found.deviation > 0.7);
        CHECK(found.deviation < 1.3);
    }
}

TEST_CASE("a trained decision transformer has the errors, blocks and edges computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    check_errors_oracle(weights, base + ".science.json", 1e-3);
    check_errors_oracle(sl::fold_norms(weights), base + ".folded.science.json", 1e-3);
    const sl::basic_transformer_weights<double> precise(file);
    check_errors_oracle(precise, base + ".science.json", 1e-8);
    check_errors_oracle(sl::fold_norms(precise), base + ".folded.science.json", 1e-8);
}

TEST_CASE("the standard error of a score goes with its size, and decides whether it is stable") {
    const sl::score_error each{.dot = -0.5, .error = 0.01};
    CHECK(each.of(2) == Approx(0.04));
    CHECK(each.is_stable(-2, 1.87));
    CHECK(!each.is_stable(-2, 1.89));
    CHECK(!sl::score_error{.dot = 0, .error = 0.01}.is_stable(0, 0));
    const auto set = ov_set<double>(graded_heads(1, 12, 3, 3));
    const auto directions = sl::singular_directions(set);
    const auto targets = neurons(svdlens_tests::normal_numbers(4).matrix(5, 12));
    const auto errors = sl::direction_errors(set, directions, {.noise = 0});
    const std::vector<sl::row_number> rows{7};
    CHECK(sl::score_errors(errors.right, targets, rows)[0].error == 0);
    const auto noisy = sl::score_errors(errors.right, targets, rows, {.target_noise = 0.01})[0];
    double length = 0;
    for (std::size_t i = 0; i < 12; ++i) length += targets.layers[0](2, i) * targets.layers[0](2, i);
    CHECK(noisy.error == Approx(0.01 * std::sqrt(length / 12)));
    const std::vector<sl::row_number> beyond{15};
    CHECK(message_of([&] {
              sl::score_errors(errors.right, targets, beyond);
          }).find("row 15 is beyond the table") != std::string::npos);
}

TEST_CASE(
    "energies of blocks are sums of squared cosines, and a turn within a block or a sign changes none") {
    const auto set = ov_set<double>(graded_heads(2, 12, 4, 5));
    auto vectors = sl::singular_directions(set).writing();
    const auto targets = neurons(svdlens_tests::normal_numbers(6).matrix(7, 12));
    const std::vector<sl::direction_block> blocks{{0, 0, 0, 0}, {0, 0, 1, 2}, {0, 1, 0, 3}};
    const auto found = sl::block_energies(vectors, blocks, targets);
    CHECK(found.axes().title() == "ov_to_mlp_in_block_energy");
    CHECK(found.axes().label(7, "block") == "L0H0.1-2");
    CHECK(found.axes().label(9, "target") == "L0N2");
    const auto cosines = sl::project(vectors, targets, {.score = sl::score_kind::cosine});
    const auto squared = [&](std::size_t line, std::size_t n) {
        const double c = cosines.parts(line * 7 + n).cosine;
        return c * c;
    };
    for (std::size_t n = 0; n < 7; ++n) {
        CHECK(found.score_at(n) == Approx(squared(0, n)));
        CHECK(found.score_at(7 + n) == Approx(squared(1, n) + squared(2, n)));
        CHECK(found.score_at(14 + n) ==
              Approx(squared(4, n) + squared(5, n) + squared(6, n) + squared(7, n)));
    }
    plain_matrix turned(vectors.layers[0]);
    for (std::size_t i = 0; i < 12; ++i) {
        const auto a = turned(1, i), b = turned(2, i);
        turned(1, i) = 0.6L * a + 0.8L * b;
        turned(2, i) = 0.8L * a - 0.6L * b;
        turned(5, i) = -turned(5, i);
    }
    vectors.layers[0] = turned.as<double>();
    const auto after = sl::block_energies(vectors, blocks, targets);
    for (std::size_t row = 0; row < 21; ++row) CHECK(after.score_at(row) == Approx(found.score_at(row)));
    auto early = targets;
    early.port.first = 0; // reads before the heads write
    CHECK(std::isnan(sl::block_energies(vectors, blocks, early).score_at(3)));
    const std::vector<sl::direction_block> none{{0, 2, 0, 0}};
    CHECK(message_of([&] { sl::block_energies(vectors, none, targets); }).find("found L0H2.0") !=
          std::string::npos);
    CHECK(message_of([&] {
              sl::block_energies(vectors, blocks, targets, {.memory_budget = 100});
          }).find("over the memory budget") != std::string::npos);
}
