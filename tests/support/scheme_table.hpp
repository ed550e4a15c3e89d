/// @file
/// The table of naming schemes in docs/model.md, made from the schemes' own tables.
#ifndef SVDLENS_TESTS_SUPPORT_SCHEME_TABLE_HPP
#define SVDLENS_TESTS_SUPPORT_SCHEME_TABLE_HPP

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "svdlens/model/known_schemes.hpp"

namespace svdlens_tests {

namespace scheme_words {

using svdlens::naming_scheme;
using svdlens::schemes::model_axis;
using svdlens::schemes::part_name;
using svdlens::schemes::tensor_hint;
using svdlens::schemes::weight_part;

/// Texts one behind the other.
inline std::string joined_by(const std::vector<std::string>& all, const std::string& between) {
    std::string text;
    for (const auto& each : all) text += (text.empty() ? "" : between) + each;
    return text;
}

inline const part_name* row_of(const naming_scheme& scheme, weight_part part) {
    for (const auto& row : scheme.parts)
        if (row.part == part) return &row;
    return nullptr;
}

inline bool has_axis(const part_name* row, model_axis axis) {
    if (row == nullptr) return false;
    for (const auto& dimension : row->axes)
        for (const auto& factor : dimension.factors)
            if (factor.axis == axis) return true;
    return false;
}

inline bool has_hint(const naming_scheme& scheme, tensor_hint hint) {
    return std::any_of(scheme.hints.begin(), scheme.hints.end(),
                       [&](const auto& row) { return row.hint == hint; });
}

/// What only its files have, and whether a config has to say so.
inline std::string recognised_by(const naming_scheme& scheme) {
    std::vector<std::string> markers;
    for (const auto& row : scheme.markers) {
        using svdlens::schemes::matrix_form;
        const std::string form = row.form == matrix_form::wide             ? ", wide"
                                 : row.form == matrix_form::tall           ? ", tall"
                                 : row.form == matrix_form::thrice_as_tall ? ", thrice as tall as wide"
                                 : row.form == matrix_form::flat           ? ", a matrix"
                                 : row.form == matrix_form::stacked        ? ", of three dimensions"
                                                                           : "";
        std::string pattern(row.pattern);
        if (const auto at = pattern.find("{layer}."); at != pattern.npos) pattern = pattern.substr(at + 8);
        markers.push_back("`" + pattern + "`" + form);
    }
    constexpr std::size_t most = 2;
    if (markers.size() > most) markers = {markers.front() + " or one of its like"};
    std::string text = markers.empty() ? "a tensor of a layer" : joined_by(markers, " or ");
    if (scheme.recognised == svdlens::schemes::recognition::by_type) text += " **and** the type";
    return text;
}

inline std::string types(const naming_scheme& scheme) {
    std::vector<std::string> all;
    for (const auto type : scheme.model_types) all.emplace_back(type);
    return joined_by(all, ", ");
}

inline std::string prefixes(const naming_scheme& scheme) {
    std::vector<std::string> all;
    for (const auto prefix : scheme.prefixes)
        all.push_back(prefix.empty() ? "none" : "`" + std::string(prefix) + "`");
    return all.empty() ? "none" : joined_by(all, ", ");
}

inline std::string norms(const naming_scheme& scheme) {
    using svdlens::norm_placement;
    using svdlens::normalization;
    const auto& traits = scheme.architecture;
    std::string text = !traits.norm                                       ? "either"
                       : *traits.norm == normalization::rms_norm          ? "RMS"
                       : *traits.norm == normalization::layer_norm_folded ? "layer, without weights"
                                                                          : "layer";
    if (traits.gain == svdlens::schemes::stored_gain::less_one) text += ", gains + 1";
    const bool behind = row_of(scheme, weight_part::ln1_post_w) != nullptr;
    if (traits.norms == norm_placement::after) text += ", behind each sum";
    if (traits.norms == norm_placement::written) text += ", of what is written alone";
    if (traits.norms == norm_placement::before && behind) text += ", of what is written, too";
    if (traits.first == svdlens::schemes::first_attention::as_embedded)
        text += ", none before the first attention";
    if (row_of(scheme, weight_part::ln_embed_w) != nullptr) text += ", one of what is embedded";
    return text;
}

inline std::string positions(const naming_scheme& scheme) {
    using svdlens::schemes::position_kind;
    const auto& traits = scheme.architecture;
    std::string text = traits.positions == position_kind::alibi                   ? "ALiBi"
                       : traits.positions == position_kind::rotary                ? "rotary"
                       : traits.positions == position_kind::rotary_in_some_layers ? "rotary in some layers"
                       : traits.positions == position_kind::rotary_by_layer       ? "rotary, by layer"
                       : row_of(scheme, weight_part::W_pos) != nullptr            ? "learned"
                       : has_hint(scheme, tensor_hint::rotary)                    ? "rotary"
                                                                                  : "none";
    if (traits.pairing == svdlens::rotary_pairing::interleaved) text += ", neighbouring pairs";
    if (traits.rotary_share != 1) text += ", a share of a head";
    return text;
}

inline std::string queries(const naming_scheme& scheme) {
    const auto& traits = scheme.architecture;
    if (!traits.qk_refusal.empty()) return "no";
    using svdlens::schemes::position_kind;
    if (traits.positions == position_kind::rotary_in_some_layers ||
        traits.positions == position_kind::rotary_by_layer)
        return "no: layers differ";
    std::string text = traits.positions == position_kind::rotary  ? "at an offset"
                       : traits.positions == position_kind::alibi ? "without the slope"
                                                                  : "yes";
    if (has_hint(scheme, tensor_hint::qk_norm)) text += "; not where they are normalised";
    return text;
}

/// How the matrices of attention lie.
inline void add_attention(const naming_scheme& scheme, std::vector<std::string>& all) {
    const auto* const keys = row_of(scheme, weight_part::W_K);
    const auto* const queries = row_of(scheme, weight_part::W_Q);
    if (keys != nullptr && queries != nullptr && keys->pattern == queries->pattern) {
        const auto is_outer = [](const auto& dimension) {
            const auto& outer = dimension.factors[0];
            return !outer.is_stacked() &&
                   (outer.axis == model_axis::n_heads || outer.axis == model_axis::n_key_value_heads);
        };
        const bool within = std::any_of(keys->axes.begin(), keys->axes.end(), is_outer);
        all.push_back(within ? "Q, K, V side by side within heads" : "Q, K, V in one");
    }
    if (has_axis(row_of(scheme, weight_part::W_V), model_axis::n_key_value_heads) ||
        has_axis(keys, model_axis::n_key_value_heads))
        all.emplace_back("grouped heads");
    if (row_of(scheme, weight_part::W_latent) != nullptr)
        all.emplace_back("values from a latent (approximate)");
    if (has_hint(scheme, tensor_hint::attention_sink)) all.emplace_back("attention sinks");
}

inline void add_mlps(const naming_scheme& scheme, std::vector<std::string>& all) {
    const auto* const gate = row_of(scheme, weight_part::W_gate);
    const auto* const in = row_of(scheme, weight_part::W_in);
    if (gate != nullptr && in != nullptr)
        all.push_back(gate->pattern == in->pattern ? "gates and inputs in one" : "gates");
    if (row_of(scheme, weight_part::W_router) != nullptr)
        all.push_back(row_of(scheme, weight_part::shared_W_in) != nullptr ? "experts, shared ones"
                                                                          : "experts");
}

inline void add_ends(const naming_scheme& scheme, std::vector<std::string>& all) {
    using svdlens::schemes::config_multipliers;
    using svdlens::schemes::missing_unembedding;
    const auto& traits = scheme.architecture;
    if (traits.embedding == svdlens::schemes::embedding_scale::sqrt_d_model)
        all.emplace_back("embedding × √d_model");
    if (traits.multipliers == config_multipliers::logits)
        all.emplace_back("a config's multiplier of W_U taken in");
    if (traits.multipliers == config_multipliers::everything)
        all.emplace_back("a config's multipliers taken in");
    if (traits.scores == svdlens::schemes::score_scale::one) all.emplace_back("scores not scaled");
    if (traits.unembedding == missing_unembedding::tied_by_default) all.emplace_back("W_U is W_E by default");
    if (has_hint(scheme, tensor_hint::output_head)) all.emplace_back("an output head before W_U");
    if (row_of(scheme, weight_part::b_U) != nullptr) all.emplace_back("b_U");
    if (!scheme.extras.empty()) all.emplace_back("matrices besides");
    if (has_hint(scheme, tensor_hint::left_out)) all.emplace_back("a part left out, and said");
}

inline std::string particulars(const naming_scheme& scheme) {
    std::vector<std::string> all;
    if (!scheme.tower.empty()) all.push_back("`--tower " + std::string(scheme.tower) + "`");
    const auto* const ln1 = row_of(scheme, weight_part::ln1_w);
    const auto* const ln2 = row_of(scheme, weight_part::ln2_w);
    if (scheme.architecture.block_order == svdlens::block_order::parallel)
        all.push_back(ln1 != nullptr && ln2 != nullptr && ln1->pattern == ln2->pattern
                          ? "parallel blocks behind one norm"
                          : "parallel blocks");
    add_attention(scheme, all);
    add_mlps(scheme, all);
    add_ends(scheme, all);
    const auto* const in = row_of(scheme, weight_part::W_in);
    if (in != nullptr && in->axes[0].factors[0].axis == model_axis::d_model && in->axes[0].is_single())
        all.emplace_back("(in, out)");
    return joined_by(all, "; ");
}

} // namespace scheme_words

/// A row a scheme, in the order in which they are tried.
inline std::string scheme_table() {
    using namespace scheme_words;
    std::string text =
        "| scheme | recognised by | `model_type` | usual prefix | norms | positions | QK | particulars |\n"
        "|---|---|---|---|---|---|---|---|\n";
    for (const auto& scheme : svdlens::known_schemes)
        text += "| " +
                joined_by({"`" + std::string(scheme.name) + "`", recognised_by(scheme), types(scheme),
                           prefixes(scheme), norms(scheme), positions(scheme), queries(scheme),
                           particulars(scheme)},
                          " | ") +
                " |\n";
    return text;
}

} // namespace svdlens_tests

#endif
