/// @file
/// A model of several files, of safetensors or torch, behind one index, each opened when it is needed.
#ifndef SVDLENS_IO_DETAIL_SHARDED_SAFETENSORS_HPP
#define SVDLENS_IO_DETAIL_SHARDED_SAFETENSORS_HPP

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "../mapped_file.hpp"
#include "../state_dict_contents.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Maps and validates one file of a model: safetensors, or a torch file, in which `key` chooses.
shard_contents open_shard(const std::filesystem::path& path, file_access access, std::string_view key,
                          const std::string& label);

/// All names, and files that nobody has opened yet. O(n log n) in the tensors.
/// @throws file_error (cannot_open, not_a_file, cannot_read) for the index, (missing_shard)
/// @throws format_error as `parse_safetensors_index`
state_dict_contents open_index(const std::filesystem::path& path, file_access access,
                               const std::string& key = {});

/// All files of a model that has no index, in a folder, opened at once: their names are told by nothing else.
/// @throws as `open_shard`; format_error (duplicate_key) for a tensor that stands in two
state_dict_contents open_shards(const std::filesystem::path& folder,
                                const std::vector<std::filesystem::path>& shards, file_access access,
                                const std::string& key = {});

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/sharded_safetensors.hpp"
#endif

#endif
