#include "support/catch.hpp"

#include <cstddef>
#include <cstring>
#include <string>

#include "model/stored_as.hpp"
#include "support/checkpoint.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

// More targets a layer than a tile has columns, 1024, and more directions than it has lines, 256.
constexpr checkpoint_sizes sizes = {.layers = 2,
                                    .heads = 12,
                                    .key_value_heads = 12,
                                    .d_model = 24,
                                    .d_head = 12,
                                    .d_mlp = 1100,
                                    .n_ctx = 3,
                                    .vocab = 1030};

/// Linear layers, stored as output × input: the rows of W_in adjoin, and the columns of W_out.
checkpoint llama_checkpoint() {
    checkpoint file;
    file.prefix = "model.";
    for (std::size_t l = 0; l < sizes.layers; ++l) {
        const std::string at = "layers." + std::to_string(l) + ".";
        for (const char* const name : {"q_proj", "k_proj", "v_proj"})
            file.add(at + "self_attn." + name + ".weight", {sizes.heads * sizes.d_head, sizes.d_model});
        file.add(at + "self_attn.o_proj.weight", {sizes.d_model, sizes.heads * sizes.d_head});
        file.add(at + "mlp.up_proj.weight", {sizes.d_mlp, sizes.d_model});
        file.add(at + "mlp.gate_proj.weight", {sizes.d_mlp, sizes.d_model});
        file.add(at + "mlp.down_proj.weight", {sizes.d_model, sizes.d_mlp});
        file.add(at + "input_layernorm.weight", {sizes.d_model});
        file.add(at + "post_attention_layernorm.weight", {sizes.d_model});
    }
    file.add("norm.weight", {sizes.d_model});
    file.add("embed_tokens.weight", {sizes.vocab, sizes.d_model});
    file.prefix.clear();
    file.add("lm_head.weight", {sizes.vocab, sizes.d_model});
    return file;
}

sl::transformer_weights read(const sl::state_dict& file) {
    return sl::transformer_weights(file, {.config = {.n_heads = sizes.heads}});
}

/// The same values, to be converted when they are asked for, and in memory.
struct model_pair {
    sl::transformer_weights converted;
    sl::transformer_weights viewed;
};

model_pair make_pair(const checkpoint& file) {
    const auto narrow = stored_as(with_random_values(file), sl::dtype::bf16);
    return {read(narrow), read(stored_as(narrow, sl::dtype::f32))};
}

model_pair folded(const model_pair& models) {
    return {sl::fold_norms(models.converted), sl::fold_norms(models.viewed)};
}

/// Whether two projections are the same bits when they are stored.
bool same_scores(const sl::projection& a, const sl::projection& b) {
    const auto one = sl::store(a, {.threads = 2}), other = sl::store(b, {.threads = 1});
    if (one.max_rows() != other.max_rows() || one.blocks() != other.blocks()) return false;
    sl::block_buffer<float> here, there;
    for (std::size_t i = 0; i < one.blocks(); ++i) {
        const auto x = one.block(i, here), y = other.block(i, there);
        if (x.runs != y.runs) return false;
        for (std::size_t k = 0; k < x.runs; ++k) {
            const auto p = x.run(k).scores, q = y.run(k).scores;
            if (p.size() != q.size() || std::memcmp(p.data(), q.data(), p.size_bytes()) != 0) return false;
        }
    }
    return one.max_rows() != 0;
}

void check_heads(const model_pair& models) {
    const auto one = sl::singular_directions(sl::ov_circuits(models.converted));
    const auto other = sl::singular_directions(sl::ov_circuits(models.viewed));
    REQUIRE(one.layers() * one.writing().size() == 288);
    const auto in = models.converted.mlp_in();
    REQUIRE(in.layers[1].is_deferred());
    REQUIRE(in.size() == 1100);
    for (const auto kind : {sl::score_kind::scaled, sl::score_kind::cosine})
        CHECK(same_scores(sl::project(one.writing(), in, {.score = kind}),
                          sl::project(other.writing(), models.viewed.mlp_in(), {.score = kind})));
    CHECK(same_scores(sl::project(one.writing(), models.converted.unembed()),
                      sl::project(other.writing(), models.viewed.unembed())));
    CHECK(same_scores(sl::project(one.reading(), models.converted.embed()),
                      sl::project(other.reading(), models.viewed.embed())));
}

void check_neurons(const model_pair& models) {
    const auto out = models.converted.mlp_out();
    REQUIRE(out.layers[0].is_deferred());
    for (const auto kind : {sl::score_kind::dot, sl::score_kind::cosine})
        CHECK(same_scores(sl::project(out, models.converted.mlp_in(), {.score = kind}),
                          sl::project(models.viewed.mlp_out(), models.viewed.mlp_in(), {.score = kind})));
    CHECK(same_scores(
        sl::project(sl::normalized(out), sl::normalized(models.converted.mlp_gate())),
        sl::project(sl::normalized(models.viewed.mlp_out()), sl::normalized(models.viewed.mlp_gate()))));
}

} // namespace

TEST_CASE("weights that are converted part by part give the bits that floats of those values give") {
    const auto models = make_pair(GENERATE(transformer_lens_checkpoint(sizes), llama_checkpoint()));
    SECTION("of heads, as stored") { check_heads(models); }
    SECTION("of heads, folded") { check_heads(folded(models)); }
    SECTION("of neurons, as stored") { check_neurons(models); }
    SECTION("of neurons, folded") { check_neurons(folded(models)); }
}
