/// @file
/// The directory of a zip archive, ZIP64 included. Entries that are stored as they are can be read.
#ifndef SVDLENS_IO_DETAIL_ZIP_STORED_ZIP_HPP
#define SVDLENS_IO_DETAIL_ZIP_STORED_ZIP_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A file in an archive, validated: `[begin, begin + size)` lies in the archive, and no two entries overlap.
struct zip_entry {
    std::string_view name; ///< a relative path with `/`, without `..`; a view of the archive
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::string_view problem = {}; ///< why these bytes are not its content, and what to do; empty: they are
};

/// The entries in ascending order of names. The central directory is checked against the local headers;
/// checksums are not computed: no entry's bytes are touched. O(n log n) in the entries.
/// `label` is what messages call the archive.
/// @throws format_error (invalid_archive) for what breaks the format, archives of several disks, names that are absolute or lead elsewhere, names that stand twice
std::vector<zip_entry> read_stored_zip(std::string_view archive, const std::string& label);

/// The entry of that name; null when there is none. O(log n)
const zip_entry* find_entry(const std::vector<zip_entry>& entries, std::string_view name);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/stored_zip.hpp"
#endif

#endif
