#include "svdlens/circuit/circuits.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/center_weights.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;

TEST_CASE("an OV circuit is W_V and W_O of its head, viewed and not copied") {
    const auto model = make_random_model({.layers = 3});
    const auto ov = sl::ov_circuits(model);
    CHECK(ov.name == "ov");
    CHECK(ov.layers() == 3);
    CHECK(ov.heads() == 4);
    REQUIRE(ov.matrices.size() == 12);
    for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t h = 0; h < 4; ++h) {
            CHECK(ov(l, h).a.data() == model.blocks[l].attention.W_V[h].data());
            CHECK(ov(l, h).b.data() == model.blocks[l].attention.W_O[h].data());
            CHECK(ov(l, h).a.columns() == ov(l, h).b.rows());
        }
    CHECK(ov(2, 1).a_name == "blocks.2.attn.W_V");
    CHECK(ov(2, 1).b_name == "blocks.2.attn.W_O");
    CHECK(ov.file == "random");
    CHECK(ov.provenance == model.provenance());
}

TEST_CASE("OV circuits read at the attention's input and write at its output") {
    const auto ov = sl::ov_circuits(make_random_model({}));
    CHECK(ov.left.flow == sl::flow::reads);
    CHECK(ov.right.flow == sl::flow::writes);
    CHECK(ov.left.at(1) == 8); // seven positions a block, and the stream before the norm
    CHECK(ov.right.at(0) > ov.left.at(0));
    CHECK(ov.right.at(0) < ov.left.at(1));
}

TEST_CASE("heads of a grouped-query model share value heads") {
    const auto model = make_random_model({.heads = 6, .key_value_heads = 2});
    const auto ov = sl::ov_circuits(model);
    for (std::size_t h = 0; h < 6; ++h)
        CHECK(ov(1, h).a.data() == model.blocks[1].attention.W_V[h / 3].data());
    CHECK(ov(1, 5).b.data() == model.blocks[1].attention.W_O[5].data());
}

TEST_CASE("missing heads and head counts that do not divide are refused") {
    auto model = make_random_model({});
    model.blocks[1].attention.W_O.pop_back();
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model = make_random_model({});
    model.blocks[0].attention.W_V.clear();
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model = make_random_model({});
    model.sizes.n_key_value_heads = 3;
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model.sizes.n_key_value_heads = 0;
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
}

TEST_CASE("a model without layers has no circuits") {
    CHECK(sl::ov_circuits(sl::transformer_weights()).matrices.empty());
}

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;

TEST_CASE("a QK circuit scores queries against keys: x W_Q (y W_K)ᵀ") {
    const auto model = make_random_model<double>({});
    const auto qk = sl::qk_circuits(model);
    CHECK(qk.name == "qk");
    svdlens_tests::matrix_maker make(1);
    const auto x = make.uniform(1, 12);
    const auto y = make.uniform(1, 12);
    for (std::size_t h = 0; h < 4; ++h) {
        const auto& attention = model.blocks[1].attention;
        const auto query = product(x, plain_matrix(attention.W_Q[h]));
        const auto key = product(y, plain_matrix(attention.W_K[h]));
        const auto expected = product(query, transposed(key))(0, 0);
        const auto w = product(plain_matrix(qk(1, h).a), plain_matrix(qk(1, h).b));
        const auto found = product(product(x, w), transposed(y))(0, 0);
        CHECK(static_cast<double>(found) == Approx(static_cast<double>(expected)).margin(1e-12));
    }
    CHECK(qk(1, 2).a.data() == model.blocks[1].attention.W_Q[2].data());
    CHECK(qk(1, 2).b.data() == model.blocks[1].attention.W_K[2].data());
    CHECK(qk(1, 2).b_name == "blocks.1.attn.W_K");
}

TEST_CASE("both sides of a QK circuit read at the attention's input") {
    const auto qk = sl::qk_circuits(make_random_model({}));
    CHECK(qk.left.flow == sl::flow::reads);
    CHECK(qk.right.flow == sl::flow::reads);
    CHECK(qk.left.at(1) == qk.right.at(1));
}

TEST_CASE("heads of a grouped-query model share key heads") {
    const auto model = make_random_model({.heads = 4, .key_value_heads = 2});
    const auto qk = sl::qk_circuits(model);
    for (std::size_t h = 0; h < 4; ++h)
        CHECK(qk(0, h).b.data() == model.blocks[0].attention.W_K[h / 2].data());
}

TEST_CASE("rotary models and models that normalise queries or keys have no plain QK circuits") {
    auto model = make_random_model({});
    const auto message = [&] { return message_of([&] { sl::qk_circuits(model); }); };
    model.has_rotary = true;
    REQUIRE_THROWS_AS(sl::qk_circuits(model), sl::model_error);
    CHECK(message() ==
          "random: qk_circuits: refused, because queries and keys are rotated by position, so that "
          "W_Q W_K^T is the circuit at offset 0 only; use rotary_qk_circuits(weights, offset)");
    model.has_rotary = false;
    model.rotary = sl::rotary_embedding{.dimensions = 2};
    CHECK(message().find("rotary_qk_circuits") != std::string::npos);
    model.rotary.reset();
    model.has_qk_norm = true;
    CHECK(message() ==
          "random: qk_circuits: refused, because queries or keys are normalised per token, so that "
          "no matrix W_Q W_K^T exists");
    model.has_qk_norm = false;
    CHECK(sl::qk_circuits(model).matrices.size() == 8);
}

TEST_CASE("a model of which only OV is known has no QK circuits") {
    auto model = make_random_model({});
    for (auto& block : model.blocks) block.attention.W_Q.clear();
    std::string message;
    try {
        sl::qk_circuits(model);
    } catch (const sl::model_error& problem) {
        CHECK(problem.code() == sl::errc::unknown_tensor);
        message = problem.what();
    }
    CHECK(message == "random: tensor \"blocks.0.attn.W_Q\": expected 4 heads, found 0");
}

TEST_CASE("directions say whether the means of what they read or write were taken out") {
    using enum sl::normalization;
    const auto norm = GENERATE(layer_norm, layer_norm_folded, rms_norm, none);
    const auto model = make_random_model({.norm = norm});
    const bool is_layer_norm = norm == layer_norm || norm == layer_norm_folded;
    const auto largest_mean = [](const sl::vector_set& set) {
        double largest = 0;
        for (const auto& layer : set.layers)
            for (std::size_t k = 0; k < layer.rows(); ++k) {
                double sum = 0;
                for (std::size_t c = 0; c < layer.columns(); ++c) sum += static_cast<double>(layer(k, c));
                largest = std::max(largest, std::abs(sum));
            }
        return largest;
    };
    const auto check = [&](const sl::vector_set& set, bool centered) {
        CHECK(set.centered == centered);
        CHECK((largest_mean(set) < 1e-4) == centered);
    };
    for (const bool folded : {false, true})
        for (const bool centred : {false, true}) {
            if (centred && !is_layer_norm) continue;
            auto weights = folded ? sl::fold_norms(model) : model;
            if (centred) weights = sl::center_writing_weights(weights);
            const auto ov = sl::singular_directions(sl::ov_circuits(weights));
            const auto qk = sl::singular_directions(sl::qk_circuits(weights));
            const bool readers = folded && is_layer_norm;
            check(ov.reading(), readers);
            check(ov.writing(), centred);
            check(qk.query(), readers);
            check(qk.key(), readers);
            check(sl::reading_directions(sl::ov_circuits(weights)), readers);
            check(sl::writing_directions(sl::ov_circuits(weights)), centred);
        }
    auto rotary = sl::fold_norms(model);
    rotary.rotary = sl::rotary_embedding{.dimensions = 2};
    const auto turned = sl::singular_directions(sl::rotary_qk_circuits(rotary, 3));
    check(turned.query(), is_layer_norm);
    check(turned.key(), is_layer_norm);
}

namespace {

using biased_row = std::vector<double>;

/// x W + b in double; no b: x W.
template <class T>
biased_row affine(const biased_row& x, const sl::basic_matrix<T>& W, const std::vector<T>* b) {
    biased_row y(W.columns());
    for (std::size_t c = 0; c < y.size(); ++c) {
        y[c] = b == nullptr ? 0 : static_cast<double>((*b)[c]);
        for (std::size_t k = 0; k < W.rows(); ++k) y[c] += x[k] * static_cast<double>(W(k, c));
    }
    return y;
}

biased_row some_values(std::size_t size, double seed) {
    biased_row x(size);
    for (std::size_t k = 0; k < size; ++k) x[k] = std::sin(seed + 1.7 * static_cast<double>(k));
    return x;
}

biased_row with_1(biased_row x) {
    x.push_back(1);
    return x;
}

} // namespace

TEST_CASE("circuits with biases are what heads make of a stream with a 1 behind it") {
    const auto model = make_random_model<double>({.heads = 4, .key_value_heads = 2});
    const auto ov = sl::ov_circuits(model, sl::circuit_biases::included);
    const auto qk = sl::qk_circuits(model, sl::circuit_biases::included);
    CHECK(ov.name == "ov_with_biases");
    CHECK(qk.name == "qk_with_biases");
    CHECK(ov.provenance == model.provenance() + "; biases as a last row");
    const auto x = some_values(12, 0.3), y = some_values(12, 2);
    for (std::size_t l = 0; l < 2; ++l)
        for (std::size_t h = 0; h < 4; ++h) {
            const auto& a = model.blocks[l].attention;
            const auto value = affine(x, a.W_V[h / 2], &a.b_V[h / 2]);
            const auto moved = affine<double>(value, a.W_O[h], nullptr);
            const auto found =
                affine<double>(affine<double>(with_1(x), ov(l, h).a, nullptr), ov(l, h).b, nullptr);
            REQUIRE(found.size() == 12);
            for (std::size_t c = 0; c < 12; ++c) CHECK(found[c] == Approx(moved[c]).margin(1e-12));
            const auto query = affine(x, a.W_Q[h], &a.b_Q[h]), key = affine(y, a.W_K[h / 2], &a.b_K[h / 2]);
            double score = 0, in_factors = 0;
            for (std::size_t k = 0; k < query.size(); ++k) score += query[k] * key[k];
            const auto left =
                affine<double>(affine<double>(with_1(x), qk(l, h).a, nullptr), qk(l, h).b, nullptr);
            const auto right = with_1(y);
            REQUIRE(left.size() == 13);
            for (std::size_t k = 0; k < 13; ++k) in_factors += left[k] * right[k];
            CHECK(in_factors == Approx(score).margin(1e-12));
        }
}

TEST_CASE("any part of a factor with biases is that part of the whole") {
    const auto model = make_random_model<double>({.heads = 2, .key_value_heads = 1});
    const auto factors = sl::qk_circuits(model, sl::circuit_biases::included)(1, 1);
    for (const auto& factor : {factors.a, factors.b}) {
        const auto whole = factor.resident();
        for (std::size_t row = 0; row + 2 <= factor.rows(); ++row)
            for (std::size_t column = 0; column + 2 <= factor.columns(); ++column) {
                const auto part = factor.row_range(row, 2).column_range(column, 2).resident();
                for (std::size_t i = 0; i < 2; ++i)
                    for (std::size_t j = 0; j < 2; ++j) REQUIRE(part(i, j) == whole(row + i, column + j));
            }
    }
}

TEST_CASE("directions of circuits with biases make the head again, and tokens get their 1") {
    const auto model = sl::fold_norms(make_random_model<double>({.heads = 2, .key_value_heads = 1}));
    const auto heads = sl::singular_directions(sl::ov_circuits(model, sl::circuit_biases::included));
    CHECK(!heads.reading().centered);
    const auto tokens = sl::with_one(model.embed());
    CHECK(tokens.d_model() == 13);
    CHECK(tokens.layers[0](3, 12) == 1);
    CHECK(tokens.layers[0](3, 5) == model.W_E(3, 5));
    CHECK_THROWS_AS(sl::project(heads.reading(), model.embed()), sl::argument_error); // no 1 behind them
    const auto scores = sl::store(sl::project(heads.reading(), tokens));
    biased_row x;
    for (std::size_t k = 0; k < 12; ++k) x.push_back(model.W_E(3, k));
    const auto& a = model.blocks[1].attention;
    const auto moved = affine<double>(affine(x, a.W_V[0], &a.b_V[0]), a.W_O[1], nullptr);
    for (std::size_t c = 0; c < 12; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < heads.directions(); ++k) {
            const std::vector<std::uint64_t> index{1, 1, k, 3};
            sum += *scores.find(scores.axes().row(index)) * heads.writing(1, 1, k)[c];
        }
        CHECK(sum == Approx(moved[c]).margin(1e-12));
    }
}

TEST_CASE(
    "models without biases have rows of 0, biases that do not fit are refused, and query biases turn, too") {
    auto model = make_random_model<double>({});
    for (auto& block : model.blocks) block.attention.b_V.clear();
    const auto ov = sl::ov_circuits(model, sl::circuit_biases::included);
    for (std::size_t c = 0; c < 3; ++c) CHECK(ov(1, 2).a(12, c) == 0);
    CHECK(ov(1, 2).a.rows() == 13);
    model.blocks[1].attention.b_K[2].pop_back();
    CHECK_THROWS_AS(sl::qk_circuits(model, sl::circuit_biases::included), sl::model_error);
    model.blocks[1].attention.b_K.pop_back();
    CHECK_THROWS_AS(sl::qk_circuits(model, sl::circuit_biases::included), sl::model_error);
    CHECK_NOTHROW(sl::qk_circuits(model)); // which look at none
    auto rotary = make_random_model<double>({.d_head = 4});
    rotary.rotary.emplace();
    rotary.rotary->dimensions = 4;
    const auto turned = sl::rotary_qk_circuits(rotary, 3, sl::circuit_biases::included);
    const auto plain = sl::rotary_qk_circuits(rotary, 3);
    CHECK(turned.name == "qk_at_3_with_biases");
    // A stream of zeros with a 1: the bias alone, turned as queries are.
    auto as_weight = rotary;
    std::vector<double> values(12 * 4);
    for (std::size_t c = 0; c < 4; ++c) values[c] = rotary.blocks[0].attention.b_Q[1][c];
    as_weight.blocks[0].attention.W_Q[1] = sl::basic_matrix<double>(values, 12, 4);
    const auto of_bias = sl::rotary_qk_circuits(as_weight, 3);
    for (std::size_t c = 0; c < 4; ++c) {
        CHECK(turned(0, 1).a(12, c) == of_bias(0, 1).a(0, c));
        CHECK(turned(0, 1).a(5, c) == plain(0, 1).a(5, c));
    }
    CHECK(turned(0, 1).b(2, 12) == rotary.blocks[0].attention.b_K[1][2]);
}
