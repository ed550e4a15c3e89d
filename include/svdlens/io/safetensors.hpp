/// @file
/// safetensors files: open one, or a model of several; write one.
#ifndef SVDLENS_IO_SAFETENSORS_HPP
#define SVDLENS_IO_SAFETENSORS_HPP

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "checkpoint_folder.hpp"
#include "mapped_file.hpp"
#include "safetensors_header.hpp"
#include "safetensors_writer.hpp" // IWYU pragma: export
#include "sharded_safetensors.hpp"
#include "state_dict.hpp"
#include "state_dict_contents.hpp"

namespace svdlens::inline v0 {

/// How `open_safetensors` works.
struct safetensors_options {
    file_access access = file_access::map;
};

namespace detail {

inline state_dict_contents open_single(const std::filesystem::path& path, file_access access) {
    auto file = map_file(path, access);
    auto header = parse_safetensors_header(file.bytes, path.string());
    const auto data = file.bytes.subspan(static_cast<std::size_t>(header.data_start));
    return {.path = path,
            .records = std::move(header.tensors),
            .storages = {{data, std::move(file.owner)}},
            .metadata = std::move(header.metadata),
            .files = {path}};
}

} // namespace detail

/// Opens a safetensors file, a model of several by its index (`*.safetensors.index.json`), or the one that a
/// folder holds: `model.safetensors`, else an index, else the only .safetensors file.
///
/// A file's header is validated whole, strictly; no tensor's data are touched, so it takes the same time for
/// any amount of them (when mapped). The files of an index must be there; each is opened, and validated, when
/// one of its tensors is first asked for. Time and memory: O(headers), as `parse_safetensors_header`.
/// @throws file_error (cannot_open, not_a_file, cannot_read, no_checkpoint, missing_shard)
/// @throws format_error as `parse_safetensors_header` and `parse_safetensors_index`
inline state_dict open_safetensors(const std::filesystem::path& path,
                                   const safetensors_options& options = {}) {
    std::error_code ignored;
    const auto file = std::filesystem::is_directory(path, ignored) ? detail::find_checkpoint(path) : path;
    return state_dict(detail::is_index_path(file) ? detail::open_index(file, options.access)
                                                  : detail::open_single(file, options.access));
}

} // namespace svdlens::inline v0

#endif
