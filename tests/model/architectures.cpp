// Every architecture that make_architectures.py writes is read, and each number held against what went in.
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "edited_model.hpp"
#include "support/catch.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
namespace fs = std::filesystem;

namespace {

struct values {
    std::vector<std::uint64_t> shape;
    std::vector<float> numbers;
};
using named_values = std::map<std::string, values>;

/// Gathers a model's parts as the canonical files hold them: a matrix a head along the first axis.
class gathered {
  public:
    explicit gathered(const sl::transformer_weights& w) {
        matrix("W_E", w.W_E);
        matrix("W_pos", w.W_pos);
        matrix("W_U", w.W_U);
        vector("b_U", w.b_U);
        norm("ln_embed", w.ln_embed);
        norm("ln_final", w.ln_final);
        for (const auto& extra : w.extras) {
            matrix("extra." + extra.name, extra.vectors);
            vector("extra." + extra.name.substr(0, extra.name.size() - 6) + "bias", extra.bias);
        }
        for (std::size_t l = 0; l < w.blocks.size(); ++l)
            block("blocks." + std::to_string(l) + ".", w.blocks[l]);
    }
    const named_values& all() const { return all_; }

  private:
    void block(const std::string& at, const sl::transformer_block& block) {
        const auto& a = block.attention;
        heads(at + "W_Q", a.W_Q);
        heads(at + "W_K", a.W_K);
        heads(at + "W_V", a.W_V);
        heads(at + "W_O", a.W_O);
        vectors(at + "b_Q", a.b_Q);
        vectors(at + "b_K", a.b_K);
        vectors(at + "b_V", a.b_V);
        vector(at + "b_O", a.b_O);
        norm(at + "ln1", block.ln1);
        norm(at + "ln2", block.ln2);
        norm(at + "ln1_post", block.ln1_post);
        norm(at + "ln2_post", block.ln2_post);
        matrix(at + "W_in", block.mlp->W_in);
        matrix(at + "W_gate", block.mlp->W_gate);
        matrix(at + "W_out", block.mlp->W_out);
        vector(at + "b_in", block.mlp->b_in);
        vector(at + "b_gate", block.mlp->b_gate);
        vector(at + "b_post", block.mlp->b_post);
        vector(at + "b_out", block.mlp->b_out);
    }
    void append(std::vector<float>& numbers, const sl::matrix& m) {
        for (std::size_t i = 0; i < m.rows(); ++i)
            for (std::size_t j = 0; j < m.columns(); ++j) numbers.push_back(m(i, j));
    }
    void matrix(const std::string& name, const sl::matrix& m) {
        if (m.rows() == 0) return;
        all_[name].shape = {m.rows(), m.columns()};
        append(all_[name].numbers, m);
    }
    void heads(const std::string& name, const std::vector<sl::matrix>& matrices) {
        all_[name].shape = {matrices.size(), matrices.at(0).rows(), matrices.at(0).columns()};
        for (const auto& m : matrices) append(all_[name].numbers, m);
    }
    void vector(const std::string& name, const std::vector<float>& v) {
        if (!v.empty()) all_[name] = {{v.size()}, v};
    }
    void vectors(const std::string& name, const std::vector<std::vector<float>>& list) {
        for (const auto& v : list) {
            all_[name].shape = {list.size(), v.size()};
            all_[name].numbers.insert(all_[name].numbers.end(), v.begin(), v.end());
        }
    }
    void norm(const std::string& name, const std::optional<sl::norm_weights>& n) {
        if (!n) return;
        vector(name + ".w", n->w);
        vector(name + ".b", n->b);
    }

    named_values all_;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::string text(sl::normalization kind) {
    return kind == sl::normalization::layer_norm ? "layer_norm"
           : kind == sl::normalization::rms_norm ? "rms_norm"
                                                 : "?";
}

std::string text(sl::norm_placement placement) {
    return placement == sl::norm_placement::before  ? "before"
           : placement == sl::norm_placement::after ? "after"
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
    CHECK(std::to_string(w.sizes.n_ctx) == told.at("n_ctx"));
    CHECK(std::to_string(w.sizes.d_vocab) == told.at("d_vocab"));
    CHECK(text(w.normalization) == told.at("norm"));
    CHECK(text(w.norm_placement) == told.at("placement"));
    CHECK((w.block_order == sl::block_order::parallel) == (told.at("parallel") == "True"));
    CHECK(w.tied_unembedding == (told.at("tied") == "True"));
    CHECK(w.dtypes == told.at("dtypes"));
    CHECK(w.has_rotary == (told.at("rotary") != "0"));
    CHECK(w.rotary.has_value() == w.has_rotary);
    if (!w.rotary) return;
    CHECK(std::to_string(w.rotary->dimensions) == told.at("rotary"));
    CHECK(w.rotary->theta == std::stod(told.at("theta")));
    CHECK(w.rotary->pairing == sl::rotary_pairing::half_split);
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
    std::size_t models = 0;
    for (const auto& entry : fs::directory_iterator(architecture_folder())) {
        const auto name = entry.path().filename().string();
        INFO(name);
        ++models;
        const auto file = open_architecture(name);
        const sl::transformer_weights weights(file);
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
        CHECK(weights.unread == std::vector<std::string>{});
    }
    CHECK(models == 19);
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
