/// @file
/// Shapes of hostile files in messages.
#ifndef SVDLENS_IO_DETAIL_SHORT_TEXT_HPP
#define SVDLENS_IO_DETAIL_SHORT_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A shape for messages: a hostile one may have millions of extents.
inline std::string short_text(std::span<const std::uint64_t> shape) {
    constexpr std::size_t most = 16;
    if (shape.size() <= most) return to_text(shape);
    std::string text = to_text(shape.first(most));
    text.pop_back();
    return text + ", ...]";
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
