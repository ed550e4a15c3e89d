/// @file
/// Results that are whole or untouched: a folder that is the old set or the new one, and says which; one file.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OUTPUT_FOLDER_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OUTPUT_FOLDER_HPP

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
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

/// A file that a manifest names.
struct listed_file {
    std::string name;
    std::string sha256;
};

namespace detail {

namespace fs = std::filesystem;

[[noreturn]] inline void fail_to_write(const fs::path& path, const std::string& reason) {
    throw svdlens::file_error(svdlens::errc::cannot_write, path.string() + ": cannot write: " + reason);
}

inline bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

/// What a manifest says.
struct listed_set {
    std::string command; ///< that wrote the set; empty where the manifest does not say
    std::vector<listed_file> files;
};

/// What a manifest of this program says; nothing where it is none, or another's.
inline std::optional<listed_set> read_manifest(const fs::path& path) {
    std::ifstream in(path);
    const auto manifest = nlohmann::json::parse(in, nullptr, false);
    const auto text = [](const nlohmann::json& of, const char* key) {
        return of.is_object() && of.contains(key) && of[key].is_string() ? of[key].get<std::string>()
                                                                         : std::string();
    };
    if (text(manifest, "program") != "svdlens" || !manifest.contains("files") ||
        !manifest["files"].is_array())
        return std::nullopt;
    listed_set set{.command = text(manifest, "command"), .files = {}};
    for (const auto& each : manifest["files"]) {
        set.files.push_back({text(each, "name"), text(each, "sha256")});
        if (!is_plain_name(set.files.back().name)) return std::nullopt;
    }
    return set;
}

/// Whether a file is there as the manifest has it. Reads all of it.
inline bool is_as_listed(const fs::path& folder, const listed_file& file) {
    std::error_code ignored;
    const auto path = folder / file.name;
    return fs::is_regular_file(fs::symlink_status(path, ignored)) &&
           svdlens::file_sha256(path) == file.sha256;
}

/// Nobody else changes the folder while this lives: a lock that goes with the process.
class folder_lock {
  public:
    explicit folder_lock(const fs::path& folder, int how = LOCK_EX) :
        file_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) {
        if (file_ >= 0 && flock(file_, how) == 0) return;
        if (file_ >= 0) close(file_);
        file_ = -1;
    }
    folder_lock(folder_lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    folder_lock& operator=(folder_lock&&) = delete;
    ~folder_lock() {
        if (file_ >= 0) close(file_);
    }

    bool is_held() const { return file_ >= 0; }

  private:
    int file_;
};

/// Folders that runs have left which are no more: those that nobody holds.
inline std::vector<std::pair<fs::path, folder_lock>> stale_work(const fs::path& place) {
    std::vector<std::pair<fs::path, folder_lock>> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(place, ignored)) {
        if (!entry.path().filename().string().starts_with(work_prefix)) continue;
        if (folder_lock lock(entry.path(), LOCK_EX | LOCK_NB); lock.is_held())
            found.emplace_back(entry.path(), std::move(lock));
    }
    return found;
}

/// Whether a run has left a folder among its moves: some of its files are in their places, others not.
inline bool holds_half(const fs::path& work) {
    return fs::exists(work / "old") && fs::exists(work / manifest_name);
}

/// Brings a half-moved set to an end. Forward where all its files are in their places; else the old set goes
/// back, and what only the new one has goes.
inline void end_moves(const fs::path& place, const fs::path& work) {
    const auto fresh = read_manifest(work / manifest_name).value_or(listed_set()).files;
    const bool is_there = std::all_of(fresh.begin(), fresh.end(),
                                      [&](const listed_file& file) { return is_as_listed(place, file); });
    if (is_there && !fresh.empty()) return fs::rename(work / manifest_name, place / manifest_name);
    for (const auto& file : fresh)
        if (!fs::exists(work / file.name) && fs::exists(place / file.name)) // it was moved already
            fs::rename(place / file.name, work / file.name);
    fs::path manifest;
    for (const auto& entry : fs::directory_iterator(work / "old")) {
        if (entry.path().filename() == manifest_name)
            manifest = entry.path();
        else
            fs::rename(entry.path(), place / entry.path().filename());
    }
    if (!manifest.empty()) fs::rename(manifest, place / manifest_name);
}

/// Takes away what killed runs have left, the old set in its place. What cannot be mended stays.
inline void remove_stale(const fs::path& place) {
    for (const auto& [work, lock] : stale_work(place)) {
        std::error_code ignored;
        try {
            if (holds_half(work)) end_moves(place, work);
            fs::remove_all(work, ignored);
        } catch (const std::exception&) { // the next run, or a person, may have more luck
        }
    }
}

/// Whether two paths name one file.
inline bool is_same_file(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return fs::exists(a, ignored) && fs::exists(b, ignored) && fs::equivalent(a, b, ignored);
}

/// Whether a file's begin, where every format has its head, holds a mark. An empty file has nothing to lose.
inline bool is_marked(const fs::path& path, std::string_view mark) {
    std::string head(std::size_t{1} << 14, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    return (in.eof() && head.empty()) || head.find(mark) != std::string::npos;
}

} // namespace detail

/// A folder in which files are written before they are moved to their places in the folder around it. It is
/// locked, and goes with the program; what a program that was killed has left goes with the next.
class work_folder {
  public:
    /// Makes the place where it is not there, tries it, and takes away what killed runs have left.
    /// @throws svdlens::file_error (cannot_write)
    explicit work_folder(const std::filesystem::path& place) {
        std::error_code failure;
        for (auto path = place; !path.empty() && !std::filesystem::exists(path, failure);
             path = path.parent_path())
            made_.push_back(path);
        std::filesystem::create_directories(place, failure);
        if (failure) give_up(place, failure.message());
        const detail::folder_lock nobody_else(place);
        detail::remove_stale(place);
        std::string name = (place / (std::string(work_prefix) + std::string(6, 'X'))).string(); // mkdtemp's
        if (mkdtemp(name.data()) == nullptr) give_up(place, std::generic_category().message(errno));
        path_ = name;
        lock_.emplace(path_);
        try { // a full or read-only disk is said before the work
            svdlens::file_writer trial(path_ / "trial");
            trial.write("trial\n");
            trial.commit();
        } catch (...) {
            remove();
            throw;
        }
        std::filesystem::remove(path_ / "trial", failure);
    }

    work_folder(const work_folder&) = delete;
    work_folder& operator=(const work_folder&) = delete;
    ~work_folder() { remove(); }

    const std::filesystem::path& path() const { return path_; }

    /// Leaves the folder as it is: it holds what exists nowhere else.
    void keep() { is_kept_ = true; }

  private:
    /// With the folders that were made for it, where nothing is in them.
    void remove() noexcept {
        std::error_code ignored;
        if (!path_.empty() && !is_kept_) std::filesystem::remove_all(path_, ignored);
        for (const auto& each : made_) std::filesystem::remove(each, ignored);
    }

    [[noreturn]] void give_up(const std::filesystem::path& path, const std::string& reason) {
        remove();
        detail::fail_to_write(path, reason);
    }

    std::filesystem::path path_;
    std::vector<std::filesystem::path> made_; ///< innermost first
    std::optional<detail::folder_lock> lock_;
    bool is_kept_ = false;
};

/// What the begins of our files say, by which they are known again.
inline constexpr std::string_view table_mark = "# svdlens ";
inline constexpr std::string_view page_mark = "<meta name=\"generator\" content=\"svdlens\">";
inline constexpr std::string_view planted_mark = "svdlens planted";

/// One file, whole or untouched. What is no regular file (a pipe, a device) is written directly.
class output_file {
  public:
    /// @param mark what a file that is replaced has to have: others stay
    /// @param option that names the place
    /// @throws svdlens::file_error (cannot_write)
    output_file(std::filesystem::path place, std::string_view mark, std::string option = "--out") :
        place_(std::move(place)), option_(std::move(option)) {
        std::error_code ignored;
        const auto status = std::filesystem::status(place_, ignored);
        if (std::filesystem::is_directory(status) || !place_.has_filename())
            detail::fail_to_write(place_, "is a directory, expected a file");
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return;
        if (std::filesystem::exists(status)) {
            place_ = std::filesystem::canonical(place_); // through links
            if (!detail::is_marked(place_, mark))
                detail::fail_to_write(place_,
                                      "a file is there that is no earlier result of this command; take "
                                      "it away, or choose another name (" +
                                          option_ + ")");
        }
        work_.emplace(place_.has_parent_path() ? place_.parent_path() : std::filesystem::path("."));
    }

    /// Refuses to replace one of these files. @throws svdlens::file_error (cannot_write)
    void keep_inputs(const std::vector<std::filesystem::path>& inputs) const {
        for (const auto& input : inputs)
            if (detail::is_same_file(place_, input))
                detail::fail_to_write(place_,
                                      "it is read in this run; choose another name (" + option_ + ")");
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
    std::string option_;
    std::optional<work_folder> work_;
};

/// Writes a set of files into a folder, all of them or none.
///
/// The files are written into a folder of their own beside their places. `commit` takes the old manifest
/// away, moves the old files aside and the new ones to their places, and writes the new manifest last: a set
/// that is half the old and half the new one, as after a loss of power, has no manifest that fits, and the
/// next run brings it to an end. Where a move fails the old files are moved back. Only files that the old
/// manifest names, unchanged, are replaced: a folder in which others stand under our names is refused, and so is one
/// that holds the results of another command.
class output_folder {
  public:
    /// Makes the folder, tries it, and takes away what runs that were killed have left.
    /// @param command that writes the set, as its manifest will name it
    /// @param names the files that the set may have
    /// @throws svdlens::file_error (cannot_write), also where files of others have the names
    output_folder(std::filesystem::path place, std::string command, std::vector<std::string> names) :
        place_(std::move(place)), command_(std::move(command)), work_(place_), reserved_(std::move(names)) {
        check_place();
    }

    /// Refuses a set that would replace one of these files. @throws svdlens::file_error (cannot_write)
    void keep_inputs(const std::vector<std::filesystem::path>& inputs) {
        inputs_ = inputs;
        for (const auto& name : reserved_)
            for (const auto& input : inputs_)
                if (detail::is_same_file(place_ / name, input))
                    detail::fail_to_write(place_ / name,
                                          "it is read in this run; choose another folder (--out)");
    }

    /// Refuses another output of the run that would be one of the set's files, there or not.
    /// @param option that names it
    /// @throws svdlens::file_error (cannot_write)
    void keep_names(const std::filesystem::path& other, const std::string& option) const {
        const auto folder = other.has_parent_path() ? other.parent_path() : std::filesystem::path(".");
        const auto name = other.filename();
        if (!detail::is_same_file(folder, place_)) return;
        if (name != manifest_name && std::find(reserved_.begin(), reserved_.end(), name) == reserved_.end())
            return;
        detail::fail_to_write(other, "it is a file of the set that is written to " + place_.string() +
                                         "; choose another name (" + option + ")");
    }

    /// Where a file of the set is to be written for now.
    std::filesystem::path file(const std::string& name) {
        names_.push_back(name);
        return work_.path() / name;
    }

    const std::filesystem::path& place() const { return place_; }
    const std::vector<std::string>& names() const { return names_; }

    /// The new set takes the place of the old. A signal is heard until the first file is moved.
    /// @throws svdlens::file_error (cannot_write), with the old set as it was; cancelled_error
    void commit(manifest_facts facts) {
        facts["command"] = command_;
        facts["files"] = hashes();
        write_manifest(facts);
        stop_if_interrupted();
        const detail::folder_lock nobody_else(place_);
        const auto replaced = check_place();
        std::vector<std::pair<std::filesystem::path, std::filesystem::path>> moved;
        moved.reserve(replaced.size() + names_.size() + 2);
        try {
            const auto aside = work_.path() / "old";
            std::filesystem::create_directory(aside);
            for (const auto& name : replaced) move(moved, place_ / name, aside / name);
            for (const auto& name : names_) move(moved, work_.path() / name, place_ / name);
            move(moved, work_.path() / manifest_name, place_ / manifest_name);
        } catch (const std::filesystem::filesystem_error& failure) {
            move_back(moved);
            detail::fail_to_write(failure.path2().empty() ? failure.path1() : failure.path2(),
                                  failure.code().message());
        }
    }

  private:
    static void move(std::vector<std::pair<std::filesystem::path, std::filesystem::path>>& moved,
                     const std::filesystem::path& from, const std::filesystem::path& to) {
        std::filesystem::rename(from, to);
        moved.emplace_back(from, to);
    }

    void move_back(const std::vector<std::pair<std::filesystem::path, std::filesystem::path>>& moved) {
        for (auto at = moved.rbegin(); at != moved.rend(); ++at) {
            std::error_code failure;
            std::filesystem::rename(at->second, at->first, failure);
            if (!failure) continue;
            work_.keep();
            detail::fail_to_write(place_, failure.message() + "; the files that were there are in " +
                                              work_.path().string() + "; the next run moves them back");
        }
    }

    /// The files of the old set that are to go, its manifest first.
    /// @throws svdlens::file_error (cannot_write) where the set is another command's, or a name of the set is that of
    /// another's file
    std::vector<std::string> check_place() const {
        std::vector<std::string> ours;
        const auto manifest = place_ / manifest_name;
        const auto old = detail::read_manifest(manifest);
        if (old && !old->command.empty() && old->command != command_)
            detail::fail_to_write(place_, "it holds the results of `" + old->command + "`, and this is `" +
                                              command_ + "`; choose another folder (--out)");
        if (old) ours.emplace_back(manifest_name);
        for (const auto& file : old.value_or(detail::listed_set()).files)
            if (detail::is_as_listed(place_, file) && !is_input(file.name)) ours.push_back(file.name);
        auto wanted = reserved_;
        wanted.emplace_back(manifest_name);
        for (const auto& name : wanted) {
            const bool is_ours = std::find(ours.begin(), ours.end(), name) != ours.end();
            if (!is_ours && std::filesystem::exists(std::filesystem::symlink_status(place_ / name)))
                detail::fail_to_write(place_ / name,
                                      "a file is there that is not as svdlens wrote it; take it away, or "
                                      "choose another folder (--out)");
        }
        return ours;
    }

    bool is_input(const std::string& name) const {
        return std::any_of(inputs_.begin(), inputs_.end(), [&](const std::filesystem::path& input) {
            return detail::is_same_file(place_ / name, input);
        });
    }

    nlohmann::ordered_json hashes() const {
        nlohmann::ordered_json files = nlohmann::ordered_json::array();
        const svdlens::execution run{.stop = &interrupted};
        for (const auto& name : names_)
            files.push_back({{"name", name},
                             {"bytes", std::filesystem::file_size(work_.path() / name)},
                             {"sha256", svdlens::file_sha256(work_.path() / name, run)}});
        return files;
    }

    void write_manifest(const nlohmann::ordered_json& facts) const {
        svdlens::file_writer file(work_.path() / manifest_name);
        file.write(facts.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
        file.commit();
    }

    std::filesystem::path place_;
    std::string command_;
    work_folder work_;
    std::vector<std::string> reserved_;
    std::vector<std::string> names_;
    std::vector<std::filesystem::path> inputs_;
};

/// What is wrong with a folder of results, a line each, none for a whole set. Nothing where it is no folder of
/// results.
inline std::optional<std::vector<std::string>> check_output_folder(const std::filesystem::path& place) {
    std::vector<std::string> wrong;
    for (const auto& [work, lock] : detail::stale_work(place))
        if (detail::holds_half(work))
            wrong.push_back(
                "a run was ended among its moves: some files are of the old set, some of the new one; "
                "the next run of the command into the folder brings it to an end");
    const auto set = detail::read_manifest(place / manifest_name);
    if (!set) return wrong.empty() ? std::nullopt : std::optional(wrong);
    for (const auto& file : set->files)
        if (!std::filesystem::exists(place / file.name))
            wrong.push_back(file.name + ": missing");
        else if (!detail::is_as_listed(place, file))
            wrong.push_back(file.name + ": is not the file that the manifest names");
    return wrong;
}

} // namespace program

#endif
