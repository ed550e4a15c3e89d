/// @file
/// The ranges of blocks in which sums are folded.
#ifndef SVDLENS_TABLE_DETAIL_ASK_BLOCK_RANGES_HPP
#define SVDLENS_TABLE_DETAIL_ASK_BLOCK_RANGES_HPP

#include <algorithm>
#include <cstddef>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Blocks cut into at most 256 ranges of neighbours, as even as can be, by nothing but their number: what is
/// summed within ranges, and then over ranges, is the same on any machine and for any number of threads.
class block_ranges {
  public:
    static constexpr std::size_t most = 256;

    explicit block_ranges(std::size_t blocks) :
        size_((std::min)(blocks, most)), each_(size_ == 0 ? 0 : blocks / size_),
        longer_(size_ == 0 ? 0 : blocks % size_) {}

    std::size_t size() const { return size_; }

    /// The first block of a range; that of `size()` is behind the last. The first ranges are longer by a block
    /// where they do not come out even.
    std::size_t begin(std::size_t range) const { return range * each_ + (std::min)(range, longer_); }
    std::size_t end(std::size_t range) const { return begin(range + 1); }
    std::size_t blocks() const { return begin(size_); }

    /// The range of a block.
    std::size_t of(std::size_t block) const {
        const std::size_t in_longer = longer_ * (each_ + 1);
        return block < in_longer ? block / (each_ + 1) : longer_ + (block - in_longer) / each_;
    }

  private:
    std::size_t size_;
    std::size_t each_;
    std::size_t longer_;
};

} // namespace svdlens::inline v0_2::detail

#endif
