/// @file
/// The bodies of io/pytorch.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_PYTORCH_HPP
#define SVDLENS_IO_DETAIL_BODIES_PYTORCH_HPP

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../mapped_file.hpp"
#include "../../pytorch.hpp"
#include "../../state_dict.hpp"
#include "../../state_dict_contents.hpp"
#include "../pytorch/torch_contents.hpp"
#include "../pytorch/torch_file.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY bool is_pytorch_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::array<char, 64> first{};
    std::ifstream file(path, std::ios::binary);
    file.read(first.data(), first.size());
    return detail::begins_as_torch({first.data(), static_cast<std::size_t>(file.gcount())});
}

SVDLENS_BODY state_dict open_pytorch(const std::filesystem::path& path, const pytorch_options& options) {
    auto file = map_file(path, options.access);
    auto found = detail::read_torch_contents(file.text(), path.string(), options.key);
    return state_dict(state_dict_contents{.path = path,
                                          .records = std::move(found.records),
                                          .storages = {{file.bytes, std::move(file.owner)}},
                                          .metadata = std::move(found.metadata),
                                          .files = {path},
                                          .key = std::move(found.key),
                                          .other_keys = std::move(found.other_keys)});
}

} // namespace svdlens::inline v0_2

#endif
