/// @file
/// A checkpoint of any kind that the library reads, told by its path.
#ifndef SVDLENS_IO_OPEN_WEIGHTS_HPP
#define SVDLENS_IO_OPEN_WEIGHTS_HPP

#include <filesystem>
#include <string>

#include "safetensors.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0_2 {

/// Whether a path is taken for that of JSON weights: a file that is no index (`*.index.json`), and is called
/// `*.json` or begins as JSON does.
bool is_json_weights(const std::filesystem::path& path);

/// How `open_weights` works.
struct weights_options {
    file_access access = file_access::map;
    std::string variant = {}; ///< of a folder: which of its checkpoints, as `safetensors_options::variant`
};

/// Opens a model by its path, whatever it is: a safetensors file, the index of several or the folder that
/// holds either, as `open_safetensors` does; or JSON weights (`is_json_weights`). Of a file without an ending
/// that tells, the first eight bytes are looked at first.
/// @throws as `open_safetensors` and `open_json_weights`
state_dict open_weights(const std::filesystem::path& path, const weights_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/open_weights.hpp"
#endif

#endif
