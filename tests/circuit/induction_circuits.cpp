#include "svdlens/circuit/induction_circuits.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "circuit/made_induction.hpp"
#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/naive_transformer.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::made_fault;
using svdlens_tests::made_induction;
using svdlens_tests::made_sizes;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;

namespace {

/// The share of tokens that the model predicts in the second half of a text that is said twice.
double share_right(const sl::transformer_weights& model) {
    const std::size_t n = model.sizes.d_vocab;
    std::vector<std::size_t> text(2 * n);
    for (std::size_t k = 0; k < text.size(); ++k) text[k] = (5 * (k % n) + 3) % n;
    const auto outputs = svdlens_tests::run_naively(model, text, svdlens_tests::activation::relu);
    std::size_t right = 0;
    for (std::size_t p = n; p + 1 < text.size(); ++p) {
        const auto best = std::max_element(outputs[p].begin(), outputs[p].end()) - outputs[p].begin();
        right += static_cast<std::size_t>(best) == text[p + 1] ? 1U : 0U;
    }
    return static_cast<double>(right) / static_cast<double>(n - 1);
}

/// The pairs that the tests of all parts name: in logits where they have a unit, else by attention.
std::vector<std::string> named_circuits(const sl::float_induction_circuits& found) {
    std::vector<std::string> names;
    const auto heads = found.matching.z.axes()[1].extent;
    for (const auto& pair : found.pairs) {
        const auto source = pair.source_head.layer * heads + pair.source_head.head;
        const auto target = pair.target_head.layer * heads + pair.target_head.head;
        const auto offsets = found.positions->attention.axes()[2].extent;
        if (pair.advantage > 1 && found.copying->advantage.score_at(target) > 1 &&
            found.positions->attention.score_at(source * offsets + 1) > 0.5F)
            names.push_back(pair.source + "->" + pair.target);
    }
    return names;
}

} // namespace

TEST_CASE("a circuit that was written down is found, and it is what answers") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto model = made_induction({.seed = seed}).weights<float>();
        CHECK(share_right(model) >= 0.9); // the first token finds itself, too: nothing stands before it
        const auto found = sl::induction_circuits(model);
        CHECK(named_circuits(found) == std::vector<std::string>{"L0H1->L1H2"});
        for (const auto& pair : found.pairs) {
            if (pair.source == "L0H1" && pair.target == "L1H2") {
                CHECK(pair.advantage == Approx(144 / std::sqrt(24.0)).epsilon(1e-4));
                CHECK(pair.z == Approx(11).epsilon(1e-4)); // the largest there is
            } else
                CHECK(std::abs(pair.advantage) < 0.1F);
        }
        CHECK(found.notes.empty());
    }
}

TEST_CASE("where a part of the circuit is broken, none is named and nothing answers") {
    for (const auto fault : {made_fault::previous_token, made_fault::match, made_fault::copy}) {
        const auto model = made_induction({}, fault).weights<float>();
        CHECK(share_right(model) <= 0.3);
        CHECK(named_circuits(sl::induction_circuits(model)).empty());
    }
}

TEST_CASE("induction is that of the whole matrix of tokens by tokens") {
    auto model = svdlens_tests::make_random_model<double>(
        {.layers = 3, .heads = 4, .key_value_heads = 2, .vocab = 40});
    model.attention_scale = 0.3;
    model = sl::fold_norms(model);
    const auto found = sl::induction_circuits(model);
    REQUIRE(found.pairs.size() == 48);
    const plain_matrix tokens(model.W_E);
    for (const auto& pair : found.pairs) {
        const auto& early = model.blocks[pair.source_head.layer].attention;
        const auto& late = model.blocks[pair.target_head.layer].attention;
        const auto s = pair.source_head.head, t = pair.target_head.head;
        const auto moved =
            product(product(tokens, plain_matrix(early.W_V[s / 2])), plain_matrix(early.W_O[s]));
        const auto keys = product(moved, plain_matrix(late.W_K[t / 2]));
        const auto queries = product(tokens, plain_matrix(late.W_Q[t]));
        const auto expected =
            svdlens_tests::brute_test(svdlens_tests::scaled_by(product(queries, transposed(keys)), 0.3L));
        CHECK(pair.advantage == Approx(expected.advantage).epsilon(1e-8).margin(1e-10));
        CHECK(pair.z == Approx(expected.z).epsilon(1e-8).margin(1e-8));
    }
}

TEST_CASE("heads' own marks are those of the tests by themselves") {
    auto model = svdlens_tests::make_random_model<float>({.vocab = 40});
    model.attention_scale = 0.3;
    const auto found = sl::induction_circuits(model);
    const auto copying = sl::copying_test(model), matching = sl::matching_test(model);
    for (std::size_t k = 0; k < 8; ++k) {
        CHECK(found.copying->advantage.score_at(k) == copying.advantage.score_at(k));
        CHECK(found.matching.z.score_at(k) == matching.z.score_at(k));
    }
    CHECK(found.positions->attention.size() == 64);
    CHECK(found.matching.z.axes().title() == "matching_z");
}

TEST_CASE("what a model has no test for is said") {
    auto model = svdlens_tests::make_random_model<float>({.d_head = 6, .vocab = 40});
    model.attention_scale = 0.3;
    model.has_rotary = true;
    model.rotary = sl::rotary_embedding{.dimensions = 6};
    CHECK(message_of([&] {
              sl::induction_circuits(model);
          }).find("random: induction_circuits: refused, because queries and keys are rotated") == 0);
    model.W_U = {};
    const auto found = sl::induction_circuits(model, {.offset = 2});
    CHECK(found.pairs.size() == 16);
    CHECK(!found.copying.has_value());
    CHECK(!found.positions.has_value());
    REQUIRE(found.notes.size() == 2);
    CHECK(found.notes[0].find("no copying test: the model has no unembedding of tokens") == 0);
    CHECK(found.notes[1].find("no position test: its positions are rotations") == 0);
    auto one = svdlens_tests::make_random_model<float>({.layers = 1, .vocab = 40});
    one.attention_scale = 1;
    CHECK(sl::induction_circuits(one).pairs.empty());
    one.has_qk_norm = true;
    CHECK_THROWS_AS(sl::induction_circuits(one), sl::model_error);
}

TEST_CASE("induction circuits have the same bits for any number of threads, and tell how far they are") {
    const auto model = made_induction({}).weights<float>();
    std::vector<std::uint64_t> done;
    const auto one =
        sl::induction_circuits(model, {}, {.threads = 1, .progress = [&](const sl::progress_report& r) {
                                               CHECK(r.total >= r.done);
                                               done.push_back(r.done * 1000 / r.total);
                                           }});
    CHECK(std::is_sorted(done.begin(), done.end()));
    const auto three = sl::induction_circuits(model, {}, {.threads = 3});
    for (std::size_t k = 0; k < one.pairs.size(); ++k) {
        CHECK(one.pairs[k].advantage == three.pairs[k].advantage);
        CHECK(one.pairs[k].z == three.pairs[k].z);
    }
}
