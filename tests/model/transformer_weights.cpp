#include "svdlens/model/transformer_weights.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/failure.hpp"
#include "model/model_matrices.hpp"
#include "model/stored_as.hpp"
#include "support/catch.hpp"
#include "support/checkpoint.hpp"
#include "support/random_model.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/copying_scores.hpp"
#include "svdlens/directions/composition.hpp"
#include "svdlens/directions/factored_svd.hpp"
#include "svdlens/directions/similarity.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/center_weights.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_post_norms.hpp"
#include "svdlens/model/fold_value_biases.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::errc;

namespace {

constexpr auto small_config = R"({"n_layers": 2, "n_heads": 4, "d_model": 6, "d_mlp": 5, "n_ctx": 3,
                                  "normalization_type": "LN", "gated_mlp": true, "act_fn": "silu"})";

failure reading_failure(const sl::state_dict& file) {
    try {
        sl::transformer_weights weights(file);
    } catch (const sl::model_error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

failure reading_failure(const checkpoint& file) { return reading_failure(file.dict()); }

/// Whether matrix `m` is slice `k` of a stored tensor, read as rows × columns in row-major order.
bool is_slice(const sl::matrix& m, const checkpoint& file, const std::string& name, std::size_t k,
              std::size_t rows, std::size_t columns) {
    if (m.rows() != rows || m.columns() != columns) return false;
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j)
            if (m(i, j) != file.value(name, (k * rows + i) * columns + j)) return false;
    return true;
}

/// A tensor's values in another dtype, cut to what the dtype holds.
sl::named_tensor as_dtype(const std::string& name, const sl::tensor& values, sl::dtype type) {
    const std::size_t width = sl::bits_of(type) / 8;
    auto bytes = std::make_shared<std::vector<std::byte>>(values.size() * width);
    for (std::size_t k = 0; k < values.size(); ++k) {
        const float number = values.values()[k];
        if (type == sl::dtype::f64) {
            const double wide = number;
            std::memcpy(bytes->data() + k * width, &wide, width);
        } else {
            std::uint32_t pattern = 0;
            std::memcpy(&pattern, &number, 4);
            // BF16 is the upper half of a float. F16, for a positive normal number: exponent less 127 - 15,
            // mantissa less its last 13 bits.
            const auto half =
                type == sl::dtype::bf16 ? pattern >> 16 : (pattern >> 13) - ((127U - 15U) << 10);
            const auto stored = static_cast<std::uint16_t>(half);
            std::memcpy(bytes->data() + k * width, &stored, width);
        }
    }
    return {name, type, {values.shape().begin(), values.shape().end()}, *bytes, bytes};
}

sl::state_dict in_dtype(const checkpoint& file, sl::dtype type) {
    std::vector<sl::named_tensor> all;
    for (const auto& [name, values] : file.tensors()) all.push_back(as_dtype(name, values, type));
    return sl::state_dict(all, file.metadata, "test.safetensors");
}

} // namespace

TEST_CASE("a TransformerLens checkpoint is read value by value") {
    auto file = transformer_lens_checkpoint();
    file.metadata["config"] = small_config;
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.scheme == "TransformerLens");
    CHECK(weights.file == "test.safetensors");
    const auto& s = weights.sizes;
    CHECK(s.n_layers == 2);
    CHECK(s.n_heads == 4);
    CHECK(s.n_key_value_heads == 4);
    CHECK(s.d_model == 6);
    CHECK(s.d_head == 2);
    CHECK(s.d_mlp == 5);
    CHECK(s.n_ctx == 3);
    CHECK(s.d_vocab == 7);
    CHECK(weights.normalization == sl::normalization::layer_norm);
    CHECK(weights.block_order == sl::block_order::sequential);
    CHECK(weights.activation == "silu");
    CHECK(weights.unread.empty());
    CHECK(weights.provenance() == "test.safetensors; weights as stored");
    for (std::size_t l = 0; l < 2; ++l) {
        const std::string at = "blocks." + std::to_string(l) + ".";
        const auto& block = weights.blocks[l];
        const auto& a = block.attention;
        for (std::size_t h = 0; h < 4; ++h) {
            CHECK(is_slice(a.W_Q[h], file, at + "attn.W_Q", h, 6, 2));
            CHECK(is_slice(a.W_K[h], file, at + "attn.W_K", h, 6, 2));
            CHECK(is_slice(a.W_V[h], file, at + "attn.W_V", h, 6, 2));
            CHECK(is_slice(a.W_O[h], file, at + "attn.W_O", h, 2, 6));
            CHECK(a.b_Q[h][1] == file.value(at + "attn.b_Q", h * 2 + 1));
            CHECK(a.b_K[h][0] == file.value(at + "attn.b_K", h * 2));
            CHECK(a.b_V[h][1] == file.value(at + "attn.b_V", h * 2 + 1));
        }
        CHECK(a.b_O[5] == file.value(at + "attn.b_O", 5));
        CHECK(block.ln1->w[2] == file.value(at + "ln1.w", 2));
        CHECK(block.ln1->b[3] == file.value(at + "ln1.b", 3));
        CHECK(block.ln2->w[4] == file.value(at + "ln2.w", 4));
        CHECK(block.ln2->b[5] == file.value(at + "ln2.b", 5));
        CHECK(is_slice(block.mlp->W_in, file, at + "mlp.W_in", 0, 6, 5));
        CHECK(is_slice(block.mlp->W_gate, file, at + "mlp.W_gate", 0, 6, 5));
        CHECK(is_slice(block.mlp->W_out, file, at + "mlp.W_out", 0, 5, 6));
        CHECK(block.mlp->b_out[1] == file.value(at + "mlp.b_out", 1));
    }
    CHECK(weights.ln_final->w[1] == file.value("ln_final.w", 1));
    CHECK(weights.ln_final->b[2] == file.value("ln_final.b", 2));
    CHECK(is_slice(weights.W_E, file, "embed.W_E", 0, 7, 6));
    CHECK(is_slice(weights.W_pos, file, "pos_embed.W_pos", 0, 3, 6));
    CHECK(is_slice(weights.W_U, file, "unembed.W_U", 0, 6, 7));
    CHECK(weights.b_U[6] == file.value("unembed.b_U", 6));
}

TEST_CASE(
    "a TransformerLens MLP with a gate adds b_in after the product, one without before the activation") {
    auto file = transformer_lens_checkpoint();
    SECTION("gated") {
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.blocks[1].mlp->b_in.empty());
        CHECK(weights.blocks[1].mlp->b_post[4] == file.value("blocks.1.mlp.b_in", 4));
    }
    SECTION("not gated") {
        file.erase("blocks.0.mlp.W_gate");
        file.erase("blocks.1.mlp.W_gate");
        const sl::transformer_weights weights(file.dict());
        CHECK_FALSE(weights.is_gated());
        CHECK(weights.blocks[1].mlp->b_in[4] == file.value("blocks.1.mlp.b_in", 4));
        CHECK(weights.blocks[1].mlp->b_post.empty());
    }
}

TEST_CASE("a decision transformer's extra matrices are vector sets") {
    const auto file = decision_transformer_checkpoint();
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.scheme == "decision transformer");
    CHECK(is_slice(weights.blocks[1].attention.W_O[3], file, "transformer.blocks.1.attn.W_O", 3, 2, 6));
    CHECK(weights.unread.empty());
    CHECK(weights.extras.size() == 7);

    SECTION("the state embedding's columns are features") {
        const auto set = weights.embed();
        CHECK(set.name == "embed");
        REQUIRE(set.layers.size() == 1);
        CHECK(set.size() == 980);
        CHECK(set.d_model() == 6);
        CHECK(set.layers[0](100, 4) == file.value("state_embedding.weight", 4 * 980 + 100));
        CHECK(set.axes[0].name == "feature");
        CHECK(set.axes.label(49 * 5 + 7 * 3 + 4, "feature") == "key, (3,4)");
        CHECK(set.identity.entity == "input_feature");
        CHECK(set.port.flow == sl::flow::writes);
        CHECK(set.port.at(0) == -1);
        CHECK(set.provenance == weights.provenance());
        CHECK_FALSE(set.layered());
    }
    SECTION("the action predictor's rows are the outputs") {
        const auto set = weights.unembed();
        CHECK(set.name == "unembed");
        CHECK(set.size() == 7);
        CHECK(set.layers[0](3, 5) == file.value("action_predictor.weight", 3 * 6 + 5));
        CHECK(set.axes.label(2, "action") == "forward");
        CHECK(set.identity.entity == "action");
        CHECK(set.port.flow == sl::flow::reads);
        CHECK(set.port.at(0) == 14);
        CHECK(weights.extras[4].bias[6] == file.value("action_predictor.bias", 6));
    }
    SECTION("the others go by their names") {
        CHECK(weights.vectors("time_embedding.weight").layers[0](10, 1) ==
              file.value("time_embedding.weight", 61));
        CHECK(weights.vectors("reward_embedding.0.weight").size() == 1);
        const auto actions = weights.vectors("action_embedding.0.weight");
        CHECK(actions.axes.label(7, "action") == "no action");
        CHECK(actions.port.flow == sl::flow::writes);
        CHECK(weights.vectors("state_predictor.weight").port.flow == sl::flow::reads);
        try {
            weights.vectors("state_predictor");
            FAIL("found");
        } catch (const sl::lookup_error& e) {
            CHECK(e.code() == errc::unknown_tensor);
            CHECK(std::string(e.what()).find("\"state_predictor.weight\"") != std::string::npos);
        }
    }
}

TEST_CASE("other environments and other counts have numbers for labels") {
    auto file = decision_transformer_checkpoint();
    SECTION("another environment") { file.metadata["environment_config"] = R"({"env_id": "CartPole-v1"})"; }
    SECTION("another count") {
        file.add("state_embedding.weight", {6, 979});
        file.add("action_predictor.weight", {6, 6});
        file.add("action_predictor.bias", {6});
    }
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.embed().axes.label(3, "feature") == "3");
    CHECK(weights.unembed().axes.label(3, "action") == "3");
}

TEST_CASE("a time embedding with a bias is a linear layer") {
    auto file = decision_transformer_checkpoint();
    file.add("time_embedding.weight", {6, 1});
    file.add("time_embedding.bias", {6});
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.vectors("time_embedding.weight").size() == 1);
    CHECK(weights.vectors("time_embedding.weight").d_model() == 6);
}

TEST_CASE("neurons are vector sets with one matrix a layer") {
    auto file = transformer_lens_checkpoint();
    const sl::transformer_weights weights(file.dict());
    const auto in = weights.mlp_in();
    CHECK(in.name == "mlp_in");
    REQUIRE(in.layers.size() == 2);
    CHECK(in.size() == 5);
    CHECK(in.d_model() == 6);
    CHECK(in.layers[1](4, 2) == file.value("blocks.1.mlp.W_in", 2 * 5 + 4));
    CHECK(in.layered());
    CHECK(in.axes.label(1 * 5 + 3, "neuron") == "L1N3");
    CHECK(in.identity.entity == "neuron");
    CHECK(in.port.at(1) == 11);
    CHECK(in.port.flow == sl::flow::reads);

    const auto gate = weights.mlp_gate();
    CHECK(gate.name == "mlp_gate");
    CHECK(gate.layers[0](4, 2) == file.value("blocks.0.mlp.W_gate", 2 * 5 + 4));
    CHECK(gate.identity.entity == "neuron");
    CHECK(gate.port.at(1) == 11);

    const auto out = weights.mlp_out();
    CHECK(out.name == "mlp_out");
    CHECK(out.layers[1](4, 2) == file.value("blocks.1.mlp.W_out", 4 * 6 + 2));
    CHECK(out.port.at(1) == 12);
    CHECK(out.port.flow == sl::flow::writes);
}

TEST_CASE("tokens are the rows of W_E and the columns of W_U") {
    const auto file = transformer_lens_checkpoint();
    const sl::transformer_weights weights(file.dict());
    const auto embed = weights.embed();
    CHECK(embed.layers[0](6, 1) == file.value("embed.W_E", 6 * 6 + 1));
    CHECK(embed.axes.label(6, "token") == "6");
    CHECK(embed.identity.entity == "input_token");
    CHECK(embed.port.at(0) == -1);
    const auto unembed = weights.unembed();
    CHECK(unembed.size() == 7);
    CHECK(unembed.layers[0](6, 1) == file.value("unembed.W_U", 1 * 7 + 6));
    CHECK(unembed.identity.entity == "token");
    CHECK(unembed.port.at(0) == 14);
}

TEST_CASE("axes are told by meaning where sizes are equal") {
    const auto file = transformer_lens_checkpoint({.layers = 1,
                                                   .heads = 3,
                                                   .key_value_heads = 3,
                                                   .d_model = 3,
                                                   .d_head = 3,
                                                   .d_mlp = 3,
                                                   .n_ctx = 3,
                                                   .vocab = 3});
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.mlp_in().layers[0](2, 0) == file.value("blocks.0.mlp.W_in", 0 * 3 + 2));
    CHECK(weights.mlp_out().layers[0](2, 0) == file.value("blocks.0.mlp.W_out", 2 * 3 + 0));
    CHECK(weights.unembed().layers[0](2, 0) == file.value("unembed.W_U", 0 * 3 + 2));
    CHECK(is_slice(weights.blocks[0].attention.W_O[2], file, "blocks.0.attn.W_O", 2, 3, 3));
}

TEST_CASE("grouped key/value heads are read as they are") {
    auto file = transformer_lens_checkpoint({.key_value_heads = 2});
    SECTION("as many as divide the heads") {
        file.metadata["cfg"] = R"({"n_heads": 4, "n_key_value_heads": 2})";
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.sizes.n_heads == 4);
        CHECK(weights.sizes.n_key_value_heads == 2);
        const auto& a = weights.blocks[1].attention;
        REQUIRE(a.W_V.size() == 2);
        CHECK(is_slice(a.W_V[1], file, "blocks.1.attn._W_V", 1, 6, 2));
        CHECK(is_slice(a.W_K[1], file, "blocks.1.attn._W_K", 1, 6, 2));
        CHECK(a.b_K[1][1] == file.value("blocks.1.attn._b_K", 3));
        CHECK(a.W_Q.size() == 4);
        CHECK(weights.unread.empty());
    }
    SECTION("as many as the config says") {
        file.metadata["cfg"] = R"({"n_key_value_heads": 1})";
        const auto found = reading_failure(file);
        CHECK(found.code == errc::invalid_config);
        CHECK(found.says("the config has n_key_value_heads = 1"));
    }
    SECTION("not three to four heads") {
        const auto found = reading_failure(transformer_lens_checkpoint({.key_value_heads = 3}));
        CHECK(found.code == errc::wrong_shape);
        CHECK(found.says("\"blocks.0.attn._W_V\": expected a number of key/value heads that divides the 4 "
                         "heads, found 3"));
    }
}

TEST_CASE("models may lack norms, MLPs, or queries and keys") {
    auto file = transformer_lens_checkpoint();
    SECTION("norms") {
        for (const char* const name :
             {"blocks.0.ln1.", "blocks.0.ln2.", "blocks.1.ln1.", "blocks.1.ln2.", "ln_final."}) {
            file.erase(std::string(name) + "w");
            file.erase(std::string(name) + "b");
        }
        SECTION("without a config that is said") {
            const sl::transformer_weights weights(file.dict());
            CHECK(weights.normalization == sl::normalization::none);
            CHECK_FALSE(weights.blocks[0].ln1);
            CHECK_FALSE(weights.ln_final);
            CHECK(weights.provenance() ==
                  "test.safetensors; no norms found, none assumed; weights as stored");
        }
        SECTION("folded before") {
            file.metadata["config"] = R"({"normalization_type": "LNPre"})";
            const sl::transformer_weights weights(file.dict());
            CHECK(weights.normalization == sl::normalization::layer_norm_folded);
            CHECK(weights.notes.empty());
        }
        SECTION("though the config has them") {
            file.metadata["config"] = R"({"normalization_type": "LN"})";
            const auto found = reading_failure(file);
            CHECK(found.code == errc::unknown_tensor);
            CHECK(found.says("\"blocks.0.ln1.w\""));
        }
    }
    SECTION("norm biases") {
        for (const char* const name :
             {"blocks.0.ln1.b", "blocks.0.ln2.b", "blocks.1.ln1.b", "blocks.1.ln2.b", "ln_final.b"})
            file.erase(name);
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.normalization == sl::normalization::rms_norm);
        CHECK(weights.blocks[1].ln2->b.empty());
        CHECK(weights.notes == std::vector<std::string>{"norms without bias taken as RMSNorm"});
        file.metadata["config"] = R"({"normalization_type": "LN"})";
        CHECK(sl::transformer_weights(file.dict()).normalization == sl::normalization::layer_norm);
    }
    SECTION("MLPs") {
        for (const std::string at : {"blocks.0.", "blocks.1."})
            for (const char* const name :
                 {"mlp.W_in", "mlp.W_gate", "mlp.W_out", "mlp.b_in", "mlp.b_out", "ln2.w", "ln2.b"})
                file.erase(at + name);
        const sl::transformer_weights weights(file.dict());
        CHECK_FALSE(weights.has_mlp());
        CHECK(weights.sizes.d_mlp == 0);
        CHECK_THROWS_AS(weights.mlp_in(), sl::model_error);
        CHECK_THROWS_AS(weights.mlp_gate(), sl::model_error);
        CHECK_THROWS_AS(weights.mlp_out(), sl::model_error);
    }
    SECTION("queries and keys, embeddings") {
        for (const char* const name :
             {"blocks.0.attn.W_Q", "blocks.0.attn.W_K", "blocks.1.attn.W_Q", "blocks.1.attn.W_K",
              "blocks.0.attn.b_Q", "blocks.0.attn.b_K", "blocks.1.attn.b_Q", "blocks.1.attn.b_K", "embed.W_E",
              "unembed.W_U", "unembed.b_U", "pos_embed.W_pos"})
            file.erase(name);
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.blocks[0].attention.W_Q.empty());
        CHECK(weights.blocks[0].attention.W_V.size() == 4);
        CHECK_FALSE(weights.has_embed());
        CHECK_FALSE(weights.has_unembed());
        CHECK_THROWS_AS(weights.embed(), sl::model_error);
        CHECK_THROWS_AS(weights.unembed(), sl::model_error);
        CHECK(weights.sizes.n_ctx == 0);
    }
}

TEST_CASE("sets that a model does not have are refused by name") {
    const auto model = make_random_model<float>({.mlp = mlp_kind::plain});
    try {
        model.mlp_gate();
        FAIL("found");
    } catch (const sl::model_error& e) {
        CHECK(e.code() == errc::unsupported_model);
        CHECK(std::string(e.what()) == "random: no mlp_gate: the model has no gated MLPs");
    }
    CHECK_THROWS_AS(sl::transformer_weights().mlp_in(), sl::model_error);
    CHECK_THROWS_AS(sl::transformer_weights().vectors("x"), sl::lookup_error);
}

TEST_CASE("a file may hold what MLPs read without what they write") {
    auto file = transformer_lens_checkpoint();
    file.erase("blocks.0.mlp.W_out");
    file.erase("blocks.1.mlp.W_out");
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.mlp_in().layers.size() == 2);
    CHECK_THROWS_AS(weights.mlp_out(), sl::model_error);
}

TEST_CASE("tensors that are missing are named, with the nearest ones") {
    auto file = transformer_lens_checkpoint();
    std::string missing = "blocks.1.attn.W_V";
    SECTION("of attention") { file.erase(missing); }
    SECTION("of attention, of the first layer") { file.erase(missing = "blocks.0.attn.W_O"); }
    SECTION("keys where there are queries") {
        file.erase("blocks.0.attn.W_K");
        file.erase("blocks.1.attn.W_K");
        missing = "blocks.0.attn.W_K";
    }
    SECTION("an MLP in one layer only") {
        for (const char* const name : {"mlp.W_in", "mlp.W_gate", "mlp.W_out", "mlp.b_in", "mlp.b_out"})
            file.erase(std::string("blocks.1.") + name);
        missing = "blocks.1.mlp.W_in";
    }
    SECTION("half an MLP") { file.erase(missing = "blocks.1.mlp.W_out"); }
    SECTION("one gate") { file.erase(missing = "blocks.0.mlp.W_gate"); }
    SECTION("one bias") { file.erase(missing = "blocks.1.attn.b_Q"); }
    SECTION("one norm's bias") { file.erase(missing = "blocks.1.ln2.b"); }
    SECTION("the last norm") { file.erase(missing = "ln_final.w"); }
    const auto found = reading_failure(file);
    CHECK(found.code == errc::unknown_tensor);
    CHECK(found.says("folder/test.safetensors: no tensor \"" + missing + "\""));
    CHECK(found.says("; nearest: \""));
    CHECK_FALSE(found.says("\n"));
}

TEST_CASE("a misspelt tensor is told from one of another model by what the scheme would read") {
    const auto refusal_of = [](const std::string& name, const std::string& written) {
        auto file = transformer_lens_checkpoint();
        file.rename(name, written);
        return reading_failure(file);
    };
    const auto check = [&](const std::string& name, const std::string& written) {
        CAPTURE(written);
        const auto found = refusal_of(name, written);
        CHECK(found.code == errc::unsupported_model);
        CHECK(found.says("nothing reads \"" + written + "\""));
        CHECK(found.says("and there is no \"" + name +
                         "\", which the scheme would read: is the name misspelt?"));
    };
    check("blocks.0.attn.W_V", "blocks.0.attn.W_V2");
    check("blocks.1.attn.W_V", "blocks.1.attn.W_v");
    check("blocks.1.mlp.W_in", "blocks.1.mlp.W_inn");
    check("blocks.0.attn.b_Q", "blocks.0.atn.b_Q");
    CHECK_FALSE(refusal_of("blocks.0.mlp.W_in", "blocks.0.mlp.kernel").says("misspelt"));

    auto file = transformer_lens_checkpoint(); // in every layer, as a program misspells
    for (const char* const layer : {"blocks.0.", "blocks.1."})
        file.rename(std::string(layer) + "mlp.W_out", std::string(layer) + "mlp.W_ou");
    CHECK(reading_failure(file).says("there is no \"blocks.0.mlp.W_out\""));
}

TEST_CASE("who opened one shard of a model is told so, and a model of several is called as its folder") {
    auto file = transformer_lens_checkpoint({});
    CHECK(sl::transformer_weights(sl::state_dict(file.named(), {}, "pythia/model.safetensors.index.json"))
              .file == "pythia");
    CHECK(sl::transformer_weights(sl::state_dict(file.named(), {}, "model.safetensors.index.json")).file ==
          "model.safetensors.index.json");
    file.erase("blocks.1.attn.W_O");
    const std::string advice = "one of several that hold the model: open their folder";
    CHECK(
        reading_failure(sl::state_dict(file.named(), {}, "a/model-00002-of-00003.safetensors")).says(advice));
    CHECK_FALSE(reading_failure(file).says(advice));
}

TEST_CASE("a layer that is left out is an error") {
    auto file = transformer_lens_checkpoint({.layers = 3});
    auto gap = file;
    for (const auto& [name, values] : file.tensors())
        if (name.find("blocks.1.") == 0) gap.erase(name);
    const auto found = reading_failure(gap);
    CHECK(found.code == errc::unknown_tensor);
    CHECK(found.says("\"blocks.1.attn.W_O\""));
    CHECK(found.says("a model of 3 layers"));

    checkpoint far;
    far.add("blocks.999999999.attn.W_O", {4, 2, 6});
    CHECK(reading_failure(far).says("\"blocks.0.attn.W_O\""));
}

TEST_CASE("shapes that contradict each other are named, expected and found") {
    auto file = transformer_lens_checkpoint();
    SECTION("a head's width in another layer") {
        file.add("blocks.1.attn.W_Q", {4, 6, 3});
        const auto found = reading_failure(file);
        CHECK(found.code == errc::wrong_shape);
        CHECK(found.message ==
              "folder/test.safetensors: tensor \"blocks.1.attn.W_Q\": expected shape [n_heads = 4, "
              "d_model = 6, d_head = 2], found [4, 6, 3]; tensor \"blocks.0.attn.W_O\" has d_head = 2");
    }
    SECTION("each of the others") {
        const auto [name, extents] = GENERATE(table<std::string, shape>({{"blocks.0.attn.W_V", {3, 6, 2}},
                                                                         {"blocks.0.attn.W_V", {24, 2}},
                                                                         {"blocks.0.attn.W_O", {4, 6, 2}},
                                                                         {"blocks.1.attn.b_K", {4, 3}},
                                                                         {"blocks.0.attn.b_O", {5}},
                                                                         {"blocks.1.ln1.w", {7}},
                                                                         {"ln_final.b", {7}},
                                                                         {"blocks.0.mlp.W_in", {5, 6}},
                                                                         {"blocks.1.mlp.W_gate", {6, 4}},
                                                                         {"blocks.1.mlp.W_out", {4, 6}},
                                                                         {"blocks.1.mlp.b_in", {4}},
                                                                         {"embed.W_E", {7, 5}},
                                                                         {"unembed.W_U", {7, 6}},
                                                                         {"unembed.b_U", {8}},
                                                                         {"pos_embed.W_pos", {3, 5}},
                                                                         {"embed.W_E", {0, 6}},
                                                                         {"blocks.0.attn.W_O", {}}}));
        file.add(name, extents);
        const auto found = reading_failure(file);
        CHECK(found.code == errc::wrong_shape);
        CHECK(found.says("folder/test.safetensors: tensor \""));
        CHECK(found.says("\"" + name + "\""));
        CHECK_FALSE(found.says("\n"));
    }
    SECTION("a predictor's bias") {
        auto agent = decision_transformer_checkpoint();
        agent.add("action_predictor.bias", {6});
        const auto found = reading_failure(agent);
        CHECK(found.code == errc::wrong_shape);
        CHECK(found.says("tensor \"action_predictor.bias\": expected shape [7], found [6]"));
    }
}

TEST_CASE("a config that contradicts the tensors is an error") {
    auto file = transformer_lens_checkpoint();
    std::string expected;
    SECTION("heads") {
        file.metadata["model_config"] = R"({"n_heads": 8})";
        expected = "tensor \"blocks.0.attn.W_O\": expected shape [n_heads = 8, d_head, d_model], found [4, "
                   "2, 6]; the "
                   "config has n_heads = 8";
    }
    SECTION("layers") {
        file.metadata["model_config"] = R"({"n_layers": 3})";
        expected = "the config has n_layers = 3, the tensors are of 2 layers";
    }
    SECTION("width") {
        file.metadata["config"] = R"({"d_mlp": 6})";
        expected = "d_mlp = 6";
    }
    SECTION("context") {
        file.metadata["config"] = R"({"n_ctx": 4})";
        expected = "the config has n_ctx = 4";
    }
    SECTION("no gate") {
        file.metadata["config"] = R"({"gated_mlp": false})";
        expected = "the config says that the MLPs are not gated";
    }
    SECTION("no norms") {
        file.metadata["config"] = R"({"normalization_type": null})";
        expected = "the config says that there are no norm weights";
    }
    SECTION("folded norms") {
        file.metadata["config"] = R"({"normalization_type": "LNPre"})";
        expected = "the config says that there are no norm weights";
    }
    SECTION("RMSNorm with biases") {
        file.metadata["config"] = R"({"normalization_type": "RMS"})";
        expected = "the config says RMSNorm, but the file has norm biases";
    }
    const auto found = reading_failure(file);
    CHECK(found.code == errc::invalid_config);
    CHECK(found.says(expected));
}

TEST_CASE("a promised gate must be there") {
    auto file = transformer_lens_checkpoint();
    file.erase("blocks.0.mlp.W_gate");
    file.erase("blocks.1.mlp.W_gate");
    file.metadata["config"] = R"({"gated_mlp": true})";
    const auto found = reading_failure(file);
    CHECK(found.code == errc::unknown_tensor);
    CHECK(found.says("\"blocks.0.mlp.W_gate\""));
}

TEST_CASE("unknown names are shown with the schemes that are known") {
    checkpoint file;
    SECTION("some tensors") {
        for (const char* const name : {"a.weight", "b.weight", "c.weight", "d.weight", "e.weight"})
            file.add(name, {1});
        const auto found = reading_failure(file);
        CHECK(found.code == errc::unknown_scheme);
        CHECK(found.says("its 5 tensors: \"a.weight\" [1], \"b.weight\" [1]"));
        CHECK(found.says("known schemes: decision transformer, "));
        CHECK(found.says(", TransformerLens, "));
        CHECK(found.says("give it: transformer_weights(file, {.schemes = ...})"));
        CHECK_FALSE(found.says("nearest"));
        CHECK_FALSE(found.says("\n"));
    }
    SECTION("no tensors") { CHECK(reading_failure(file).code == errc::unknown_scheme); }
}

TEST_CASE("architectures that would be read wrongly are refused by the tensor that tells") {
    auto file = transformer_lens_checkpoint();
    const std::string name =
        GENERATE(as<std::string>(), "blocks.0.mlp.ln.w", "blocks.1.mlp.experts.0.W_in.weight");
    file.add(name, {6});
    const auto found = reading_failure(file);
    CHECK(found.code == errc::unsupported_model);
    CHECK(found.says(name));
}

TEST_CASE("buffers are skipped, hints kept, and the rest listed") {
    auto file = transformer_lens_checkpoint();
    SECTION("rotary and normalised queries") {
        file.add("blocks.0.attn.rotary_sin", {3, 2});
        file.add("blocks.0.attn.q_norm.w", {2});
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.has_rotary);
        CHECK(weights.has_qk_norm);
        CHECK(weights.unread.empty());
    }
    SECTION("by the config") {
        file.metadata["config"] = R"({"parallel_attn_mlp": true, "positional_embedding_type": "rotary"})";
        const sl::transformer_weights weights(file.dict());
        CHECK(weights.has_rotary);
        CHECK(weights.block_order == sl::block_order::parallel);
        CHECK(weights.mlp_in().port.at(1) == 8);
    }
    SECTION("neither") {
        file.add("something.else", {2});
        const sl::transformer_weights weights(file.dict());
        CHECK_FALSE(weights.has_rotary);
        CHECK_FALSE(weights.has_qk_norm);
        CHECK(weights.unread == std::vector<std::string>{"something.else"});
    }
}

TEST_CASE("float matrices of a file are views that keep it mapped") {
    const temporary_directory folder;
    const auto file = decision_transformer_checkpoint();
    sl::write_safetensors(folder / "model.safetensors", file.named(), {});
    sl::transformer_weights weights;
    {
        const auto opened = sl::open_safetensors(folder / "model.safetensors");
        weights = sl::transformer_weights(opened);
        const auto bytes = opened.bytes("transformer.blocks.1.mlp.W_out");
        CHECK(static_cast<const void*>(weights.blocks[1].mlp->W_out.data()) == bytes.data());
        const auto heads = opened.bytes("transformer.blocks.1.attn.W_V");
        CHECK(static_cast<const void*>(weights.blocks[1].attention.W_V[2].data()) ==
              heads.data() + 2 * 6 * 2 * 4);
        const auto embedding = opened.bytes("state_embedding.weight");
        CHECK(static_cast<const void*>(weights.embed().layers[0].data()) == embedding.data());
    }
    CHECK(is_slice(weights.blocks[1].mlp->W_out, file, "transformer.blocks.1.mlp.W_out", 0, 5, 6));
    CHECK(weights.file == "model.safetensors");
}

TEST_CASE("other dtypes are converted") {
    const auto file = transformer_lens_checkpoint({.layers = 1});
    SECTION("F64 to float, exactly") {
        const sl::transformer_weights weights(in_dtype(file, sl::dtype::f64));
        CHECK(is_slice(weights.blocks[0].attention.W_K[3], file, "blocks.0.attn.W_K", 3, 6, 2));
        CHECK(is_slice(weights.blocks[0].mlp->W_out, file, "blocks.0.mlp.W_out", 0, 5, 6));
    }
    SECTION("F16 to float, exactly") {
        const sl::transformer_weights weights(in_dtype(file, sl::dtype::f16));
        CHECK(is_slice(weights.blocks[0].mlp->W_out, file, "blocks.0.mlp.W_out", 0, 5, 6));
        CHECK(weights.blocks[0].ln1->w[3] == file.value("blocks.0.ln1.w", 3));
    }
    SECTION("BF16 to float, cut") {
        const sl::transformer_weights weights(in_dtype(file, sl::dtype::bf16));
        const float wanted = file.value("blocks.0.mlp.W_out", 7);
        CHECK(weights.blocks[0].mlp->W_out(1, 1) == Approx(wanted).epsilon(0.01));
    }
    SECTION("F32 to double, exactly") {
        const sl::basic_transformer_weights<double> weights(file.dict());
        CHECK(weights.blocks[0].mlp->W_out(1, 1) == static_cast<double>(file.value("blocks.0.mlp.W_out", 7)));
        CHECK(weights.mlp_in().layers[0](1, 1) == static_cast<double>(file.value("blocks.0.mlp.W_in", 6)));
    }
    SECTION("F64 viewed as double") {
        const auto source = in_dtype(file, sl::dtype::f64);
        const sl::basic_transformer_weights<double> weights(source);
        CHECK(static_cast<const void*>(weights.W_E.data()) == source.bytes("embed.W_E").data());
    }
}

namespace {

/// Whether a matrix is made anew for everybody who asks for it, so that nobody has kept it.
bool is_unmade(const sl::matrix& m) {
    const auto first = m.resident(), second = m.resident();
    return m.is_deferred() && first.data() != second.data();
}

/// Asks for one block, one row's parts, and all scores.
void read_projection(const sl::vector_set& directions, const sl::vector_set& targets) {
    for (const auto kind : {sl::score_kind::dot, sl::score_kind::cosine, sl::score_kind::scaled}) {
        const auto scores = sl::project(directions, targets, {.score = kind});
        sl::block_buffer<float> buffer;
        REQUIRE(scores.blocks() != 0);
        CHECK(scores.block(0, buffer).size() != 0);
        scores.parts(scores.tiles().row(0));
        CHECK(sl::store(scores).max_rows() == scores.max_rows());
    }
}

/// All that decomposes or compares heads.
void read_circuits(const sl::transformer_weights& weights) {
    const auto ov = sl::ov_circuits(weights);
    const auto qk = sl::qk_circuits(weights);
    auto rotary = weights;
    rotary.has_rotary = true;
    rotary.rotary = sl::rotary_embedding{.dimensions = 2};
    for (const auto& circuits : {ov, qk, sl::rotary_qk_circuits(rotary, 3)}) {
        sl::singular_directions(circuits);
        sl::head_compositions(
            ov, circuits,
            {.role = circuits.name == "ov" ? sl::composition_role::value : sl::composition_role::query});
        sl::frobenius_cosine(circuits);
        sl::eigenvalue_signs(circuits);
        for (const auto& each : circuits.matrices) CHECK((is_unmade(each.a) && is_unmade(each.b)));
    }
    sl::copying_scores(weights);
    sl::factored_svd(ov.matrices[0].a, ov.matrices[0].b);
    sl::writing_directions(ov);
    sl::reading_directions(ov);
}

void read_projections(const sl::transformer_weights& weights) {
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    for (const auto& into : {weights.mlp_in(), weights.mlp_gate(), weights.unembed()}) {
        read_projection(heads.writing(), into);
        read_projection(weights.mlp_out(), into);
        read_projection(weights.embed(), sl::normalized(into));
    }
    for (const auto& from : {weights.embed(), sl::normalized(weights.embed()), weights.mlp_out()})
        read_projection(heads.reading(), from);
}

/// Of a model whose weights have to be converted, or are those of such a model folded and centred.
void check_nothing_is_kept(const sl::transformer_weights& weights) {
    for (const auto& [name, m] : model_matrices(weights)) {
        INFO(name);
        CHECK(is_unmade(m));
    }
}

/// The model processed in every way there is, each step as the last one.
std::vector<sl::transformer_weights> processed_in_every_way(const sl::transformer_weights& stored) {
    std::vector<sl::transformer_weights> all;
    auto both = stored;
    both.norm_placement = sl::norm_placement::both;
    for (auto& block : both.blocks) {
        block.ln1_post = block.ln1;
        block.ln2_post = block.ln2;
    }
    all.push_back(sl::fold_post_norms(both));
    all.push_back(sl::fold_norms(stored));
    all.push_back(sl::fold_value_biases(all.back()));
    all.push_back(sl::center_writing_weights(all.back()));
    all.push_back(sl::center_unembed(all.back()));
    return all;
}

} // namespace

TEST_CASE("matrices of other dtypes are converted for those who ask, and nothing keeps them") {
    const auto file = with_random_values(transformer_lens_checkpoint({.layers = 2}));
    const auto type = GENERATE(sl::dtype::bf16, sl::dtype::f64);
    const sl::transformer_weights stored(stored_as(file, type));
    REQUIRE(stored.is_gated());
    REQUIRE(model_matrices(stored).size() == 2 * (4 * 4 + 3) + 3);
    SECTION("stored") {
        read_circuits(stored);
        read_projections(stored);
    }
    SECTION("processed") {
        for (const auto& weights : processed_in_every_way(stored)) {
            INFO(weights.provenance());
            CHECK(weights.processing.size() != 0);
            check_nothing_is_kept(weights);
            read_circuits(weights);
            read_projections(weights);
            check_nothing_is_kept(weights);
        }
    }
    check_nothing_is_kept(stored);
}

TEST_CASE("whoever looks at one value of a matrix of another dtype keeps the tensor's matrix, and no other") {
    const auto file = with_random_values(transformer_lens_checkpoint({.layers = 1}));
    const sl::transformer_weights weights(stored_as(file, sl::dtype::bf16));
    const auto& block = weights.blocks[0];
    CHECK(block.mlp->W_in(1, 2) == weights.mlp_in().layers[0](2, 1));
    CHECK_FALSE(is_unmade(block.mlp->W_in));
    CHECK_FALSE(is_unmade(weights.mlp_in().layers[0]));
    CHECK(is_unmade(block.mlp->W_gate));
    CHECK(block.attention.W_Q[1](0, 0) == block.attention.W_Q[1](0, 0));
    CHECK(is_unmade(block.attention.W_Q[0]));
}

TEST_CASE("the first decision transformers' names are known") {
    const std::pair<const char*, const char*> renamed[] = {
        {"state_embedding.weight", "state_encoder.weight"},
        {"action_predictor.weight", "predict_actions.weight"},
        {"action_predictor.bias", "predict_actions.bias"},
        {"state_predictor.weight", "predict_states.weight"},
        {"state_predictor.bias", "predict_states.bias"},
        {"reward_predictor.weight", "predict_rewards.weight"},
        {"reward_predictor.bias", "predict_rewards.bias"}};
    const auto later = decision_transformer_checkpoint();
    std::vector<sl::named_tensor> tensors;
    for (auto each : later.named()) {
        for (const auto& [was, is] : renamed)
            if (each.name == was) each.name = is;
        tensors.push_back(each);
    }
    const sl::transformer_weights early{sl::state_dict(tensors)}, expected{later.dict()};
    CHECK(early.scheme == "decision transformer");
    CHECK(early.unread.empty());
    REQUIRE(early.extras.size() == expected.extras.size());
    for (const auto& each : expected.extras) {
        std::string name = each.name;
        for (const auto& [was, is] : renamed)
            if (name == was) name = is;
        CAPTURE(name);
        const auto set = early.vectors(name), other = expected.vectors(each.name);
        CHECK(set.port.flow == other.port.flow);
        CHECK(set.port.first == other.port.first);
        CHECK(set.axes[0].name == other.axes[0].name);
        REQUIRE((set.axes[0].labels == nullptr) == (other.axes[0].labels == nullptr));
        if (set.axes[0].labels) CHECK(*set.axes[0].labels == *other.axes[0].labels);
        CHECK(set.layers[0].data() == other.layers[0].data());
    }
    CHECK(early.embed().axes[0].name == "feature");
    CHECK(early.unembed().axes[0].name == "action");
    const auto biased = [](const sl::transformer_weights& w) {
        std::size_t n = 0;
        for (const auto& each : w.extras) n += each.bias.size();
        return n;
    };
    CHECK(biased(early) == biased(expected));
}

TEST_CASE("a decision transformer that sees by a network of its own is read without it") {
    auto file = decision_transformer_checkpoint();
    file.erase("state_embedding.weight");
    file.add("state_encoder.conv1.weight", {4, 3, 2, 2});
    file.add("state_encoder.fc.weight", {6, 9});
    const sl::transformer_weights weights(file.dict());
    CHECK(weights.scheme == "decision transformer");
    CHECK_FALSE(weights.has_embed());
    CHECK(weights.unread ==
          std::vector<std::string>{"state_encoder.conv1.weight", "state_encoder.fc.weight"});
}

TEST_CASE("a decision transformer's time may be embedded by a linear layer without a bias") {
    auto file = decision_transformer_checkpoint();
    file.erase("time_embedding.weight");
    file.add("time_embedding.weight", {6, 1});
    const sl::transformer_weights weights(file.dict());
    const auto time = weights.vectors("time_embedding.weight");
    CHECK(time.layers[0].rows() == 1);
    CHECK(time.layers[0].columns() == 6);
    CHECK(time.layers[0](0, 5) == file.value("time_embedding.weight", 5));
}

TEST_CASE("a decision transformer of a small MiniGrid has its labels where the config names it") {
    auto file = decision_transformer_checkpoint();
    for (const char* const name :
         {"state_embedding.weight", "action_embedding.0.weight", "action_predictor.weight",
          "action_predictor.bias", "state_predictor.weight", "state_predictor.bias"})
        file.erase(name);
    file.add("state_embedding.weight", {6, 147});
    file.add("action_embedding.0.weight", {4, 6});
    file.add("action_predictor.weight", {3, 6});
    const auto labels = [&](const char* name) {
        const auto set = sl::transformer_weights(file.dict()).vectors(name);
        const auto& axis = set.axes[0];
        return axis.labels ? *axis.labels : std::vector<std::string>();
    };
    CHECK(labels("action_embedding.0.weight").empty());
    file.metadata["environment_config"] = R"({"env_id": "MiniGrid-Dynamic-Obstacles-8x8-v0"})";
    CHECK(labels("action_predictor.weight") == std::vector<std::string>{"left", "right", "forward"});
    CHECK(labels("action_embedding.0.weight") ==
          std::vector<std::string>{"left", "right", "forward", "no action"});
    CHECK(labels("state_embedding.weight").at(49) == "colour, (0,0)");
    file.metadata["environment_config"] = R"({"env_id": "CartPole-v1"})";
    CHECK(labels("action_predictor.weight").empty());
}

TEST_CASE("a trained decision transformer is read whole") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) {
        WARN("SVDLENS_DATA is not set: skipped");
        return;
    }
    const auto file = sl::open_safetensors(std::string(folder) + "/memory_gated_mlp.safetensors");
    const sl::transformer_weights weights(file);
    CHECK(weights.scheme == "decision transformer");
    CHECK(weights.sizes.n_layers == 2);
    CHECK(weights.sizes.n_heads == 4);
    CHECK(weights.sizes.d_model == 128);
    CHECK(weights.sizes.d_head == 32);
    CHECK(weights.sizes.d_mlp == 256);
    CHECK(weights.sizes.n_ctx == 26);
    CHECK(weights.is_gated());
    CHECK(weights.normalization == sl::normalization::layer_norm);
    CHECK(weights.activation == "relu");
    CHECK(weights.embed().size() == 980);
    CHECK(weights.embed().axes.label(0, "feature") == "unseen, (0,0)");
    CHECK(weights.unembed().size() == 7);
    CHECK(weights.unread.empty());
    CHECK(weights.notes.empty());
    const auto stored = file.tensor("transformer.blocks.1.attn.W_Q");
    CHECK(weights.blocks[1].attention.W_Q[3](5, 6) == stored.values()[(3 * 128 + 5) * 32 + 6]);
    CHECK(weights.blocks[1].attention.W_Q[0].data() == stored.data());
}
