/// @file
/// The files of shards: what they say of themselves, their names, and how each comes to its place once.
#ifndef SVDLENS_CORE_DETAIL_SHARD_FILE_HPP
#define SVDLENS_CORE_DETAIL_SHARD_FILE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "../error.hpp"
#include "../text.hpp"
#include "state_file.hpp"
#include "state_pipe.hpp"

namespace svdlens::inline v0_2::detail {

inline constexpr std::size_t most_shards = 1'000'000;

/// What a file says of itself.
struct shard_header {
    struct fact {
        std::string name;
        std::string value;
        std::uint8_t of_machine = 0;

        template <class Pipe>
        void fields(Pipe& pipe) {
            pipe(name, value, of_machine);
        }
    };
    std::uint64_t round = 0;
    std::uint64_t index = 0;
    std::uint64_t count = 0;
    std::vector<fact> facts;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(round, index, count, facts);
    }
};

/// A file that was read through.
struct shard_file {
    std::filesystem::path path;
    shard_header header;
    std::map<std::string, chunk_place> passes;
    std::string unlike = {}; ///< files of unlike machines that it is made from
};

/// @throws format_error (broken_shard)
inline shard_header read_shard_header(state_file_reader& file) {
    if (file.next() != chunk_kind::header) file.refuse("it does not begin with what it is");
    shard_header header;
    file.pipe()(header);
    return header;
}

/// All chunks, whose checksums are compared. O(bytes) @throws format_error (broken_shard)
inline shard_file read_shard_file(const std::filesystem::path& path) {
    state_file_reader file(path);
    shard_file found{path, read_shard_header(file), {}};
    for (auto kind = file.next(); kind != chunk_kind::end; kind = file.next()) {
        if (kind == chunk_kind::header) file.refuse("it says twice what it is");
        if (kind != chunk_kind::pass) continue;
        std::string key;
        const auto at = file.place();
        file.pipe()(key);
        if (!found.passes.emplace(key, at).second) file.refuse("the pass " + quoted(key) + " stands twice");
    }
    found.unlike = file.end_note();
    return found;
}

inline std::string padded(std::size_t number) {
    const auto digits = to_text(number);
    return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

inline std::string shard_file_name(std::size_t index, std::size_t count) {
    return "shard-" + padded(index) + "-of-" + padded(count) + ".states";
}

/// The first `most` of some lines, and how many there are more.
inline std::string joined_problems(const std::vector<std::string>& problems) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t k = 0; k < (std::min)(most, problems.size()); ++k)
        text += (k == 0 ? "" : "; ") + problems[k];
    if (problems.size() > most) text += "; and " + to_text(problems.size() - most) + " more";
    return text;
}

/// The files of states in a folder, by name; none where it is not there. @throws file_error (cannot_read)
inline std::vector<std::filesystem::path> state_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure))
        if (at->path().extension() == ".states") files.push_back(at->path());
    if (failure && failure != std::errc::no_such_file_or_directory)
        throw file_error(errc::cannot_read, folder.string() + ": cannot read: " + failure.message());
    std::sort(files.begin(), files.end());
    return files;
}

/// @throws file_error (cannot_write)
inline void make_folder(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        throw file_error(errc::cannot_write,
                         folder.string() + ": cannot create the folder: " + failure.message());
}

/// What processes that were killed, or are late, have left of a file that is in its place.
inline void remove_parts_of(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (fs::directory_iterator at(path.parent_path(), ignored), end; !ignored && at != end;
         at.increment(ignored))
        if (at->path().filename().string().starts_with(path.filename().string() + ".part"))
            fs::remove(at->path(), ignored);
}

/// Moves a file to its place. Where another process was first with the same file, it may have taken this one away, and a
/// file system that answers late may have lost the answer: what counts is that `is_there` the file.
template <class IsThere>
void commit_once(state_file_writer& file, const std::vector<std::string>& unlike, IsThere is_there) {
    std::string note;
    for (const auto& line : unlike) note += line + "\n";
    try {
        file.commit(note);
    } catch (const file_error&) {
        if (!is_there()) throw;
    }
    remove_parts_of(file.path());
}

/// A text as part of a file's name: letters, digits and underscores.
inline std::string file_name_of(std::string text) {
    for (auto& c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
    return text.substr(0, 60);
}

} // namespace svdlens::inline v0_2::detail

#endif
