/// @file
/// The moments of a table as a question.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_MOMENTS_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_MOMENTS_QUESTION_HPP

#include <concepts>
#include <utility>

#include "../../question.hpp"
#include "../../score_source.hpp"
#include "moments.hpp"

namespace svdlens::inline v0_2::detail {

/// Count, sum, squares and extremes: one pass, block by block.
template <std::floating_point T>
class moments_question {
  public:
    using state = moments;
    static constexpr merge_order order = merge_order::blocks;
    struct plan {};

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, moments& mine) const { mine = block_moments(block); }
    void merge(moments& into, moments& later) const { into.merge(std::exchange(later, {})); }
    void end_pass(const moments& all) {
        all_ = all;
        is_done_ = true;
    }
    const moments& result() const { return all_; }

  private:
    moments all_;
    bool is_done_ = false;
};

} // namespace svdlens::inline v0_2::detail

#endif
