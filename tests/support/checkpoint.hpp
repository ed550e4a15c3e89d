/// @file
/// Checkpoints put together tensor by tensor, every value different, to be read as a model.
#ifndef SVDLENS_TESTS_SUPPORT_CHECKPOINT_HPP
#define SVDLENS_TESTS_SUPPORT_CHECKPOINT_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "svdlens/io/state_dict.hpp"

namespace svdlens_tests {

using shape = std::vector<std::uint64_t>;

struct checkpoint_sizes {
    std::uint64_t layers = 2, heads = 4, key_value_heads = 4, d_model = 6, d_head = 2, d_mlp = 5, n_ctx = 3,
                  vocab = 7;
};

class checkpoint {
  public:
    std::string prefix;
    svdlens::metadata_map metadata;

    void add(const std::string& name, const shape& extents) {
        std::uint64_t size = 1;
        for (const auto e : extents) size *= e;
        std::vector<float> values;
        for (std::uint64_t k = 0; k < size; ++k) values.push_back(static_cast<float>(next_++) / 64);
        tensors_.insert_or_assign(prefix + name, svdlens::tensor(std::move(values), extents));
    }
    void erase(const std::string& name) { tensors_.erase(name); }
    void rename(const std::string& from, const std::string& to) {
        auto tensor = tensors_.extract(from);
        tensor.key() = to;
        tensors_.insert(std::move(tensor));
    }
    bool has(const std::string& name) const { return tensors_.count(name) != 0; }

    /// Value k of a tensor in row-major order.
    float value(const std::string& name, std::size_t k) const { return tensors_.at(name).values()[k]; }
    const std::map<std::string, svdlens::tensor>& tensors() const { return tensors_; }

    std::vector<svdlens::named_tensor> named() const {
        std::vector<svdlens::named_tensor> all;
        for (const auto& [name, values] : tensors_) all.emplace_back(name, values);
        return all;
    }
    svdlens::state_dict dict() const {
        return svdlens::state_dict(named(), metadata, "folder/test.safetensors");
    }

  private:
    std::map<std::string, svdlens::tensor> tensors_;
    std::uint64_t next_ = 1;
};

inline void add_attention(checkpoint& file, const checkpoint_sizes& s, const std::string& at) {
    const std::string shared = s.key_value_heads == s.heads ? "" : "_";
    file.add(at + "attn.W_Q", {s.heads, s.d_model, s.d_head});
    file.add(at + "attn." + shared + "W_K", {s.key_value_heads, s.d_model, s.d_head});
    file.add(at + "attn." + shared + "W_V", {s.key_value_heads, s.d_model, s.d_head});
    file.add(at + "attn.W_O", {s.heads, s.d_head, s.d_model});
    file.add(at + "attn.b_Q", {s.heads, s.d_head});
    file.add(at + "attn." + shared + "b_K", {s.key_value_heads, s.d_head});
    file.add(at + "attn." + shared + "b_V", {s.key_value_heads, s.d_head});
    file.add(at + "attn.b_O", {s.d_model});
}

/// All blocks with LayerNorms and gated MLPs, and what TransformerLens keeps beside them.
inline void add_blocks(checkpoint& file, const checkpoint_sizes& s) {
    for (std::uint64_t l = 0; l < s.layers; ++l) {
        const std::string at = "blocks." + std::to_string(l) + ".";
        add_attention(file, s, at);
        for (const char* const name : {"ln1.w", "ln1.b", "ln2.w", "ln2.b", "mlp.b_out"})
            file.add(at + name, {s.d_model});
        file.add(at + "mlp.W_in", {s.d_model, s.d_mlp});
        file.add(at + "mlp.W_gate", {s.d_model, s.d_mlp});
        file.add(at + "mlp.W_out", {s.d_mlp, s.d_model});
        file.add(at + "mlp.b_in", {s.d_mlp});
        file.add(at + "attn.mask", {s.n_ctx, s.n_ctx});
        file.add(at + "attn.IGNORE", {});
    }
    file.add("ln_final.w", {s.d_model});
    file.add("ln_final.b", {s.d_model});
    file.add("pos_embed.W_pos", {s.n_ctx, s.d_model});
}

inline checkpoint transformer_lens_checkpoint(const checkpoint_sizes& s = {}) {
    checkpoint file;
    add_blocks(file, s);
    file.add("embed.W_E", {s.vocab, s.d_model});
    file.add("unembed.W_U", {s.d_model, s.vocab});
    file.add("unembed.b_U", {s.vocab});
    return file;
}

inline checkpoint decision_transformer_checkpoint(const checkpoint_sizes& s = {}) {
    checkpoint file;
    file.prefix = "transformer.";
    add_blocks(file, s);
    file.prefix.clear();
    file.add("state_embedding.weight", {s.d_model, 980});
    file.add("action_embedding.0.weight", {8, s.d_model});
    file.add("reward_embedding.0.weight", {s.d_model, 1});
    file.add("time_embedding.weight", {11, s.d_model});
    file.add("action_predictor.weight", {7, s.d_model});
    file.add("action_predictor.bias", {7});
    file.add("state_predictor.weight", {980, s.d_model});
    file.add("state_predictor.bias", {980});
    file.add("reward_predictor.weight", {1, s.d_model});
    file.add("reward_predictor.bias", {1});
    return file;
}

} // namespace svdlens_tests

#endif
