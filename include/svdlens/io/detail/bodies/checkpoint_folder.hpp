/// @file
/// The bodies of io/detail/checkpoint_folder.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_CHECKPOINT_FOLDER_HPP
#define SVDLENS_IO_DETAIL_BODIES_CHECKPOINT_FOLDER_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../checkpoint_folder.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

SVDLENS_BODY bool is_index_path(const std::filesystem::path& path) {
    return path.filename().string().ends_with(".index.json");
}

SVDLENS_BODY bool is_present(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() != std::filesystem::file_type::not_found;
}

SVDLENS_BODY std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator at(folder, failure);
    for (; !failure && at != std::filesystem::directory_iterator(); at.increment(failure)) {
        names.push_back(at->path().filename().string());
    }
    if (failure) {
        throw file_error(errc::cannot_open,
                         folder.string() + ": cannot read the folder: " + failure.message());
    }
    std::sort(names.begin(), names.end());
    return names;
}

inline std::vector<std::string> names_that_end_with(const std::vector<std::string>& names,
                                                    std::string_view end) {
    std::vector<std::string> found;
    for (const auto& each : names) {
        if (each.ends_with(end)) found.push_back(each);
    }
    return found;
}

/// For messages: the names, or as many as fit a line.
inline std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 12;
    std::string out;
    for (std::size_t k = 0; k < (std::min)(names.size(), most); ++k) {
        out += (k == 0 ? "" : ", ") + quoted(names[k]);
    }
    if (names.size() > most) out += " and " + to_text(names.size() - most) + " more";
    return names.empty() ? "nothing" : out;
}

/// What to do about a folder that does not say which of its files is the checkpoint, or has none.
inline std::string_view folder_advice(const std::vector<std::string>& names) {
    if (!names_that_end_with(names, ".safetensors.index.json").empty()) return "; name the index";
    if (!names_that_end_with(names, ".safetensors").empty()) return "; name the file";
    for (const char* torch : {".bin", ".pt", ".pth", ".ckpt"})
        if (!names_that_end_with(names, torch).empty()) return "; name the file";
    for (const char* other : {".gguf", ".h5", ".msgpack"})
        if (!names_that_end_with(names, other).empty()) return "; convert the weights to safetensors";
    return "";
}

SVDLENS_BODY std::filesystem::path find_checkpoint(const std::filesystem::path& folder) {
    const auto names = names_in(folder);
    for (const char* usual : {"model.safetensors", "model.safetensors.index.json"}) {
        if (std::binary_search(names.begin(), names.end(), std::string(usual))) return folder / usual;
    }
    const auto indexes = names_that_end_with(names, ".safetensors.index.json");
    if (indexes.size() == 1) return folder / indexes.front();
    const auto files = names_that_end_with(names, ".safetensors");
    if (indexes.empty() && files.size() == 1) return folder / files.front();
    for (const char* torch : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
        if (indexes.empty() && files.empty() &&
            std::binary_search(names.begin(), names.end(), std::string(torch)))
            return folder / torch;
    }
    throw file_error(errc::no_checkpoint,
                     folder.string() +
                         ": expected model.safetensors, one index (.safetensors.index.json) or "
                         "one .safetensors file, found " +
                         list_of(names) + std::string(folder_advice(names)));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
