// Every architecture that make_architectures.py writes is read, and each number held against what went in.
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "edited_model.hpp"
#include "model/canonical_parts.hpp"
#include "support/catch.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/known_schemes.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
namespace fs = std::filesystem;

namespace {

std::string text(sl::normalization kind) {
    return kind == sl::normalization::layer_norm          ? "layer_norm"
           : kind == sl::normalization::rms_norm          ? "rms_norm"
           : kind == sl::normalization::layer_norm_folded ? "layer_norm_folded"
                                                          : "?";
}

std::string text(sl::norm_placement placement) {
    return placement == sl::norm_placement::before    ? "before"
           : placement == sl::norm_placement::after   ? "after"
           : placement == sl::norm_placement::written ? "written"
                                                      : "both";
}

void check_description(const sl::transformer_weights& w, const sl::metadata_map& told) {
    CHECK(w.scheme == told.at("scheme"));
    CHECK(std::to_string(w.sizes.n_layers) == told.at("n_layers"));
    CHECK(std::to_string(w.sizes.n_heads) == told.at("n_heads"));
    CHECK(std::to_string(w.sizes.n_key_value_heads) == told.at("n_key_value_heads"));
    CHECK(std::to_string(w.sizes.d_model) == told.at("d_model"));
    CHECK(std::to_string(w.sizes.d_head) == told.at("d_head"));
    CHECK(std::to_string(w.sizes.d_mlp) == told.at("d_mlp"));
    for (const auto& [key, size] :
         {std::pair("n_experts", w.sizes.n_experts), std::pair("d_expert", w.sizes.d_expert),
          std::pair("d_shared", w.sizes.d_shared)})
        CHECK(std::to_string(size) == (told.count(key) != 0 ? told.at(key) : "0"));
    CHECK(std::to_string(w.sizes.n_ctx) == told.at("n_ctx"));
    CHECK(std::to_string(w.sizes.d_vocab) == told.at("d_vocab"));
    CHECK(text(w.normalization) == told.at("norm"));
    CHECK(text(w.norm_placement) == told.at("placement"));
    CHECK((w.block_order == sl::block_order::parallel) == (told.at("parallel") == "True"));
    CHECK(w.tied_unembedding == (told.at("tied") == "True"));
    CHECK(w.dtypes == told.at("dtypes"));
    const double usual = 1 / std::sqrt(static_cast<double>(w.sizes.d_head));
    if (w.attention_scale)
        CHECK(*w.attention_scale == Approx(told.count("scale") ? std::stod(told.at("scale")) : usual));
    else
        CHECK((w.scheme == "Gemma 2" || !w.qk_refusal.empty())); // a config would say it; nobody asks
    CHECK(w.has_rotary == (told.at("rotary") != "0"));
    const bool conflict = told.count("conflict") != 0;
    CHECK(w.rotary_conflict.empty() != conflict);
    CHECK(w.rotary.has_value() == (w.has_rotary && !conflict && w.qk_refusal.empty()));
    if (!w.rotary) return;
    const bool neighbours = told.count("pairing") && told.at("pairing") == "interleaved";
    CHECK(std::to_string(w.rotary->dimensions) == told.at("rotary"));
    CHECK(w.rotary->theta == std::stod(told.at("theta")));
    CHECK(w.rotary->pairing ==
          (neighbours ? sl::rotary_pairing::interleaved : sl::rotary_pairing::half_split));
    CHECK(w.rotary->scaling.kind.empty());
}

/// A matrix whose first element is in the tensor's bytes as they are mapped.
bool is_view(const sl::matrix& m, const sl::state_dict& file, const std::string& tensor) {
    const auto bytes = file.bytes(tensor);
    const auto* const at = reinterpret_cast<const std::byte*>(m.data());
    return at >= bytes.data() && at < bytes.data() + bytes.size();
}

/// Whether all of the numbers are views of that tensor.
bool are_views(const std::vector<sl::matrix>& all, const sl::state_dict& file, const std::string& tensor) {
    bool views = !all.empty();
    for (const auto& m : all) views = views && is_view(m, file, tensor);
    return views;
}

} // namespace

TEST_CASE("every architecture is read number by number") {
    std::set<std::string> schemes;
    for (const auto& entry : fs::directory_iterator(architecture_folder())) {
        const auto name = entry.path().filename().string();
        INFO(name);
        const auto file = open_architecture(name);
        const sl::transformer_weights weights(file, options_of(name));
        schemes.insert(weights.scheme);
        const auto canonical = sl::open_safetensors(entry.path() / "canonical.safetensors");
        check_description(weights, canonical.metadata());
        const gathered parts(weights);
        CHECK(parts.all().size() == canonical.size());
        for (const auto& record : canonical.records()) {
            INFO(record.name);
            const auto found = parts.all().find(record.name);
            REQUIRE(found != parts.all().end());
            CHECK(found->second.shape == record.shape);
            const auto expected = canonical.tensor(record.name);
            CHECK(same_bits(found->second.numbers, {expected.values().begin(), expected.values().end()}));
        }
        if (canonical.metadata().count("tower") == 0) CHECK(weights.unread == std::vector<std::string>{});
    }
    for (const auto& scheme : sl::known_schemes) CHECK(schemes.count(std::string(scheme.name)) == 1);
}

TEST_CASE("what more there is to say of a model stands in its notes") {
    CHECK(sl::transformer_weights(open_architecture("gpt2")).notes.empty());
    CHECK(sl::transformer_weights(open_architecture("llama")).notes.empty());
    CHECK(sl::transformer_weights(open_architecture("gemma2")).notes ==
          std::vector<std::string>{"norms behind attention and MLP left out (approximate)"});
    CHECK(sl::transformer_weights(open_architecture("bert")).notes ==
          std::vector<std::string>{"norms behind each sum (post-norm)",
                                   "the unembedding reads behind an output head"});
    CHECK(sl::transformer_weights(open_architecture("llama")).model_type == "llama");
    CHECK(sl::transformer_weights(open_architecture("gemma")).activation == "gelu_pytorch_tanh");
}

TEST_CASE("matrices of F32 files are views of the mapping, whatever the layout") {
    SECTION("TransformerLens: all") {
        const auto file = open_architecture("transformer_lens");
        const sl::transformer_weights w(file);
        for (std::size_t l = 0; l < 2; ++l) {
            const std::string at = "blocks." + std::to_string(l) + ".";
            const auto& a = w.blocks[l].attention;
            CHECK(are_views(a.W_Q, file, at + "attn.W_Q"));
            CHECK(are_views(a.W_K, file, at + "attn.W_K"));
            CHECK(are_views(a.W_V, file, at + "attn.W_V"));
            CHECK(are_views(a.W_O, file, at + "attn.W_O"));
            CHECK(is_view(w.blocks[l].mlp->W_in, file, at + "mlp.W_in"));
            CHECK(is_view(w.blocks[l].mlp->W_out, file, at + "mlp.W_out"));
        }
        CHECK(is_view(w.W_E, file, "embed.W_E"));
        CHECK(is_view(w.W_U, file, "unembed.W_U"));
    }
    SECTION("GPT-2: slices of one tensor; the unembedding is the embedding") {
        const auto file = open_architecture("gpt2");
        const sl::transformer_weights w(file);
        const auto& a = w.blocks[1].attention;
        for (const auto* const heads : {&a.W_Q, &a.W_K, &a.W_V})
            CHECK(are_views(*heads, file, "h.1.attn.c_attn.weight"));
        CHECK(a.W_V[2].row_stride() == 18);
        CHECK(a.W_V[2].column_stride() == 1);
        CHECK(are_views(a.W_O, file, "h.1.attn.c_proj.weight"));
        CHECK(is_view(w.blocks[1].mlp->W_in, file, "h.1.mlp.c_fc.weight"));
        CHECK(is_view(w.W_U, file, "wte.weight"));
    }
    SECTION("GPT-NeoX: slices within each head") {
        const auto file = open_architecture("gpt_neox");
        const sl::transformer_weights w(file);
        const auto& a = w.blocks[0].attention;
        for (const auto* const heads : {&a.W_Q, &a.W_K, &a.W_V})
            CHECK(are_views(*heads, file, "gpt_neox.layers.0.attention.query_key_value.weight"));
        CHECK(is_view(w.W_U, file, "embed_out.weight"));
    }
    SECTION("Llama: transposed") {
        const auto file = open_architecture("llama");
        const sl::transformer_weights w(file);
        const auto& a = w.blocks[1].attention;
        CHECK(are_views(a.W_Q, file, "model.layers.1.self_attn.q_proj.weight"));
        CHECK(are_views(a.W_V, file, "model.layers.1.self_attn.v_proj.weight"));
        CHECK(are_views(a.W_O, file, "model.layers.1.self_attn.o_proj.weight"));
        CHECK(a.W_Q[1].row_stride() == 1);
        CHECK(a.W_Q[1].column_stride() == 6);
        CHECK(is_view(w.blocks[1].mlp->W_gate, file, "model.layers.1.mlp.gate_proj.weight"));
        CHECK(is_view(w.W_E, file, "model.embed_tokens.weight"));
    }
    SECTION("Gemma: all but the embedding, which the model scales") {
        const auto file = open_architecture("gemma");
        const sl::transformer_weights w(file);
        CHECK(are_views(w.blocks[0].attention.W_V, file, "model.layers.0.self_attn.v_proj.weight"));
        CHECK_FALSE(is_view(w.W_E, file, "model.embed_tokens.weight"));
        CHECK(is_view(w.W_U, file, "model.embed_tokens.weight"));
    }
}

TEST_CASE("of a fused tensor that must be converted only the slice asked for is made") {
    const sl::transformer_weights w(open_architecture("gpt2_prefix_f16"));
    for (const auto* const heads : {&w.blocks[0].attention.W_Q, &w.blocks[0].attention.W_K})
        for (const auto& W : *heads) {
            const auto made = W.resident();
            CHECK(W.is_deferred());
            CHECK(made.row_stride() == made.columns()); // nothing beside it
        }
}

TEST_CASE("views keep the file mapped") {
    sl::transformer_weights weights;
    {
        const auto file = open_architecture("gpt_neox");
        weights = sl::transformer_weights(file);
    }
    const auto canonical = sl::open_safetensors(architecture_folder() / "gpt_neox" / "canonical.safetensors");
    const gathered parts(weights);
    const auto expected = canonical.tensor("blocks.1.W_K");
    CHECK(same_bits(parts.all().at("blocks.1.W_K").numbers,
                    {expected.values().begin(), expected.values().end()}));
}
