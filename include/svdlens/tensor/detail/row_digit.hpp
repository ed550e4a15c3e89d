/// @file
/// One axis of a table as a digit of its row numbers.
#ifndef SVDLENS_TENSOR_DETAIL_ROW_DIGIT_HPP
#define SVDLENS_TENSOR_DETAIL_ROW_DIGIT_HPP

#include <cstdint>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Division of numbers that mostly fit 32 bits, which processors divide several times as fast. @{
inline std::uint64_t quotient(std::uint64_t a, std::uint64_t b) {
    if (((a | b) >> 32) != 0) return a / b;
    return static_cast<std::uint32_t>(a) / static_cast<std::uint32_t>(b);
}
inline std::uint64_t remainder(std::uint64_t a, std::uint64_t b) {
    if (((a | b) >> 32) != 0) return a % b;
    return static_cast<std::uint32_t>(a) % static_cast<std::uint32_t>(b);
}
/// @}

/// An axis, or neighbouring axes that count on through each other.
struct row_digit {
    std::uint64_t extent; ///< how many indices it has
    std::uint64_t stride; ///< how many rows one index stands for before the next one comes

    /// The index of a row that the table has.
    std::uint64_t index(std::uint64_t row) const { return remainder(quotient(row, stride), extent); }
};

} // namespace svdlens::inline v0_2::detail

#endif
