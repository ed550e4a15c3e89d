/// @file
/// A checkpoint of any kind that the library reads, told by its path.
#ifndef SVDLENS_IO_OPEN_WEIGHTS_HPP
#define SVDLENS_IO_OPEN_WEIGHTS_HPP

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "detail/checkpoint_folder.hpp"
#include "json_weights.hpp"
#include "safetensors.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a file begins as JSON text does: with a brace, and without the NULs of a length, which a
/// safetensors file begins with. Reads eight bytes.
inline bool begins_as_json(const std::filesystem::path& path) {
    std::array<char, 8> first{};
    std::ifstream file(path, std::ios::binary);
    file.read(first.data(), first.size());
    const std::string_view text(first.data(), static_cast<std::size_t>(file.gcount()));
    const auto begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '{' && text.find('\0') == std::string_view::npos;
}

} // namespace detail

/// Whether a path is taken for that of JSON weights: a file that is no index (`*.index.json`), and is called
/// `*.json` or begins as JSON does.
inline bool is_json_weights(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && !detail::is_index_path(path) &&
           (path.extension() == ".json" || detail::begins_as_json(path));
}

/// Opens a model by its path, whatever it is: a safetensors file, the index of several or the folder that
/// holds either, as `open_safetensors` does; or JSON weights (`is_json_weights`). Of a file without an ending
/// that tells, the first eight bytes are looked at first.
/// @throws as `open_safetensors` and `open_json_weights`
inline state_dict open_weights(const std::filesystem::path& path, const safetensors_options& options = {}) {
    return is_json_weights(path) ? open_json_weights(path) : open_safetensors(path, options);
}

} // namespace svdlens::inline v0_2

#endif
