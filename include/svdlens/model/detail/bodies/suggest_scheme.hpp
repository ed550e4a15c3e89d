/// @file
/// The bodies of model/suggest_scheme.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_SUGGEST_SCHEME_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_SUGGEST_SCHEME_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../../io/model_config.hpp"
#include "../../../io/state_dict.hpp"
#include "../../architecture.hpp"
#include "../../known_schemes.hpp"
#include "../../naming_scheme.hpp"
#include "../../suggest_scheme.hpp"
#include "../json/scheme_writer.hpp"
#include "../merged_config.hpp"
#include "../model_refusals.hpp"
#include "../scheme_guess.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

/// The scheme of a file that is named as by a known one.
inline scheme_suggestion known_suggestion(const state_dict& file, const naming_scheme& scheme,
                                          bool other_type, const model_config& config) {
    std::vector<std::string> comment = {
        json_text(file.label() + " is named as by " + std::string(scheme.name) + ": this is its scheme")};
    if (other_type)
        comment.push_back(
            json_text("but the config says model_type " + quoted(config.model_type.value_or("")) +
                      ", which may compute something else: add it to model_types if it does not"));
    return {scheme_text(scheme, comment), std::string(scheme.name), scheme.parts.size(), {}};
}

/// What nothing tells, as the scheme has it.
inline std::vector<std::string> assumptions(const scheme_guess& guess, const model_config& config) {
    std::vector<std::string> lines;
    if (guess.has(weight_part::ln_final_w))
        lines.emplace_back("assumed: norms stand before attention and MLP; no 1 is added to gains");
    lines.emplace_back("assumed: heads that share a dimension lie one after the other");
    lines.emplace_back(
        "assumed: attention, then MLP, one after the other (else \"block_order\": \"parallel\")");
    lines.emplace_back("assumed: scores of attention are divided by sqrt(d_head) (else \"scores\": \"one\")");
    if (guess.has(weight_part::W_pos))
        lines.emplace_back(
            "assumed: the first row of W_pos is the first position's (in RoBERTa it is the third: "
            "[{\"stack\": [2, \"n_positions\"], \"index\": 1}])");
    if (!guess.has(weight_part::W_U) && !config.tied_embeddings)
        lines.emplace_back(
            "no unembedding is placed, and no config says that it is W_E (tie_word_embeddings): "
            "nothing is unembedded (else \"unembedding\": \"tied_by_default\")");
    if (!guess.has(weight_part::W_pos) && !guess.has_rotary())
        lines.emplace_back(
            "assumed: queries and keys are not rotated by position (else \"positions\": \"rotary\"); "
            "QK circuits are wrong if they are");
    if (guess.has_rotary())
        lines.emplace_back("assumed: rotary pairs are halves of a head (else \"pairing\": \"interleaved\")");
    if (!guess.has(weight_part::W_V) || !guess.has(weight_part::W_O))
        lines.emplace_back("nothing can be read before W_V and W_O are placed");
    return lines;
}

/// What a config says that it multiplies is multiplied, whatever the model is called.
inline schemes::config_multipliers multipliers_of(const model_config& config) {
    if (config.embedding_multiplier || config.residual_multiplier)
        return schemes::config_multipliers::everything;
    return config.logit_multiplier ? schemes::config_multipliers::logits : schemes::config_multipliers::none;
}

/// What is not placed: why, and the row that it may be, to be moved to "parts" by who knows.
inline void append_open(std::vector<std::string>& comment, const scheme_guess& guess) {
    constexpr std::size_t shown = 100;
    for (const auto& each : guess.open()) {
        if (comment.size() == shown) return comment.push_back(json_text("..."));
        std::string line =
            "{\"not placed\": " + json_text(each.pattern->shown()) + ", \"why\": " + json_text(each.why);
        for (std::size_t k = 0; k < each.perhaps.size(); ++k) {
            line += k == 0 ? ", \"perhaps\": [" : ", ";
            append_value(line, each.perhaps[k]);
        }
        line += each.perhaps.empty() ? "" : "]";
        comment.push_back(line + "}");
    }
}

inline scheme_suggestion made_suggestion(const state_dict& file, const model_config& config) {
    const scheme_guess guess(file, config);
    std::vector<std::string> comment = {json_text("made from the names and shapes of " + file.label() +
                                                  ": look it over before you trust a result")};
    for (const auto& each : guess.reasons()) comment.push_back(json_text(each));
    for (const auto& each : assumptions(guess, config)) comment.push_back(json_text(each));
    append_open(comment, guess);
    auto parts = guess.parts();
    std::stable_sort(parts.begin(), parts.end(),
                     [](const part_name& a, const part_name& b) { return a.part < b.part; });
    naming_scheme scheme = {.name = "suggested", .parts = parts, .hints = guess.hints()};
    if (!guess.has(weight_part::W_U))
        scheme.architecture.unembedding = schemes::missing_unembedding::tied_by_config;
    if (guess.has_rotary()) scheme.architecture.positions = schemes::position_kind::rotary;
    scheme.architecture.multipliers = multipliers_of(config);
    scheme_suggestion result{scheme_text(scheme, comment), {}, parts.size(), {}};
    for (const auto& each : guess.open()) result.open.push_back(each.pattern->shown() + ": " + each.why);
    return result;
}

} // namespace detail

SVDLENS_BODY scheme_suggestion suggest_scheme(const state_dict& file, const model_config& told,
                                              const std::optional<std::string>& tower) {
    const auto named = file.with_aliases();
    const auto config = detail::merged_config(told, read_model_config(named, tower.value_or("")));
    const auto found = find_scheme(named.records(), config.model_type, known_schemes, {}, tower);
    if (detail::are_towers(found.rivals)) detail::throw_rivals(named, found.rivals);
    if (found.match) return detail::known_suggestion(named, *found.match->scheme, false, config);
    if (found.other_type != nullptr) return detail::known_suggestion(named, *found.other_type, true, config);
    return detail::made_suggestion(named, config);
}

} // namespace svdlens::inline v0_2

#endif
