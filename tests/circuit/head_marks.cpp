#include "svdlens/circuit/head_marks.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "circuit/made_induction.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/diagonal_tests.hpp"
#include "svdlens/circuit/induction_circuits.hpp"
#include "svdlens/circuit/position_profile.hpp"

namespace sl = svdlens;
using svdlens_tests::made_fault;
using svdlens_tests::made_induction;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;

namespace {

template <class T>
sl::marked_heads marks_of(const sl::basic_transformer_weights<T>& model,
                          const sl::token_test_options& options = {}) {
    return sl::head_marks(model, sl::singular_directions(sl::ov_circuits(model)), options);
}

/// `L1H2 induction of L0H1`
std::vector<std::string> words_of(const sl::marked_heads& marked) {
    std::vector<std::string> words;
    for (const auto& each : sl::standing_heads(marked)) {
        const auto& head = marked.heads[each.row];
        words.push_back(head.head + " " + std::string(to_text(each.role)));
        if (each.role == sl::head_role::induction) words.back() += " of " + head.partner;
    }
    return words;
}

} // namespace

TEST_CASE("a head's marks are what the tests say of it") {
    auto model = make_random_model<double>({.layers = 3, .heads = 4, .key_value_heads = 2, .vocab = 40});
    model.attention_scale = 0.3;
    const auto directions = sl::singular_directions(sl::ov_circuits(model));
    const auto marked = sl::head_marks(model, directions);
    const auto copying = sl::copying_test(model), matching = sl::matching_test(model);
    const auto previous = sl::previous_token_test(model);
    const auto profile = sl::position_profile(model).attention;
    const auto circuits = sl::induction_circuits(model);
    REQUIRE(marked.heads.size() == 12);
    CHECK(marked.notes.empty());
    for (std::size_t k = 0; k < 12; ++k) {
        const auto& head = marked.heads[k];
        CHECK(head.head == "L" + std::to_string(k / 4) + "H" + std::to_string(k % 4));
        CHECK(head.index == sl::head_index{k / 4, k % 4});
        CHECK(head.largest == directions.singular_value(k / 4, k % 4, 0));
        CHECK_FALSE(head.is_dead);
        const auto is = [&](const auto& mark, const auto& test) {
            return mark && mark->advantage == test.advantage.score_at(k) && mark->z == test.z.score_at(k);
        };
        CHECK(is(head.copying, copying));
        CHECK(is(head.matching, matching));
        CHECK(is(head.previous_token, previous));
        CHECK(*head.previous_token_share == profile.score_at(k * 8 + 1));
        CHECK(head.induction.has_value() == (k >= 4));
        double most = -std::numeric_limits<double>::infinity();
        for (const auto& pair : circuits.pairs)
            if (pair.target == head.head && pair.advantage > most) {
                most = pair.advantage;
                CHECK((pair.source != head.partner || head.induction->z == pair.z));
            }
        if (k >= 4) CHECK(head.induction->advantage == most);
    }
}

TEST_CASE("heads that do something stand out, and in a broken circuit the others only") {
    CHECK(words_of(marks_of(made_induction({}).weights<float>())) ==
          std::vector<std::string>{"L1H2 copies", "L1H2 induction of L0H1", "L0H1 previous token"});
    CHECK(words_of(marks_of(made_induction({}, made_fault::previous_token).weights<float>())) ==
          std::vector<std::string>{"L1H2 copies", "L1H2 induction of L0H1"});
    CHECK(words_of(marks_of(made_induction({}, made_fault::match).weights<float>())) ==
          std::vector<std::string>{"L1H2 copies", "L0H1 previous token"});
    CHECK(words_of(marks_of(made_induction({}, made_fault::copy).weights<float>())) ==
          std::vector<std::string>{"L1H2 induction of L0H1", "L0H1 previous token"});
}

TEST_CASE("next to no head of random weights stands out, however large the vocabulary makes every z") {
    std::size_t standing = 0, large = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        auto model = make_random_model<float>(
            {.layers = 3, .heads = 8, .d_model = 16, .d_head = 4, .vocab = 3000, .seed = seed});
        model.attention_scale = 0.5;
        const auto marked = marks_of(model);
        standing += sl::standing_heads(marked).size();
        for (const auto& head : marked.heads) large += std::abs(head.matching->z) > 6;
    }
    CHECK(large > 60); // of 120
    CHECK(standing <= 1);
}

TEST_CASE("what of a head is not defined is empty, and said once") {
    auto model = make_random_model<float>({.d_head = 6, .vocab = 40});
    model.attention_scale = 0.3;
    const auto check = [](const sl::marked_heads& marked, bool copying, bool matching, bool positions,
                          const std::vector<std::string>& words) {
        for (const auto& head : marked.heads) {
            CHECK(head.copying.has_value() == copying);
            CHECK(head.matching.has_value() == matching);
            CHECK(head.induction.has_value() == (matching && head.index.layer > 0));
            CHECK(head.previous_token.has_value() == positions);
            CHECK(head.previous_token_share.has_value() == positions);
            CHECK(head.largest > 0);
        }
        REQUIRE(marked.notes.size() == words.size());
        for (std::size_t k = 0; k < words.size(); ++k) {
            INFO(marked.notes[k]);
            CHECK(marked.notes[k].find(words[k]) != std::string::npos);
        }
    };
    check(marks_of(model), true, true, true, {});
    auto other = model;
    other.W_E = {};
    check(marks_of(other), false, false, true, {"copying: the model has no embedding", "matching and"});
    other = model;
    other.W_pos = model.W_pos.row_range(0, 2);
    check(marks_of(other), true, true, false, {"previous token: expected at least 3 positions"});
    other.W_pos = {};
    check(marks_of(other), true, true, false, {"previous token: the model has no learned"});
    other = model;
    other.W_U = {};
    check(marks_of(other), false, true, true, {"copying: the model has no unembedding"});
    other = model;
    other.attention_scale = {};
    check(marks_of(other), true, false, false, {"matching and induction: nothing says", "previous token:"});
    for (auto part : {&sl::basic_attention<float>::W_Q, &sl::basic_attention<float>::W_K}) {
        other = model;
        (other.blocks.back().attention.*part).clear();
        check(marks_of(other), true, false, false,
              {"matching and induction: there are layers without queries", "previous token:"});
    }
    other = model;
    other.has_qk_norm = true;
    check(marks_of(other), true, false, false, {"normalised per token", "previous token:"});
    other = model;
    other.norm_placement = sl::norm_placement::after;
    check(marks_of(other), false, false, false, {"copying: norms scale", "matching and", "previous token:"});
    other = model;
    other.rotary = sl::rotary_embedding{.dimensions = 6};
    other.has_rotary = true;
    check(marks_of(other), true, false, false, {"{.offset = 1}", "previous token: its positions are rot"});
    check(marks_of(other, {.offset = 1}), true, true, false, {"previous token: its positions are rot"});
    other = model;
    other.blocks.resize(1);
    other.sizes.n_layers = 1;
    const auto marked = marks_of(other);
    CHECK(marked.notes == std::vector<std::string>{"induction: heads of one layer have none before them"});
    CHECK(marked.heads.size() == 4);
}

TEST_CASE("a head of next to nothing is dead, and none of few heads stands out") {
    auto model = made_induction({}).weights<float>();
    for (float scale = 1; auto& W : model.blocks[1].attention.W_O) {
        W = sl::matrix(std::vector<float>(W.rows() * W.columns(), 1e-9F * scale), W.rows(), W.columns());
        scale = -scale;
    }
    const auto marked = marks_of(model);
    CHECK(marked.heads[5].is_dead);
    for (const auto& each : sl::standing_heads(marked)) CHECK(each.row < 3);
    CHECK(words_of(marks_of(made_induction({.heads = 3}).weights<float>())).size() == 3);
    auto few = marks_of(made_induction({}).weights<float>());
    few.heads.erase(few.heads.begin() + 1, few.heads.begin() + 5); // two heads are left
    CHECK(sl::standing_heads(few).empty());
}

TEST_CASE("bounds and directions that are none are refused") {
    const auto model = made_induction({}).weights<float>();
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(sl::standing_heads({}, {.times = nan}), sl::argument_error);
    CHECK_THROWS_AS(sl::standing_heads({}, {.z = -1}), sl::argument_error);
    const auto other = make_random_model<float>({.layers = 3, .heads = 4});
    const auto message =
        message_of([&] { sl::head_marks(model, sl::singular_directions(sl::ov_circuits(other))); });
    CHECK(message.find("expected directions of 2 layers of 3 heads, found 3 of 4") != std::string::npos);
}
