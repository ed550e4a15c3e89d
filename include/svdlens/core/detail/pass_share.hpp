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
};

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
