/// @file
/// What a state dict is made of: records, the files behind them, and how a file is opened when it is needed.
#ifndef SVDLENS_IO_STATE_DICT_CONTENTS_HPP
#define SVDLENS_IO_STATE_DICT_CONTENTS_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// Bytes that records point into, and what keeps them alive (null: the caller does).
struct tensor_storage {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
};

/// A file that tensors come from.
struct checkpoint_file {
    std::filesystem::path path;
    std::optional<std::uint64_t> bytes = {}; ///< its size; nothing where the system does not tell it any more
    std::uint64_t tensors = 0;               ///< how many of the state dict's tensors it holds
};

/// What a file of a model turned out to hold.
struct shard_contents {
    std::vector<tensor_record> records; ///< in ascending order of names
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
};

/// What a state dict is made of. Whoever fills it has validated it: names unique, `[begin, end)` inside the
/// record's storage and of the size that shape and dtype give; of one with strides, every element inside.
struct state_dict_contents {
    std::filesystem::path path;
    std::vector<tensor_record> records; ///< in any order
    std::vector<tensor_storage> storages;
    metadata_map metadata;
    /// What the tensors come from: nothing for tensors in memory; of a model of several files, one a storage.
    std::vector<std::filesystem::path> files = {};
    std::string key = {};                     ///< of a torch file: behind which keys these tensors stand
    std::vector<std::string> other_keys = {}; ///< those of the other tensors in it
    /// Set for a model of several files: opens a storage's file when `needed`, one of its tensors, is first
    /// asked for. Until then records have a name and a storage only, and storages are empty. May run in
    /// several threads at once, for different storages; again for one after it threw.
    std::function<shard_contents(const std::filesystem::path& file, const tensor_record& needed)> open_shard =
        {};
};

} // namespace svdlens::inline v0_2

#endif
