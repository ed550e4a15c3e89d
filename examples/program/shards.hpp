/// @file
/// `--shard i/n` and `svdlens merge`: a command whose passes are shared out between processes.
#ifndef SVDLENS_EXAMPLES_PROGRAM_SHARDS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_SHARDS_HPP

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <svdlens/core/file_writer.hpp>
#include <svdlens/core/shard_run.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/io/sha256.hpp>
#include <svdlens/linalg/machine_facts.hpp>

#include "ending.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "reading.hpp"
#include "units.hpp"
#include "version.hpp"

namespace program {

/// What a process that merges ends with where the shards have to make another round.
inline constexpr int another_round = 3;

namespace detail {

inline constexpr std::string_view arguments_fact = "arguments";

/// The arguments that say what is done, in their order: not how, where to, nor which shard.
inline std::vector<std::string> arguments_of_work(const options& o) {
    constexpr std::array<std::string_view, 3> with_value{"--shard", "--out", "--threads"};
    constexpr std::array<std::string_view, 7> alone{"-v",     "-q",      "--verbose", "--quiet",
                                                    "--json", "--mixed", "--no-mmap"};
    const auto is_in = [](const auto& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    std::vector<std::string> kept;
    for (std::size_t k = 0; k < o.given.size(); ++k) {
        const auto& each = o.given[k];
        const auto name = each.substr(0, each.find('='));
        if (is_in(alone, each)) continue;
        if (is_in(with_value, name)) {
            k += name == each ? 1U : 0U;
            continue;
        }
        kept.push_back(each);
    }
    return kept;
}

inline constexpr std::string_view folder_fact = "started in";

/// Where files are looked for that are named from there; empty where all are named by whole paths. Who merges goes there,
/// so that its result names them as a single process' does.
inline std::string folder_of_work(const options& o) {
    const auto is_whole = [](const std::filesystem::path& path) {
        return path.empty() || path.is_absolute();
    };
    const bool all_whole = is_whole(o.model) && is_whole(o.base) && is_whole(o.scheme) &&
                           is_whole(o.exported) && o.vectors.empty();
    return all_whole ? std::string() : std::filesystem::current_path().string();
}

/// What a file is known by where its hash is: the file itself, not its name alone, as last changed. Nothing where that is
/// too near: another change could follow within the clock's step.
inline std::optional<json> state_of_file(const std::filesystem::path& path) {
    struct stat found = {};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    constexpr std::time_t step = 2;
    if (found.st_ctime + step >= std::time(nullptr)) return std::nullopt;
    const auto number = [](auto n) { return static_cast<std::int64_t>(n); };
    return json{{"path", std::filesystem::absolute(path).lexically_normal().string()},
                {"size", number(found.st_size)},
                {"inode", number(found.st_ino)},
                {"changed", {number(found.st_ctim.tv_sec), number(found.st_ctim.tv_nsec)}},
                {"modified", {number(found.st_mtim.tv_sec), number(found.st_mtim.tv_nsec)}}};
}

/// What the model's files are known by; nothing where one was changed just now.
inline std::optional<json> state_of_files(const std::vector<std::filesystem::path>& paths) {
    json files = json::array();
    for (const auto& path : paths) {
        auto state = state_of_file(path);
        if (!state) return std::nullopt;
        files.push_back(std::move(*state));
    }
    return files;
}

/// The hashes that a process has left for files in this state.
inline std::optional<std::vector<std::string>> known_hashes(const std::filesystem::path& place,
                                                            const json& files) {
    std::ifstream in(place);
    const auto known = in ? json::parse(in, nullptr, false) : json();
    if (!known.is_object() || known.value("files", json()) != files) return std::nullopt;
    const auto hashed = known.value("hashes", json());
    if (!hashed.is_array() || hashed.size() != files.size()) return std::nullopt;
    std::vector<std::string> result;
    for (const auto& each : hashed)
        if (each.is_string()) result.push_back(each.get<std::string>());
    if (result.size() != files.size()) return std::nullopt;
    return result;
}

/// The hashes of the model's files, read from the folder where another process has made them: large models are read once
/// for that, not by every shard. Copies on other machines have files of their own.
inline std::vector<std::pair<std::string, std::string>>
shared_hashes(const read_model& model, const options& o, const std::filesystem::path& folder) {
    const auto paths = inputs_of(model, o);
    const auto files = state_of_files(paths);
    if (!files) return hashes(model, o);
    const auto text = files->dump(1);
    svdlens::sha256 name;
    name.add(std::as_bytes(std::span(text)));
    const auto place = folder / "made" / ("hashes-" + name.hex().substr(0, 16) + ".json");
    std::vector<std::pair<std::string, std::string>> result;
    if (const auto known = known_hashes(place, *files)) {
        for (std::size_t k = 0; k < paths.size(); ++k)
            result.emplace_back(paths[k].filename().string(), (*known)[k]);
        return result;
    }
    result = hashes(model, o);
    if (state_of_files(paths) != files) return result; // changed meanwhile: nothing to keep
    json hashed = json::array();
    for (const auto& each : result) hashed.push_back(each.second);
    std::filesystem::create_directories(place.parent_path());
    svdlens::file_writer out(place);
    out.write(json{{"files", *files}, {"hashes", hashed}}.dump(1) + "\n");
    out.commit();
    return result;
}

/// What all shards have to have in common.
inline std::vector<svdlens::shard_fact> facts_of_work(const options& o, const std::filesystem::path& folder) {
    options plain = o; // which files they are: nothing is folded for that
    plain.raw = true;
    const auto model = read(plain, o.model, o.model);
    std::vector<svdlens::shard_fact> facts{{"program", version_text()},
                                           {"command", o.command},
                                           {std::string(arguments_fact), json(arguments_of_work(o)).dump()},
                                           {std::string(folder_fact), folder_of_work(o)},
                                           {"memory", svdlens::to_text(o.memory)}};
    for (const auto& [name, hash] : shared_hashes(model, o, folder))
        facts.push_back({"sha256 of " + name, hash});
    for (auto& [name, value] : svdlens::machine_facts())
        facts.push_back({std::move(name), std::move(value), true});
    return facts;
}

inline svdlens::unlike_machines accepted(const options& o) {
    return o.mixed ? svdlens::unlike_machines::accepted : svdlens::unlike_machines::refused;
}

/// One shard: its states, and nothing else.
template <class Command>
int make_shard(options o, Command command) {
    if (o.out.empty()) throw usage_error("--shard needs --out, the folder of all shards");
    if (o.model.empty()) throw usage_error("--shard needs a model");
    const auto folder = std::exchange(o.out, {});
    const bool quiet = o.quiet;
    svdlens::shard_run shards(folder, *o.shard, facts_of_work(o, folder), accepted(o));
    const auto name = "shard " + svdlens::to_text(o.shard->index) + "/" + svdlens::to_text(o.shard->count) +
                      " of round " + svdlens::to_text(shards.round());
    if (shards.is_done()) {
        if (!quiet) std::cerr << name << " is there already\n";
        return EXIT_SUCCESS;
    }
    o.shards = &shards;
    o.quiet = true;
    o.json = false;
    try {
        command(std::as_const(o));
    } catch (const svdlens::pending_error&) { // what the others do
    }
    const auto bytes = shards.commit();
    if (!quiet)
        std::cerr << name << ": " << svdlens::to_text(bytes) << " bytes of states in " << folder.string()
                  << "\n";
    return EXIT_SUCCESS;
}

} // namespace detail

/// Runs a command alone, or as one of the shards of `--shard`.
template <class Command>
int run_or_shard(const options& o, Command command) {
    return o.shard ? detail::make_shard(o, command) : command(o);
}

/// What the shards of a folder were asked.
struct asked_work {
    std::string command;
    std::vector<std::string> arguments;
    std::filesystem::path started_in; ///< empty where nothing hangs on it
};

inline asked_work work_of_shards(const std::filesystem::path& folder) {
    asked_work work;
    for (const auto& fact : svdlens::shard_facts(folder)) {
        if (fact.name == "command") work.command = fact.value;
        if (fact.name == detail::folder_fact) work.started_in = fact.value;
        if (fact.name != detail::arguments_fact) continue;
        const auto list = json::parse(fact.value, nullptr, false);
        if (list.is_array())
            for (const auto& each : list)
                if (each.is_string()) work.arguments.push_back(each.get<std::string>());
    }
    return work;
}

namespace detail {

/// Goes where the shards were started: files are named from there.
inline void go_to(const std::filesystem::path& folder) {
    std::error_code failure;
    if (!folder.empty()) std::filesystem::current_path(folder, failure);
    if (failure)
        throw svdlens::file_error(
            svdlens::errc::cannot_open,
            folder.string() + ": cannot go to the folder in which the shards were started: " +
                failure.message() + "; merge where it is, or start shards with whole paths");
}

} // namespace detail

/// Runs a command with what its shards have found, from where they were started. Its result is `name` in the folder, or
/// where `o.out` says.
template <class Command>
int merge_shards(options o, std::filesystem::path folder, const std::filesystem::path& name,
                 const std::filesystem::path& started_in, Command command) {
    folder = std::filesystem::absolute(folder);
    o.out = o.out.empty() ? folder / name : std::filesystem::absolute(o.out);
    detail::go_to(started_in);
    svdlens::shard_run shards(folder, detail::facts_of_work(o, folder), detail::accepted(o));
    if (!shards.unlike().empty())
        o.mixed_note =
            "shards of unlike machines, whose scores may differ in their last bits: " + shards.unlike();
    o.shards = &shards;
    try {
        return command(std::as_const(o));
    } catch (const svdlens::pending_error&) {
        shards.begin_round();
        std::cerr << "round " << shards.round() + 1 << " is needed: run all "
                  << svdlens::to_text(shards.which().count) << " shards again, then merge\n";
        return another_round;
    }
}

} // namespace program

#endif
