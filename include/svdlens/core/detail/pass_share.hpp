/// @file
/// A process's share of the passes over tables, as the loop that makes them sees it.
#ifndef SVDLENS_CORE_DETAIL_PASS_SHARE_HPP
#define SVDLENS_CORE_DETAIL_PASS_SHARE_HPP

#include <cstddef>
#include <string>

#include "../error.hpp"
#include "state_pipe.hpp"

namespace svdlens::inline v0_2::detail {

/// What the loop calls of a `shard_run`, which alone knows of files. A pass is known by the order in which passes are
/// made. Its blocks are cut into `count` parts; one of them is this process'.
struct pass_share {
    void* run = nullptr;
    std::size_t count = 1;

    /// Whether all parts of the next pass are there. If not, this process' is to be written.
    /// @throws pending_error where this process has none
    bool (*begin)(void* run, const std::string& title) = nullptr;
    /// Which part that is.
    std::size_t (*part)(void* run) = nullptr;
    /// What takes this process' part, until `end`.
    state_writer (*write)(void* run) = nullptr;
    /// @throws pending_error: there is no going on from here without the others
    void (*end)(void* run) = nullptr;
    /// How many parts of the pass at hand are to be read: one where they are merged already.
    std::size_t (*parts)(void* run) = nullptr;
    state_reader (*read)(void* run, std::size_t k) = nullptr;
    /// What takes the merged states of the pass at hand, for another round; no file where nobody needs them. Of a pass
    /// whose rows went to a sink there are none: its parts will be read again.
    state_writer (*keep)(void* run, bool is_streamed) = nullptr;
    /// @throws format_error (broken_shard) for the part that is read, with what is wrong
    void (*refuse)(void* run, const std::string& what) = nullptr;
    /// Passes between the two are counted by themselves. @{
    void (*enter)(void* run, const std::string& unit) = nullptr;
    void (*leave)(void* run) = nullptr;
    /// @}
    /// Whether a pass was left for other processes.
    bool (*is_pending)(void* run) = nullptr;

    // What every process needs and one can make for all, such as the directions of some layers. @{
    std::size_t index = 0; ///< of this process, below `count`
    std::string (*name_work)(void* run,
                             const std::string& what) = nullptr; ///< another for each call in a unit
    state_reader (*recall)(void* run,
                           const std::string& part) = nullptr; ///< no file: not there, or not whole
    state_writer (*remember)(void* run, const std::string& part) = nullptr;
    void (*remembered)(void* run) = nullptr; ///< it is written
    /// @}
};

/// Makes `parts` parts, of which `make(k)` makes one and `carry(pipe, k)` writes it or reads it back. What another process
/// has made is read; each begins with its own share, and goes on with what is not there yet.
template <class Make, class Carry>
void make_together(const pass_share& shared, const std::string& what, std::size_t parts, Make make,
                   Carry carry) {
    const auto name = shared.name_work(shared.run, what);
    const std::size_t first = shared.index * parts / shared.count;
    for (std::size_t n = 0; n < parts; ++n) {
        const std::size_t k = (first + n) % parts;
        const auto part = name + "-" + std::to_string(k + 1) + "-of-" + std::to_string(parts);
        try {
            if (auto from = shared.recall(shared.run, part); from.file != nullptr) {
                carry(from, k);
                continue;
            }
        } catch (const format_error&) { // damaged: made anew
        } catch (const file_error&) {   // another process has put one in its place meanwhile
        }
        make(k);
        auto to = shared.remember(shared.run, part);
        carry(to, k);
        shared.remembered(shared.run);
    }
}

/// Does work that hangs on no other unit's: where it is left for other processes, the next unit is done all the same.
template <class Work>
void do_unit(const pass_share* shared, const std::string& name, Work work) {
    if (shared == nullptr) return work();
    struct scope {
        const pass_share& shared;
        ~scope() { shared.leave(shared.run); }
    };
    shared->enter(shared->run, name);
    const scope left{*shared};
    try {
        work();
    } catch (const pending_error&) { // noted in the run
    }
}

/// Behind the last unit. @throws pending_error
inline void throw_if_pending(const pass_share* shared) {
    if (shared != nullptr && shared->is_pending(shared->run))
        throw pending_error("other shards have a part in this");
}

} // namespace svdlens::inline v0_2::detail

#endif
