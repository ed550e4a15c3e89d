/// @file
/// The groups that a block touches, and where a worker keeps what it gathers for each.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_BLOCK_GROUPS_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_BLOCK_GROUPS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../score_source.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A block cut into stretches, and a place for each group that it touches: one for every group of the touched
/// range where that is narrow (a few groups again and again), else one for every group of every stretch (many
/// groups far apart). Then a worker's states lie in an array of `places()`.
class block_groups {
  public:
    /// Positions [begin, end) of a run; the k-th has its state at `place + step * k`.
    struct piece {
        std::size_t run;
        std::size_t begin;
        std::size_t end;
        std::size_t step;
        std::size_t place;
        std::uint64_t group; ///< that of the first
    };

    /// The states of groups [group, group + count) lie from `place` on.
    struct segment {
        std::uint64_t group;
        std::size_t count;
        std::size_t place;
    };

    template <class T>
    void cut(const score_block<T>& block, const grouping& groups) {
        pieces_.clear();
        segments_.clear();
        for (std::size_t r = 0; r < block.runs; ++r)
            groups.for_stretches(block.run(r), [&](const group_stretch& s) { add(r, s); });
        place();
    }

    std::size_t places() const { return places_; }
    const std::vector<piece>& pieces() const { return pieces_; }
    const std::vector<segment>& segments() const { return segments_; }

  private:
    /// Rows of one group that are listed one after the other become one piece.
    void add(std::size_t run, const group_stretch& s) {
        if (!pieces_.empty() && s.step == 0 && s.begin != 0) {
            auto& last = pieces_.back();
            if (last.run == run && last.step == 0 && segments_.back().group == s.group) {
                last.end = s.end;
                return;
            }
        }
        pieces_.push_back({run, s.begin, s.end, s.step, 0, s.group});
        segments_.push_back({s.group, s.groups(), 0});
    }

    /// As yet there is a segment a piece.
    void place() {
        places_ = 0;
        if (pieces_.empty()) return;
        std::uint64_t low = segments_.front().group, high = 0;
        for (auto& s : segments_) {
            low = (std::min)(low, s.group);
            high = (std::max)(high, s.group + s.count);
            s.place = places_;
            places_ += s.count;
        }
        const bool narrow = high - low <= places_;
        for (std::size_t k = 0; k < pieces_.size(); ++k)
            pieces_[k].place =
                narrow ? static_cast<std::size_t>(segments_[k].group - low) : segments_[k].place;
        if (!narrow) return;
        places_ = static_cast<std::size_t>(high - low);
        segments_.assign(1, {low, places_, 0});
    }

    std::vector<piece> pieces_;
    std::vector<segment> segments_;
    std::size_t places_ = 0;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
