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

/// A tiled source whose blocks are computed in the first pass and read in later ones. Refers to the source. A block is
/// asked for by one worker a pass. Memory: sizeof(T) bytes a row, first written by the workers, each its part.
template <std::floating_point T>
class kept_scores {
  public:
    using value_type = T;

    /// @param source has tiles
    explicit kept_scores(const score_source_ref<T>& source) :
        source_(&source),
        scores_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(source.max_rows()))),
        begins_(source.blocks()), is_kept_(source.blocks()) {
        std::size_t begin = 0;
        for (std::size_t i = 0; i < begins_.size(); ++i) {
            begins_[i] = begin;
            const auto tile = tiles()(i);
            begin += tile.lines * tile.columns;
        }
    }

    /// What all scores of a source take, where it can keep them.
    static std::uint64_t bytes(const score_source_ref<T>& source) { return source.max_rows() * sizeof(T); }

    const svdlens::axes& axes() const { return source_->axes(); }
    std::uint64_t max_rows() const { return source_->max_rows(); }
    std::size_t blocks() const { return begins_.size(); }
    const tiling& tiles() const { return *source_->tiles_or_null(); }

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const {
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
    std::vector<std::size_t> begins_;
    mutable std::vector<unsigned char> is_kept_; // bytes: workers write neighbouring ones at once
};

} // namespace svdlens::inline v0_2::detail

#endif
