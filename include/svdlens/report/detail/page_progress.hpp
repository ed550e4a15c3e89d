/// @file
/// The progress of a page: one that ascends, over questions of different cost.
#ifndef SVDLENS_REPORT_DETAIL_PAGE_PROGRESS_HPP
#define SVDLENS_REPORT_DETAIL_PAGE_PROGRESS_HPP

#include <algorithm>
#include <cstdint>

#include "../../core/execution.hpp"

namespace svdlens::inline v0_2::detail {

/// Gives each piece of work its part of the progress. Costs are in any unit that all share; what was not
/// expected stays at the end.
class page_progress {
  public:
    page_progress(const execution& run, double total) : run_(&run), total_(total) {}

    /// For the next piece of work, of that cost.
    execution next(double cost) {
        const double begin = share();
        done_ += cost;
        constexpr std::uint64_t fine = std::uint64_t{1} << 30; // small tables count coarsely
        return part_of(*run_, begin, share(), fine);
    }

  private:
    double share() const { return total_ > 0 ? (std::min)(1.0, done_ / total_) : 1.0; }

    const execution* run_; ///< must outlive this
    double total_;
    double done_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#endif
