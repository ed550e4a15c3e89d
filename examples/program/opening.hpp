/// @file
/// The file that a command line names, opened as the command line says.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OPENING_HPP

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>
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
    for (const std::string_view beside : {"config.json", "params.json", "tokenizer.json", "vocab.json"})
        if (path.filename().string().ends_with(beside) && std::filesystem::is_regular_file(path))
            throw svdlens::file_error(svdlens::errc::no_checkpoint,
                                      path.string() + ": stands beside a model and is none: name its folder");
    auto how = access_of(o);
    how.variant = o.variant;
    how.key = o.key;
    auto file = svdlens::open_weights(path, how);
    current_model = path.string();
    if (!o.no_mmap) watch_mapped_file(o.program, path.string());
    return file;
}

/// Which state dict of a torch file was read by rule where others are; empty where none are.
inline std::string other_states_text(const svdlens::state_dict& file) {
    constexpr std::size_t most = 12;
    const auto& others = file.other_keys();
    std::string text;
    for (std::size_t k = 0; k < others.size() && k < most; ++k) text += (k == 0 ? "" : ", ") + others[k];
    if (others.size() > most) text += " and " + svdlens::to_text(others.size() - most) + " more";
    return others.empty() ? ""
                          : "read: " + file.key() + "; not read: " + text + " (--key " + others.front() + ")";
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

/// The files of the adapter that the command line names, merged or alone.
inline std::vector<std::filesystem::path> adapter_files(const options& o) {
    if (o.model.empty() || !svdlens::is_adapter(o.model)) return {};
    const std::filesystem::path given(o.model);
    const auto folder = std::filesystem::is_directory(given) ? given : given.parent_path();
    std::vector<std::filesystem::path> paths;
    for (const char* const name : {"adapter_model.safetensors", "adapter_model.bin", "adapter_config.json"})
        if (std::filesystem::is_regular_file(folder / name)) paths.push_back(folder / name);
    return paths;
}

} // namespace program

#endif
