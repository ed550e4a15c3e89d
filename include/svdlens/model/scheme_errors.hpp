/// @file
/// What is said of a checkpoint that no naming scheme fits, or only in part.
#ifndef SVDLENS_MODEL_SCHEME_ERRORS_HPP
#define SVDLENS_MODEL_SCHEME_ERRORS_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../io/state_dict.hpp"
#include "known_schemes.hpp"
#include "naming_scheme.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// A scheme's name and a tensor that its files have: `GPT-2 (transformer.h.{layer}.attn.c_proj.weight)`.
inline std::string example_of(const naming_scheme& scheme) {
    const auto is_output = [](const part_name& row) { return row.part == weight_part::W_O; };
    const auto row = std::find_if(scheme.parts.begin(), scheme.parts.end(), is_output);
    std::string text(scheme.name);
    text += " (";
    if (!scheme.prefixes.empty()) text += scheme.prefixes.front();
    if (row != scheme.parts.end()) text += row->pattern;
    if (!scheme.markers.empty() && scheme.markers.front().root == name_root::file)
        text += " with " + std::string(scheme.markers.front().pattern);
    return text + ")";
}

/// The first tensors of a file with their shapes.
inline std::string first_tensors(const state_dict& file) {
    constexpr std::size_t shown = 6;
    std::string text;
    for (const auto& record : file.records().first((std::min)(shown, file.size())))
        text += (text.empty() ? "" : ", ") + quoted(record.name) + " " + to_text(record.shape);
    return text + (file.size() > shown ? ", ..." : "");
}

/// @throws model_error (unknown_scheme)
[[noreturn]] inline void throw_unknown_scheme(const state_dict& file, std::span<const naming_scheme> own) {
    std::string message =
        file.path().string() + ": no known naming scheme fits its " + to_text(file.size()) + " tensors";
    if (file.size() != 0) message += " (" + first_tensors(file) + ")";
    message += "; known schemes: ";
    std::string names;
    for (const auto schemes : {own, std::span<const naming_scheme>(known_schemes)})
        for (const auto& each : schemes) names += (names.empty() ? "" : ", ") + example_of(each);
    throw model_error(errc::unknown_scheme, message + names +
                                                "; describe other names by a naming_scheme and give it: " +
                                                "transformer_weights(file, {.schemes = ...})");
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_other_type(const state_dict& file, const naming_scheme& scheme,
                                          const std::string& model_type) {
    std::string types;
    for (const auto type : scheme.model_types) types += (types.empty() ? "" : ", ") + std::string(type);
    throw model_error(errc::unsupported_model,
                      file.path().string() + ": its tensors are named as by " + std::string(scheme.name) +
                          ", but the config has model_type " + quoted(model_type) + ", expected one of " +
                          types + "; if it computes what one of these does, say so: " +
                          "transformer_weights(file, {.config = {.model_type = ...}})");
}

/// @throws model_error (unsupported_model)
[[noreturn]] inline void throw_unsupported(const state_dict& file, const std::string& tensor,
                                           std::string_view reason) {
    throw model_error(errc::unsupported_model, file.path().string() + ": tensor " + quoted(tensor) +
                                                   " tells of " + std::string(reason) +
                                                   ", which this version does not support");
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
