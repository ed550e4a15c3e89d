/// @file
/// The bodies of core/shard_run.hpp.
#ifndef SVDLENS_CORE_DETAIL_BODIES_SHARD_RUN_HPP
#define SVDLENS_CORE_DETAIL_BODIES_SHARD_RUN_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../error.hpp"
#include "../../shard_run.hpp"
#include "../../text.hpp"
#include "../body.hpp"
#include "../shard_file.hpp"
#include "../state_file.hpp"
#include "../xxhash64.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Where the facts of a file differ from those that are expected; of machines by itself.
struct fact_difference {
    std::string work;
    std::string machine;
};

inline fact_difference compare_facts(const shard_header& header, const std::vector<shard_fact>& expected) {
    fact_difference result;
    const auto note = [](std::string& text, const std::string& what) {
        text += (text.empty() ? "" : ", ") + what;
    };
    for (const auto& fact : expected) {
        const auto same = [&](const auto& f) { return f.name == fact.name; };
        const auto found = std::find_if(header.facts.begin(), header.facts.end(), same);
        const std::string value = found == header.facts.end() ? "nothing" : found->value;
        if (value == fact.value) continue;
        note(fact.of_machine ? result.machine : result.work,
             fact.name + " " + value + " instead of " + fact.value);
    }
    if (header.facts.size() != expected.size() && result.work.empty() && result.machine.empty())
        result.work = "other facts are known of it";
    return result;
}

} // namespace detail

SVDLENS_BODY shard to_shard(std::string_view text) {
    shard result{0, 0};
    const auto slash = text.find('/');
    const auto number = [&](std::string_view digits, std::size_t& value) {
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return failure == std::errc() && end == digits.data() + digits.size();
    };
    if (slash == std::string_view::npos || !number(text.substr(0, slash), result.index) ||
        !number(text.substr(slash + 1), result.count) || result.index < 1 || result.index > result.count ||
        result.count > detail::most_shards)
        throw argument_error(errc::invalid_argument, "expected a shard as 2/7, the second of seven, found " +
                                                         quoted(std::string(text)));
    return result;
}

SVDLENS_BODY std::vector<shard_fact> shard_facts(const std::filesystem::path& folder) {
    std::vector<std::string> problems;
    for (const auto& path : detail::state_files(folder / "round-1")) {
        try {
            detail::state_file_reader file(path);
            std::vector<shard_fact> facts;
            for (auto& fact : detail::read_shard_header(file).facts)
                facts.push_back({std::move(fact.name), std::move(fact.value), fact.of_machine != 0});
            return facts;
        } catch (const error& broken) {
            problems.emplace_back(broken.what());
        }
    }
    throw format_error(errc::broken_shard, problems.empty()
                                               ? folder.string() + ": expected shards in round-1, found none"
                                               : detail::joined_problems(problems));
}

SVDLENS_BODY shard_run::shard_run(std::filesystem::path folder, shard which, std::vector<shard_fact> facts,
                                  unlike_machines accepted) :
    folder_(std::move(folder)),
    which_(to_shard(to_text(which.index) + "/" + to_text(which.count))), facts_(std::move(facts)),
    accepted_(accepted), share_(calls()) {
    read_plan();
    open_own();
}

SVDLENS_BODY shard_run::shard_run(std::filesystem::path folder, std::vector<shard_fact> facts,
                                  unlike_machines accepted) :
    folder_(std::move(folder)),
    which_{0, 0}, facts_(std::move(facts)), accepted_(accepted) {
    read_plan();
    read_round(round_);
    share_ = calls();
}

SVDLENS_BODY shard_run::~shard_run() = default;

/// Which round it is, and what the ones before have found.
SVDLENS_BODY void shard_run::read_plan() {
    const auto path = folder_ / "plan.states";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return;
    const auto plan = detail::read_shard_file(path);
    const auto refuse = [&](const std::string& what) {
        throw format_error(errc::broken_shard, path.string() + ": " + what + "; take another folder");
    };
    const auto differs = detail::compare_facts(plan.header, facts_);
    if (!differs.work.empty()) refuse("of other work: " + differs.work);
    if (plan.header.round < 2 || plan.header.round > 1000 || plan.header.index != 0)
        refuse("no plan of a round");
    if (plan.header.count < 1 || plan.header.count > detail::most_shards) refuse("no plan of shards");
    if (which_.count == 0) which_.count = static_cast<std::size_t>(plan.header.count);
    if (plan.header.count != which_.count)
        refuse("of " + to_text(plan.header.count) + " shards, expected " + to_text(which_.count));
    note_unlike(path, differs.machine, plan.unlike);
    refuse_unlike();
    round_ = static_cast<std::size_t>(plan.header.round);
    files_.push_back(path);
    for (const auto& [key, place] : plan.passes) {
        detail::state_file_reader file(path);
        file.go_to(place);
        file.next();
        std::string again;
        std::uint64_t streamed_in = 0;
        file.pipe()(again, streamed_in);
        if (streamed_in >= round_) refuse("a pass of a round that has not begun");
        auto& pass = passes_[key];
        pass.round = static_cast<std::size_t>(streamed_in);
        if (streamed_in == 0) pass.parts.push_back({0, place});
    }
}

/// Keeps in mind that a file is of an unlike machine, and what is noted in it of others, a line each.
SVDLENS_BODY void shard_run::note_unlike(const std::filesystem::path& path, const std::string& differences,
                                         const std::string& noted) {
    std::vector<std::string> lines;
    std::istringstream text(noted);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    if (!differences.empty()) lines.push_back(path.string() + ": " + differences);
    for (auto& line : lines)
        if (std::find(strangers_.begin(), strangers_.end(), line) == strangers_.end())
            strangers_.push_back(std::move(line));
    unlike_ = detail::joined_problems(strangers_);
}

/// @throws format_error (foreign_shard)
SVDLENS_BODY void shard_run::refuse_unlike() const {
    if (unlike_.empty() || accepted_ == unlike_machines::accepted) return;
    throw format_error(errc::foreign_shard,
                       unlike_ +
                           "; run all shards and merge with the same program on machines of one kind, or "
                           "accept scores that differ in their last bits (unlike_machines::accepted)");
}

SVDLENS_BODY void shard_run::write_header(detail::state_file_writer& file, std::size_t index) const {
    file.begin(detail::chunk_kind::header);
    detail::shard_header header{index == 0 ? round_ + 1 : round_, index, which_.count, {}};
    for (const auto& fact : facts_)
        header.facts.push_back({fact.name, fact.value, static_cast<std::uint8_t>(fact.of_machine)});
    file.pipe()(header);
}

/// This shard's file: nothing is left to do where it is there. A broken one is made anew.
SVDLENS_BODY void shard_run::open_own() {
    const auto path = path_of(round_, which_.index);
    detail::make_folder(path.parent_path());
    is_done_ = own_is_there();
    if (is_done_) return;
    writer_ = std::make_unique<detail::state_file_writer>(path);
    write_header(*writer_, which_.index);
}

/// Whether this shard's file is whole and of a machine that is accepted.
/// @throws format_error (broken_shard) where it is of other work
SVDLENS_BODY bool shard_run::own_is_there() const {
    const auto path = path_of(round_, which_.index);
    std::error_code ignored;
    std::optional<detail::shard_file> found;
    try {
        if (std::filesystem::exists(path, ignored)) found = detail::read_shard_file(path);
    } catch (const format_error&) { // not whole
    }
    if (!found) return false;
    const auto differs = detail::compare_facts(found->header, facts_);
    if (!differs.work.empty())
        throw format_error(errc::broken_shard,
                           path.string() + ": of other work: " + differs.work + "; take another folder");
    const bool is_like = differs.machine.empty() && found->unlike.empty();
    return found->header.index == which_.index && found->header.count == which_.count &&
           found->header.round == round_ && (is_like || accepted_ == unlike_machines::accepted);
}

SVDLENS_BODY std::filesystem::path shard_run::path_of(std::size_t round, std::size_t index) const {
    return folder_ / ("round-" + to_text(round)) / detail::shard_file_name(index, which_.count);
}

/// All files of a round: each is of this work, whole, and there once. What is wrong is said of all of them together.
SVDLENS_BODY void shard_run::read_round(std::size_t round) {
    std::vector<std::string> problems;
    check_round(round, problems);
    if (!problems.empty())
        throw format_error(errc::broken_shard, detail::joined_problems(problems) +
                                                   "; take away what does not belong there, and run the "
                                                   "shards that are missing or broken again");
    refuse_unlike();
}

SVDLENS_BODY void shard_run::check_round(std::size_t round, std::vector<std::string>& problems) {
    const auto folder = folder_ / ("round-" + to_text(round));
    const auto paths = detail::state_files(folder);
    std::vector<detail::shard_file> found;
    for (const auto& path : paths) {
        try {
            found.push_back(detail::read_shard_file(path));
        } catch (const error& broken) {
            problems.emplace_back(broken.what());
        }
    }
    for (const auto& file : found)
        if (which_.count == 0 && detail::compare_facts(file.header, facts_).work.empty() &&
            file.header.count <= detail::most_shards)
            which_.count = static_cast<std::size_t>(file.header.count);
    if (paths.empty()) problems.push_back(folder.string() + ": no shards are there");
    for (const auto& file : found) {
        const auto differs = detail::compare_facts(file.header, facts_);
        if (const auto wrong =
                differs.work.empty() ? misplacement(file, round) : "of other work: " + differs.work;
            !wrong.empty()) {
            problems.push_back(file.path.string() + ": " + wrong);
            continue;
        }
        note_unlike(file.path, differs.machine, file.unlike);
        take_passes(file);
    }
    for (std::size_t k = 1; k <= which_.count; ++k) // one that comes while this is read is missing, too
        if (const auto path = path_of(round, k); !std::binary_search(paths.begin(), paths.end(), path))
            problems.push_back(path.string() + ": is missing: run shard " + to_text(k) + "/" +
                               to_text(which_.count));
}

/// Why a file does not belong to a round, under the name that it has; empty where it does.
SVDLENS_BODY std::string shard_run::misplacement(const detail::shard_file& file, std::size_t round) const {
    const auto& header = file.header;
    if (header.count != which_.count || header.round != round || header.index < 1 ||
        header.index > header.count)
        return "shard " + to_text(header.index) + "/" + to_text(header.count) + " of round " +
               to_text(header.round) + ", expected one of " + to_text(which_.count) + " of round " +
               to_text(round);
    const auto belongs = path_of(round, static_cast<std::size_t>(header.index)).filename();
    if (file.path.filename() == belongs) return "";
    return "holds shard " + to_text(header.index) + ", which belongs in " + belongs.string() +
           ": there twice, or renamed";
}

SVDLENS_BODY void shard_run::take_passes(const detail::shard_file& file) {
    files_.push_back(file.path);
    for (const auto& [key, place] : file.passes) {
        auto& pass = passes_[key];
        if (pass.round == 0 && !pass.parts.empty()) continue; // merged
        pass.round = static_cast<std::size_t>(file.header.round);
        pass.parts.resize(which_.count, {static_cast<std::size_t>(-1), {}});
        pass.parts[static_cast<std::size_t>(file.header.index) - 1] = {files_.size() - 1, place};
    }
}

SVDLENS_BODY std::uint64_t shard_run::commit() {
    if (!writer_ || is_merging()) return 0;
    detail::commit_once(*writer_, strangers_, [this] { return own_is_there(); });
    const auto bytes = writer_->bytes();
    writer_.reset();
    is_done_ = true;
    return bytes;
}

SVDLENS_BODY void shard_run::begin_round() {
    if (!writer_) keep(true);                          // nothing is merged
    detail::commit_once(*writer_, strangers_, [this] { // or one of as many shards, by another that merges
        const auto plan = detail::read_shard_file(writer_->path());
        return plan.header.round > round_ && detail::compare_facts(plan.header, facts_).work.empty();
    });
    writer_.reset();
}

SVDLENS_BODY std::string shard_run::unit_path() const {
    std::string path;
    for (const auto& each : units_) path += each + "/";
    return path;
}

/// Another unit of the same name is another.
SVDLENS_BODY void shard_run::enter_unit(const std::string& name) {
    const auto times = ++entered_[unit_path() + name];
    units_.push_back(times == 1 ? name : name + " (" + to_text(times) + ")");
}

SVDLENS_BODY std::string shard_run::next_key(const std::string& title) {
    const auto unit = unit_path();
    return unit + to_text(++made_[unit]) + " " + title;
}

/// Counted by itself in each unit: how far another one came does not matter.
SVDLENS_BODY std::string shard_run::name_work(const std::string& what) {
    const auto unit = unit_path();
    const auto name = to_text(++works_[unit]) + "-" + detail::file_name_of(what);
    return unit.empty() ? name : name + "-" + to_text(detail::xxhash64(unit));
}

SVDLENS_BODY bool shard_run::begin_pass(const std::string& title) {
    key_ = next_key(title);
    auto found = passes_.find(key_);
    at_hand_ = found == passes_.end() ? nullptr : &found->second;
    if (at_hand_ != nullptr) {
        if (at_hand_->parts.empty()) read_round(at_hand_->round);
        for (std::size_t k = 0; k < at_hand_->parts.size(); ++k)
            if (at_hand_->parts[k].file >= files_.size())
                throw format_error(errc::broken_shard,
                                   path_of(at_hand_->round, k + 1).string() + ": the pass " + quoted(key_) +
                                       " is not there, which other shards made; run that shard again");
        return true;
    }
    if (!writer_ || is_merging()) {
        pending_ = true;
        throw pending_error(title + ": round " + to_text(round_ + 1) +
                            " of the shards is needed, a pass more over what the last one found");
    }
    writer_->begin(detail::chunk_kind::pass);
    std::uint64_t streamed_in = 0;
    writer_->pipe()(key_, streamed_in);
    return false;
}

/// Where the merged states go; nowhere in a process that does not merge.
SVDLENS_BODY detail::state_writer shard_run::keep(bool is_streamed) {
    if (!is_merging()) return {};
    if (!writer_) {
        writer_ = std::make_unique<detail::state_file_writer>(folder_ / "plan.states");
        write_header(*writer_, 0);
    }
    if (at_hand_ == nullptr) return {};
    writer_->begin(detail::chunk_kind::pass);
    std::uint64_t streamed_in = is_streamed ? at_hand_->round : 0;
    writer_->pipe()(key_, streamed_in);
    return is_streamed ? detail::state_writer() : writer_->pipe();
}

/// Parts go round from pass to pass, so that small tables are not always the same shards'.
SVDLENS_BODY std::size_t shard_run::turned(std::size_t k) const {
    return (k + static_cast<std::size_t>(detail::xxhash64(key_) % which_.count)) % which_.count;
}

SVDLENS_BODY detail::state_reader shard_run::read_part(std::size_t k) {
    const auto& parts = at_hand_->parts;
    const auto& part = parts[at_hand_->round == 0 ? k : turned(k)];
    reader_ = std::make_unique<detail::state_file_reader>(files_[part.file]);
    reader_->go_to(part.at);
    if (reader_->next() != detail::chunk_kind::pass) reader_->refuse("it changed while it was read");
    std::string key;
    std::uint64_t streamed_in = 0;
    reader_->pipe()(key, streamed_in);
    if (key != key_) reader_->refuse("it changed while it was read");
    return reader_->pipe();
}

SVDLENS_BODY std::filesystem::path shard_run::made_path(const std::string& part) const {
    return folder_ / "made" / (part + ".states");
}

/// What another process has made; nothing where that is not there, or of other work.
SVDLENS_BODY detail::state_reader shard_run::recall(const std::string& part) {
    std::error_code ignored;
    const auto path = made_path(part);
    if (!std::filesystem::exists(path, ignored)) return {};
    reader_ = std::make_unique<detail::state_file_reader>(path);
    const auto differs = detail::compare_facts(detail::read_shard_header(*reader_), facts_);
    const bool fits =
        differs.work.empty() && (differs.machine.empty() || accepted_ == unlike_machines::accepted);
    if (!fits || reader_->next() != detail::chunk_kind::pass) return {};
    note_unlike(path, differs.machine);
    return reader_->pipe();
}

SVDLENS_BODY detail::state_writer shard_run::remember(const std::string& part) {
    detail::make_folder(folder_ / "made");
    remembered_ = std::make_unique<detail::state_file_writer>(made_path(part));
    write_header(*remembered_, which_.index);
    remembered_->begin(detail::chunk_kind::pass);
    return remembered_->pipe();
}

SVDLENS_BODY void shard_run::end_remembering() {
    detail::commit_once(*remembered_, strangers_, [this] {
        std::error_code ignored;
        return std::filesystem::exists(remembered_->path(), ignored);
    });
    remembered_.reset();
}

SVDLENS_BODY detail::pass_share shard_run::calls() {
    detail::pass_share made;
    made.run = this;
    made.count = which_.count;
    made.index = is_merging() ? 0 : which_.index - 1;
    made.name_work = [](void* run, const std::string& what) {
        return static_cast<shard_run*>(run)->name_work(what);
    };
    made.recall = [](void* run, const std::string& part) {
        return static_cast<shard_run*>(run)->recall(part);
    };
    made.remember = [](void* run, const std::string& part) {
        return static_cast<shard_run*>(run)->remember(part);
    };
    made.remembered = [](void* run) { static_cast<shard_run*>(run)->end_remembering(); };
    made.begin = [](void* run, const std::string& title) {
        return static_cast<shard_run*>(run)->begin_pass(title);
    };
    made.part = [](void* run) { // the k with turned(k) == index - 1
        const auto& r = *static_cast<shard_run*>(run);
        const std::size_t n = r.which_.count;
        return (r.which_.index - 1 + n - r.turned(0)) % n;
    };
    made.write = [](void* run) { return static_cast<shard_run*>(run)->writer_->pipe(); };
    made.end = [](void* run) { static_cast<shard_run*>(run)->pending_ = true; };
    made.parts = [](void* run) { return static_cast<shard_run*>(run)->at_hand_->parts.size(); };
    made.read = [](void* run, std::size_t k) { return static_cast<shard_run*>(run)->read_part(k); };
    made.keep = [](void* run, bool is_streamed) { return static_cast<shard_run*>(run)->keep(is_streamed); };
    made.refuse = [](void* run, const std::string& what) {
        static_cast<shard_run*>(run)->reader_->refuse(what);
    };
    made.enter = [](void* run, const std::string& unit) { static_cast<shard_run*>(run)->enter_unit(unit); };
    made.leave = [](void* run) { static_cast<shard_run*>(run)->units_.pop_back(); };
    made.is_pending = [](void* run) { return static_cast<shard_run*>(run)->pending_; };
    return made;
}

} // namespace svdlens::inline v0_2

#endif
