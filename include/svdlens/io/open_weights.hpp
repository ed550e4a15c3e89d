/// @file
/// A checkpoint of any kind that the library reads, told by its path.
#ifndef SVDLENS_IO_OPEN_WEIGHTS_HPP
#define SVDLENS_IO_OPEN_WEIGHTS_HPP

#include <filesystem>
#include <system_error>

#include "checkpoint_folder.hpp"
#include "json_weights.hpp"
#include "safetensors.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0 {

/// Opens JSON weights where the path ends in `.json` and is no index of safetensors, else as
/// `open_safetensors`: a file, an index or a folder.
/// @throws as `open_safetensors` and `open_json_weights`
inline state_dict open_weights(const std::filesystem::path& path, const safetensors_options& options = {}) {
    std::error_code ignored;
    const bool json = path.extension() == ".json" && !detail::is_index_path(path) &&
                      !std::filesystem::is_directory(path, ignored);
    return json ? open_json_weights(path) : open_safetensors(path, options);
}

} // namespace svdlens::inline v0

#endif
