/// @file
/// How the programs print numbers, columns and a model.
#ifndef SVDLENS_EXAMPLES_MODEL_TEXT_HPP
#define SVDLENS_EXAMPLES_MODEL_TEXT_HPP

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <svdlens/core/text.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/model/transformer_weights.hpp>

namespace result_text {

inline std::string number(double value, int digits = 4) { return svdlens::to_rounded_text(value, digits); }

inline std::string padded(const std::string& text, std::size_t width) {
    // Continuation bytes of UTF-8 take no column.
    const auto columns = static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    return text + std::string(columns < width ? width - columns : 0, ' ');
}

inline std::string right_aligned(const std::string& text, std::size_t width) {
    return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

inline void print_model(std::ostream& out, const svdlens::transformer_weights& weights) {
    const auto& s = weights.sizes;
    out << "Model       " << weights.provenance() << "\n            " << weights.scheme << ": " << s.n_layers
        << " layers, " << s.n_heads << " heads";
    if (s.n_key_value_heads != s.n_heads) out << " (" << s.n_key_value_heads << " key/value heads)";
    out << ", d_model " << s.d_model << ", d_head " << s.d_head;
    if (weights.has_mlp()) out << ", d_mlp " << s.d_mlp << (weights.is_gated() ? " gated" : "");
    out << "\n";
    if (!weights.unread.empty())
        out << "            " << weights.unread.size() << " tensors of the file are no part of it, such as "
            << svdlens::shown_bytes(weights.unread.front()) << "\n";
}

/// How many parts are dead, and which; nothing where none are.
inline void print_dead_parts(std::ostream& out, const std::vector<svdlens::dead_parts>& all) {
    for (const auto& each : all)
        if (!each.rows.empty()) out << "Dead        " << each.kind << ": " << to_string(each) << "\n";
}

} // namespace result_text

#endif
