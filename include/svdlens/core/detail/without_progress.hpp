/// @file
/// A part of a run that does not report: the whole does.
#ifndef SVDLENS_CORE_DETAIL_WITHOUT_PROGRESS_HPP
#define SVDLENS_CORE_DETAIL_WITHOUT_PROGRESS_HPP

#include "../execution.hpp"

namespace svdlens::inline v0_2::detail {

/// The same run, threads, budget and stop, without reports.
inline execution without_progress(execution run) {
    run.progress = {};
    return run;
}

} // namespace svdlens::inline v0_2::detail

#endif
