/// @file
/// The bodies of model/known_schemes.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_KNOWN_SCHEMES_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_KNOWN_SCHEMES_HPP

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "../../../core/detail/body.hpp"
#include "../../../io/tensor_record.hpp"
#include "../../known_schemes.hpp"
#include "../../naming_scheme.hpp"
#include "../scheme_rows.hpp"
#include "../schemes/bert.hpp"
#include "../schemes/gpt2.hpp"
#include "../schemes/gpt_neox.hpp"
#include "../schemes/llama.hpp"
#include "../schemes/transformer_lens.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether `name` is a tensor of some layer in a scheme.
constexpr bool is_layer_tensor(const naming_scheme& scheme, std::string_view prefix, std::string_view name) {
    return std::any_of(scheme.parts.begin(), scheme.parts.end(), [&](const part_name& row) {
        return is_layered(row.pattern) && names_tensor(row, prefix, name);
    });
}

inline bool has_form(const tensor_record& tensor, matrix_form form) {
    if (form == matrix_form::any) return true;
    if (tensor.shape.size() != 2) return false;
    return form == matrix_form::wide ? tensor.shape[1] > tensor.shape[0] : tensor.shape[0] > tensor.shape[1];
}

/// Whether a file's names are a scheme's behind this prefix.
inline bool fits_names(const naming_scheme& scheme, std::string_view prefix,
                       std::span<const tensor_record> tensors) {
    const auto has_any = [&](auto is_wanted) {
        return std::any_of(tensors.begin(), tensors.end(), is_wanted);
    };
    const auto is_marker = [&](const tensor_record& tensor) {
        return std::any_of(scheme.markers.begin(), scheme.markers.end(), [&](const scheme_marker& row) {
            return names_tensor(row, prefix, tensor.name) && has_form(tensor, row.form);
        });
    };
    if (!scheme.markers.empty() && !has_any(is_marker)) return false;
    return has_any([&](const tensor_record& tensor) { return is_layer_tensor(scheme, prefix, tensor.name); });
}

inline std::optional<std::string_view> fitting_prefix(const naming_scheme& scheme,
                                                      std::span<const tensor_record> tensors) {
    if (scheme.prefixes.empty() && fits_names(scheme, "", tensors)) return "";
    for (const auto prefix : scheme.prefixes)
        if (fits_names(scheme, prefix, tensors)) return prefix;
    return std::nullopt;
}

} // namespace detail

SVDLENS_BODY scheme_search find_scheme(std::span<const tensor_record> tensors,
                                       const std::optional<std::string>& model_type,
                                       std::span<const naming_scheme> among) {
    scheme_search result;
    for (const auto& scheme : among) {
        const auto prefix = detail::fitting_prefix(scheme, tensors);
        if (!prefix) continue;
        const auto& types = scheme.model_types;
        const bool named = model_type && std::find(types.begin(), types.end(), *model_type) != types.end();
        if (model_type && !types.empty() && !named) {
            result.other_type = &scheme;
        } else if (scheme.recognised == schemes::recognition::by_type && !named) {
            result.unconfirmed = &scheme;
        } else {
            result.match = scheme_match{&scheme, *prefix};
            return result;
        }
    }
    return result;
}

} // namespace svdlens::inline v0_2

#endif
