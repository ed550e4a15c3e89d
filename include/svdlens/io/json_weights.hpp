/// @file
/// Weights in JSON, read and written.
#ifndef SVDLENS_IO_JSON_WEIGHTS_HPP
#define SVDLENS_IO_JSON_WEIGHTS_HPP

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "state_dict.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// The limit on the bytes of JSON weights: what is larger belongs into safetensors.
inline constexpr std::uint64_t largest_json_weights = std::uint64_t{1} << 32;

/// Writes a state dict as JSON, a tensor a line with dtype, shape and flat data, in the order of the names.
/// The file appears whole or not at all. Reads back with the same bits, but for BOOL bytes other than 0 and 1
/// and what NaNs carry. O(elements); memory: the text of the largest tensor.
/// @throws file_error (cannot_write)
/// @throws format_error (unsupported_dtype) for C64, F4 and F6
/// @throws argument_error (invalid_argument) for what could not be read back: a tensor named `__metadata__`,
///         a name or metadata that are not UTF-8, more than `largest_json_weights` bytes of text
/// @throws what opening a file throws, for a model of several
void write_json_weights(const std::filesystem::path& path, const state_dict& tensors);

/// Writes tensors and metadata (`write_json_weights(path, {{"W", w}}, {{"format", "pt"}})`).
/// @throws as above
/// @throws argument_error (duplicate_key, invalid_tensor_size) as `state_dict`
void write_json_weights(const std::filesystem::path& path, std::vector<named_tensor> tensors,
                        metadata_map metadata = {});

/// Writes tensors without metadata (`write_json_weights(path, {{"W", w}})`).
/// @throws as above
inline void write_json_weights(const std::filesystem::path& path,
                               std::initializer_list<named_tensor> tensors) {
    write_json_weights(path, std::vector<named_tensor>(tensors));
}

/// Reads JSON weights: an object of name to tensor, where a tensor is nested arrays of numbers (row-major,
/// then F64), or `{"dtype": "F32", "shape": [2, 3], "data": [...]}` with the data flat or nested; and an
/// optional `__metadata__` object of strings. `"nan"`, `"inf"` and `"-inf"` stand for what JSON has no
/// numbers for. `label` is what messages call the text.
///
/// Numbers are read as double and rounded to the dtype, integers exactly; what the dtype cannot hold (70000
/// as F16, 0.5 as I8) is an error, and so are ragged arrays, keys that stand twice, unknown fields, nesting
/// beyond 127 levels, text after the JSON and more than `largest_json_weights` bytes. Messages name the tensor and the element's position. One pass,
/// O(size); memory: 16 bytes a number of the largest tensor, and the tensors.
/// @throws format_error (invalid_weights, duplicate_key, unsupported_dtype,
/// invalid_tensor_size, size_overflow)
state_dict parse_json_weights(std::string_view text, const std::string& label);

/// Opens a file of JSON weights, as `parse_json_weights` reads it. The file is not needed afterwards.
/// @throws file_error (cannot_open, not_a_file, cannot_read)
/// @throws format_error as `parse_json_weights`
state_dict open_json_weights(const std::filesystem::path& path);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/json_weights.hpp"
#endif

#endif
