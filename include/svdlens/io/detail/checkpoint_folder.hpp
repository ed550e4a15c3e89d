/// @file
/// Which file in a folder is the checkpoint.
#ifndef SVDLENS_IO_DETAIL_CHECKPOINT_FOLDER_HPP
#define SVDLENS_IO_DETAIL_CHECKPOINT_FOLDER_HPP

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a path is that of a sharded model's index: `model.safetensors.index.json`, or of a variant
/// `model.safetensors.index.fp16.json`. One of other formats (`pytorch_model.bin.index.json`) is read as one
/// too: its shards then say what they are.
bool is_index_path(const std::filesystem::path& path);

/// Whether something stands under that name, be it a folder or a link that leads nowhere: what cannot be
/// looked at counts, so that opening it says why.
bool is_present(const std::filesystem::path& path);

/// The files' names, ascending.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// The folder in which a model's files stand: the folder itself; of a model in a cache of the Hugging Face
/// hub (`models--org--name`, or the `snapshots` in it) the snapshot that `refs/main` names, else the only
/// one; of a whole cache that of its only model.
/// @throws file_error (no_checkpoint) where there are several, or none, with the list; (cannot_open)
std::filesystem::path model_home(const std::filesystem::path& folder);

/// What a folder holds.
struct found_checkpoint {
    std::filesystem::path path; ///< the file or the index; of files without an index, their folder
    std::vector<std::filesystem::path> shards = {}; ///< these files, all of them, in their order
};

/// `model.safetensors`, its index or its shards (`model-00001-of-00002.safetensors`), as transformers has it;
/// else the only index, else the only file or full set of shards. What differs in its variant alone
/// (`model.fp16.safetensors`) counts after the one without. Without safetensors, torch's `.bin` files of
/// models so, and then the only `.pt`, `.pth` or `.ckpt`.
/// @param variant if not empty, only checkpoints of this variant count
/// @throws file_error (no_checkpoint), with what is there; (missing_shard), with the numbers; (cannot_open),
///         also for a link that leads nowhere
found_checkpoint find_checkpoint(const std::filesystem::path& folder, std::string_view variant = {});

/// What a path names: the checkpoint of a folder, or the file itself.
/// @throws as `find_checkpoint`; argument_error (invalid_argument) for a variant of a file
found_checkpoint checkpoint_at(const std::filesystem::path& path, std::string_view variant);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/checkpoint_folder.hpp"
#endif

#endif
