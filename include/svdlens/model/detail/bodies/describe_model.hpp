/// @file
/// The bodies of model/describe_model.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_DESCRIBE_MODEL_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_DESCRIBE_MODEL_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../io/model_config.hpp"
#include "../../architecture.hpp"
#include "../../describe_model.hpp"
#include "../../known_schemes.hpp"
#include "../../residual_ports.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../refusals.hpp"
#include "../seen_names.hpp"
#include "../unread_tensors.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY std::string to_string(const model_description& d) {
    std::size_t width = 0;
    for (const auto& line : d.lines) width = (std::max)(width, line.first.size());
    std::string out = shown_bytes(d.title) + "\n";
    std::string_view last;
    for (const auto& [name, value] : d.lines) {
        const std::string shown = name == last ? std::string() : name;
        out += "  " + shown + std::string(width - shown.size() + 2, ' ') + shown_bytes(value) + "\n";
        last = name;
    }
    return out;
}

SVDLENS_BODY std::ostream& operator<<(std::ostream& out, const model_description& d) {
    return out << to_string(d);
}

namespace detail {

inline std::string norms_text(normalization kind, norm_placement placement) {
    if (kind == normalization::none) return "none";
    const bool folded = kind == normalization::layer_norm_folded || kind == normalization::rms_norm_folded;
    std::string text = is_layer_norm(kind) ? "LayerNorm" : "RMSNorm";
    if (placement == norm_placement::after) return text + " behind each sum (post-norm)";
    if (placement == norm_placement::written)
        return text + (folded ? ", weights folded into what reads" : " before the unembedding") +
               ", and of what attention and MLP write";
    text += folded ? ", weights folded into what reads" : " before attention, MLP and unembedding";
    if (placement == norm_placement::both) text += "; and behind attention and MLP";
    return text;
}

inline std::string rotary_text(const rotary_embedding& rotary, std::size_t d_head) {
    std::string text = "rotary, ";
    text += rotary.pairing == rotary_pairing::interleaved ? "interleaved pairs" : "half-split pairs";
    text += ", " + to_text(rotary.dimensions) + " of " + to_text(d_head) + " dimensions, theta " +
            to_rounded_text(rotary.theta, 10);
    if (rotary.scaling.kind.empty()) return text;
    return text + ", scaling " + rotary.scaling.kind + " by " + to_rounded_text(rotary.scaling.factor, 6);
}

template <std::floating_point T>
std::string positions_text(const basic_transformer_weights<T>& weights) {
    if (weights.rotary) return rotary_text(*weights.rotary, weights.sizes.d_head);
    if (weights.has_rotary)
        return weights.qk_refusal.empty() ? "rotary, of unknown parameters" : "rotary, of what is not read";
    if (weights.has_alibi) return "ALiBi, a slope a head";
    return weights.W_pos.rows() != 0 ? "learned" : "none in the weights";
}

template <std::floating_point T>
std::string mlp_text(const basic_transformer_weights<T>& weights) {
    if (!weights.has_mlp()) return weights.has_experts() ? "experts only" : "none";
    const std::string text = weights.is_gated() ? "gated" : "plain";
    return weights.activation.empty() ? text : text + ", " + weights.activation;
}

/// `in 4 of 6 layers, gated, and shared ones`.
template <std::floating_point T>
std::string experts_text(const basic_transformer_weights<T>& weights) {
    const auto& blocks = weights.blocks;
    const auto has_mixture = [](const auto& block) { return block.mixture.has_value(); };
    const auto count = static_cast<std::size_t>(std::count_if(blocks.begin(), blocks.end(), has_mixture));
    const auto& first = *std::find_if(blocks.begin(), blocks.end(), has_mixture)->mixture;
    std::string text = "in " + to_text(count) + " of " + to_text(blocks.size()) + " layers, ";
    text += first.experts.gated() ? "gated" : "plain";
    return first.shared ? text + ", and shared ones" : text;
}

template <std::floating_point T>
std::string unembedding_text(const basic_transformer_weights<T>& weights) {
    if (weights.W_U.columns() != 0) return weights.tied_unembedding ? "tied to the embedding" : "of its own";
    return weights.has_unembed() ? "a predictor" : "none";
}

/// Sizes; those that the model does not have are left out.
inline void add_sizes(model_description& d, const model_sizes& sizes) {
    const auto add = [&](const char* name, std::size_t size) {
        if (size != 0) d.lines.emplace_back(name, to_text(size));
    };
    add("layers", sizes.n_layers);
    add("heads", sizes.n_heads);
    if (sizes.n_key_value_heads != sizes.n_heads) add("key/value heads", sizes.n_key_value_heads);
    add("d_model", sizes.d_model);
    add("d_head", sizes.d_head);
    add("d_mlp", sizes.d_mlp);
    add("experts", sizes.n_experts);
    add("d_expert", sizes.d_expert);
    add("d_shared", sizes.d_shared);
    add("vocabulary", sizes.d_vocab);
    add("context", sizes.n_ctx);
}

template <std::floating_point T>
void add_kinds(model_description& d, const basic_transformer_weights<T>& weights) {
    const bool parallel = weights.block_order == block_order::parallel;
    d.lines.emplace_back("blocks", parallel ? "attention and MLP in parallel" : "attention, then MLP");
    d.lines.emplace_back("norms", norms_text(weights.normalization, weights.norm_placement));
    d.lines.emplace_back("positions", positions_text(weights));
    if (weights.has_qk_norm) d.lines.emplace_back("queries, keys", "normalised per token");
    if (weights.has_unusual_scores())
        d.lines.emplace_back("scores", "q·k x " + to_rounded_text(*weights.attention_scale, 6));
    d.lines.emplace_back("MLPs", mlp_text(weights));
    if (weights.has_experts()) d.lines.emplace_back("experts", experts_text(weights));
    if (weights.has_attention_sinks) d.lines.emplace_back("attention", "with a sink a head");
    d.lines.emplace_back("unembedding", unembedding_text(weights));
    for (const auto& extra : weights.extras)
        d.lines.emplace_back("also", extra.name + " (" + to_text(extra.vectors.rows()) + " x " +
                                         to_text(extra.vectors.columns()) + ")");
    if (!weights.dtypes.empty()) d.lines.emplace_back("stored as", weights.dtypes);
}

/// The steps and circuits that would be wrong, with the reason.
template <std::floating_point T>
void add_refusals(model_description& d, const basic_transformer_weights<T>& weights) {
    const auto add = [&](const std::string& step, const std::optional<std::string>& reason) {
        if (reason) d.lines.emplace_back("refused", step + ": " + *reason);
    };
    add("fold_norms", refusal_to_fold_norms(weights));
    add("center_writing_weights", refusal_to_center_writers(weights));
    add("center_unembed", refusal_to_center_unembed(weights));
    if (!weights.blocks.empty() && !weights.blocks.front().attention.b_V.empty())
        add("fold_value_biases", refusal_to_fold_value_biases(weights));
    add("qk_circuits", refusal_of_qk(weights));
    if (weights.is_rotary()) add("rotary_qk_circuits", refusal_of_rotary_qk(weights));
    add("copying_scores", refusal_of_copying(weights));
}

/// The components of a name that its scheme does not see: `module.`, `_orig_mod.`.
inline std::string dropped_text(std::string_view scheme, std::string_view tensor) {
    std::string text;
    for (const auto& each : known_schemes) {
        if (each.name != scheme) continue;
        for (const auto component : dropped_components(each))
            if (has_component(tensor, component))
                text += (text.empty() ? "" : ", ") + std::string(component) + ".";
    }
    return text;
}

/// By what a model was recognised: a tensor of the scheme's, what stands before its names, a config.
template <std::floating_point T>
void add_recognition(model_description& d, const basic_transformer_weights<T>& weights) {
    if (!weights.scheme.empty()) d.lines.emplace_back("names", weights.scheme);
    for (const auto& each : weights.adapters) d.lines.emplace_back("merged", each);
    const std::string tensor = weights.blocks.empty() ? "" : weights.blocks.front().attention.names.W_O;
    if (!tensor.empty()) d.lines.emplace_back("known by", tensor);
    if (auto dropped = dropped_text(weights.scheme, tensor); !dropped.empty())
        d.lines.emplace_back("dropped", dropped + " in names, of tools that wrap modules");
    if (!weights.wrapper.empty()) d.lines.emplace_back("behind", weights.wrapper);
    if (!weights.model_type.empty()) d.lines.emplace_back("model type", weights.model_type);
    if (!weights.config_source.empty())
        d.lines.emplace_back("config", weights.config_source == "the config" ? "the file's metadata"
                                                                             : weights.config_source);
    else if (!tensor.empty())
        d.lines.emplace_back("config", "none beside the file or in its metadata");
}

/// What is asked of circuits of all heads.
template <std::floating_point T>
void add_circuits(std::vector<model_analysis>& all, const basic_transformer_weights<T>& weights) {
    const auto& s = weights.sizes;
    const std::string heads = to_text(s.n_layers) + " layers of " + to_text(s.n_heads) + " heads, " +
                              to_text(s.d_head) + " directions each";
    const auto add = [&](const char* name, std::optional<std::string> refusal, const std::string& what) {
        all.push_back({name, !refusal, refusal ? *refusal : what});
    };
    const bool has_heads = !weights.blocks.empty() && !weights.blocks.front().attention.W_O.empty();
    const bool has_queries = has_heads && !weights.blocks.front().attention.W_Q.empty();
    const auto unless = [](bool there, const char* reason) {
        return there ? std::optional<std::string>() : std::optional<std::string>(reason);
    };
    const auto no_queries = unless(has_queries, "there are no queries and keys");
    add("OV circuits", unless(has_heads, "there are no heads"), heads);
    add("QK circuits", no_queries ? no_queries : refusal_of_qk(weights), heads);
    if (weights.is_rotary())
        add("rotary QK circuits", no_queries ? no_queries : refusal_of_rotary_qk(weights),
            heads + ", at any offset");
    add("later heads", unless(s.n_layers > 1, "there is one layer"), "values of " + heads);
    add("copying scores", refusal_of_copying(weights), "over " + to_text(s.d_vocab) + " tokens");
}

/// Vectors of a set in words: `12 layers of 3072`, `7 actions, labelled`.
template <std::floating_point T>
std::string amount_of(const basic_vector_set<T>& set) {
    if (set.layered()) {
        std::size_t lacking = 0;
        for (std::size_t l = 0; l < set.layers.size(); ++l) lacking += set.lacks(l) ? 1 : 0;
        return to_text(set.layers.size() - lacking) + " layers of " + to_text(set.size());
    }
    const auto& rows = set.axes[0];
    return to_text(rows.extent) + " " + rows.name + "s" + (rows.labels ? ", labelled" : "");
}

/// What a set of what MLPs and routers read or write is called in words.
inline std::string set_words(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"mlp_in", "neurons read"},
        {"mlp_gate", "gates read"},
        {"mlp_out", "neurons write"},
        {"expert_in", "experts read"},
        {"expert_gate", "experts' gates read"},
        {"expert_out", "experts write"},
        {"shared_in", "shared experts read"},
        {"shared_gate", "shared experts' gates read"},
        {"shared_out", "shared experts write"},
        {"router", "routers read"},
        {"shared_router", "shared experts' routers read"},
    };
    for (const auto& [set, text] : words)
        if (set == name) return std::string(text);
    return std::string(name);
}

/// What stands at the other end of the heads' directions.
template <std::floating_point T>
void add_ends(std::vector<model_analysis>& all, const basic_transformer_weights<T>& weights) {
    const auto add = [&](const char* name, bool there, const char* reason, auto set) {
        all.push_back({name, there, there ? amount_of(set()) : std::string(reason)});
    };
    const auto add_sets = [&](const std::vector<basic_vector_set<T>>& sets, const char* none,
                              const char* reason) {
        for (const auto& set : sets) all.push_back({set_words(set.name), true, amount_of(set)});
        if (sets.empty()) all.push_back({none, false, reason});
    };
    const bool writes = weights.has_mlp() || weights.has_experts();
    add_sets(weights.mlp_readers(), "neurons read", "there is no MLP");
    add_sets(weights.mlp_writers(), "neurons write", writes ? "there is no W_out" : "there is no MLP");
    add("inputs", weights.has_embed(), "there is no embedding", [&] { return weights.embed(); });
    add("outputs", weights.has_unembed(), "there is no unembedding", [&] { return weights.unembed(); });
}

} // namespace detail

template <std::floating_point T>
std::vector<model_analysis> analyses_of(const basic_transformer_weights<T>& weights) {
    std::vector<model_analysis> all;
    detail::add_circuits(all, weights);
    detail::add_ends(all, weights);
    for (const auto& each : weights.added) {
        const auto set = weights.vectors(each);
        all.push_back({each.name + (each.flow == flow::reads ? " read" : " write"), true,
                       set.layered() ? detail::amount_of(set) : to_text(set.size()) + " vectors"});
    }
    const auto refusal = detail::refusal_to_fold_norms(weights);
    all.push_back({"folded norms", !refusal,
                   refusal ? *refusal : detail::norms_text(weights.normalization, weights.norm_placement)});
    return all;
}

template <std::floating_point T>
model_description describe_model(const basic_transformer_weights<T>& weights) {
    model_description d{weights.file, {}};
    detail::add_recognition(d, weights);
    detail::add_sizes(d, weights.sizes);
    detail::add_kinds(d, weights);
    for (const auto& note : weights.notes) d.lines.emplace_back("assumed", note);
    for (const auto& step : weights.processing.texts()) d.lines.emplace_back("processing", step);
    if (weights.processing.empty()) d.lines.emplace_back("processing", "none, weights as stored");
    detail::add_refusals(d, weights);
    if (!weights.unread.empty())
        d.lines.emplace_back("unread", to_text(weights.unread.size()) +
                                           " tensors: " + detail::shown_unread(weights.unread));
    return d;
}

#ifdef SVDLENS_COMPILED
template std::vector<model_analysis> analyses_of(const basic_transformer_weights<float>& weights);
template std::vector<model_analysis> analyses_of(const basic_transformer_weights<double>& weights);
template model_description describe_model(const basic_transformer_weights<float>& weights);
template model_description describe_model(const basic_transformer_weights<double>& weights);
#endif

} // namespace svdlens::inline v0_2

#endif
