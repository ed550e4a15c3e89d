/// @file
/// Which file in a folder is the checkpoint.
#ifndef SVDLENS_IO_DETAIL_CHECKPOINT_FOLDER_HPP
#define SVDLENS_IO_DETAIL_CHECKPOINT_FOLDER_HPP

#include <filesystem>
#include <string>
#include <vector>

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a path is that of a sharded model's index. One of other formats (`pytorch_model.bin.index.json`)
/// is read as one too: its shards then say what they are.
bool is_index_path(const std::filesystem::path& path);

/// Whether something stands under that name, be it a folder or a link that leads nowhere: what cannot be
/// looked at counts, so that opening it says why.
bool is_present(const std::filesystem::path& path);

/// The files' names, ascending.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// `model.safetensors` before `model.safetensors.index.json`, as transformers has it; else the only index,
/// else the only safetensors file. Where there is none, `pytorch_model.bin`, else its index.
/// @throws file_error (no_checkpoint), with what is there; (cannot_open)
std::filesystem::path find_checkpoint(const std::filesystem::path& folder);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/checkpoint_folder.hpp"
#endif

#endif
