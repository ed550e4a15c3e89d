#include "svdlens/circuit/diagonal_tests.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/linalg/scaled_matrix.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::brute_test;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::scaled_by;

namespace {

template <class T>
void check_heads(const sl::basic_diagonal_test<T>& found, std::size_t heads, auto whole, double tolerance) {
    REQUIRE(found.advantage.size() == heads);
    for (std::size_t k = 0; k < heads; ++k) {
        const auto expected = brute_test(whole(k));
        CHECK(static_cast<double>(found.advantage.score_at(k)) ==
              Approx(expected.advantage).epsilon(tolerance).margin(tolerance));
        CHECK(static_cast<double>(found.z.score_at(k)) ==
              Approx(expected.z).epsilon(tolerance).margin(tolerance));
    }
}

/// A model of random weights whose scores have a scale.
template <class T>
sl::basic_transformer_weights<T> scored_model(const svdlens_tests::random_model_options& options,
                                              double scale) {
    auto model = make_random_model<T>(options);
    model.attention_scale = scale;
    return model;
}

template <class T>
void check_model(const sl::basic_transformer_weights<T>& model, double tolerance) {
    const std::size_t heads = model.sizes.n_heads, group = heads / model.sizes.n_key_value_heads;
    const plain_matrix tokens(model.W_E), outputs(transposed(plain_matrix(model.W_U)));
    const auto head = [&](std::size_t k) -> const auto& { return model.blocks[k / heads].attention; };
    check_heads(
        sl::copying_test(model), 2 * heads,
        [&](std::size_t k) {
            return svdlens_tests::whole_matrix(tokens, plain_matrix(head(k).W_V[k % heads / group]),
                                               plain_matrix(head(k).W_O[k % heads]), outputs);
        },
        tolerance);
    const auto scores = [&](std::size_t k, const plain_matrix& x, const plain_matrix& y) {
        return scaled_by(svdlens_tests::whole_matrix(x, plain_matrix(head(k).W_Q[k % heads]),
                                                     transposed(plain_matrix(head(k).W_K[k % heads / group])),
                                                     y),
                         static_cast<svdlens_tests::real>(*model.attention_scale));
    };
    check_heads(
        sl::matching_test(model), 2 * heads, [&](std::size_t k) { return scores(k, tokens, tokens); },
        tolerance);
    const std::size_t n = model.W_pos.rows();
    for (const std::size_t back : {0U, 1U, 5U})
        check_heads(
            sl::previous_token_test(model, {.offset = back}), 2 * heads,
            [&](std::size_t k) {
                return scores(k, plain_matrix(model.W_pos.row_range(back, n - back)),
                              plain_matrix(model.W_pos.row_range(0, n - back)));
            },
            tolerance);
}

/// Which heads a test says prefer what they are asked for, in logits.
std::vector<std::string> heads_above(const sl::float_diagonal_test& found, float logits) {
    std::vector<std::string> names;
    for (std::size_t k = 0; k < found.advantage.size(); ++k)
        if (found.advantage.score_at(k) > logits) names.push_back(found.advantage.axes().label(k, "head"));
    return names;
}

} // namespace

TEST_CASE("tests of tokens and positions are those of the whole matrices") {
    check_model(scored_model<double>({.vocab = 30}, 0.5), 1e-9);
    check_model(scored_model<float>({.vocab = 30}, 1), 1e-4);
    check_model(sl::fold_norms(scored_model<double>({.key_value_heads = 2, .vocab = 300, .seed = 2}, 0.125)),
                1e-9);
    check_model(sl::fold_norms(scored_model<double>(
                    {.key_value_heads = 1, .vocab = 2, .norm = sl::normalization::rms_norm}, 3)),
                1e-9);
    auto tied = scored_model<double>({.vocab = 40}, 0.5);
    tied.W_U = tied.W_E.transposed();
    tied.tied_unembedding = true;
    check_model(tied, 1e-9);
    check_model(sl::fold_norms(tied), 1e-9);
    tied.W_E =
        sl::scaled_matrix(tied.W_E, std::vector<double>(40, 3.5), {}); // deferred, as BF16 and Gemma's are
    check_model(tied, 1e-9);
}

TEST_CASE("heads that copy, suppress, match and look back are named, and no others") {
    auto model = scored_model<float>(
        {.heads = 3, .key_value_heads = 3, .d_model = 60, .d_head = 20, .vocab = 20}, 0.25);
    svdlens_tests::matrix_maker make(4);
    const auto frame = make.orthonormal_rows(60, 60);
    const auto part = [&](std::size_t first, std::size_t shift, double strength) {
        plain_matrix m(60, 20);
        for (std::size_t i = 0; i + shift < 20; ++i)
            for (std::size_t j = 0; j < 60; ++j)
                m(j, i) = static_cast<long double>(strength) * frame(first + i + shift, j);
        return m;
    };
    model.W_E = transposed(part(0, 0, 1)).as<float>();
    model.W_U = part(20, 0, 1).as<float>();
    model.W_pos = transposed(part(40, 0, 1)).as<float>();
    auto& first = model.blocks[0].attention;
    auto& second = model.blocks[1].attention;
    first.W_V[1] = part(0, 0, 2).as<float>();
    first.W_O[1] = transposed(part(20, 0, 2)).as<float>();
    second.W_V[0] = part(0, 0, -2).as<float>();
    second.W_O[0] = transposed(part(20, 0, 2)).as<float>();
    second.W_Q[2] = second.W_K[2] = part(0, 0, 4).as<float>();
    first.W_Q[0] = part(40, 1, 4).as<float>();
    first.W_K[0] = part(40, 0, 4).as<float>();
    const auto copying = sl::copying_test(model);
    CHECK(heads_above(copying, 2) == std::vector<std::string>{"L0H1"});
    CHECK(copying.advantage.score_at(3) == Approx(-4));
    CHECK(copying.z.score_at(3) == Approx(-19));
    const auto matching = sl::matching_test(model);
    CHECK(heads_above(matching, 2) == std::vector<std::string>{"L1H2"});
    CHECK(matching.advantage.score_at(5) == Approx(4));
    CHECK(heads_above(sl::previous_token_test(model), 2) == std::vector<std::string>{"L0H0"});
    CHECK(heads_above(sl::previous_token_test(model, {.offset = 2}), 2).empty());
}

TEST_CASE("rotary models match at the offset that is said, and at no other") {
    auto model = scored_model<double>({.d_head = 6, .vocab = 25}, 0.5);
    model.has_rotary = true;
    model.rotary = sl::rotary_embedding{.dimensions = 4, .theta = 100};
    CHECK(message_of([&] { sl::matching_test(model); }) ==
          "random: matching_test: refused, because queries and keys are rotated by position, so that a score "
          "hangs "
          "on how far apart two tokens stand; say it: {.offset = 1}");
    const plain_matrix tokens(model.W_E);
    for (const std::int64_t offset : {0, 1, 7}) {
        const auto circuits = sl::rotary_qk_circuits(model, offset);
        check_heads(
            sl::matching_test(model, {.offset = offset}), 8,
            [&](std::size_t k) {
                return scaled_by(svdlens_tests::whole_matrix(tokens, plain_matrix(circuits.matrices[k].a),
                                                             plain_matrix(circuits.matrices[k].b), tokens),
                                 0.5L);
            },
            1e-9);
    }
    CHECK(message_of([&] { sl::previous_token_test(model); }).find("rotations of queries and keys") !=
          std::string::npos);
}

TEST_CASE("biases of queries and keys change neither advantage nor z") {
    const auto model = scored_model<double>({.vocab = 15}, 0.5);
    const auto found = sl::matching_test(model);
    const auto& a = model.blocks[1].attention;
    const plain_matrix tokens(model.W_E);
    auto q = product(tokens, plain_matrix(a.W_Q[2])), k = product(tokens, plain_matrix(a.W_K[2]));
    for (std::size_t i = 0; i < 15; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            q(i, j) += static_cast<long double>(a.b_Q[2][j]);
            k(i, j) += static_cast<long double>(a.b_K[2][j]);
        }
    const auto expected = brute_test(scaled_by(product(q, transposed(k)), 0.5L));
    CHECK(found.advantage.score_at(6) == Approx(expected.advantage).epsilon(1e-9));
    CHECK(found.z.score_at(6) == Approx(expected.z).epsilon(1e-9));
}

TEST_CASE("models for which a test is not defined are refused with the reason") {
    const auto reason = [](const sl::transformer_weights& model) {
        return message_of([&] { sl::matching_test(model, {.offset = 1}); });
    };
    const auto refused = [&](auto change, const std::string& because) {
        auto model = scored_model<float>({}, 1);
        change(model);
        CHECK(reason(model).find("random: matching_test: refused, because " + because) == 0);
        CHECK_THROWS_AS(sl::matching_test(model), sl::model_error);
    };
    refused([](auto& model) { model.has_qk_norm = true; }, "queries or keys are normalised per token");
    refused([](auto& model) { model.qk_refusal = "of another reason"; }, "of another reason");
    refused([](auto& model) { model.norm_placement = sl::norm_placement::after; },
            "a norm scales the residual");
    refused([](auto& model) { model.ln_embed = sl::norm_weights{}; }, "a norm scales the residual");
    refused([](auto& model) { model.attention_scale.reset(); }, "nothing says what scores are multiplied by");
    auto model = scored_model<float>({}, 1);
    model.W_pos = {};
    CHECK(message_of([&] { sl::previous_token_test(model); }) ==
          "random: previous_token_test: refused, because the model has no learned positions");
    model.has_alibi = true;
    CHECK(message_of([&] { sl::previous_token_test(model); }).find("a rule (ALiBi)") != std::string::npos);
    CHECK(message_of([&] { sl::previous_token_test(scored_model<float>({}, 1), {.offset = 16}); }) ==
          "random: previous_token_test: expected an offset below the 16 positions, found 16");
    CHECK_THROWS_AS(sl::previous_token_test(scored_model<float>({}, 1), {.offset = 15}), sl::argument_error);
    model.W_U = model.W_U.column_range(0, 8);
    CHECK(message_of([&] { sl::copying_test(model); })
              .find("random: copying_test: refused, because the embedding "
                    "has 9 tokens") == 0);
    CHECK_THROWS_AS(sl::copying_test(scored_model<float>({.vocab = 1}, 1)), sl::argument_error);
}

TEST_CASE("what is no number is named, and tables say what they are") {
    auto model = scored_model<float>({.vocab = 600}, 1);
    CHECK(sl::copying_test(model).advantage.axes().title() == "copying_advantage");
    CHECK(sl::matching_test(model).z.axes().title() == "matching_z");
    CHECK(sl::previous_token_test(model).z.axes().title() == "previous_token_z");
    CHECK(sl::matching_test(model).z.axes().provenance().find("random") == 0);
    auto tokens = plain_matrix(model.W_E);
    tokens(513, 4) = std::numeric_limits<float>::quiet_NaN();
    model.W_E = tokens.as<float>();
    for (const unsigned threads : {1U, 3U})
        CHECK(message_of([&] {
                  sl::matching_test(model, {}, {.threads = threads});
              }).find("\"embed\": the vector \"513\": expected finite weights, found nan") !=
              std::string::npos);
}
