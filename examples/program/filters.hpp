/// @file
/// --layers, --heads, --directions and --targets as a condition on a table.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FILTERS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FILTERS_HPP

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/table/predicate.hpp>
#include <svdlens/tensor/axes.hpp>

#include "options.hpp"

namespace program {

/// The items of a list option, apart at commas; `\,` is a comma of a label.
inline std::vector<std::string> split_list(const std::vector<std::string>& given) {
    std::vector<std::string> items;
    for (const auto& text : given) {
        items.emplace_back();
        for (std::size_t k = 0; k < text.size(); ++k) {
            if (text[k] == '\\' && k + 1 < text.size() && text[k + 1] == ',')
                items.back() += text[++k];
            else if (text[k] == ',')
                items.emplace_back();
            else
                items.back() += text[k];
        }
    }
    return items;
}

/// `7` or `2-4` as the indices from first to last.
struct index_span {
    std::uint64_t first;
    std::uint64_t last;
};

inline std::optional<index_span> parse_span(std::string_view text) {
    index_span span{};
    const char* end = text.data() + text.size();
    auto at = std::from_chars(text.data(), end, span.first);
    if (at.ec != std::errc()) return std::nullopt;
    span.last = span.first;
    if (at.ptr != end && *at.ptr == '-') at = std::from_chars(at.ptr + 1, end, span.last);
    if (at.ec != std::errc() || at.ptr != end || span.last < span.first) return std::nullopt;
    return span;
}

namespace detail {

/// One of the items: a label of the column, or an index along the axis.
inline svdlens::predicate any_of(const svdlens::axes& table, const std::string& column,
                                 const std::string& axis, const std::vector<std::string>& items,
                                 const char* option) {
    std::optional<svdlens::predicate> all;
    std::vector<std::string> labels;
    const auto add = [&](svdlens::predicate one) { all = all ? *all || one : one; };
    const auto extent = table[table.axis_number(axis)].extent;
    for (const auto& item : items) {
        const auto span = parse_span(item);
        if (!span) {
            labels.push_back(item);
            continue;
        }
        if (span->last >= extent)
            throw svdlens::lookup_error(svdlens::errc::unknown_label,
                                        std::string(option) + ": no index " + item + "; there are " +
                                            svdlens::to_text(extent) + ", from 0");
        add(svdlens::axis_index(axis).between(span->first, span->last));
    }
    if (!labels.empty()) add(svdlens::column(column).in(labels));
    return *all;
}

} // namespace detail

/// The last axis of what is written to or read from: `neuron`, `token`, `target_direction`.
inline std::string far_axis(const svdlens::axes& table) {
    std::string name;
    for (const auto& axis : table)
        if (axis.name != "layer" && axis.name != "head" && axis.name != "direction" &&
            axis.name != "target_layer")
            name = axis.name;
    return name;
}

/// What the filters ask of a table; nothing where there are none.
/// @throws lookup_error (unknown_label) for a label or an index that the table does not have
inline std::optional<svdlens::predicate> condition_of(const options& o, const svdlens::axes& table,
                                                      const std::string& far_end) {
    std::optional<svdlens::predicate> all;
    const auto add = [&](const std::vector<std::string>& given, const std::string& column,
                         const std::string& axis, const char* option) {
        if (given.empty()) return;
        auto one = detail::any_of(table, column, axis, split_list(given), option);
        all = all ? *all && one : one;
    };
    add(o.layers, "layer", "layer", "--layers");
    add(o.heads, "head", "head", "--heads");
    add(o.directions, "direction", "direction", "--directions");
    add(o.targets, far_end, far_axis(table), "--targets");
    return all;
}

} // namespace program

#endif
