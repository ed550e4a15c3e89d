/// @file
/// A histogram in one line of text, for those with no browser at hand.
#ifndef SVDLENS_EXAMPLES_PROGRAM_TEXT_HISTOGRAM_HPP
#define SVDLENS_EXAMPLES_PROGRAM_TEXT_HISTOGRAM_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include <svdlens/table/histogram.hpp>

namespace program {

/// A bar a bin, by the logarithm of its count, the fullest bin highest; a blank for none.
inline std::string text_bars(const svdlens::score_histogram& counted) {
    constexpr std::array<std::string_view, 9> bars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const auto most =
        counted.counts.empty() ? 0 : *std::max_element(counted.counts.begin(), counted.counts.end());
    std::string line;
    for (const auto count : counted.counts) {
        const double share =
            count == 0 ? 0 : std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most));
        line += bars[static_cast<std::size_t>(std::ceil(share * 8))];
    }
    return line;
}

} // namespace program

#endif
