/// @file
/// What a caller may tell about a checkpoint.
#ifndef SVDLENS_MODEL_TRANSFORMER_OPTIONS_HPP
#define SVDLENS_MODEL_TRANSFORMER_OPTIONS_HPP

#include <span>

#include "../io/model_config.hpp"
#include "naming_scheme.hpp"

namespace svdlens::inline v0 {

/// How a checkpoint is read:
/// @code
/// transformer_weights(file, {.config = {.n_heads = 12}});  // neither metadata nor config.json tell it
/// transformer_weights(file, {.schemes = {&my_scheme, 1}}); // names that the library does not know
/// @endcode
struct transformer_options {
    model_config config = {};                    ///< its fields come before those of the file's config
    std::span<const naming_scheme> schemes = {}; ///< tried before the known ones
};

} // namespace svdlens::inline v0

#endif
