#include "svdlens/model/fold_norms.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/model_matrices.hpp"
#include "model/stored_as.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/naive_transformer.hpp"
#include "support/random_model.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/core/shard_run.hpp"
#include "svdlens/io/safetensors.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

namespace {

/// The largest mean of a column of a d_model × n matrix.
double largest_column_mean(const sl::matrix& W) {
    double largest = 0;
    for (std::size_t j = 0; j < W.columns(); ++j) {
        double sum = 0;
        for (std::size_t i = 0; i < W.rows(); ++i) sum += W(i, j);
        largest = std::max(largest, std::abs(sum) / static_cast<double>(W.rows()));
    }
    return largest;
}

bool equal(const sl::matrix& a, const sl::matrix& b) {
    if (a.rows() != b.rows() || a.columns() != b.columns()) return false;
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            if (a(i, j) != b(i, j)) return false;
    return true;
}

} // namespace

TEST_CASE("folding leaves what the model computes unchanged") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::rms_norm, normalization::none,
                            normalization::layer_norm_folded, normalization::rms_norm_folded);
    options.mlp = GENERATE(mlp_kind::none, mlp_kind::plain, mlp_kind::gated);
    options.order = GENERATE(sl::block_order::sequential, sl::block_order::parallel);
    const auto kind = GENERATE(activation::relu, activation::gelu, activation::silu);
    SECTION("with d_mlp of its own") {}
    SECTION("with d_mlp = d_model = d_head") { options.d_mlp = options.d_head = options.d_model; }
    SECTION("with grouped queries") { options.key_value_heads = 2; }
    SECTION("with predictors in place of an unembedding") { options.predictors = 3; }
    const auto model = make_random_model<float>(options);
    CHECK(output_change(model, sl::fold_norms(model), kind) < 1e-5);
    const auto exact = make_random_model<double>(options);
    CHECK(output_change(exact, sl::fold_norms(exact), kind) < 1e-13);
}

TEST_CASE("processes that share work take the sums of folding for each other") {
    random_model_options options;
    options.norm = normalization::layer_norm;
    options.mlp = mlp_kind::gated;
    options.predictors = 3;
    const auto model = make_random_model<float>(options);
    const auto alone = sl::fold_norms(model);
    const temporary_directory folder;
    const std::size_t parts = (std::min)(model.blocks.size() + 1, std::size_t{4});
    for (const std::size_t k : {2U, 1U}) {
        const sl::shard_run shards(folder.path(), {k, 2}, {{"model", "abc"}});
        const auto folded = sl::fold_norms(model, shards.of({.threads = 2}));
        CHECK(files_in(folder.path() / "made") == parts);
        CHECK(equal(folded.W_U, alone.W_U));
        CHECK(folded.b_U == alone.b_U);
        for (std::size_t l = 0; l < model.blocks.size(); ++l) {
            const auto &mine = folded.blocks[l], &other = alone.blocks[l];
            CHECK(equal(mine.attention.W_K[1], other.attention.W_K[1]));
            CHECK(mine.attention.b_Q == other.attention.b_Q);
            CHECK(equal(mine.mlp->W_gate, other.mlp->W_gate));
            CHECK(mine.mlp->b_in == other.mlp->b_in);
        }
    }
    auto wider = options; // of other work, but under the same name: it is found out
    wider.d_model += 2;
    wider.d_mlp += 2;
    const sl::shard_run shards(folder.path(), {1, 2}, {{"model", "abc"}});
    CHECK(message_of([&] {
              sl::fold_norms(make_random_model<float>(wider), shards.of({}));
          }).find("folding norms: a sum of") != std::string::npos);
}

TEST_CASE("folding leaves what a model without any bias computes unchanged") {
    auto model = make_random_model<float>({});
    for (auto& block : model.blocks) {
        block.attention.b_Q.clear();
        block.attention.b_K.clear();
        block.attention.b_V.clear();
        block.attention.b_O.clear();
        *block.mlp = {block.mlp->W_in, block.mlp->W_gate, block.mlp->W_out, {}, {}, {}, {}};
    }
    model.b_U.clear();
    SECTION("the norms' biases become biases of every branch") {
        const auto folded = sl::fold_norms(model);
        CHECK(output_change(model, folded) < 1e-5);
        CHECK(folded.blocks[1].attention.b_K.size() == 4);
        CHECK(folded.blocks[1].mlp->b_in.size() == 20);
        CHECK(folded.blocks[1].mlp->b_gate.size() == 20);
        CHECK(folded.b_U.size() == 9);
    }
    SECTION("norms without biases make none") {
        for (auto& block : model.blocks) {
            block.ln1->b.clear();
            block.ln2->b.clear();
        }
        model.ln_final->b.clear();
        const auto folded = sl::fold_norms(model);
        CHECK(output_change(model, folded) < 1e-5);
        CHECK(folded.blocks[0].attention.b_Q.empty());
        CHECK(folded.blocks[0].mlp->b_gate.empty());
        CHECK(folded.b_U.empty());
    }
}

TEST_CASE("the forward pass notices faults in folding") {
    random_model_options options;
    SECTION("a gate that is left as it was") {
        const auto model = make_random_model<float>(options);
        auto wrong = sl::fold_norms(model);
        for (std::size_t l = 0; l < wrong.blocks.size(); ++l)
            wrong.blocks[l].mlp->W_gate = model.blocks[l].mlp->W_gate;
        CHECK(output_change(model, wrong) > 1e-3);
    }
    SECTION("a gate whose bias is left as it was") {
        const auto model = make_random_model<float>(options);
        auto wrong = sl::fold_norms(model);
        for (std::size_t l = 0; l < wrong.blocks.size(); ++l)
            wrong.blocks[l].mlp->b_gate = model.blocks[l].mlp->b_gate;
        CHECK(output_change(model, wrong) > 1e-3);
    }
    SECTION("RMSNorm with centred weights") {
        options.norm = normalization::rms_norm;
        const auto model = make_random_model<float>(options);
        auto wrong = sl::fold_norms(model);
        wrong.W_U = sl::detail::scale_rows(wrong.W_U, {}, sl::detail::centring::remove);
        CHECK(output_change(model, wrong) > 1e-3);
    }
    SECTION("a gain along the wrong axis of a square matrix") {
        options.d_mlp = options.d_model;
        const auto model = make_random_model<float>(options);
        auto wrong = sl::fold_norms(model);
        const auto& W = model.blocks[0].mlp->W_in;
        wrong.blocks[0].mlp->W_in =
            sl::detail::scale_rows(W.transposed(), model.blocks[0].ln2->w, sl::detail::centring::keep)
                .transposed();
        CHECK(output_change(model, wrong) > 1e-3);
    }
    SECTION("a predictor that is left as it was") {
        options.predictors = 3;
        const auto model = make_random_model<float>(options);
        auto wrong = sl::fold_norms(model);
        wrong.extras[1].vectors = model.extras[1].vectors;
        CHECK(output_change(model, wrong) > 1e-3);
    }
}

TEST_CASE("a folded matrix has the values of the formula") {
    sl::transformer_weights model;
    model.normalization = GENERATE(normalization::layer_norm, normalization::rms_norm);
    model.ln_final = sl::norm_weights{{2, 4}, {}};
    model.W_U = sl::matrix({1, 2, 3, 5, 7, 11}, 2, 3);
    if (model.normalization == normalization::layer_norm) model.ln_final->b = {10, 100};
    const auto folded = sl::fold_norms(model);
    if (model.normalization == normalization::layer_norm) {
        // diag(2, 4) W = {2, 4, 6; 20, 28, 44}, means 11, 16, 25
        CHECK(equal(folded.W_U, sl::matrix({-9, -12, -19, 9, 12, 19}, 2, 3)));
        CHECK(folded.b_U == std::vector<float>{510, 720, 1130});
    } else {
        CHECK(equal(folded.W_U, sl::matrix({2, 4, 6, 20, 28, 44}, 2, 3)));
        CHECK(folded.b_U.empty());
    }
}

TEST_CASE("reading weights are centred under LayerNorm and only there") {
    random_model_options options;
    options.norm =
        GENERATE(normalization::layer_norm, normalization::layer_norm_folded, normalization::rms_norm);
    const auto folded = sl::fold_norms(make_random_model<float>(options));
    const bool centred = options.norm != normalization::rms_norm;
    const auto& block = folded.blocks[1];
    for (const auto& W : {block.attention.W_Q[3], block.attention.W_K[0], block.attention.W_V[2],
                          block.mlp->W_in, block.mlp->W_gate, folded.W_U})
        CHECK((largest_column_mean(W) < 1e-6) == centred);
}

TEST_CASE("folding changes neither its input nor what writes") {
    const auto model = make_random_model<float>({});
    const auto copy = make_random_model<float>({});
    const auto folded = sl::fold_norms(model);
    CHECK(equal(model.blocks[0].mlp->W_in, copy.blocks[0].mlp->W_in));
    CHECK(model.blocks[0].mlp->b_in == copy.blocks[0].mlp->b_in);
    CHECK(model.ln_final->w == copy.ln_final->w);
    CHECK(folded.W_E.data() == model.W_E.data());
    CHECK(folded.W_pos.data() == model.W_pos.data());
    CHECK(folded.blocks[1].attention.W_O[2].data() == model.blocks[1].attention.W_O[2].data());
    CHECK(folded.blocks[1].mlp->W_out.data() == model.blocks[1].mlp->W_out.data());
    CHECK(folded.blocks[1].mlp->b_post == model.blocks[1].mlp->b_post);
}

TEST_CASE("a folded model has no norms left and says what was done") {
    random_model_options options;
    SECTION("LayerNorm") {
        const auto folded = sl::fold_norms(make_random_model<float>(options));
        CHECK(folded.normalization == normalization::layer_norm_folded);
        CHECK(!folded.blocks[0].ln1);
        CHECK(!folded.blocks[1].ln2);
        CHECK(!folded.ln_final);
        CHECK(folded.provenance() == "random; norms folded, reading weights centred");
    }
    SECTION("RMSNorm") {
        options.norm = normalization::rms_norm;
        const auto folded = sl::fold_norms(make_random_model<float>(options));
        CHECK(folded.normalization == normalization::rms_norm_folded);
        CHECK(folded.provenance() == "random; norms folded (RMSNorm: not centred)");
    }
    SECTION("no norms") {
        options.norm = normalization::none;
        const auto model = make_random_model<float>(options);
        const auto folded = sl::fold_norms(model);
        CHECK(folded.normalization == normalization::none);
        CHECK(folded.provenance() == "random; no norms to fold");
        CHECK(folded.blocks[0].mlp->W_in.data() == model.blocks[0].mlp->W_in.data());
    }
    SECTION("LayerNorm folded before") {
        options.norm = normalization::layer_norm_folded;
        const auto folded = sl::fold_norms(make_random_model<float>(options));
        CHECK(folded.provenance() == "random; norms folded in the file, reading weights centred");
    }
}

TEST_CASE("folding twice is folding once") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::layer_norm_folded,
                            normalization::rms_norm, normalization::rms_norm_folded, normalization::none);
    const auto once = sl::fold_norms(make_random_model<float>(options));
    const auto twice = sl::fold_norms(once);
    CHECK(twice.processing == once.processing);
    CHECK(equal(twice.blocks[0].mlp->W_in, once.blocks[0].mlp->W_in));
    CHECK(twice.blocks[0].mlp->b_in == once.blocks[0].mlp->b_in);
}

TEST_CASE("folding gives the same bits for any number of threads") {
    const auto model = make_random_model<float>({.layers = 7});
    const auto one = sl::fold_norms(model, {.threads = 1});
    const auto threads = GENERATE(2U, 5U);
    const auto many = sl::fold_norms(model, {.threads = threads});
    for (std::size_t l = 0; l < 7; ++l) {
        CHECK(equal(one.blocks[l].mlp->W_gate, many.blocks[l].mlp->W_gate));
        CHECK(equal(one.blocks[l].attention.W_V[1], many.blocks[l].attention.W_V[1]));
        CHECK(one.blocks[l].mlp->b_gate == many.blocks[l].mlp->b_gate);
    }
}

TEST_CASE("norms that are missing or of another size are refused by name") {
    auto model = make_random_model<float>({});
    std::string found;
    SECTION("missing") {
        model.blocks[1].ln2.reset();
        try {
            sl::fold_norms(model);
        } catch (const sl::model_error& e) {
            CHECK(e.code() == sl::errc::unsupported_model);
            found = e.what();
        }
        CHECK(found == "random: ln2 of layer 1 is missing, so there is nothing to fold");
    }
    SECTION("too short") {
        model.blocks[1].ln1->w.pop_back();
        try {
            sl::fold_norms(model);
        } catch (const sl::model_error& e) {
            CHECK(e.code() == sl::errc::wrong_shape);
            found = e.what();
        }
        CHECK(found == "random: ln1 of layer 1: expected a norm or bias of 12 values, found 11");
    }
}

TEST_CASE("a model whose norms stand behind each sum is refused") {
    auto model = make_random_model<float>({});
    model.norm_placement = sl::norm_placement::after;
    CHECK_THROWS_AS(sl::fold_norms(model), sl::model_error);
    CHECK(message_of([&] { sl::fold_norms(model); }) ==
          "random: fold_norms: refused, because its norms stand behind each sum (post-norm) and scale the "
          "residual stream itself, so that no reading matrix can take them over; use the weights as stored");
}

TEST_CASE("norms of what is written stay, and folding what stands before leaves the outputs unchanged") {
    auto model = make_random_model<double>({.norm = normalization::rms_norm});
    const auto other = make_random_model<double>({.norm = normalization::rms_norm, .seed = 5});
    model.norm_placement = sl::norm_placement::both;
    for (std::size_t l = 0; l < 2; ++l) {
        model.blocks[l].ln1_post = other.blocks[l].ln1;
        model.blocks[l].ln2_post = other.blocks[l].ln2;
    }
    const auto folded = sl::fold_norms(model);
    CHECK(output_change(model, folded) < 1e-13);
    CHECK(folded.blocks[1].ln2_post->w == other.blocks[1].ln2->w);
}

TEST_CASE("rotary models without positions of their own are folded like others") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::rms_norm);
    options.d_head = 6;
    options.key_value_heads = 2;
    auto model = make_random_model<float>(options);
    model.W_pos = {};
    const auto still = model;
    model.has_rotary = true;
    model.rotary = sl::rotary_embedding{.dimensions = 4};
    CHECK(output_change(still, model) > 1e-3);
    CHECK(output_change(model, sl::fold_norms(model)) < 1e-5);
}

TEST_CASE("matrices that lie transposed in memory are folded to the same bits") {
    const auto model = make_random_model<float>({});
    auto other = model;
    const auto relaid = [](const sl::matrix& W) {
        std::vector<float> columns;
        for (std::size_t j = 0; j < W.columns(); ++j)
            for (std::size_t i = 0; i < W.rows(); ++i) columns.push_back(W(i, j));
        return sl::matrix(columns, W.columns(), W.rows()).transposed();
    };
    other.W_U = relaid(model.W_U);
    other.blocks[0].mlp->W_in = relaid(model.blocks[0].mlp->W_in);
    const auto one = sl::fold_norms(model), two = sl::fold_norms(other);
    CHECK(equal(one.W_U, two.W_U));
    CHECK(one.b_U == two.b_U);
    CHECK(equal(one.blocks[0].mlp->W_in, two.blocks[0].mlp->W_in));
    CHECK(one.blocks[0].mlp->b_in == two.blocks[0].mlp->b_in);
    CHECK(two.W_U.row_stride() == 1); // and lie as they did
}

TEST_CASE("any part of a folded weight is the same bits as those entries of the whole") {
    auto file = transformer_lens_checkpoint({.layers = 1, .heads = 2, .key_value_heads = 2, .d_head = 3});
    const bool is_layer_norm = GENERATE(true, false);
    for (const char* const bias : {"blocks.0.ln1.b", "blocks.0.ln2.b", "ln_final.b"})
        if (!is_layer_norm) file.erase(bias);
    const auto stored = stored_as(with_random_values(file), GENERATE(sl::dtype::f32, sl::dtype::bf16));
    const sl::transformer_weights weights(stored);
    REQUIRE(weights.normalization == (is_layer_norm ? normalization::layer_norm : normalization::rms_norm));
    const auto folded = sl::fold_norms(weights);
    for (const auto& W : {folded.blocks[0].attention.W_Q[1], folded.blocks[0].mlp->W_gate, folded.W_U})
        CHECK(W.is_deferred());
    CHECK(differing_part(folded) == "");
}

TEST_CASE("weights of another dtype are folded to the bits that floats of those values are folded to") {
    const auto narrow = stored_as(with_random_values(transformer_lens_checkpoint()), sl::dtype::bf16);
    const auto one = sl::fold_norms(sl::transformer_weights(narrow));
    const auto two = sl::fold_norms(sl::transformer_weights(stored_as(narrow, sl::dtype::f32)));
    const auto all = model_matrices(one), others = model_matrices(two);
    for (std::size_t k = 0; k < all.size(); ++k) {
        INFO(all[k].name);
        CHECK(differing_part(all[k].values, whole(others[k].values)) == "");
    }
    for (std::size_t l = 0; l < 2; ++l) {
        CHECK(one.blocks[l].attention.b_V == two.blocks[l].attention.b_V);
        CHECK(one.blocks[l].mlp->b_gate == two.blocks[l].mlp->b_gate);
    }
    CHECK(one.b_U == two.b_U);
}

TEST_CASE("a NaN weight stays where it is: in its column, where that is centred") {
    auto model = make_random_model<float>({});
    auto values = std::vector<float>(model.W_U.data(), model.W_U.data() + 12 * 9);
    values[4] = std::nanf("");
    model.W_U = sl::matrix(values, 12, 9);
    const auto folded = sl::fold_norms(model);
    for (std::size_t i = 0; i < 12; ++i)
        for (std::size_t j = 0; j < 9; ++j) CHECK(std::isnan(folded.W_U(i, j)) == (j == 4));
}

TEST_CASE("a trained model can be folded without changing what it computes") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) {
        WARN("SVDLENS_DATA is not set: skipped");
        return;
    }
    auto model =
        sl::transformer_weights(sl::open_safetensors(std::string(folder) + "/memory_gated_mlp.safetensors"));
    auto folded = sl::fold_norms(model);
    CHECK(folded.provenance() == "memory_gated_mlp.safetensors; norms folded, reading weights centred");
    model.W_E = folded.W_E = model.vectors("time_embedding.weight").layers.front();
    CHECK(output_change(model, folded, activation::relu) < 1e-5);
    for (std::size_t l = 0; l < 2; ++l) folded.blocks[l].mlp->W_gate = model.blocks[l].mlp->W_gate;
    CHECK(output_change(model, folded, activation::relu) > 1e-3);
}
