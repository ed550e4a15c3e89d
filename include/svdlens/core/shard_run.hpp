/// @file
/// Work that is spread over processes: each does a share of the passes over tables and writes what it found to a folder.
#ifndef SVDLENS_CORE_SHARD_RUN_HPP
#define SVDLENS_CORE_SHARD_RUN_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detail/pass_share.hpp"
#include "detail/state_file.hpp"
#include "execution.hpp"

namespace svdlens::inline v0_2 {

namespace detail {
struct shard_file;
}

/// The index-th of `count` shards, from 1 on.
struct shard {
    std::size_t index = 1;
    std::size_t count = 1;

    friend bool operator==(const shard&, const shard&) = default;
};

/// `2/7`. @throws argument_error (invalid_argument)
shard to_shard(std::string_view text);

/// Something that has to be the same in all shards: of the work (a model's hash, an option) or of the machine.
struct shard_fact {
    std::string name;
    std::string value;
    bool of_machine = false;

    friend bool operator==(const shard_fact&, const shard_fact&) = default;
};

/// Whether shards of machines whose facts differ go together. Their scores may differ in the last bits, so that what is
/// found is not what one machine finds.
enum class unlike_machines { refused, accepted };

/// One process of several that do one piece of work, or the one that puts together what they found.
///
/// All run the same program with `of(run)`. In it every pass over a table that is computed (not in memory) is shared out:
/// a shard looks at its part of the blocks, writes the states, and the verb throws `pending_error`, since the answer needs
/// the others. Who merges reads the states of all instead of making the pass, in the order in which one process merges
/// them: the same bits. Where a verb needs a pass more that depends on the first, `merge` says that another round
/// is needed (`begin_round`); the shards then read the first and make the second.
/// @code
/// shard_run shards("work", {2, 7}, {{"model", hash}});         // the second of seven
/// if (!shards.is_done()) {
///     try {
///         describe(scores, {0.01, 0.99}, shards.of({.threads = 4}));
///     } catch (const pending_error&) {
///     }
///     shards.commit();                                          // work/round-1/shard-0002-of-0007.states
/// }
/// @endcode
/// Blocks are cut where the fixed ranges of 256ths end, by rows; over 64 shards between any two blocks, so
/// that as many shards can be used as a table has blocks. A file is whole or not there; it has a checksum a MiB.
///
/// Directions of heads are made by all together, in files of the folder `made`: each process begins with its share, and reads
/// what others have finished. Verbs whose states cannot be written refuse (argument_error). What is neither is done by
/// every process. One thread at a time may begin passes. Not to be moved: what it hands out points to it.
class shard_run {
  public:
    /// A shard of the round at hand, which the folder says: the first, or one that was begun by `begin_round`.
    /// @throws format_error (broken_shard) where the folder is of other work, (foreign_shard) of a machine that is
    /// unlike; file_error; argument_error for a shard like 0/2
    shard_run(std::filesystem::path folder, shard which, std::vector<shard_fact> facts,
              unlike_machines accepted = unlike_machines::refused);
    /// Who merges. Reads all shards of the round.
    /// @throws format_error (broken_shard), naming every file that is missing, broken, there twice or of other work,
    /// (foreign_shard), naming those of machines that are unlike; file_error
    shard_run(std::filesystem::path folder, std::vector<shard_fact> facts,
              unlike_machines accepted = unlike_machines::refused);

    shard_run(const shard_run&) = delete;
    shard_run& operator=(const shard_run&) = delete;
    ~shard_run();

    /// The same run, its passes shared. Refers to this, which must outlive it.
    execution of(execution run) const {
        run.shared = &share_;
        return run;
    }

    /// Whether this shard's file of the round is there, whole and of this work.
    bool is_done() const { return is_done_; }
    /// Whether this run puts together what all shards found.
    bool is_merging() const { return which_.index == 0; }
    shard which() const { return which_; } ///< index 0: it merges
    /// Which round of passes this is: that of the folder `round-N`.
    std::size_t round() const { return round_; }

    /// Does work that hangs on no other unit's, such as one of several tables: where it is left for others, this returns.
    template <class Work>
    void unit(const std::string& name, Work work) const {
        detail::do_unit(&share_, name, work);
    }
    /// Whether a pass was left for other shards.
    bool is_pending() const { return pending_; }

    /// Moves this shard's file to its place. Returns its bytes. @throws file_error (cannot_write)
    std::uint64_t commit();
    /// Says in the folder (plan.states, with what is merged so far) that the shards have to make another round.
    /// @throws file_error (cannot_write)
    void begin_round();

    /// In what unlike machines differ, of any round, where that was accepted: to be said on every output. Else empty.
    const std::string& unlike() const { return unlike_; }

  private:
    struct part_place {
        std::size_t file = 0;
        detail::chunk_place at;
    };
    struct known_pass {
        std::size_t round = 0;         ///< in which it was made
        std::vector<part_place> parts; ///< by shard, or one that is merged; none: in the files of the round
    };

    void read_plan();
    void read_round(std::size_t round);
    void check_round(std::size_t round, std::vector<std::string>& problems);
    std::string misplacement(const detail::shard_file& file, std::size_t round) const;
    void take_passes(const detail::shard_file& file);
    void open_own();
    bool own_is_there() const;
    void note_unlike(const std::filesystem::path& path, const std::string& differences,
                     const std::string& noted = {});
    void refuse_unlike() const;
    void write_header(detail::state_file_writer& file, std::size_t index) const;
    detail::state_writer keep(bool is_streamed);
    std::filesystem::path made_path(const std::string& part) const;
    detail::state_reader recall(const std::string& part);
    detail::state_writer remember(const std::string& part);
    void end_remembering();
    std::filesystem::path path_of(std::size_t round, std::size_t index) const;
    std::string unit_path() const;
    void enter_unit(const std::string& name);
    std::string next_key(const std::string& title);
    std::string name_work(const std::string& what);
    detail::pass_share calls();

    bool begin_pass(const std::string& title);
    std::size_t turned(std::size_t k) const;
    detail::state_reader read_part(std::size_t k);

    std::filesystem::path folder_;
    shard which_;
    std::vector<shard_fact> facts_;
    unlike_machines accepted_;
    std::size_t round_ = 1;
    bool is_done_ = false;
    bool pending_ = false;
    std::vector<std::string> strangers_; ///< files of unlike machines
    std::string unlike_;                 ///< the same as a text
    std::vector<std::filesystem::path> files_;
    std::map<std::string, known_pass> passes_;
    std::vector<std::string> units_;
    std::map<std::string, std::size_t> entered_; ///< how often units were
    std::map<std::string, std::size_t> made_;    ///< passes of each unit so far
    std::map<std::string, std::size_t> works_;   ///< that were named in each
    std::string key_;                            ///< of the pass at hand
    const known_pass* at_hand_ = nullptr;
    std::unique_ptr<detail::state_file_reader> reader_;
    std::unique_ptr<detail::state_file_writer> writer_;
    std::unique_ptr<detail::state_file_writer> remembered_;
    detail::pass_share share_;
};

/// What the shards of a folder say of their work: the facts of any of them that is whole.
/// @throws format_error (broken_shard) where there is none
std::vector<shard_fact> shard_facts(const std::filesystem::path& folder);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/shard_run.hpp"
#endif

#endif
