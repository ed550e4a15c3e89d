/// @file
/// The library's version: the one place it is written; CMake reads it from here.
///
/// Every header stands in an inline namespace named by it, `v<major>_<minor>`, so that two tools that embed
/// different versions can live in one process. The name is written out in each header, as a macro for it
/// would leak; a test holds it to the numbers below. A release with a new major or minor number changes these
/// and renames it, here for 0.3:
///
///     grep -rl v0_2 include | xargs sed -i s/v0_2/v0_3/g
#ifndef SVDLENS_CORE_VERSION_HPP
#define SVDLENS_CORE_VERSION_HPP

/// Breaks with a release before.
#define SVDLENS_VERSION_MAJOR 0
/// Adds to a release before.
#define SVDLENS_VERSION_MINOR 2
/// Mends a release before.
#define SVDLENS_VERSION_PATCH 0
/// All three, as text.
#define SVDLENS_VERSION_STRING "0.2.0"

#include <string_view>

#include "detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// The version as text, for provenance lines.
inline constexpr std::string_view version = SVDLENS_VERSION_STRING;

} // namespace svdlens::inline v0_2

#endif
