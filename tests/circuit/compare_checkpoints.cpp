#include "svdlens/circuit/compare_checkpoints.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/projection.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;
using svdlens_tests::random_model_options;

namespace {

random_model_options shape() {
    return {
        .layers = 2, .heads = 4, .key_value_heads = 4, .d_model = 24, .d_head = 4, .d_mlp = 20, .vocab = 12};
}

/// The same numbers, each changed by a share of them.
sl::matrix with_change(const sl::matrix& m, double size, svdlens_tests::random_numbers& random) {
    const auto from = m.resident();
    std::vector<float> values;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j)
            values.push_back(from(i, j) + static_cast<float>(0.6 * size * random.next()));
    return {std::move(values), m.rows(), m.columns()};
}

sl::transformer_weights noisy_copy(sl::transformer_weights model, double size, std::uint64_t seed = 77) {
    svdlens_tests::random_numbers random(seed);
    model.file = "copy";
    for (auto& block : model.blocks)
        for (auto* part :
             {&block.attention.W_Q, &block.attention.W_K, &block.attention.W_V, &block.attention.W_O})
            for (auto& m : *part) m = with_change(m, size, random);
    return model;
}

/// u of d entries and v from the rows of W_O: W_V + size u c, so that W_V W_O gains size u (c W_O).
struct planted_change {
    std::vector<double> reads;
    std::vector<double> writes;
};

planted_change plant(sl::transformer_weights& model, std::size_t layer, std::size_t head, float size,
                     std::uint64_t seed = 5) {
    auto& attention = model.blocks[layer].attention;
    const auto from = attention.W_V[head].resident(), out = attention.W_O[head].resident();
    svdlens_tests::random_numbers random(seed);
    planted_change planted;
    std::vector<double> inside;
    for (std::size_t i = 0; i < from.rows(); ++i) planted.reads.push_back(random.next());
    for (std::size_t k = 0; k < from.columns(); ++k) inside.push_back(random.next());
    std::vector<float> values;
    for (std::size_t i = 0; i < from.rows(); ++i)
        for (std::size_t k = 0; k < from.columns(); ++k)
            values.push_back(from(i, k) + size * static_cast<float>(planted.reads[i] * inside[k]));
    attention.W_V[head] = {std::move(values), from.rows(), from.columns()};
    for (std::size_t j = 0; j < out.columns(); ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < from.columns(); ++k) sum += inside[k] * static_cast<double>(out(k, j));
        planted.writes.push_back(sum);
    }
    return planted;
}

/// The size of the cosine.
double alignment(std::span<const float> direction, const std::vector<double>& with) {
    double dot = 0, one = 0, two = 0;
    for (std::size_t i = 0; i < with.size(); ++i) {
        dot += static_cast<double>(direction[i]) * with[i];
        one += static_cast<double>(direction[i]) * static_cast<double>(direction[i]);
        two += with[i] * with[i];
    }
    return std::abs(dot) / std::sqrt(one * two);
}

} // namespace

TEST_CASE("a checkpoint and itself differ in nothing") {
    const auto model = make_random_model(shape());
    const auto found = sl::compare_checkpoints(model, model);
    CHECK(found.basis.hits == found.basis.matched);
    CHECK(found.basis.other_hits == 0);
    REQUIRE(found.qk);
    for (const auto* circuit : {&found.ov, &*found.qk}) {
        CHECK(circuit->change.directions.null_directions() == 8 * 8);
        for (const auto& head : circuit->heads) {
            CHECK(head.cosine == 1);
            CHECK(head.relative() == 0);
            CHECK(head.directions == 0);
        }
        for (const auto& match : circuit->matches) CHECK(match.direction == match.other);
    }
}

TEST_CASE("what changes outside the heads is said by name") {
    const auto before = make_random_model<double>({});
    auto after = before;
    for (const auto& each : sl::compare_checkpoints(before, after).others) CHECK(each.relative() == 0);
    auto& W = after.blocks[1].mlp->W_in;
    const auto old = W.resident();
    auto doubled = std::make_shared<std::vector<double>>();
    double squares = 0;
    for (std::size_t i = 0; i < old.rows(); ++i)
        for (std::size_t j = 0; j < old.columns(); ++j) {
            doubled->push_back(1.5 * old(i, j));
            squares += old(i, j) * old(i, j);
        }
    W = sl::basic_matrix<double>(doubled->data(), old.rows(), old.columns(), doubled);
    std::size_t changed = 0;
    for (const auto& each : sl::compare_checkpoints(before, after).others) {
        if (each.change == 0) continue;
        ++changed;
        CHECK(each.name == "L1 W_in");
        CHECK(each.relative() == Approx(0.5));
        CHECK(each.norm_before == Approx(std::sqrt(squares)));
    }
    CHECK(changed == 1);
}

TEST_CASE("a change planted into one head is found there, and is the change's first direction") {
    const auto before = make_random_model(shape());
    for (const double noise : {0.0, 1e-3}) {
        auto after = noisy_copy(before, noise);
        const auto planted = plant(after, 1, 2, 0.1F);
        const auto found = sl::compare_checkpoints(before, after);
        const auto& heads = found.ov.heads;
        const auto most = std::max_element(heads.begin(), heads.end(), [](const auto& a, const auto& b) {
            return a.relative() < b.relative();
        });
        CHECK(most->layer == 1);
        CHECK(most->head == 2);
        CHECK(most->first_share > 0.98);
        if (noise == 0) CHECK(most->directions == 1);
        const auto& change = found.ov.change.directions;
        CHECK(alignment(change.reading(1, 2, 0), planted.reads) > 0.999);
        CHECK(alignment(change.writing(1, 2, 0), planted.writes) > 0.999);
        for (const auto& head : found.qk->heads) CHECK(head.relative() < 0.01);
    }
}

TEST_CASE("a change of any rank is spanned by the first directions of the difference, under noise too") {
    const auto before = make_random_model(shape());
    for (std::size_t rank = 1; rank <= 4; ++rank)
        for (const double noise : {0.0, 1e-4}) {
            auto after = noisy_copy(before, noise);
            std::vector<planted_change> planted;
            for (std::size_t k = 0; k < rank; ++k) planted.push_back(plant(after, 0, 3, 0.1F, 40 + k));
            const auto found = sl::compare_checkpoints(before, after);
            if (noise == 0) CHECK(found.ov.heads[3].directions == rank);
            const auto& change = found.ov.change.directions;
            for (const auto& each : planted) {
                double reads = 0, writes = 0;
                for (std::size_t k = 0; k < rank; ++k) {
                    reads += std::pow(alignment(change.reading(0, 3, k), each.reads), 2);
                    writes += std::pow(alignment(change.writing(0, 3, k), each.writes), 2);
                }
                CHECK(reads > 0.999);
                CHECK(writes > 0.999);
            }
        }
}

TEST_CASE("the change is a set like any other, folded and projected") {
    const auto before = make_random_model(shape());
    auto after = before;
    plant(after, 0, 1, 0.2F);
    after.blocks[1].ln1->w[3] *= 1.5F; // a norm's gain, folded into what reads behind it
    const auto found = sl::compare_checkpoints(sl::fold_norms(before), sl::fold_norms(after));
    CHECK(found.ov.heads[1].relative() > 0.1);
    CHECK(found.ov.heads[4].relative() > 0.01);
    CHECK(found.ov.heads[0].relative() == 0);
    const auto scores = sl::project(found.ov.change.directions.writing(), after.mlp_in());
    CHECK(scores.axes().title() == "ov_change_to_mlp_in");
    CHECK(scores.max_rows() > 0);
    CHECK(sl::project(found.ov.change.directions.reading(), after.embed()).max_rows() > 0);
    CHECK(sl::project(found.qk->change.directions.query(), after.embed()).axes().title() ==
          "embed_to_qk_change_query");
}

TEST_CASE("relative changes and cosines are those of the products") {
    const auto before = make_random_model(shape());
    const auto after = noisy_copy(before, 0.3);
    const auto found = sl::compare_checkpoints(before, after);
    for (std::size_t k = 0; k < 8; ++k) {
        double dot = 0, one = 0, two = 0, change = 0;
        const auto dense = [](const sl::factored_matrix& m, std::size_t i, std::size_t j) {
            double sum = 0;
            for (std::size_t p = 0; p < m.a.columns(); ++p)
                sum += static_cast<double>(m.a(i, p)) * static_cast<double>(m.b(p, j));
            return sum;
        };
        for (std::size_t i = 0; i < 24; ++i)
            for (std::size_t j = 0; j < 24; ++j) {
                const double x = dense(found.ov.before.set.matrices[k], i, j);
                const double y = dense(found.ov.after.set.matrices[k], i, j);
                dot += x * y;
                one += x * x;
                two += y * y;
                change += (y - x) * (y - x);
            }
        CHECK(found.ov.heads[k].cosine == Approx(dot / std::sqrt(one * two)).epsilon(1e-6));
        CHECK(found.ov.heads[k].change == Approx(std::sqrt(change)).epsilon(1e-5));
        CHECK(found.ov.heads[k].relative() == Approx(std::sqrt(change / one)).epsilon(1e-5));
    }
}

TEST_CASE("models of different seeds share nothing, and are refused") {
    auto options = shape();
    const auto before = make_random_model(options);
    options.seed = 2;
    auto other = make_random_model(options);
    other.file = "other";
    const auto text = message_of([&] { sl::compare_checkpoints(before, other); });
    CHECK(text.find("other: nothing is shared with random") == 0);
    CHECK(text.find("different seeds") != std::string::npos);
    // Outlier coordinates, the same in both, do not make them one: other heads overlap as much.
    const auto with_outliers = [](sl::transformer_weights model) {
        for (auto& block : model.blocks)
            for (auto* part :
                 {&block.attention.W_V, &block.attention.W_O, &block.attention.W_Q, &block.attention.W_K})
                for (auto& m : *part) {
                    const bool is_out = part == &block.attention.W_O;
                    std::vector<float> values;
                    for (std::size_t i = 0; i < m.rows(); ++i)
                        for (std::size_t j = 0; j < m.columns(); ++j)
                            values.push_back(m(i, j) * ((is_out ? j : i) < 1 ? 30.0F : 1.0F));
                    m = {std::move(values), m.rows(), m.columns()};
                }
        return model;
    };
    const auto one = with_outliers(before), two = with_outliers(other);
    CHECK_THROWS_AS(sl::compare_checkpoints(one, two), sl::model_error);
    CHECK(sl::compare_checkpoints(one, noisy_copy(one, 0.1)).basis.is_shared());
    // Heads that are pruned away are no control, whichever they are: others are.
    const auto pruned = [](sl::transformer_weights model, std::size_t remainder) {
        for (auto& block : model.blocks)
            for (auto* part : {&block.attention.W_V, &block.attention.W_Q})
                for (std::size_t h = 0; h < part->size(); ++h)
                    if (h % 2 == remainder || (remainder == 2 && 2 * h >= part->size()))
                        (*part)[h] =
                            sl::scaled_matrix((*part)[h], std::vector<double>((*part)[h].rows()), {});
        return model;
    };
    for (const std::size_t remainder : {0U, 1U, 2U}) {
        const auto some = pruned(one, remainder), others = pruned(two, remainder);
        CHECK_THROWS_AS(sl::compare_checkpoints(some, others), sl::model_error);
        const auto basis = sl::compare_checkpoints(some, noisy_copy(some, 0.1)).basis;
        CHECK(basis.is_shared());
        CHECK(basis.other_matched == basis.matched);
    }
}

TEST_CASE("a model and the same with an adapter merged into it have one basis, however large the change") {
    auto options = shape();
    const auto before = make_random_model(options);
    options.seed = 2;
    auto after = make_random_model(options); // nothing in common by the numbers
    CHECK_THROWS_AS(sl::compare_checkpoints(before, after), sl::model_error);
    after.adapters = {"adapter lora"};
    CHECK(!sl::compare_checkpoints(before, after).basis.is_shared());
    after.file = "other";
    CHECK_THROWS_AS(sl::compare_checkpoints(before, after), sl::model_error);
}

TEST_CASE("heads that share keys and values are controls of none of their group") {
    for (const std::size_t groups : {1U, 2U}) {
        auto options = shape();
        options.key_value_heads = groups;
        const auto model = make_random_model(options);
        const auto found = sl::compare_checkpoints(model, noisy_copy(model, 0.05));
        CHECK(found.basis.is_shared());
        CHECK(found.basis.other_matched == found.basis.matched);
        CHECK(found.basis.other_hits == 0);
    }
    auto single = shape();
    single.layers = single.heads = single.key_value_heads = 1;
    const auto model = make_random_model(single);
    CHECK(sl::compare_checkpoints(model, noisy_copy(model, 0.05)).basis.other_matched == 0);
}

TEST_CASE("models that cannot be compared are refused, with what was expected and found") {
    const auto model = make_random_model(shape());
    auto options = shape();
    options.d_mlp = 21;
    auto other = make_random_model(options);
    other.file = "other";
    CHECK(message_of([&] { sl::compare_checkpoints(model, other); }) ==
          "other: cannot be compared with random: expected d_mlp: 20, found 21; name two checkpoints of one "
          "model, "
          "processed alike");
    options = shape();
    options.vocab = 13;
    CHECK(message_of([&] {
              sl::compare_checkpoints(model, make_random_model(options));
          }).find("d_vocab: 12, found 13") != std::string::npos);
    options = shape();
    options.order = sl::block_order::parallel;
    CHECK_THROWS_AS(sl::compare_checkpoints(model, make_random_model(options)), sl::model_error);
    CHECK(message_of([&] { sl::compare_checkpoints(model, sl::fold_norms(model)); }).find("norms folded") !=
          std::string::npos);
}

TEST_CASE("without a QK circuit that is what is left out, and rotary ones stand at an offset") {
    auto model = make_random_model(shape());
    model.has_qk_norm = true;
    const auto found = sl::compare_checkpoints(model, noisy_copy(model, 0.01));
    CHECK(!found.qk);
    REQUIRE(found.left_out.size() == 1);
    CHECK(found.left_out[0].find("normalised") != std::string::npos);
    model.has_qk_norm = false;
    model.has_rotary = true;
    CHECK(!sl::compare_checkpoints(model, noisy_copy(model, 0.01)).qk);
    model.rotary = sl::rotary_embedding{.dimensions = 4};
    const auto at_two = sl::compare_checkpoints(model, noisy_copy(model, 0.01), {.rotary_offset = 2});
    REQUIRE(at_two.qk);
    CHECK(at_two.qk->change.set.name == "qk_at_2_change");
}

TEST_CASE("a comparison is the same bits for any number of threads") {
    const auto model = make_random_model(shape());
    const auto after = noisy_copy(model, 0.1);
    const auto one = sl::compare_checkpoints(model, after, {}, {.threads = 1});
    const auto many = sl::compare_checkpoints(model, after, {}, {.threads = 5});
    CHECK(one.ov.log_p == many.ov.log_p);
    for (std::size_t k = 0; k < one.ov.heads.size(); ++k) {
        CHECK(one.ov.heads[k].change == many.ov.heads[k].change);
        CHECK(one.ov.heads[k].cosine == many.ov.heads[k].cosine);
    }
}
