/// @file
/// Output files that are whole or not there: written under a temporary name, renamed at the end.
#ifndef SVDLENS_CORE_FILE_WRITER_HPP
#define SVDLENS_CORE_FILE_WRITER_HPP

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "error.hpp"
#include "text.hpp"

namespace svdlens::inline v0_2 {

/// Writes a file beside its final name and moves it there on `commit`.
///
/// Without a commit (an exception, a full disk) the temporary file is removed and whatever stood at the final
/// name is untouched. A link is followed; a device or a pipe is written directly.
class file_writer {
  public:
    /// @throws file_error (cannot_write) when the file cannot be created
    explicit file_writer(std::filesystem::path path) : path_(std::move(path)) {
        namespace fs = std::filesystem;
        std::error_code ignored;
        const auto status = fs::status(path_, ignored);
        if (fs::is_directory(status)) fail("is a directory");
        if (fs::exists(status) && !fs::is_regular_file(status)) {
            file_.reset(std::fopen(path_.string().c_str(), "wb"));
        } else {
            follow_links();
            create_temporary();
        }
        if (!file_) fail(std::strerror(errno));
    }

    file_writer(const file_writer&) = delete;
    file_writer& operator=(const file_writer&) = delete;

    ~file_writer() {
        file_.reset();
        remove_temporary();
    }

    /// Appends bytes. @throws file_error (cannot_write), for instance on a full disk
    void write(std::string_view bytes) {
        if (!file_) fail("it is committed already");
        if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
            fail(std::strerror(errno));
    }

    /// Replaces the first bytes of the file, which are written already, and goes back to its end.
    /// @throws file_error (cannot_write), also where the path is a pipe
    void write_start(std::string_view bytes) {
        if (!file_) fail("it is committed already");
        if (std::fseek(file_.get(), 0, SEEK_SET) != 0) fail(std::strerror(errno));
        write(bytes);
        if (std::fseek(file_.get(), 0, SEEK_END) != 0) fail(std::strerror(errno));
    }

    /// Ends the file where it is: nothing can fail for want of space any more. Files that belong together are
    /// all finished before the first is committed. @throws file_error (cannot_write)
    void finish() {
        if (!file_) fail("it is committed already");
        // fclose reports what the buffer could not flush: the last chance to see a full disk.
        if (std::fclose(file_.release()) != 0) fail(std::strerror(errno));
        finished_ = true;
    }

    /// Ends the file, if that is still to do, and moves it to its final name, replacing what was there.
    /// @throws file_error (cannot_write)
    void commit() {
        if (!finished_) finish();
        finished_ = false;
        if (temporary_.empty()) return;
        std::error_code failure;
        std::filesystem::rename(temporary_, path_, failure);
        if (failure) fail(failure.message());
        temporary_.clear();
    }

  private:
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    /// Goes to where a link points, whether that exists or not.
    void follow_links() {
        namespace fs = std::filesystem;
        constexpr int most = 40; // as many as Linux follows
        std::error_code failure;
        for (int k = 0; k < most && fs::is_symlink(fs::symlink_status(path_, failure)); ++k)
            path_ = path_.parent_path() / fs::read_symlink(path_, failure);
    }

    void create_temporary() {
        std::random_device random; // no name is used twice: who takes away one that was left takes no other's
        for (int attempt = 0; attempt < 1000; ++attempt) {
            temporary_ = path_;
            temporary_ += ".part" + to_text(std::uint64_t{random()} << 32 | random());
            file_.reset(std::fopen(temporary_.string().c_str(), "wbx")); // x: never onto another's file
            if (file_ || errno != EEXIST) break;
        }
        if (!file_) temporary_.clear();
    }

    void remove_temporary() noexcept {
        std::error_code ignored;
        if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw file_error(errc::cannot_write, path_.string() + ": cannot write: " + reason);
    }

    std::filesystem::path path_;
    std::filesystem::path temporary_;
    std::unique_ptr<std::FILE, closer> file_;
    bool finished_ = false;
};

} // namespace svdlens::inline v0_2

#endif
