/// @file
/// What a state dict is made of: records, the files behind them, and how a file is opened when it is needed.
#ifndef SVDLENS_IO_STATE_DICT_CONTENTS_HPP
#define SVDLENS_IO_STATE_DICT_CONTENTS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
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
/// record's storage and of the size that shape and dtype give.
struct state_dict_contents {
    std::filesystem::path path;
    std::vector<tensor_record> records; ///< in any order
    std::vector<tensor_storage> storages;
    metadata_map metadata;
    /// What the tensors come from: nothing for tensors in memory; of a model of several files, one a storage.
    std::vector<std::filesystem::path> files = {};
    /// Set for a model of several files: opens a storage's file when `needed`, one of its tensors, is first
    /// asked for. Until then records have a name and a storage only, and storages are empty. May run in
    /// several threads at once, for different storages; again for one after it threw.
    std::function<shard_contents(const std::filesystem::path& file, const tensor_record& needed)> open_shard =
        {};
};

namespace detail {

/// Tensors in memory as contents of that path, not copied. O(n log n)
/// @throws argument_error (invalid_tensor_size, duplicate_key)
state_dict_contents contents_of(std::vector<named_tensor> tensors, metadata_map metadata,
                                       std::filesystem::path path);

/// The contents that all copies of a state dict share. Storages fill as they are needed, each once, by
/// whichever thread comes first.
class shared_contents {
  public:
    explicit shared_contents(state_dict_contents contents);

    /// Records of storages that are not open have a name and a storage only.
    const state_dict_contents& get() const { return contents_; }

    /// The record of that name, complete or not; null when there is none. O(log n).
    const tensor_record* find(std::string_view name) const;

    /// Completes the record, and those that share its storage.
    /// @throws format_error (not_in_shard), and what `open_shard` throws
    void open(const tensor_record& needed);

    /// Completes every record.
    /// @throws as `open`
    void open_all();

  private:
    struct slot {
        std::mutex mutex;
        std::atomic<bool> open{false};
    };

    /// All or nothing: a file that lacks one tensor completes none.
    void fill(std::uint32_t storage, const tensor_record& needed);

    tensor_record& record_in(shard_contents& found, const tensor_record& wanted) const;

    state_dict_contents contents_;
    std::vector<slot> slots_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/state_dict_contents.hpp"
#endif

#endif
