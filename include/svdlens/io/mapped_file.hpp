/// @file
/// A file's bytes, mapped read-only where the system can, else read into memory.
#ifndef SVDLENS_IO_MAPPED_FILE_HPP
#define SVDLENS_IO_MAPPED_FILE_HPP

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <cstdio>
#endif

#include "../core/detail/nearest_names.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"

namespace svdlens::inline v0_2 {

/// How a file's bytes come into memory.
enum class file_access {
    map,  ///< mapped: pages are read when they are touched. If another process shortens the file meanwhile,
          ///< touching them ends the program (SIGBUS)
    read, ///< read whole at once: needs the memory, but is faster on network disks and safe from such changes
};

/// Bytes, and what keeps them alive.
struct mapped_file {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner; ///< null when there are no bytes

    /// The bytes as characters; of a temporary, a copy.
    std::string_view text() const& { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    std::string text() && { return std::string(std::as_const(*this).text()); }
};

namespace detail {

[[noreturn]] inline void throw_file_error(errc code, const std::filesystem::path& path,
                                          const std::string& what) {
    throw file_error(code, path.string() + ": " + what);
}

/// Memory for `size` bytes that nobody has written yet.
inline std::shared_ptr<std::byte[]> raw_memory(std::size_t size) {
    return std::shared_ptr<std::byte[]>(new std::byte[size]); // make_shared would write zeros first
}

/// Why a path that is not there may have been asked for: a link, or a slip of the pen; empty where neither.
inline std::string hint_of_absent(const std::filesystem::path& path) {
    constexpr std::size_t slips = 2, most = 4096; // entries of the folder that are looked at
    std::error_code stopped;
    if (std::filesystem::is_symlink(path, stopped)) return "; it is a link that leads nowhere";
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const auto wanted = path.filename().string();
    std::pair<std::size_t, std::string> nearest(slips + 1, ""); // the system's order of entries is any
    std::filesystem::directory_iterator each(folder, stopped);
    for (std::size_t k = 0; !stopped && each != std::filesystem::directory_iterator() && k < most; ++k) {
        auto name = each->path().filename().string();
        const auto distance = edit_distance(wanted, name, slips);
        nearest = (std::min)(nearest, std::pair(distance, std::move(name)));
        each.increment(stopped);
    }
    return nearest.first > slips ? "" : "; its folder holds " + quoted(nearest.second);
}

[[noreturn]] inline void throw_cannot_open(const std::filesystem::path& path, int failure) {
    throw_file_error(errc::cannot_open, path,
                     std::string("cannot open: ") + std::strerror(failure) +
                         (failure == ENOENT ? hint_of_absent(path) : ""));
}

#if defined(__unix__) || defined(__APPLE__)

class file_descriptor {
  public:
    explicit file_descriptor(int number) : number_(number) {}
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    ~file_descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

  private:
    int number_;
};

/// Nothing (a null owner) where the system cannot map: some network and fused file systems.
inline mapped_file map_descriptor(int file, std::size_t size) {
    void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (start == MAP_FAILED) return {};
    const auto unmap = [size](const void* at) { ::munmap(const_cast<void*>(at), size); };
    std::shared_ptr<const void> owner(start, unmap);
    return {{static_cast<const std::byte*>(start), size}, std::move(owner)};
}

inline mapped_file read_descriptor(int file, std::size_t size, const std::filesystem::path& path) {
    constexpr std::size_t largest_read = std::size_t{1} << 30; // some systems refuse more at once
    auto memory = raw_memory(size);
    std::size_t done = 0;
    while (done < size) {
        const auto count = ::read(file, memory.get() + done, (std::min)(size - done, largest_read));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            throw_file_error(errc::cannot_read, path, std::string("cannot read: ") + std::strerror(errno));
        if (count == 0) {
            throw_file_error(errc::cannot_read, path,
                             "cannot read: expected " + to_text(size) + " bytes, found " + to_text(done) +
                                 "; the file changed meanwhile");
        }
        done += static_cast<std::size_t>(count);
    }
    const std::span<const std::byte> bytes(memory.get(), size);
    return {bytes, std::move(memory)};
}

inline mapped_file open_bytes(const std::filesystem::path& path, file_access access) {
    // O_NONBLOCK: opening a pipe must not wait for its writer, it is refused below.
    const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.number() < 0) {
        throw_cannot_open(path, errno);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        throw_file_error(errc::cannot_read, path, std::string("cannot read: ") + std::strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        throw_file_error(errc::not_a_file, path,
                         S_ISDIR(status.st_mode) ? "expected a file, found a directory"
                                                 : "not a regular file");
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return {};
    if (access == file_access::map) {
        if (auto mapped = map_descriptor(file.number(), size); mapped.owner) return mapped;
    }
    return read_descriptor(file.number(), size, path);
}

#else

inline mapped_file open_bytes(const std::filesystem::path& path, file_access) {
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw_file_error(errc::not_a_file, path, "not a regular file");
    }
    const std::unique_ptr<std::FILE, closer> file(std::fopen(path.string().c_str(), "rb"));
    if (!file) throw_cannot_open(path, errno);
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path, failure));
    if (failure) throw_file_error(errc::cannot_read, path, "cannot read: " + failure.message());
    if (size == 0) return {};
    auto memory = raw_memory(size);
    if (std::fread(memory.get(), 1, size, file.get()) != size) {
        throw_file_error(errc::cannot_read, path, std::string("cannot read: ") + std::strerror(errno));
    }
    const std::span<const std::byte> bytes(memory.get(), size);
    return {bytes, std::move(memory)};
}

#endif

} // namespace detail

/// The bytes of a regular file. Mapping takes the same short time for any size; where the system cannot map,
/// the file is read. An empty file gives no bytes.
/// @throws file_error (cannot_open, not_a_file, cannot_read)
inline mapped_file map_file(const std::filesystem::path& path, file_access access = file_access::map) {
    return detail::open_bytes(path, access);
}

} // namespace svdlens::inline v0_2

#endif
