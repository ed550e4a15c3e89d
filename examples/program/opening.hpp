/// @file
/// The file that a command line names, opened as the command line says.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP

#include <filesystem>
#include <string>
#include <vector>

#include <svdlens/io/low_rank_adapter.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/state_dict.hpp>

#include "ending.hpp"
#include "options.hpp"

namespace program {

inline svdlens::weights_options access_of(const options& o) {
    return {.access = o.no_mmap ? svdlens::file_access::read : svdlens::file_access::map};
}

/// Opens a checkpoint. A mapped file that is cut short meanwhile ends the program with a message.
inline svdlens::state_dict open_model(const options& o, const std::filesystem::path& path) {
    current_stage = "reading " + path.string();
    auto how = access_of(o);
    how.variant = o.variant;
    how.key = o.key;
    auto file = svdlens::open_weights(path, how);
    if (!o.no_mmap) watch_mapped_file(o.program, path.string());
    return file;
}

/// The path of the model itself, where the one given is that of an adapter.
inline std::filesystem::path model_path(const options& o, const std::filesystem::path& path) {
    return o.base.empty() ? path : std::filesystem::path(o.base);
}

/// The adapter to be merged into the model that the command line names; none without `--base`.
/// @throws usage_error for an adapter without its model
inline std::vector<svdlens::low_rank_adapter> adapters_of(const options& o) {
    if (!o.base.empty()) return {svdlens::open_adapter(o.model, access_of(o))};
    if (!o.model.empty() && svdlens::is_adapter(o.model))
        throw usage_error(o.model + " is an adapter: name its model by --base, or look at it alone: " +
                          "svdlens inspect, svdlens analyse");
    return {};
}

/// The files of that adapter.
inline std::vector<std::filesystem::path> adapter_files(const options& o) {
    if (o.base.empty()) return {};
    const std::filesystem::path given(o.model);
    const auto folder = std::filesystem::is_directory(given) ? given : given.parent_path();
    std::vector<std::filesystem::path> paths;
    for (const char* const name : {"adapter_model.safetensors", "adapter_model.bin", "adapter_config.json"})
        if (std::filesystem::is_regular_file(folder / name)) paths.push_back(folder / name);
    return paths;
}

} // namespace program

#endif
