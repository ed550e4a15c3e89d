/// @file
/// Computed scores that are kept between passes.
#ifndef SVDLENS_TABLE_DETAIL_ASK_KEPT_SCORES_HPP
#define SVDLENS_TABLE_DETAIL_ASK_KEPT_SCORES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "../../score_source.hpp"
#include "../../tiling.hpp"

namespace svdlens::inline v0_2::detail {

/// A tiled source whose first blocks, as many as there is room for, are computed in the first pass and read in later ones.
/// Refers to the source. A block is asked for by one worker a pass. Memory is first written by the workers, each its part.
template <std::floating_point T>
class kept_scores {
  public:
    using value_type = T;

    /// @param source has tiles
    /// @param most bytes of scores that there is room for
    kept_scores(const score_source_ref<T>& source, std::uint64_t most) : source_(&source), begins_{0} {
        for (std::size_t i = 0; i < source.blocks(); ++i) {
            const auto tile = tiles()(i);
            const std::size_t end = begins_.back() + tile.lines * tile.columns;
            if (end > most / sizeof(T)) break;
            begins_.push_back(end);
        }
        scores_ = std::make_unique_for_overwrite<T[]>(begins_.back());
        is_kept_.resize(begins_.size() - 1);
    }

    /// What all scores of a source take.
    static std::uint64_t bytes_of(const score_source_ref<T>& source) { return source.max_rows() * sizeof(T); }

    /// What is kept.
    std::uint64_t bytes() const { return std::uint64_t{begins_.back()} * sizeof(T); }

    const svdlens::axes& axes() const { return source_->axes(); }
    std::uint64_t max_rows() const { return source_->max_rows(); }
    std::size_t blocks() const { return source_->blocks(); }
    const tiling& tiles() const { return *source_->tiles_or_null(); }

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const {
        if (i >= is_kept_.size()) return source_->block(i, buffer);
        T* const kept = scores_.get() + begins_[i];
        if (is_kept_[i] != 0) {
            const auto tile = tiles()(i);
            return tiles().block(tile, kept, tile.columns, buffer);
        }
        const auto computed = source_->block(i, buffer);
        for (std::size_t k = 0; k < computed.runs; ++k)
            std::copy_n(computed.scores + k * computed.pitch, computed.width, kept + k * computed.width);
        is_kept_[i] = 1;
        return computed;
    }

  private:
    const score_source_ref<T>* source_;
    std::unique_ptr<T[]> scores_;
    std::vector<std::size_t> begins_;            ///< of the blocks that are kept, and their end
    mutable std::vector<unsigned char> is_kept_; // bytes: workers write neighbouring ones at once
};

} // namespace svdlens::inline v0_2::detail

#endif
