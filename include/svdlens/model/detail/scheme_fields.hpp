/// @file
/// The tables of a naming scheme as data: the words of every enumerator and the keys of every field. What a
/// scheme file may say is here, once, for its reader and its writer.
#ifndef SVDLENS_MODEL_DETAIL_SCHEME_FIELDS_HPP
#define SVDLENS_MODEL_DETAIL_SCHEME_FIELDS_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "../../directions/vector_set.hpp"
#include "../../io/model_config.hpp"
#include "../architecture.hpp"
#include "../naming_scheme.hpp"
#include "../residual_ports.hpp"
#include "../stored_axes.hpp"
#include "../transformer_parts.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <class E>
struct enum_word {
    std::string_view text;
    E value;
};

/// The words of an enum, `all`, and what messages call one, `noun`.
template <class E>
struct words_of;

template <>
struct words_of<weight_part> {
    static constexpr std::string_view noun = "part";
    static constexpr auto all = [] {
        std::array<enum_word<weight_part>, weight_part_count> words = {};
        for (std::size_t k = 0; k < words.size(); ++k) {
            const auto part = static_cast<weight_part>(k);
            words[k] = {part_label(part), part};
        }
        return words;
    }();
};

template <>
struct words_of<model_axis> {
    static constexpr std::string_view noun = "axis";
    using enum model_axis;
    static constexpr enum_word<model_axis> all[] = {{"n_heads", n_heads},
                                                    {"n_key_value_heads", n_key_value_heads},
                                                    {"n_group", n_group},
                                                    {"one", one},
                                                    {"d_model", d_model},
                                                    {"d_head", d_head},
                                                    {"d_mlp", d_mlp},
                                                    {"n_experts", n_experts},
                                                    {"d_expert", d_expert},
                                                    {"d_shared", d_shared},
                                                    {"d_latent", d_latent},
                                                    {"d_rotary", d_rotary},
                                                    {"d_unrotated", d_unrotated},
                                                    {"n_ctx", n_ctx},
                                                    {"n_positions", n_positions},
                                                    {"d_vocab", d_vocab},
                                                    {"d_vocab_out", d_vocab_out},
                                                    {"any", any}};
};

template <>
struct words_of<name_root> {
    static constexpr std::string_view noun = "root";
    static constexpr enum_word<name_root> all[] = {{"prefix", name_root::prefix}, {"file", name_root::file}};
};

template <>
struct words_of<flow> {
    static constexpr std::string_view noun = "flow";
    static constexpr enum_word<flow> all[] = {
        {"none", flow::none}, {"reads", flow::reads}, {"writes", flow::writes}};
};

template <>
struct words_of<matrix_role> {
    static constexpr std::string_view noun = "role";
    static constexpr enum_word<matrix_role> all[] = {{"other", matrix_role::other},
                                                     {"embedding", matrix_role::embedding},
                                                     {"unembedding", matrix_role::unembedding}};
};

template <>
struct words_of<tensor_hint> {
    static constexpr std::string_view noun = "hint";
    static constexpr enum_word<tensor_hint> all[] = {
        {"buffer", tensor_hint::buffer},           {"rotary", tensor_hint::rotary},
        {"qk_norm", tensor_hint::qk_norm},         {"attention_sink", tensor_hint::attention_sink},
        {"other_layer", tensor_hint::other_layer}, {"output_head", tensor_hint::output_head},
        {"left_out", tensor_hint::left_out},       {"unsupported", tensor_hint::unsupported}};
};

template <>
struct words_of<matrix_form> {
    static constexpr std::string_view noun = "form";
    static constexpr enum_word<matrix_form> all[] = {
        {"any", matrix_form::any},   {"wide", matrix_form::wide},
        {"tall", matrix_form::tall}, {"thrice_as_tall", matrix_form::thrice_as_tall},
        {"flat", matrix_form::flat}, {"stacked", matrix_form::stacked}};
};

template <>
struct words_of<schemes::recognition> {
    static constexpr std::string_view noun = "recognition";
    using enum schemes::recognition;
    static constexpr enum_word<schemes::recognition> all[] = {{"by_names", by_names}, {"by_type", by_type}};
};

template <>
struct words_of<normalization> {
    static constexpr std::string_view noun = "norm";
    using enum normalization;
    static constexpr enum_word<normalization> all[] = {{"none", none},
                                                       {"layer_norm", layer_norm},
                                                       {"layer_norm_folded", layer_norm_folded},
                                                       {"rms_norm", rms_norm},
                                                       {"rms_norm_folded", rms_norm_folded}};
};

template <>
struct words_of<norm_placement> {
    static constexpr std::string_view noun = "place of norms";
    using enum norm_placement;
    static constexpr enum_word<norm_placement> all[] = {
        {"before", before}, {"after", after}, {"both", both}, {"written", written}};
};

template <>
struct words_of<schemes::stored_gain> {
    static constexpr std::string_view noun = "gain";
    using enum schemes::stored_gain;
    static constexpr enum_word<schemes::stored_gain> all[] = {{"as_is", as_is}, {"less_one", less_one}};
};

template <>
struct words_of<schemes::gated_bias> {
    static constexpr std::string_view noun = "gated bias";
    using enum schemes::gated_bias;
    static constexpr enum_word<schemes::gated_bias> all[] = {{"linear_branch", linear_branch},
                                                             {"after_product", after_product}};
};

template <>
struct words_of<block_order> {
    static constexpr std::string_view noun = "block order";
    using enum block_order;
    static constexpr enum_word<block_order> all[] = {{"sequential", sequential}, {"parallel", parallel}};
};

template <>
struct words_of<schemes::embedding_scale> {
    static constexpr std::string_view noun = "embedding";
    using enum schemes::embedding_scale;
    static constexpr enum_word<schemes::embedding_scale> all[] = {{"none", none},
                                                                  {"sqrt_d_model", sqrt_d_model}};
};

template <>
struct words_of<schemes::missing_unembedding> {
    static constexpr std::string_view noun = "unembedding";
    using enum schemes::missing_unembedding;
    static constexpr enum_word<schemes::missing_unembedding> all[] = {{"absent", absent},
                                                                      {"tied_by_config", tied_by_config},
                                                                      {"tied_by_default", tied_by_default},
                                                                      {"tied_behind_head", tied_behind_head},
                                                                      {"tied_behind_bias", tied_behind_bias}};
};

template <>
struct words_of<schemes::position_kind> {
    static constexpr std::string_view noun = "kind of positions";
    using enum schemes::position_kind;
    static constexpr enum_word<schemes::position_kind> all[] = {
        {"learned_or_none", learned_or_none},
        {"rotary", rotary},
        {"alibi", alibi},
        {"rotary_in_some_layers", rotary_in_some_layers},
        {"rotary_by_layer", rotary_by_layer}};
};

template <>
struct words_of<schemes::score_scale> {
    static constexpr std::string_view noun = "scale of scores";
    using enum schemes::score_scale;
    static constexpr enum_word<schemes::score_scale> all[] = {
        {"inverse_sqrt_d_head", inverse_sqrt_d_head}, {"one", one}, {"by_config", by_config}};
};

template <>
struct words_of<schemes::config_multipliers> {
    static constexpr std::string_view noun = "set of multipliers";
    using enum schemes::config_multipliers;
    static constexpr enum_word<schemes::config_multipliers> all[] = {
        {"none", none}, {"logits", logits}, {"everything", everything}};
};

template <>
struct words_of<schemes::first_attention> {
    static constexpr std::string_view noun = "first attention";
    using enum schemes::first_attention;
    static constexpr enum_word<schemes::first_attention> all[] = {{"behind_norm", behind_norm},
                                                                  {"as_embedded", as_embedded}};
};

template <>
struct words_of<rotary_pairing> {
    static constexpr std::string_view noun = "pairing";
    using enum rotary_pairing;
    static constexpr enum_word<rotary_pairing> all[] = {{"half_split", half_split},
                                                        {"interleaved", interleaved}};
};

/// An enumerator's word; empty where it has none.
template <class E>
constexpr std::string_view word_of(E value) {
    for (const auto& each : words_of<E>::all)
        if (each.value == value) return each.text;
    return {};
}

/// The enumerator of a word.
template <class E>
constexpr std::optional<E> value_of(std::string_view word) {
    for (const auto& each : words_of<E>::all)
        if (each.text == word) return each.value;
    return std::nullopt;
}

/// All words of an enum, in its order.
template <class E>
std::vector<std::string_view> all_words() {
    std::vector<std::string_view> words;
    for (const auto& each : words_of<E>::all) words.push_back(each.text);
    return words;
}

/// A field of a table's row under its key.
template <class Row, class Value>
struct row_field {
    std::string_view key;
    Value Row::*member;
    bool required = false;
};

/// The fields of a row, `all`, a tuple in the order in which they are written.
template <class Row>
struct fields_of;

template <>
struct fields_of<part_name> {
    static constexpr std::tuple all = {
        row_field<part_name, weight_part>{"part", &part_name::part, true},
        row_field<part_name, std::string_view>{"pattern", &part_name::pattern, true},
        row_field<part_name, stored_axes>{"axes", &part_name::axes, true},
        row_field<part_name, name_root>{"root", &part_name::root},
    };
};

template <>
struct fields_of<extra_name> {
    static constexpr std::tuple all = {
        row_field<extra_name, std::string_view>{"pattern", &extra_name::pattern, true},
        row_field<extra_name, stored_axes>{"axes", &extra_name::axes, true},
        row_field<extra_name, svdlens::flow>{"flow", &extra_name::flow, true},
        row_field<extra_name, std::string_view>{"axis", &extra_name::axis, true},
        row_field<extra_name, matrix_role>{"role", &extra_name::role},
        row_field<extra_name, name_root>{"root", &extra_name::root},
    };
};

template <>
struct fields_of<hint_name> {
    static constexpr std::tuple all = {
        row_field<hint_name, std::string_view>{"pattern", &hint_name::pattern, true},
        row_field<hint_name, tensor_hint>{"hint", &hint_name::hint, true},
        row_field<hint_name, std::string_view>{"reason", &hint_name::reason},
        row_field<hint_name, name_root>{"root", &hint_name::root},
    };
};

template <>
struct fields_of<scheme_marker> {
    static constexpr std::tuple all = {
        row_field<scheme_marker, std::string_view>{"pattern", &scheme_marker::pattern, true},
        row_field<scheme_marker, matrix_form>{"form", &scheme_marker::form},
        row_field<scheme_marker, name_root>{"root", &scheme_marker::root},
    };
};

template <>
struct fields_of<schemes::architecture_traits> {
    using traits = schemes::architecture_traits;
    static constexpr std::tuple all = {
        row_field<traits, std::optional<normalization>>{"norm", &traits::norm},
        row_field<traits, norm_placement>{"norms", &traits::norms},
        row_field<traits, schemes::stored_gain>{"gain", &traits::gain},
        row_field<traits, schemes::gated_bias>{"gated_bias", &traits::gated_bias},
        row_field<traits, svdlens::block_order>{"block_order", &traits::block_order},
        row_field<traits, schemes::embedding_scale>{"embedding", &traits::embedding},
        row_field<traits, schemes::missing_unembedding>{"unembedding", &traits::unembedding},
        row_field<traits, schemes::position_kind>{"positions", &traits::positions},
        row_field<traits, rotary_pairing>{"pairing", &traits::pairing},
        row_field<traits, double>{"rotary_share", &traits::rotary_share},
        row_field<traits, std::string_view>{"qk_refusal", &traits::qk_refusal},
        row_field<traits, std::string_view>{"note", &traits::note},
        row_field<traits, schemes::score_scale>{"scores", &traits::scores},
        row_field<traits, schemes::config_multipliers>{"multipliers", &traits::multipliers},
        row_field<traits, schemes::first_attention>{"first", &traits::first},
    };
};

template <>
struct fields_of<naming_scheme> {
    template <class T>
    using list = std::span<const T>;
    static constexpr std::tuple all = {
        row_field<naming_scheme, std::string_view>{"name", &naming_scheme::name, true},
        row_field<naming_scheme, list<std::string_view>>{"prefixes", &naming_scheme::prefixes},
        row_field<naming_scheme, list<part_name>>{"parts", &naming_scheme::parts, true},
        row_field<naming_scheme, list<extra_name>>{"extras", &naming_scheme::extras},
        row_field<naming_scheme, list<hint_name>>{"hints", &naming_scheme::hints},
        row_field<naming_scheme, list<scheme_marker>>{"markers", &naming_scheme::markers},
        row_field<naming_scheme, list<std::string_view>>{"model_types", &naming_scheme::model_types},
        row_field<naming_scheme, std::string_view>{"namesakes", &naming_scheme::namesakes},
        row_field<naming_scheme, schemes::recognition>{"recognised", &naming_scheme::recognised},
        row_field<naming_scheme, schemes::architecture_traits>{"architecture", &naming_scheme::architecture},
        row_field<naming_scheme, std::string_view>{"tower", &naming_scheme::tower},
    };
};

template <class T>
concept has_fields = requires { fields_of<T>::all; };

/// Calls `f(field)` for each field of a row's type.
template <class Row, class F>
constexpr void for_each_field(F f) {
    std::apply([&](const auto&... field) { (f(field), ...); }, fields_of<Row>::all);
}

/// What a part is made of, in any order, for the usual heads and the usual vocabulary; nothing where that
/// is not known.
constexpr stored_axes axes_of(weight_part part) {
    using enum weight_part;
    using enum model_axis;
    switch (part) {
    case W_Q:
    case W_K:
    case W_V:
    case W_O:
        return {n_heads, d_model, d_head};
    case b_Q:
    case b_K:
    case b_V:
        return {n_heads, d_head};
    case W_E:
    case W_U:
        return {d_vocab, d_model};
    case W_pos:
        return {n_ctx, d_model};
    case W_in:
    case W_gate:
    case W_out:
        return {d_model, d_mlp};
    case b_in:
    case b_gate:
        return {d_mlp};
    case b_U:
        return {d_vocab};
    case ln_embed_w:
    case ln_embed_b:
    case ln_final_w:
    case ln_final_b:
    case ln1_w:
    case ln1_b:
    case ln1_post_w:
    case ln2_w:
    case ln2_b:
    case ln2_post_w:
    case b_O:
    case b_out:
        return {d_model};
    case W_router:
        return {n_experts, d_model};
    case b_router:
        return {n_experts};
    case expert_W_in:
    case expert_W_gate:
    case expert_W_out:
        return {n_experts, d_model, d_mlp};
    case expert_b_in:
    case expert_b_gate:
        return {n_experts, d_mlp};
    case expert_b_out:
        return {n_experts, d_model};
    case shared_W_in:
    case shared_W_gate:
    case shared_W_out:
        return {d_model, d_mlp};
    case W_shared_router:
        return {any, d_model};
    case W_latent:
        return {d_latent, d_model};
    case ln_latent_w:
        return {d_latent};
    default:
        return {};
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
