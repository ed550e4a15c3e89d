/// @file
/// The file that a command line names, opened as the command line says.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP

#include <filesystem>

#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/state_dict.hpp>

#include "ending.hpp"
#include "options.hpp"

namespace program {

/// Opens a checkpoint. A mapped file that is cut short meanwhile ends the program with a message.
inline svdlens::state_dict open_model(const options& o, const std::filesystem::path& path) {
    current_stage = "reading " + path.string();
    using svdlens::file_access;
    auto file = svdlens::open_weights(
        path, {.access = o.no_mmap ? file_access::read : file_access::map, .variant = o.variant});
    if (!o.no_mmap) watch_mapped_file(o.program, path.string());
    return file;
}

} // namespace program

#endif
