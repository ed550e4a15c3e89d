/// @file
/// What `svdlens --version` prints.
#ifndef SVDLENS_EXAMPLES_PROGRAM_VERSION_HPP
#define SVDLENS_EXAMPLES_PROGRAM_VERSION_HPP

#include <string>

#include <svdlens/core/version.hpp>

#ifndef SVDLENS_PROGRAM_REVISION
#define SVDLENS_PROGRAM_REVISION "unknown"
#endif
#ifndef SVDLENS_PROGRAM_BUILD
#define SVDLENS_PROGRAM_BUILD "unknown"
#endif

namespace program {

/// `0.2.0`
inline std::string version_text() {
    return std::to_string(SVDLENS_VERSION_MAJOR) + "." + std::to_string(SVDLENS_VERSION_MINOR) + "." +
           std::to_string(SVDLENS_VERSION_PATCH);
}

/// Version, revision, and how it was built.
inline std::string build_text() {
    return "svdlens " + version_text() +
           "\nrevision " SVDLENS_PROGRAM_REVISION "\nbuild    " SVDLENS_PROGRAM_BUILD
           "\ncompiler " __VERSION__ "\n";
}

} // namespace program

#endif
