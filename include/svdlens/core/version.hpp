/// @file
/// The library's version: the one place it is written; CMake reads it from here.
#ifndef SVDLENS_CORE_VERSION_HPP
#define SVDLENS_CORE_VERSION_HPP

#define SVDLENS_VERSION_MAJOR 0
#define SVDLENS_VERSION_MINOR 2
#define SVDLENS_VERSION_PATCH 0
#define SVDLENS_VERSION_STRING "0.2.0"

#include <string_view>

#include "detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// The version as text, for provenance lines.
inline constexpr std::string_view version = SVDLENS_VERSION_STRING;

} // namespace svdlens::inline v0_2

#endif
