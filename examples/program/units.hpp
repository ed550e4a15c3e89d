/// @file
/// Parts of a command's work that hang on no other, so that shards can do them in any round.
#ifndef SVDLENS_EXAMPLES_PROGRAM_UNITS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_UNITS_HPP

#include <string>

#include <svdlens/core/error.hpp>
#include <svdlens/core/shard_run.hpp>

#include "options.hpp"

namespace program {

/// Whether this process does a part for others, and has no result of its own.
inline bool is_shard(const options& o) { return o.shards != nullptr && !o.shards->is_merging(); }

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

} // namespace program

#endif
