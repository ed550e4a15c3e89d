/// @file
/// What to say of a file whose names no scheme fits.
#ifndef SVDLENS_MODEL_DETAIL_UNKNOWN_SCHEME_HPP
#define SVDLENS_MODEL_DETAIL_UNKNOWN_SCHEME_HPP

#include <span>

#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../naming_scheme.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Says in one line, of a few thousand bytes at most: the names by pattern, with counts and shapes; the
/// config's model type; that weights are quantised or an adapter; the scheme that is nearest and what it
/// lacks; what can be done. O(names + patterns · table rows)
/// @throws model_error (unknown_scheme)
[[noreturn]] void throw_unknown_scheme(const state_dict& file, const model_config& config,
                                       std::span<const naming_scheme> own);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/unknown_scheme.hpp"
#endif

#endif
