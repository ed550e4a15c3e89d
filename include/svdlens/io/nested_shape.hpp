/// @file
/// The shape of nested arrays as they are walked, and whether they have one.
#ifndef SVDLENS_IO_NESTED_SHAPE_HPP
#define SVDLENS_IO_NESTED_SHAPE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/text.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Follows arrays that open and close and the numbers in them. Each call gives what is wrong with it, or
/// nothing: all arrays of one depth must have one length, and numbers stand at one depth only.
class nested_shape {
  public:
    using problem = std::optional<std::string>;

    problem open() {
        const std::size_t depth = counts_.size();
        if (numbers_at_ && *numbers_at_ == depth) return expected_at("expected a number, found an array");
        if (depth != 0) ++counts_.back();
        counts_.push_back(0);
        if (extents_.size() < counts_.size()) extents_.emplace_back();
        return std::nullopt;
    }

    problem number() {
        const std::size_t depth = counts_.size();
        if (extents_.size() > depth) return expected_at("expected an array, found a number");
        numbers_at_ = depth;
        ++counts_.back();
        return std::nullopt;
    }

    problem close() {
        const std::uint64_t count = counts_.back();
        counts_.pop_back();
        auto& extent = extents_[counts_.size()];
        if (!extent) extent = count;
        if (*extent == count) return std::nullopt;
        auto at = counts_;
        for (auto& index : at) --index;
        return "at " + to_text(at) + ": expected " + to_text(*extent) +
               " elements as in the arrays before, found " + to_text(count);
    }

    /// Whether all arrays are closed.
    bool closed() const { return counts_.empty(); }

    /// The element that comes next, for messages.
    std::string expected_at(const std::string& what) const {
        auto at = counts_;
        for (std::size_t k = 0; k + 1 < at.size(); ++k) --at[k];
        return "at " + to_text(at) + ": " + what;
    }

    /// The extents of closed arrays, outermost first.
    std::vector<std::uint64_t> shape() const {
        std::vector<std::uint64_t> all;
        for (const auto& each : extents_) all.push_back(*each);
        return all;
    }

  private:
    std::vector<std::uint64_t> counts_;                 ///< of each open array: its elements so far
    std::vector<std::optional<std::uint64_t>> extents_; ///< of each depth, from its first closed array
    std::optional<std::size_t> numbers_at_;             ///< how many arrays are around each number
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
