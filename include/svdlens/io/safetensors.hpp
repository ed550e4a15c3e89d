/// @file
/// safetensors files, read and written.
#ifndef SVDLENS_IO_SAFETENSORS_HPP
#define SVDLENS_IO_SAFETENSORS_HPP

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "mapped_file.hpp"
#include "state_dict.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// Writes a state dict, its metadata included, all dtypes as they are. The file appears whole or not at all,
/// so that writing onto the very file that backs the tensors works. O(bytes).
/// @throws file_error (cannot_write)
/// @throws argument_error (invalid_argument) for what could not be read back: a tensor named `__metadata__`,
///         a name or metadata that are not UTF-8; (header_too_large)
/// @throws what opening a file throws, for a model of several
void write_safetensors(const std::filesystem::path& path, const state_dict& tensors);

/// Writes tensors and metadata (`write_safetensors(path, {{"W", w}, {"b", b}}, {{"format", "pt"}})`).
/// @throws file_error (cannot_write)
/// @throws argument_error (duplicate_key) when two tensors have one name; (invalid_tensor_size,
///         invalid_argument, header_too_large) as above
void write_safetensors(const std::filesystem::path& path, std::vector<named_tensor> tensors,
                       metadata_map metadata = {});

/// Writes tensors without metadata (`write_safetensors(path, {{"W", w}})`).
/// @throws as above
inline void write_safetensors(const std::filesystem::path& path,
                              std::initializer_list<named_tensor> tensors) {
    write_safetensors(path, std::vector<named_tensor>(tensors));
}

/// How `open_safetensors` works.
struct safetensors_options {
    file_access access = file_access::map;
    std::string variant = {}; ///< of a folder: which of its checkpoints, `fp16` for `model.fp16.safetensors`
};

/// Opens a safetensors file, a model of several by its index (`*.safetensors.index.json`), or the one that a
/// folder holds: `model.safetensors`, its index, or all of `model-00001-of-00002.safetensors`, ...; else the
/// only index, file or full set; else the only one without a variant. A model's folder in a cache of the
/// Hugging Face hub is its snapshot of `refs/main`, or the only one. What cannot be told is refused with a
/// list. A model without an index has its folder for a path, and no metadata.
///
/// A file's header is validated whole, strictly; no tensor's data are touched, so it takes the same time for
/// any amount of them (when mapped). The files of an index must be there; each is opened, and validated, when
/// one of its tensors is first asked for. Time and memory: O(headers), as `parse_safetensors_header`.
/// @throws file_error (cannot_open, not_a_file, cannot_read, no_checkpoint, missing_shard)
/// @throws format_error as `parse_safetensors_header` and `parse_safetensors_index`; (duplicate_key) for a
///         tensor in two files without an index
/// @throws argument_error (invalid_argument) for a variant of what is no folder
state_dict open_safetensors(const std::filesystem::path& path, const safetensors_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/safetensors.hpp"
#endif

#endif
