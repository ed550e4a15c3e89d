/// @file
/// A file of states: chunks of at most a MiB, each with its checksum, whole or not there.
#ifndef SVDLENS_CORE_DETAIL_STATE_FILE_HPP
#define SVDLENS_CORE_DETAIL_STATE_FILE_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "../file_writer.hpp"
#include "state_pipe.hpp"

namespace svdlens::inline v0_2::detail {

/// The first bytes, with the version of the layout.
inline constexpr std::string_view state_magic = "svdlens states 2";

/// What a chunk is. Of each: kind and size in 4 bytes, XXH64 of kind, place and content in 8, then the content.
enum class chunk_kind : std::uint32_t { header = 1, pass = 2, more = 3, end = 4 };
inline constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
inline constexpr std::size_t chunk_head_bytes = 16;

class state_file_writer {
  public:
    /// @throws file_error (cannot_write), as the other members
    explicit state_file_writer(const std::filesystem::path& path);

    /// What is put next begins a chunk.
    void begin(chunk_kind kind);
    void put(const void* bytes, std::size_t count);
    /// @param note what is known of the file at its end only
    void commit(std::string_view note = {});
    std::uint64_t bytes() const { return written_; }
    const std::filesystem::path& path() const { return path_; }
    state_writer pipe();

  private:
    void flush();

    std::filesystem::path path_;
    file_writer file_;
    std::string held_;
    chunk_kind kind_ = chunk_kind::header;
    std::uint64_t chunks_ = 0;
    std::uint64_t written_ = 0;
};

/// Where a chunk begins.
struct chunk_place {
    std::uint64_t offset = 0;
    std::uint64_t number = 0;
};

class state_file_reader {
  public:
    /// @throws file_error (cannot_open); format_error (broken_shard), as the other members
    explicit state_file_reader(std::filesystem::path path);

    /// Reads the next chunk, whose checksum is compared.
    chunk_kind next();
    chunk_place place() const { return place_; } ///< of the chunk that was read last
    void go_to(const chunk_place& place);
    /// What follows, on into chunks that go on with it.
    void get(void* bytes, std::size_t count);
    /// Behind the end chunk, which is what was noted there. @throws format_error where bytes follow
    std::string end_note();
    state_reader pipe();
    [[noreturn]] void refuse(const std::string& what) const;

  private:
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void read(void* bytes, std::size_t count);

    std::filesystem::path path_;
    std::unique_ptr<std::FILE, closer> file_;
    chunk_place place_;
    chunk_place next_{state_magic.size(), 0};
    std::string content_;
    std::size_t used_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "bodies/state_file.hpp"
#endif

#endif
