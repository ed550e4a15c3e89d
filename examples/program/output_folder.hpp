/// @file
/// A folder of results that is the old set or the new one, and says which.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OUTPUT_FOLDER_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OUTPUT_FOLDER_HPP

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <svdlens/core/error.hpp>
#include <svdlens/core/file_writer.hpp>
#include <svdlens/io/sha256.hpp>

#include "ending.hpp"
#include "interruption.hpp"

namespace program {

/// What is said of a set of files, beside their hashes.
using manifest_facts = nlohmann::ordered_json;

inline constexpr std::string_view manifest_name = "manifest.json";

namespace detail {

[[noreturn]] inline void fail_to_write(const std::filesystem::path& path, const std::string& reason) {
    throw svdlens::file_error(svdlens::errc::cannot_write, path.string() + ": cannot write: " + reason);
}

} // namespace detail

/// A folder in which files are written before they are moved to their places in the folder around it. It is
/// locked, and goes with the program; what a program that was killed has left goes with the next.
class work_folder {
  public:
    /// Tries the place, and takes away what runs that were killed have left there.
    /// @throws svdlens::file_error (cannot_write)
    explicit work_folder(const std::filesystem::path& place) {
        remove_stale(place);
        path_ = place / detail::work_folder_name();
        std::error_code failure;
        std::filesystem::create_directory(path_, failure);
        if (failure) detail::fail_to_write(place, failure.message());
        lock_ = lock(path_);
        svdlens::file_writer trial(path_ / "trial"); // a full or read-only disk is said before the work
        trial.write("trial\n");
        trial.commit();
        std::filesystem::remove(path_ / "trial", failure);
    }

    work_folder(const work_folder&) = delete;
    work_folder& operator=(const work_folder&) = delete;

    ~work_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
        if (lock_ >= 0) close(lock_);
    }

    const std::filesystem::path& path() const { return path_; }

  private:
    static std::string prefix() { return ".svdlens-work-"; }

    /// A lock goes with its process: what is not locked was left by one that is gone.
    static int lock(const std::filesystem::path& folder) {
        const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) return file;
        if (file >= 0) close(file);
        return -1;
    }

    static void remove_stale(const std::filesystem::path& place) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(place, ignored)) {
            if (!entry.path().filename().string().starts_with(prefix())) continue;
            const int file = lock(entry.path());
            if (file < 0) continue; // another run is at work
            restore(entry.path() / "old", place);
            std::filesystem::remove_all(entry.path(), ignored);
            close(file);
        }
    }

    /// What a run that was killed among its moves had put aside goes back, where nothing has its place.
    static void restore(const std::filesystem::path& aside, const std::filesystem::path& place) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(aside, ignored)) {
            const auto back = place / entry.path().filename();
            if (entry.path().filename() != manifest_name && !std::filesystem::exists(back, ignored))
                std::filesystem::rename(entry.path(), back, ignored);
        }
    }

    std::filesystem::path path_;
    int lock_ = -1;
};

/// One file, whole or untouched. What is no regular file (a pipe, a device) is written directly.
class output_file {
  public:
    /// Makes the folder around it, and tries it. @throws svdlens::file_error (cannot_write)
    explicit output_file(std::filesystem::path place) : place_(std::move(place)) {
        std::error_code ignored;
        const auto status = std::filesystem::status(place_, ignored);
        if (std::filesystem::is_directory(status)) detail::fail_to_write(place_, "is a directory");
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return;
        if (std::filesystem::exists(status)) place_ = std::filesystem::canonical(place_); // through links
        const auto folder = place_.has_parent_path() ? place_.parent_path() : std::filesystem::path(".");
        std::error_code failure;
        std::filesystem::create_directories(folder, failure);
        if (failure) detail::fail_to_write(folder, failure.message());
        work_.emplace(folder);
    }

    /// Where it is to be written for now.
    std::filesystem::path path() const { return work_ ? work_->path() / place_.filename() : place_; }

    /// It takes its place. @throws svdlens::file_error (cannot_write); cancelled_error
    void commit() {
        stop_if_interrupted();
        if (!work_) return;
        std::error_code failure;
        std::filesystem::rename(path(), place_, failure);
        if (failure) detail::fail_to_write(place_, failure.message());
    }

  private:
    std::filesystem::path place_;
    std::optional<work_folder> work_;
};

/// Writes a set of files into a folder, all of them or none.
///
/// The files are written into a folder of their own beside their places, `.svdlens-work-<pid>`. `commit`
/// takes the old manifest away, moves the old files aside and the new ones to their places, and writes the new
/// manifest last: a set that is half the old and half the new one, as after a loss of power, has no manifest
/// that fits. Where a move fails the old files are moved back. Files that the old manifest does not name are
/// never touched; nor are those that it names and somebody has changed.
class output_folder {
  public:
    /// Makes the folder and tries it. Takes away what runs that were killed have left.
    /// @throws svdlens::file_error (cannot_write)
    explicit output_folder(std::filesystem::path place) : place_(std::move(place)) {
        std::error_code failure;
        is_new_ = std::filesystem::create_directories(place_, failure);
        if (failure) detail::fail_to_write(place_, failure.message());
        work_.emplace(place_);
    }

    output_folder(const output_folder&) = delete;
    output_folder& operator=(const output_folder&) = delete;

    ~output_folder() {
        work_.reset();
        std::error_code ignored;
        if (is_new_) std::filesystem::remove(place_, ignored); // only an empty one goes
    }

    /// Where a file of the set is to be written for now.
    std::filesystem::path file(const std::string& name) {
        names_.push_back(name);
        return work_->path() / name;
    }

    const std::filesystem::path& place() const { return place_; }
    const std::vector<std::string>& names() const { return names_; }

    /// The new set takes the place of the old. A signal is heard until the first file is moved.
    /// @throws svdlens::file_error (cannot_write), with the old set as it was; cancelled_error
    void commit(manifest_facts facts) {
        facts["files"] = hashes();
        write_manifest(facts);
        const auto replaced = files_to_replace();
        stop_if_interrupted();
        std::vector<std::pair<std::filesystem::path, std::filesystem::path>> moved;
        try {
            const auto aside = work_->path() / "old";
            std::filesystem::create_directory(aside);
            move(moved, place_ / manifest_name, aside / manifest_name);
            for (const auto& name : replaced) move(moved, place_ / name, aside / name);
            for (const auto& name : names_) move(moved, work_->path() / name, place_ / name);
            move(moved, work_->path() / manifest_name, place_ / manifest_name);
        } catch (const std::filesystem::filesystem_error& failure) {
            for (auto at = moved.rbegin(); at != moved.rend(); ++at) {
                std::error_code ignored;
                std::filesystem::rename(at->second, at->first, ignored);
            }
            detail::fail_to_write(failure.path2().empty() ? failure.path1() : failure.path2(),
                                  failure.code().message());
        }
    }

  private:
    static void move(std::vector<std::pair<std::filesystem::path, std::filesystem::path>>& moved,
                     const std::filesystem::path& from, const std::filesystem::path& to) {
        if (!std::filesystem::exists(std::filesystem::symlink_status(from))) return;
        std::filesystem::rename(from, to);
        moved.emplace_back(from, to);
    }

    nlohmann::ordered_json hashes() const {
        nlohmann::ordered_json files = nlohmann::ordered_json::array();
        const svdlens::execution run{.stop = &interrupted};
        for (const auto& name : names_)
            files.push_back({{"name", name},
                             {"bytes", std::filesystem::file_size(work_->path() / name)},
                             {"sha256", svdlens::file_sha256(work_->path() / name, run)}});
        return files;
    }

    void write_manifest(const nlohmann::ordered_json& facts) const {
        svdlens::file_writer file(work_->path() / manifest_name);
        file.write(facts.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
        file.commit();
    }

    /// The files that stand where new ones go, and those of the old set that the new one does not have.
    std::vector<std::string> files_to_replace() const {
        std::vector<std::string> names = names_;
        std::ifstream in(place_ / manifest_name);
        const auto old = nlohmann::json::parse(in, nullptr, false);
        if (!old.is_object() || !old.contains("files") || !old["files"].is_array()) return names;
        for (const auto& file : old["files"]) {
            if (!file.is_object() || !file.contains("name") || !file["name"].is_string()) continue;
            const auto name = file["name"].get<std::string>();
            const bool is_plain = name.find('/') == std::string::npos && name != "." && name != "..";
            if (!is_plain || std::find(names.begin(), names.end(), name) != names.end()) continue;
            if (is_unchanged(place_ / name, file.value("sha256", std::string()))) names.push_back(name);
        }
        return names;
    }

    static bool is_unchanged(const std::filesystem::path& path, const std::string& hash) {
        std::error_code failure;
        return std::filesystem::is_regular_file(path, failure) && svdlens::file_sha256(path) == hash;
    }

    std::filesystem::path place_;
    std::optional<work_folder> work_;
    std::vector<std::string> names_;
    bool is_new_ = false;
};

/// What a folder's manifest says against the files that are there: a line a file that is missing or another,
/// none for a whole set. No manifest: nothing.
/// @throws svdlens::format_error (invalid_config) for a manifest that is none
inline std::optional<std::vector<std::string>> check_output_folder(const std::filesystem::path& place) {
    const auto path = place / manifest_name;
    if (!std::filesystem::exists(path)) return std::nullopt;
    std::ifstream in(path);
    const auto manifest = nlohmann::json::parse(in, nullptr, false);
    if (!manifest.is_object() || !manifest.contains("files") || !manifest["files"].is_array())
        throw svdlens::format_error(svdlens::errc::invalid_config,
                                    path.string() + ": expected a manifest with a list of files");
    std::vector<std::string> wrong;
    for (const auto& file : manifest["files"]) {
        const auto name = file.value("name", std::string());
        const auto here = place / name;
        if (!std::filesystem::exists(here))
            wrong.push_back(name + ": missing");
        else if (svdlens::file_sha256(here) != file.value("sha256", std::string()))
            wrong.push_back(name + ": is not the file that the manifest names");
    }
    return wrong;
}

} // namespace program

#endif
