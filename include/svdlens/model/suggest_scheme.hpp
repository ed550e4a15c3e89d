/// @file
/// A scheme file to start from, for a file whose names no known scheme has.
#ifndef SVDLENS_MODEL_SUGGEST_SCHEME_HPP
#define SVDLENS_MODEL_SUGGEST_SCHEME_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "../io/model_config.hpp"
#include "../io/state_dict.hpp"

namespace svdlens::inline v0_2 {

/// A scheme for a file, and how far it goes.
struct scheme_suggestion {
    std::string json;              ///< what `parse_scheme` reads; its comment says what is sure and why
    std::string known;             ///< the known scheme that it is; empty: one made for the file
    std::size_t parts = 0;         ///< rows that are placed
    std::vector<std::string> open; ///< patterns that are not, with shape and reason
};

/// Suggests a scheme. Of a file of a known scheme it is that one. Of another: names that differ in numbers only
/// are a pattern with `{layer}` and `{head}`; a pattern becomes a part where its name says which and the shapes
/// leave no doubt how it is stored. Square matrices are stored as those of their kind that are not square. What
/// is not sure is not placed: it stands in the comment, with the reason and, where there is one, the row that
/// it might be; until somebody places it, what stands beside placed parts makes the scheme refuse the file.
/// O(names log names)
/// @param told what the caller knows beside the file's config: `n_heads` places heads that have a dimension of
///        their own
/// @param tower of a model with several, the one that is meant
/// @throws as read_model_config; model_error (ambiguous_model) for several towers of a known model
scheme_suggestion suggest_scheme(const state_dict& file, const model_config& told = {},
                                 const std::optional<std::string>& tower = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/suggest_scheme.hpp"
#endif

#endif
