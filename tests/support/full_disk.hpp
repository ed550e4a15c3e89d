/// @file
/// A writer on a full disk.
#ifndef SVDLENS_TESTS_SUPPORT_FULL_DISK_HPP
#define SVDLENS_TESTS_SUPPORT_FULL_DISK_HPP

#include <cstddef>
#include <filesystem>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"

namespace svdlens_tests {

/// Checks that `write(path, size)` says so for a small file, which fails when it is closed, and for a large
/// one, which fails before. Nothing is checked where the system has no such disk.
template <class Write>
void check_full_disk(Write write) {
    const std::filesystem::path full = "/dev/full";
    if (!std::filesystem::exists(full)) return;
    for (const std::size_t size : {std::size_t{1}, std::size_t{1'000'000}}) {
        CAPTURE(size);
        try {
            write(full, size);
            FAIL_CHECK("nothing was thrown");
        } catch (const svdlens::file_error& failure) {
            CHECK(failure.code() == svdlens::errc::cannot_write);
        }
    }
}

} // namespace svdlens_tests

#endif
