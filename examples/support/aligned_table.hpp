/// @file
/// Cells of text in columns: the first left aligned, the others right.
#ifndef SVDLENS_EXAMPLES_ALIGNED_TABLE_HPP
#define SVDLENS_EXAMPLES_ALIGNED_TABLE_HPP

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace aligned_table {

using line = std::vector<std::string>;

/// The characters of UTF-8 text: bytes that do not continue one.
inline std::size_t width(std::string_view text) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

/// Lines of as many cells each, two blanks between columns.
inline void print(std::ostream& out, const std::vector<line>& lines) {
    std::vector<std::size_t> widths;
    for (const auto& cells : lines) {
        widths.resize((std::max)(widths.size(), cells.size()));
        for (std::size_t k = 0; k < cells.size(); ++k) widths[k] = (std::max)(widths[k], width(cells[k]));
    }
    for (const auto& cells : lines) {
        for (std::size_t k = 0; k < cells.size(); ++k) {
            const std::string blanks(widths[k] - width(cells[k]), ' ');
            out << (k == 0 ? cells[k] + blanks : "  " + blanks + cells[k]);
        }
        out << "\n";
    }
}

} // namespace aligned_table

#endif
