/// @file
/// A compiled program as a safetensors file that transformers have, and its channels as a table beside it.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FILE_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FILE_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/core/file_writer.hpp>
#include <svdlens/io/safetensors.hpp>

#include "program_run.hpp"
#include "program_truth.hpp"

namespace planted::compiler {

namespace detail {

/// Hides effective weights behind gains, and offsets of columns where a mean is taken out, and names them.
class tensor_namer {
  public:
    explicit tensor_namer(const compiled_program& p) :
        p_(p), sizes_(calibrate(p)), random_(p.made_with.seed ^ 0x47414953ULL) {}

    std::vector<svdlens::named_tensor> make() {
        const auto& w = p_.weights;
        if (is_llama()) {
            put("model.embed_tokens.weight", w.embed);
        } else {
            put("embed.W_E", w.embed);
            put("pos_embed.W_pos", w.positions);
        }
        for (std::size_t l = 0; l < n_layers; ++l) {
            if (is_llama())
                put_llama(l);
            else
                put_lens(l);
        }
        const auto gain = next_gain(is_llama() ? "model.norm.weight" : "ln_final");
        const matrix unembed = hidden(w.unembed, gain);
        if (is_llama())
            put("lm_head.weight", matrix(unembed.transpose()));
        else
            put("unembed.W_U", unembed);
        return std::move(tensors_);
    }

    /// The model's config, as its library writes it.
    std::string config() const {
        const auto text = [](std::size_t k) { return std::to_string(k); };
        const std::string sizes = text(d_model) + ", ";
        if (is_llama())
            return R"({"model_type": "llama", "hidden_act": "silu", "num_hidden_layers": )" + text(n_layers) +
                   R"(, "num_attention_heads": )" + text(n_heads) + R"(, "num_key_value_heads": )" +
                   text(n_heads) + R"(, "head_dim": )" + text(d_head) + R"(, "hidden_size": )" + sizes +
                   R"("intermediate_size": )" + text(d_mlp) + R"(, "vocab_size": )" + text(d_vocab) +
                   R"(, "max_position_embeddings": 64, "rope_theta": 1000000.0, "rope_scaling": null, )" +
                   R"("attention_bias": true, "mlp_bias": true, "rms_norm_eps": 1e-05, "tie_word_embeddings": false})";
        const auto kind = p_.made_with.form;
        const char* norm = kind == form::plain ? "null" : kind == form::grouped ? "\"RMS\"" : "\"LN\"";
        return R"({"n_layers": )" + text(n_layers) + R"(, "n_heads": )" + text(n_heads) + R"(, "d_head": )" +
               text(d_head) + R"(, "d_model": )" + sizes + R"("d_mlp": )" + text(d_mlp) + R"(, "d_vocab": )" +
               text(d_vocab) + R"(, "n_ctx": )" + text(n_context) +
               R"(, "act_fn": "relu", "normalization_type": )" + norm +
               (kind == form::grouped ? R"(, "n_key_value_heads": )" + text(n_groups(kind)) : "") + "}";
    }

  private:
    bool is_llama() const { return p_.made_with.form == form::rms_norm; }

    void put(const std::string& name, const matrix& m, std::vector<std::uint64_t> shape = {}) {
        if (shape.empty())
            shape = {static_cast<std::uint64_t>(m.rows()), static_cast<std::uint64_t>(m.cols())};
        std::vector<float> single(m.data(), m.data() + m.size());
        tensors_.emplace_back(name, svdlens::tensor(std::move(single), std::move(shape)));
    }

    void put_vector(const std::string& name, const vector& v) {
        const matrix row = v.transpose();
        put(name, row, {static_cast<std::uint64_t>(v.size())});
    }

    /// A norm's gain: its size times a random shape. The shape is what readers hide behind.
    vector next_gain(const std::string& name) {
        if (p_.made_with.form == form::plain) return vector::Ones(at(d_model));
        const vector shape = (0.3 * normal(random_, 1, d_model).row(0).transpose()).array().exp().matrix();
        put_vector(is_llama() ? name : name + ".w", sizes_[norms_++] * shape);
        if (p_.made_with.form == form::layer_norm) put_vector(name + ".b", vector::Zero(at(d_model)));
        return shape;
    }

    matrix hidden(const matrix& reads, const vector& gain) {
        matrix m = reads;
        if (p_.made_with.form == form::layer_norm)
            m.rowwise() += (normal(random_, 1, static_cast<std::size_t>(m.cols())).row(0) /
                            std::sqrt(static_cast<double>(d_model)));
        return gain.cwiseInverse().asDiagonal() * m;
    }

    /// Matrices of one shape below each other.
    template <class Of>
    static matrix stacked(std::size_t count, Of of) {
        const matrix first = of(0);
        matrix all(first.rows() * at(count), first.cols());
        for (std::size_t k = 0; k < count; ++k) all.middleRows(at(k) * first.rows(), first.rows()) = of(k);
        return all;
    }

    void put_lens(std::size_t l) {
        const auto& w = p_.weights.layers[l];
        const std::string block = "blocks." + std::to_string(l) + ".";
        const std::size_t groups = w.groups.size();
        const std::string shared = block + (groups == n_heads ? "attn." : "attn._");
        const auto gain = next_gain(block + "ln1");
        const auto put_all = [&](const std::string& name, std::size_t count, auto of) {
            const matrix all = stacked(count, of);
            put(name, all,
                {count, static_cast<std::uint64_t>(all.rows()) / count,
                 static_cast<std::uint64_t>(all.cols())});
        };
        put_all(block + "attn.W_Q", n_heads, [&](std::size_t h) { return hidden(w.heads[h].W_Q, gain); });
        put_all(shared + "W_K", groups, [&](std::size_t g) { return hidden(w.groups[g].W_K, gain); });
        put_all(shared + "W_V", groups, [&](std::size_t g) { return hidden(w.groups[g].W_V, gain); });
        put_all(block + "attn.W_O", n_heads, [&](std::size_t h) { return w.heads[h].W_O; });
        put(block + "attn.b_Q",
            stacked(n_heads, [&](std::size_t h) { return matrix(w.heads[h].b_Q.transpose()); }));
        const auto second = next_gain(block + "ln2");
        put(block + "mlp.W_in", hidden(w.W_in, second));
        put_vector(block + "mlp.b_in", w.b);
        put(block + "mlp.W_out", w.W_out);
    }

    void put_llama(std::size_t l) {
        const auto& w = p_.weights.layers[l];
        const std::string layer = "model.layers." + std::to_string(l) + ".", attention = layer + "self_attn.";
        const auto gain = next_gain(layer + "input_layernorm.weight");
        const auto put_all = [&](const std::string& name, auto of) {
            put(attention + name, stacked(n_heads, of));
        };
        put_all("q_proj.weight",
                [&](std::size_t h) { return matrix(hidden(w.heads[h].W_Q, gain).transpose()); });
        put_all("k_proj.weight",
                [&](std::size_t h) { return matrix(hidden(w.groups[h].W_K, gain).transpose()); });
        put_all("v_proj.weight",
                [&](std::size_t h) { return matrix(hidden(w.groups[h].W_V, gain).transpose()); });
        put(attention + "o_proj.weight",
            matrix(stacked(n_heads, [&](std::size_t h) { return w.heads[h].W_O; }).transpose()));
        const auto put_bias = [&](const std::string& name, auto of) {
            const matrix all = stacked(n_heads, of);
            put(attention + name, all, {static_cast<std::uint64_t>(all.size())});
        };
        put_bias("q_proj.bias", [&](std::size_t h) { return matrix(w.heads[h].b_Q.transpose()); });
        put_bias("k_proj.bias", [&](std::size_t h) { return matrix(w.groups[h].b_K.transpose()); });
        put_bias("v_proj.bias", [&](std::size_t) { return matrix(matrix::Zero(1, at(d_head))); });
        put_vector(attention + "o_proj.bias", vector::Zero(at(d_model)));
        const auto second = next_gain(layer + "post_attention_layernorm.weight");
        put(layer + "mlp.up_proj.weight", matrix(hidden(w.W_in, second).transpose()));
        put_vector(layer + "mlp.up_proj.bias", w.b_in);
        put(layer + "mlp.gate_proj.weight", matrix(hidden(w.W_gate, second).transpose()));
        put_vector(layer + "mlp.gate_proj.bias", w.b);
        put(layer + "mlp.down_proj.weight", matrix(w.W_out.transpose()));
        put_vector(layer + "mlp.down_proj.bias", vector::Zero(at(d_model)));
    }

    const compiled_program& p_;
    norm_sizes sizes_;
    counter_random random_;
    std::size_t norms_ = 0;
    std::vector<svdlens::named_tensor> tensors_;
};

} // namespace detail

/// Writes the model as a float32 safetensors file, with its config in the metadata.
/// @throws svdlens::file_error
inline void write(const compiled_program& program, const std::filesystem::path& path) {
    detail::tensor_namer namer(program);
    auto tensors = namer.make();
    svdlens::write_safetensors(path, std::move(tensors),
                               {{"config", namer.config()}, {"written_by", "svdlens planted"}});
}

/// The channels as CSV: class, source, via, target, cosine, kind, parts.
inline std::string truth_table(const std::vector<true_edge>& edges) {
    std::string text = "class,source,via,target,cosine,kind,parts\n";
    for (const auto& e : edges) {
        std::string cosine = std::to_string(std::round(e.cosine * 1e6) / 1e6);
        text += e.kind_of + ',' + e.source + ',' + e.via + ',' + e.target + ',' + cosine + ',' +
                to_text(e.kind) + ',' + e.parts + '\n';
    }
    return text;
}

} // namespace planted::compiler

#endif
