/// @file
/// `--shard i/n` and `svdlens merge`: a command whose passes are shared out between processes.
#ifndef SVDLENS_EXAMPLES_PROGRAM_SHARDS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_SHARDS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/core/file_writer.hpp>
#include <svdlens/core/shard_run.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/linalg/machine_facts.hpp>

#include "ending.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "reading.hpp"
#include "version.hpp"

namespace program {

/// What a process that merges ends with where the shards have to make another round.
inline constexpr int another_round = 3;

namespace detail {

inline constexpr std::string_view arguments_fact = "arguments";

/// The arguments that say what is done, in their order: not how, where to, nor which shard. The model by its whole path.
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
        kept.push_back(each == o.model ? std::filesystem::absolute(each).lexically_normal().string() : each);
    }
    return kept;
}

/// What a file is known by where its hash is: another size or time, and it is hashed again.
inline json state_of_file(const std::filesystem::path& path) {
    const auto time = std::filesystem::last_write_time(path).time_since_epoch().count();
    return {{"path", std::filesystem::absolute(path).lexically_normal().string()},
            {"size", std::filesystem::file_size(path)},
            {"time", static_cast<std::int64_t>(time)}};
}

/// The hashes of the model's files, read from the folder where another process has made them: large models are read once
/// for that, not by every shard.
inline std::vector<std::pair<std::string, std::string>>
shared_hashes(const read_model& model, const options& o, const std::filesystem::path& folder) {
    json files = json::array();
    for (const auto& path : inputs_of(model, o)) files.push_back(state_of_file(path));
    const auto place = folder / "hashes.json";
    std::ifstream in(place);
    const auto known = in ? json::parse(in, nullptr, false) : json();
    std::vector<std::pair<std::string, std::string>> result;
    if (known.is_object() && known.value("files", json()) == files) {
        const auto hashed = known.value("hashes", json());
        for (std::size_t k = 0; k < files.size() && hashed.is_array() && hashed.size() == files.size(); ++k)
            if (hashed[k].is_string())
                result.emplace_back(
                    std::filesystem::path(files[k]["path"].get<std::string>()).filename().string(),
                    hashed[k].get<std::string>());
        if (result.size() == files.size()) return result;
    }
    result = hashes(model, o);
    json hashed = json::array();
    for (const auto& [name, hash] : result) hashed.push_back(hash);
    std::filesystem::create_directories(folder);
    svdlens::file_writer out(place);
    out.write(json{{"files", files}, {"hashes", hashed}}.dump(1) + "\n");
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

/// Work that hangs on no other unit's, such as one of several tables.
template <class Work>
void in_unit(const options& o, const std::string& name, Work work) {
    if (o.shards == nullptr) return work();
    o.shards->unit(name, work);
}

/// Behind the last unit: what other shards have a part in is not written.
inline void end_units(const options& o) {
    if (o.shards != nullptr && o.shards->is_pending())
        throw svdlens::pending_error("the tables are shared out");
}

/// The command and the arguments that the shards of a folder were given.
inline std::pair<std::string, std::vector<std::string>> work_of_shards(const std::filesystem::path& folder) {
    std::pair<std::string, std::vector<std::string>> work;
    for (const auto& fact : svdlens::shard_facts(folder)) {
        if (fact.name == "command") work.first = fact.value;
        if (fact.name != detail::arguments_fact) continue;
        const auto list = json::parse(fact.value, nullptr, false);
        if (list.is_array())
            for (const auto& each : list)
                if (each.is_string()) work.second.push_back(each.get<std::string>());
    }
    return work;
}

/// Runs a command with what its shards have found. Its result is `name` in the folder, or where `o.out` says.
template <class Command>
int merge_shards(options o, const std::filesystem::path& folder, Command command) {
    if (o.out.empty()) o.out = folder / (o.command + ".csv");
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
