/// @file
/// Why a checkpoint is not read as the model that its names tell of, in one line each.
#ifndef SVDLENS_MODEL_DETAIL_MODEL_REFUSALS_HPP
#define SVDLENS_MODEL_DETAIL_MODEL_REFUSALS_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../../io/tensor_record.hpp"
#include "../known_schemes.hpp"
#include "../naming_scheme.hpp"
#include "unread_tensors.hpp"
#include "weight_scales.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Some of the places where a file holds a model: `"student." (GPT-2)`.
inline std::string shown_matches(std::span<const scheme_match> all) {
    constexpr std::size_t most = 8;
    std::string text;
    for (const auto& each : all.first((std::min)(most, all.size())))
        text += (text.empty() ? "" : ", ") + (each.prefix.empty() ? "nothing" : quoted(each.prefix)) + " (" +
                std::string(each.scheme->name) + ")";
    return text + (all.size() > most ? ", ..." : "");
}

/// The towers of a model, each with its scheme: `text (CLIP text), vision (CLIP vision)`.
inline std::string shown_towers(std::span<const scheme_match> all) {
    std::string text;
    for (const auto& each : all)
        if (!each.scheme->tower.empty())
            text += (text.empty() ? "" : ", ") + std::string(each.scheme->tower) + " (" +
                    std::string(each.scheme->name) + ")";
    return text;
}

/// Whether what fits are towers of one model, and not several models.
inline bool are_towers(std::span<const scheme_match> all) {
    return std::any_of(all.begin(), all.end(), [&](const scheme_match& each) {
        return !each.scheme->tower.empty() && each.scheme->tower != all.front().scheme->tower;
    });
}

/// @throws model_error (ambiguous_model)
[[noreturn]] inline void throw_rivals(const state_dict& file, std::span<const scheme_match> rivals) {
    if (are_towers(rivals))
        throw model_error(
            errc::ambiguous_model,
            file.path().string() + ": the file holds several towers of a model, " + shown_towers(rivals) +
                "; say which is meant: transformer_weights(file, {.tower = ...}), or --tower of "
                "the program");
    throw model_error(errc::ambiguous_model,
                      file.path().string() + ": the file holds several models, with names behind " +
                          shown_matches(rivals) +
                          "; say which is meant: transformer_weights(file, {.prefix = ...}), or --prefix of "
                          "the program");
}

/// @throws model_error (ambiguous_model)
[[noreturn]] inline void throw_clash(const state_dict& file, const tensor_record& a, const tensor_record& b,
                                     std::string_view why) {
    throw model_error(errc::ambiguous_model, file.path().string() + ": tensors " + quoted(a.name) + " and " +
                                                 quoted(b.name) + " " + std::string(why));
}

/// What fits a file, whatever the caller says of wrappers and towers.
inline std::vector<scheme_match> all_matches(const state_dict& file, const model_config& config,
                                             const transformer_options& options) {
    std::vector<scheme_match> all;
    for (const auto among : {options.schemes, std::span<const naming_scheme>(known_schemes)}) {
        const auto found = find_scheme(file.records(), config.model_type, among);
        if (found.match) all.push_back(*found.match);
        all.insert(all.end(), found.rivals.begin(), found.rivals.end());
    }
    return all;
}

/// There is no tower that is called so.
/// @throws model_error (ambiguous_model)
[[noreturn]] inline void throw_no_tower(const state_dict& file, const model_config& config,
                                        const transformer_options& options) {
    const auto towers = shown_towers(all_matches(file, config, options));
    throw model_error(errc::ambiguous_model, file.path().string() + ": no known model has a tower " +
                                                 quoted(*options.tower) + " of these tensors; found " +
                                                 (towers.empty() ? "none; leave it out" : towers));
}

/// There is no model behind the wrapper that the caller names.
/// @throws model_error (ambiguous_model)
[[noreturn]] inline void throw_no_prefix(const state_dict& file, const model_config& config,
                                         const transformer_options& options) {
    const auto all = all_matches(file, config, options);
    throw model_error(errc::ambiguous_model,
                      file.path().string() + ": no model's names stand behind " + quoted(*options.prefix) +
                          "; found behind " + (all.empty() ? "nothing that is known" : shown_matches(all)));
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_other_type(const state_dict& file, const naming_scheme& scheme,
                                          const std::string& model_type) {
    std::string types;
    for (const auto type : scheme.model_types) types += (types.empty() ? "" : ", ") + std::string(type);
    throw model_error(
        errc::unsupported_model,
        file.path().string() + ": its tensors are named as by " + std::string(scheme.name) +
            ", but the config has model_type " + quoted(model_type) + ", expected one of " + types +
            "; if it computes what one of these does, say so: " +
            "transformer_weights(file, {.config = {.model_type = ...}}), or --model-type of the "
            "program");
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_unsupported(const state_dict& file, const std::string& tensor,
                                           std::string_view reason) {
    throw model_error(errc::unsupported_model, file.path().string() + ": tensor " + quoted(tensor) +
                                                   " tells of " + std::string(reason) +
                                                   ", which this version does not support");
}

/// `compressed-tensors, pack-quantized`
inline std::string quantisation_label(const model_config& config) {
    const std::string format = config.quantization_format.value_or("");
    return *config.quantization + (format.empty() || format == *config.quantization ? "" : ", " + format);
}

/// What to do about weights that are not read as a config has them.
inline std::string quantisation_remedy_of(const model_config& config) {
    if (has_scaled_floats(config))
        return "but none of those that are read is an 8-bit float; " + std::string(dequantise);
    auto told = remedy_for(config.quantization_format.value_or(""));
    if (told.empty()) told = remedy_for(*config.quantization);
    return "which this version does not support; " + std::string(dequantise) +
           (told.empty() ? "" : " (" + std::string(told) + ")");
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_quantised(const state_dict& file, const model_config& config) {
    throw model_error(errc::unsupported_model,
                      file.path().string() + ": " + config.source + " says that the weights are quantised (" +
                          quantisation_label(config) + "), " + quantisation_remedy_of(config) +
                          ", or, if they are plain numbers already, say so: " +
                          "transformer_weights(file, {.config = {.quantization = \"\"}})");
}

/// The dtypes that weights are computed with. Those of 8 bits and fewer are floating too, but hold quotients
/// by scales that stand elsewhere.
constexpr bool is_weight_dtype(dtype type) {
    return type == dtype::f16 || type == dtype::bf16 || type == dtype::f32 || type == dtype::f64;
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_no_weight(const state_dict& file, const tensor_record& record) {
    const bool has_scales = is_small_float(record.type) && find_scales(file, record.name) != nullptr;
    throw model_error(
        errc::unsupported_model,
        file.path().string() + ": tensor " + quoted(record.name) + " holds " +
            std::string(to_text(record.type)) +
            ", expected F16, BF16, F32 or F64 of a weight: quantised weights are not supported; " +
            std::string(dequantise) +
            (has_scales ? ", or, if they are to be multiplied by the scales beside them, which no config "
                          "says, say so: transformer_weights(file, {.config = {.quantization = \"fp8\"}})"
                        : ""));
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_no_scales(const state_dict& file, const tensor_record& record) {
    throw model_error(errc::unsupported_model,
                      file.path().string() + ": tensor " + quoted(record.name) + " of shape " +
                          to_text(record.shape) + " holds " + std::string(to_text(record.type)) +
                          ", expected the scales of these quantised weights beside it, " +
                          quoted(record.name + "_scale") + " or " + quoted(record.name + "_scale_inv") +
                          ", found none; " + std::string(dequantise));
}

/// Tensors in what a scheme reads that nothing reads: the model computes more than what is read of it.
/// @param meant a name of the scheme that no tensor has and that the first of them is near to; may be empty
/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_unread(const state_dict& file, const naming_scheme& scheme,
                                      std::span<const tensor_record* const> unread,
                                      const std::string& meant) {
    std::vector<const tensor_record*> shown(unread.begin(), unread.end());
    const auto telling = std::find_if(shown.begin(), shown.end(), [](const tensor_record* each) {
        return telling_of(each->name) != nullptr;
    });
    std::string message = file.path().string() + ": ";
    if (telling != shown.end()) {
        const auto* const told = telling_of((*telling)->name);
        std::erase_if(shown, [&](const tensor_record* each) { return telling_of(each->name) != told; });
        message += (shown.size() == 1 ? "tensor " : "tensors ") + shown_tensors(shown) +
                   (shown.size() == 1 ? " tells of " : " tell of ") + std::string(told->of) +
                   ", which the scheme " + std::string(scheme.name) + " does not read";
        if (!told->remedy.empty()) message += "; " + std::string(told->remedy);
        throw model_error(errc::unsupported_model, message);
    }
    throw model_error(
        errc::unsupported_model,
        message + "nothing reads " + shown_tensors(shown) + " among the tensors named as by " +
            std::string(scheme.name) +
            (meant.empty() ? std::string()
                           : ", and there is no " + quoted(meant) +
                                 ", which the scheme would read: is the name misspelt? If it is not") +
            ": the model computes something else than what would be read (scales of quantised weights, an " +
            "adapter, an MLP or a norm of another kind); if it is a buffer and no weight, say so in the " +
            "hints of a naming_scheme of your own: transformer_weights(file, {.schemes = ...}), or --scheme "
            "of "
            "the program, for which --suggest-scheme writes a file to start from");
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
