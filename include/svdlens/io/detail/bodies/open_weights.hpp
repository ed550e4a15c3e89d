/// @file
/// The bodies of io/open_weights.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_OPEN_WEIGHTS_HPP
#define SVDLENS_IO_DETAIL_BODIES_OPEN_WEIGHTS_HPP

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../json_weights.hpp"
#include "../../open_weights.hpp"
#include "../../pytorch.hpp"
#include "../../safetensors.hpp"
#include "../../state_dict.hpp"
#include "../checkpoint_folder.hpp"
#include "../sharded_safetensors.hpp"

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

/// @throws argument_error (invalid_argument) for a key and a file that holds nothing to choose
inline void check_takes_key(const std::filesystem::path& file, const std::string& key) {
    if (key.empty() || is_pytorch_file(file)) return;
    throw argument_error(errc::invalid_argument, file.string() + ": a key (" + quoted(key) +
                                                     ") chooses in torch files, and this is none");
}

} // namespace detail

SVDLENS_BODY bool is_json_weights(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && !detail::is_index_path(path) &&
           (path.extension() == ".json" || detail::begins_as_json(path));
}

SVDLENS_BODY state_dict open_weights(const std::filesystem::path& path, const weights_options& options) {
    const auto [file, shards] = detail::checkpoint_at(path, options.variant);
    if (!shards.empty() || detail::is_index_path(file)) {
        auto contents = shards.empty() ? detail::open_index(file, options.access, options.key)
                                       : detail::open_shards(file, shards, options.access, options.key);
        for (const auto& shard : contents.files) detail::check_takes_key(shard, options.key);
        return state_dict(std::move(contents));
    }
    detail::check_takes_key(file, options.key);
    if (is_pytorch_file(file)) return open_pytorch(file, {.access = options.access, .key = options.key});
    return is_json_weights(file)
               ? open_json_weights(file)
               : open_safetensors(path, {.access = options.access, .variant = options.variant});
}

} // namespace svdlens::inline v0_2

#endif
