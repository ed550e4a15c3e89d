/// @file
/// The bodies of io/sha256.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_SHA256_HPP
#define SVDLENS_IO_DETAIL_BODIES_SHA256_HPP

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "../../../core/detail/body.hpp"
#include "../../../core/execution.hpp"
#include "../../mapped_file.hpp"
#include "../../sha256.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY std::string file_sha256(const std::filesystem::path& path, const execution& run) {
    constexpr std::size_t piece = std::size_t{1} << 22;
    const auto file = map_file(path);
    sha256 hash;
    for (std::size_t at = 0; at < file.bytes.size(); at += piece) {
        run.throw_if_stopped();
        hash.add(file.bytes.subspan(at, (std::min)(piece, file.bytes.size() - at)));
    }
    return hash.hex();
}

} // namespace svdlens::inline v0_2

#endif
