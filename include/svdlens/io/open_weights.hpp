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
    std::string key = {};     ///< of a torch file: where the state dict stands, as `pytorch_options::key`
    std::string variant = {}; ///< of a folder: which of its checkpoints, as `safetensors_options::variant`
};

/// Opens a model by its path, whatever it is: a safetensors file, the index of several or the folder that
/// holds either, as `open_safetensors` does; a torch file (`is_pytorch_file`), an index of several, or a folder
/// that holds `pytorch_model.bin`, its index or all of `pytorch_model-00001-of-00002.bin`, ..., or one file of
/// torch's of another name, as `open_pytorch` does; or JSON weights
/// (`is_json_weights`). What a file is says its begin, not its ending.
/// @throws as `open_safetensors`, `open_pytorch` and `open_json_weights`
/// @throws argument_error (invalid_argument) for a key and a file, or one of several, that is no torch file
state_dict open_weights(const std::filesystem::path& path, const weights_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/open_weights.hpp"
#endif

#endif
