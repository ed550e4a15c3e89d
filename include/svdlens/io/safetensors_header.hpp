/// @file
/// The header of a safetensors file, checked against every rule of the format before anything is believed.
#ifndef SVDLENS_IO_SAFETENSORS_HEADER_HPP
#define SVDLENS_IO_SAFETENSORS_HEADER_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// The format's limit on the bytes of a header.
inline constexpr std::uint64_t largest_safetensors_header = 100'000'000;

/// What a header says, validated.
struct safetensors_header {
    std::vector<tensor_record> tensors; ///< in ascending order of names (bytes), offsets from `data_start`
    metadata_map metadata;              ///< the strings of `__metadata__`
    std::uint64_t data_start = 0;       ///< where the tensors' bytes begin in the file
};

/// Reads and validates the header of a whole file's bytes. Tensor data are not touched: O(n log n) in the
/// tensors plus the header's bytes. `label` is what messages call the file.
///
/// Strict: duplicates of any key, numbers that are not plain unsigned integers, nesting beyond 127 levels,
/// and bytes after the last tensor are errors; spaces, tabs and line ends around the JSON, and unknown fields
/// of a tensor, are not. The first rule broken, in the reference implementation's order, is reported.
/// @throws format_error (header_too_small, header_too_large, invalid_header_length, invalid_header_utf8,
///         invalid_header, duplicate_key, invalid_offset, size_overflow, misaligned_tensor,
///         invalid_tensor_size, incomplete_data)
safetensors_header parse_safetensors_header(std::span<const std::byte> file, const std::string& label);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/safetensors_header.hpp"
#endif

#endif
