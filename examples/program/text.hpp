/// @file
/// How results are printed: 80 columns.
#ifndef SVDLENS_EXAMPLES_PROGRAM_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_TEXT_HPP

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/text.hpp>
#include <svdlens/model/describe_model.hpp>

namespace program {

inline std::string number(double value, int digits = 4) { return svdlens::to_rounded_text(value, digits); }

/// The characters of UTF-8 text: bytes that do not continue one.
inline std::size_t text_width(std::string_view text) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

/// The text, cut at so many characters.
inline std::string fitted(std::string_view text, std::size_t most) {
    if (text_width(text) <= most) return std::string(text);
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end)
        if ((static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U && ++count > most - 1) break;
    return std::string(text.substr(0, end)) + "…";
}

inline std::string padded(const std::string& text, std::size_t width) {
    const auto taken = text_width(text);
    return text + std::string(taken < width ? width - taken : 0, ' ');
}

inline std::string right_aligned(const std::string& text, std::size_t width) {
    const auto taken = text_width(text);
    return std::string(taken < width ? width - taken : 0, ' ') + text;
}

using table_line = std::vector<std::string>;

/// Lines of as many cells each, two blanks between columns, the first `left` columns left aligned.
inline void print_table(std::ostream& out, const std::vector<table_line>& lines, std::size_t left = 1,
                        std::string_view indent = "") {
    std::vector<std::size_t> widths;
    for (const auto& cells : lines) {
        widths.resize((std::max)(widths.size(), cells.size()));
        for (std::size_t k = 0; k < cells.size(); ++k)
            widths[k] = (std::max)(widths[k], text_width(cells[k]));
    }
    for (const auto& cells : lines) {
        std::string line(indent);
        for (std::size_t k = 0; k < cells.size(); ++k) {
            if (k != 0) line += "  ";
            line += k < left ? padded(cells[k], widths[k]) : right_aligned(cells[k], widths[k]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << "\n";
    }
}

/// A text in lines of at most 79 characters, broken at blanks, where the first begins behind `indent`
/// characters that stand there already and the others are indented as much.
inline void print_wrapped(std::ostream& out, std::string_view text, std::size_t indent) {
    constexpr std::size_t width = 79;
    std::string line;
    bool is_first = true;
    const auto end_line = [&] {
        out << (is_first ? std::string() : std::string(indent, ' ')) << line << "\n";
        line.clear();
        is_first = false;
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto end = (std::min)(text.find(' ', at), text.size());
        const auto word = text.substr(at, end - at);
        const auto used = text_width(line) + indent;
        if (!line.empty() && used + 1 + text_width(word) > width) end_line();
        if (!line.empty()) line += ' ';
        line += word;
        at = end + 1;
    }
    if (!line.empty()) end_line();
}

/// A title, then names and values side by side; a name that repeats is written once.
inline void print_description(std::ostream& out, const svdlens::model_description& of) {
    std::size_t width = 0;
    for (const auto& line : of.lines) width = (std::max)(width, line.first.size());
    out << svdlens::shown_bytes(of.title) << "\n";
    std::string_view last;
    for (const auto& [name, value] : of.lines) {
        out << "  " << padded(name == last ? std::string() : name, width + 2);
        print_wrapped(out, svdlens::shown_bytes(value), width + 4);
        last = name;
    }
}

/// Sentences under a heading, one a line or more.
inline void print_list(std::ostream& out, const std::string& heading, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out << "\n" << heading << "\n";
    for (const auto& line : lines) {
        out << "  - ";
        print_wrapped(out, svdlens::shown_bytes(line), 4);
    }
}

} // namespace program

#endif
