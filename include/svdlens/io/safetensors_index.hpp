/// @file
/// The index of a sharded model (`model.safetensors.index.json`): which file holds which tensor.
#ifndef SVDLENS_IO_SAFETENSORS_INDEX_HPP
#define SVDLENS_IO_SAFETENSORS_INDEX_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// The limit on the bytes of an index: as many as a header may have.
inline constexpr std::uint64_t largest_safetensors_index = 100'000'000;

/// What an index says, validated.
struct safetensors_index {
    /// A tensor and where it is.
    struct entry {
        std::string tensor;
        std::uint32_t shard = 0; ///< a place in `shards`
    };
    std::vector<entry> tensors; ///< in ascending order of names (bytes)
    std::vector<std::string>
        shards;            ///< plain names of files beside the index, in the order of their first use
    metadata_map metadata; ///< the strings of `metadata`; sizes and other values are left out
};

/// Reads and validates the index of a sharded model. No file that it names is looked at. `label` is what
/// messages call the index. One pass, O(n log n) in the tensors; memory: their names.
///
/// Strict as the header is: keys that stand twice, nesting beyond 127 levels, text after the JSON are errors,
/// and so are names of files that are not plain (a folder, `..`, a drive, a URL). A link that stands in
/// the index's folder is followed wherever it leads. Unknown fields and whatever stands in `metadata` are not.
/// @throws format_error (invalid_index, duplicate_key, outside_folder)
safetensors_index parse_safetensors_index(std::string_view text, const std::string& label);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/safetensors_index.hpp"
#endif

#endif
