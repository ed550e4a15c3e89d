/// @file
/// safetensors files: open one, write one.
#ifndef SVDLENS_IO_SAFETENSORS_HPP
#define SVDLENS_IO_SAFETENSORS_HPP

#include <cstddef>
#include <filesystem>
#include <utility>

#include "mapped_file.hpp"
#include "safetensors_header.hpp"
#include "safetensors_writer.hpp" // IWYU pragma: export
#include "state_dict.hpp"

namespace svdlens::inline v0 {

/// How `open_safetensors` works.
struct safetensors_options {
    file_access access = file_access::map;
};

/// Opens one safetensors file. The header is validated whole, strictly; no tensor's data are touched, so it
/// takes the same time for any amount of them (when mapped).
/// @throws file_error (cannot_open, not_a_file, cannot_read)
/// @throws format_error as `parse_safetensors_header`
inline state_dict open_safetensors(const std::filesystem::path& path,
                                   const safetensors_options& options = {}) {
    auto file = map_file(path, options.access);
    auto header = parse_safetensors_header(file.bytes, path.string());
    const auto data = file.bytes.subspan(static_cast<std::size_t>(header.data_start));
    return state_dict(state_dict_contents{.path = path,
                                          .records = std::move(header.tensors),
                                          .storages = {{data, std::move(file.owner)}},
                                          .metadata = std::move(header.metadata)});
}

} // namespace svdlens::inline v0

#endif
