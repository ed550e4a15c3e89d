/// @file
/// All naming schemes, and which of them a checkpoint follows.
#ifndef SVDLENS_MODEL_KNOWN_SCHEMES_HPP
#define SVDLENS_MODEL_KNOWN_SCHEMES_HPP

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "naming_scheme.hpp"
#include "transformer_lens_names.hpp"

namespace svdlens::inline v0 {

/// All schemes, the more particular ones first.
inline constexpr std::array known_schemes = {
    naming_scheme{"decision transformer", detail::decision_transformer_prefixes,
                  detail::transformer_lens_parts, detail::decision_transformer_extras,
                  detail::transformer_lens_hints, gated_bias::after_product},
    naming_scheme{"TransformerLens",
                  detail::transformer_lens_prefixes,
                  detail::transformer_lens_parts,
                  {},
                  detail::transformer_lens_hints,
                  gated_bias::after_product},
};

/// A scheme with the prefix under which a file follows it.
struct scheme_match {
    const naming_scheme* scheme;
    std::string_view prefix;
};

/// Whether `name` is a tensor of some layer in a scheme.
constexpr bool is_layer_tensor(const naming_scheme& scheme, std::string_view prefix, std::string_view name) {
    return std::any_of(scheme.parts.begin(), scheme.parts.end(), [&](const part_name& row) {
        return detail::split(row.pattern).layered && layer_of(name, prefix, row.pattern).has_value();
    });
}

/// The first scheme that fits the names, or nothing. O(names · table rows).
/// @param contains whether there is a tensor of a name
template <class Contains>
std::optional<scheme_match> find_scheme(std::span<const std::string> names, Contains contains) {
    for (const auto& scheme : known_schemes) {
        const bool has_extra = std::any_of(scheme.extras.begin(), scheme.extras.end(),
                                           [&](const extra_name& extra) { return contains(extra.name); });
        if (!scheme.extras.empty() && !has_extra) continue;
        for (const auto prefix : scheme.prefixes) {
            const auto of_layer = [&](const std::string& name) {
                return is_layer_tensor(scheme, prefix, name);
            };
            if (std::any_of(names.begin(), names.end(), of_layer)) return scheme_match{&scheme, prefix};
        }
    }
    return std::nullopt;
}

} // namespace svdlens::inline v0

#endif
