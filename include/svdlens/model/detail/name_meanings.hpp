/// @file
/// What tensors are by the words of their names.
#ifndef SVDLENS_MODEL_DETAIL_NAME_MEANINGS_HPP
#define SVDLENS_MODEL_DETAIL_NAME_MEANINGS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../naming_scheme.hpp"
#include "name_patterns.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a name says: a part, a hint, or nothing with the reason.
struct name_meaning {
    std::optional<weight_part> part = {};
    std::optional<tensor_hint> hint = {};
    std::string_view doubt = "its name does not say what it is";
};

/// The words of a pattern, asked.
class name_words {
  public:
    explicit name_words(const name_pattern& pattern) : words_(pattern.words) {
        if (words_.empty()) return;
        const auto last = words_of_name(last_component(pattern.text));
        const auto is_kind = [&](const std::vector<std::string>& all, bool front) {
            return !all.empty() && is_one_of(front ? all.front() : all.back(), {"b", "bias", "beta"});
        };
        bias_ = is_kind(last, false) || (last.size() > 1 && is_kind(last, true));
        std::erase_if(words_, [](const std::string& word) {
            return is_one_of(word,
                             {"weight", "weights", "w", "b", "bias", "beta", "gamma", "kernel", "gain"});
        });
    }

    bool is_bias() const { return bias_; }
    bool has(std::initializer_list<std::string_view> any) const {
        return std::any_of(words_.begin(), words_.end(),
                           [&](const std::string& word) { return is_one_of(word, any); });
    }
    /// Whether these two stand side by side.
    bool has_pair(std::string_view first, std::string_view second) const {
        for (std::size_t k = 1; k < words_.size(); ++k)
            if (words_[k - 1] == first && words_[k] == second) return true;
        return false;
    }
    bool ends_with(std::initializer_list<std::string_view> any) const {
        return !words_.empty() && is_one_of(words_.back(), any);
    }

    bool of_attention() const {
        return has({"attn", "attention", "att", "mha", "msa", "selfattn", "selfattention", "heads", "head"});
    }
    bool of_mlp() const {
        return has({"mlp", "ffn", "ff", "ffw", "feedforward", "intermediate"}) || has_pair("feed", "forward");
    }
    bool of_norm() const {
        return has({"norm", "ln", "layernorm", "rmsnorm", "ln1", "ln2", "norm1", "norm2", "layernorm1",
                    "layernorm2", "rmsnorm1", "rmsnorm2"});
    }
    bool of_queries() const { return has({"q", "query", "queries", "wq", "bq"}); }
    bool of_keys() const { return has({"k", "key", "keys", "wk", "bk"}); }
    bool of_values() const { return has({"v", "value", "values", "wv", "bv"}); }
    /// Of attention whose queries, keys or values have parts, or are made in two steps: `q_a_proj`, `k_rope`.
    bool of_latent() const {
        return has({"a", "down", "up", "latent", "compressed", "rope", "nope", "pe", "rotary"});
    }
    /// The words of a norm, and of the last one: none of something that the norm may be of.
    bool is_of_norm_only() const {
        return std::all_of(words_.begin(), words_.end(), [](const std::string& word) {
            return is_one_of(word, {"norm", "ln", "layer", "layernorm", "rms", "rmsnorm", "final", "last",
                                    "f", "out", "output", "scale", "g"});
        });
    }

  private:
    std::vector<std::string> words_;
    bool bias_ = false;
};

inline name_meaning doubtful(std::string_view why) { return {{}, {}, why}; }
inline name_meaning meant(weight_part part) { return {part, {}, {}}; }

/// Of a norm within a layer.
inline name_meaning meaning_of_norm(const name_words& name) {
    using enum weight_part;
    if (name.of_latent() || name.has({"kv", "qkv"}))
        return doubtful("a norm within attention: its name does not say of what");
    if (name.of_queries() || name.of_keys()) return {{}, tensor_hint::qk_norm, {}};
    if (name.has({"post", "after", "output", "out"}) || name.of_values())
        return doubtful("a norm behind attention or MLP, or before the MLP: its name does not say which");
    const bool first =
        name.has({"1", "ln1", "norm1", "layernorm1", "rmsnorm1", "input"}) || name.of_attention();
    const bool second = name.has({"2", "ln2", "norm2", "layernorm2", "rmsnorm2"}) || name.of_mlp();
    if (first == second) return doubtful("a norm whose name does not say which");
    if (first) return meant(name.is_bias() ? ln1_b : ln1_w);
    return meant(name.is_bias() ? ln2_b : ln2_w);
}

inline constexpr std::string_view fused_attention =
    "several of queries, keys and values in one: no name tells their order";

/// Of a matrix of attention within a layer, or its bias.
inline name_meaning meaning_in_attention(const name_words& name) {
    using enum weight_part;
    const auto count = static_cast<int>(name.of_queries()) + static_cast<int>(name.of_keys()) +
                       static_cast<int>(name.of_values());
    if (count > 1 || name.has({"qkv", "wqkv", "kv", "wkv", "qk"}) || name.has_pair("c", "attn") ||
        name.has_pair("in", "proj"))
        return doubtful(fused_attention);
    if (count == 1 && name.of_latent())
        return doubtful("a part of queries, keys or values, or one of two steps to them");
    if (name.of_queries()) return meant(name.is_bias() ? b_Q : W_Q);
    if (name.of_keys()) return meant(name.is_bias() ? b_K : W_K);
    if (name.of_values()) return meant(name.is_bias() ? b_V : W_V);
    if (name.has({"out", "output", "o", "wo", "proj", "projection", "dense"}) && !name.has({"in"}))
        return meant(name.is_bias() ? b_O : W_O);
    return {};
}

/// Of a matrix of an MLP within a layer, or its bias.
inline name_meaning meaning_in_mlp(const name_words& name) {
    using enum weight_part;
    const bool gate = name.has({"gate", "wg"});
    const bool in = name.has({"in", "up", "fc1", "lin1", "linear1", "dense1", "wi", "expand"}) ||
                    name.ends_with({"fc", "4h"}) || name.has_pair("fc", "1") ||
                    name.has_pair("linear", "1") || name.has_pair("intermediate", "dense");
    const bool out = name.has({"out", "down", "fc2", "lin2", "linear2", "dense2", "contract"}) ||
                     name.ends_with({"h"}) || name.has_pair("fc", "2") || name.has_pair("linear", "2");
    if (static_cast<int>(gate) + static_cast<int>(in) + static_cast<int>(out) > 1)
        return doubtful("several matrices of an MLP in one, or another kind of MLP");
    if (gate) return meant(name.is_bias() ? b_gate : W_gate);
    if (in) return meant(name.is_bias() ? b_in : W_in);
    if (out || name.has({"proj", "projection"})) return meant(name.is_bias() ? b_out : W_out);
    return doubtful("a tensor of an MLP whose name does not say which");
}

inline name_meaning meaning_in_layer(const name_pattern& pattern) {
    using enum tensor_hint;
    const name_words name(pattern);
    const bool turns = name.has({"rotary", "rope"}) && name.has({"sin", "cos", "freq", "freqs", "cached"});
    if (turns || name.has_pair("inv", "freq")) return {{}, rotary, {}};
    if (name.has({"mask"}) || name.has({"masked"}) || name.has_pair("position", "ids"))
        return {{}, buffer, {}};
    if (name.is_bias() && pattern.shape.size() == 4 && pattern.shape[2] == pattern.shape[3])
        return {{}, buffer, {}};
    if (name.has({"expert", "experts", "moe", "router"})) return doubtful("a mixture of experts");
    if (name.has({"cross", "crossattention", "crossattn"}))
        return doubtful("attention to another model's output");
    if (name.of_norm()) return meaning_of_norm(name);
    if (name.of_mlp() && !name.of_attention()) return meaning_in_mlp(name);
    const auto found = meaning_in_attention(name);
    if (name.of_attention() || name.of_queries() || name.of_keys() || name.of_values() ||
        name.has({"wo", "o"}))
        return found;
    if (name.has({"fc1", "fc2", "linear1", "linear2", "lin1", "lin2"}) || name.has_pair("c", "fc"))
        return meaning_in_mlp(name);
    if (name.has({"qkv", "wqkv"})) return found;
    return {};
}

/// Whether a component has a number of its own: that of the only layer of its kind, perhaps (`encoder.block_0.`, and
/// not `gpt2.`).
constexpr bool has_number(std::string_view module) {
    for (std::size_t k = 0; k < module.size(); ++k)
        if (is_digit(module[k]) &&
            (k == 0 || module[k - 1] == '.' || module[k - 1] == '_' || module[k - 1] == '/'))
            return true;
    return false;
}

/// Of a norm outside of the layers: the final one says so, or stands beside them.
/// @param stack what stands before the layers' numbers
inline name_meaning meaning_of_outer_norm(const name_pattern& pattern, std::string_view stack) {
    using enum weight_part;
    const name_words name(pattern);
    const auto module = module_of(pattern.text);
    const auto parent = module.empty() ? module : module_of(module.substr(0, module.size() - 1));
    const bool beside = stack.starts_with(parent);
    const bool other = name.has({"embed", "embedding", "embeddings", "emb", "pre", "pool", "pooler", "head",
                                 "transform", "predictions", "token", "tok", "pos", "patch", "cls"});
    const name_words own(
        {std::string(module), {}, 1, words_of_name(std::string_view(pattern.text).substr(parent.size()))});
    if (other || has_number(module) || !own.is_of_norm_only() ||
        !(beside || name.has({"final", "last", "f"})))
        return doubtful("a norm of embeddings, of an output head or of something else: its name does not say "
                        "which");
    return meant(name.is_bias() ? ln_final_b : ln_final_w);
}

/// Of a tensor outside of the layers.
inline name_meaning meaning_outside(const name_pattern& pattern, std::string_view stack) {
    using enum weight_part;
    const name_words name(pattern);
    if (name.has_pair("position", "ids")) return {{}, tensor_hint::buffer, {}};
    if (name.has_pair("inv", "freq")) return {{}, tensor_hint::rotary, {}};
    const bool embeds = name.has({"embed", "embedding", "embeddings", "emb", "wte", "tok", "token", "tokens",
                                  "word", "words", "vocab"});
    if (name.of_norm()) return meaning_of_outer_norm(pattern, stack);
    if (name.has({"unembed", "unembedding", "lmhead", "logits"}) || name.has_pair("lm", "head"))
        return meant(name.is_bias() ? b_U : W_U);
    if (name.is_bias()) return {};
    if (name.has({"pos", "position", "positions", "positional", "wpe"})) return meant(W_pos);
    if (name.has({"type", "segment", "patch", "image"}))
        return doubtful("an embedding of something else than tokens");
    return embeds ? meant(W_E) : name_meaning();
}

/// Whether layers have a part of their own.
constexpr bool is_of_layer(weight_part part) {
    using enum weight_part;
    constexpr std::array outside = {W_E, W_pos, W_U, b_U, ln_embed_w, ln_embed_b, ln_final_w, ln_final_b};
    return std::find(outside.begin(), outside.end(), part) == outside.end();
}

/// Whether a part is a matrix that reads or writes the stream in a layer.
constexpr bool is_matrix_in_layer(weight_part part) {
    return reads_residual(part) || part == weight_part::W_O || part == weight_part::W_out;
}

/// Whether a bias stands beside a matrix, or in its module, and has an entry for what that makes.
inline bool is_bias_of(const name_pattern& bias, const name_pattern& matrix) {
    const bool flat = bias.shape.size() == 1 && matrix.shape.size() == 2;
    return matrix.text.starts_with(module_of(bias.text)) &&
           (!flat || std::count(matrix.shape.begin(), matrix.shape.end(), bias.shape[0]) != 0);
}

/// What stands before the numbers of layers: of those that are read, and of others with attention.
struct layer_stacks {
    std::string chosen = {}; ///< with most tensors among those with attention; empty where there are none
    std::vector<std::string> others = {};
};

inline layer_stacks layer_stacks_of(const std::vector<name_pattern>& patterns) {
    std::map<std::string, std::pair<std::size_t, bool>> stacks; // tensors, and whether there is attention
    for (const auto& pattern : patterns) {
        if (!pattern.layered()) continue;
        auto& [tensors, attends] = stacks[std::string(stack_of(pattern.text))];
        tensors += pattern.count;
        const auto part = meaning_in_layer(pattern).part;
        attends = attends || (part && is_of_heads(*part)) || name_words(pattern).of_attention();
    }
    layer_stacks result;
    std::size_t most = 0;
    for (const auto& [stack, seen] : stacks) {
        if (!seen.second || seen.first <= most) continue;
        most = seen.first;
        result.chosen = stack;
    }
    for (const auto& [stack, seen] : stacks)
        if (seen.second && stack != result.chosen) result.others.push_back(stack);
    return result;
}

/// Whether a name has more in common with what stands before the layers that are read than before others.
inline bool is_nearest(std::string_view name, const layer_stacks& stacks) {
    const auto shared = [&](std::string_view other) {
        return std::mismatch(name.begin(), name.end(), other.begin(), other.end()).first - name.begin();
    };
    return std::all_of(stacks.others.begin(), stacks.others.end(),
                       [&](const std::string& other) { return shared(stacks.chosen) > shared(other); });
}

inline name_meaning meaning_of(const name_pattern& pattern, std::string_view stack) {
    return pattern.layered() ? meaning_in_layer(pattern) : meaning_outside(pattern, stack);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
