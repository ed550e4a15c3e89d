/// @file
/// --layers, --heads, --directions and --targets as a condition on a table.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FILTERS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FILTERS_HPP

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/table/predicate.hpp>
#include <svdlens/table/where.hpp>
#include <svdlens/tensor/axes.hpp>
#include <svdlens/tensor/labels.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "sections.hpp"

namespace program {

/// Without the blanks around it.
inline std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

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
    text = trimmed(text);
    index_span span{};
    const char* end = text.data() + text.size();
    auto at = std::from_chars(text.data(), end, span.first);
    if (at.ec != std::errc()) return std::nullopt;
    span.last = span.first;
    if (at.ptr != end && *at.ptr == '-') at = std::from_chars(at.ptr + 1, end, span.last);
    if (at.ec != std::errc() || at.ptr != end || span.last < span.first) return std::nullopt;
    return span;
}

/// The last axis of what is written to or read from: `neuron`, `token`, `target_direction`.
inline std::string far_axis(const svdlens::axes& table) {
    std::string name;
    for (const auto& axis : table)
        if (axis.name != "layer" && axis.name != "head" && axis.name != "direction" &&
            axis.name != "target_layer")
            name = axis.name;
    return name;
}

/// One of the four filters.
struct filter {
    const char* option;
    std::vector<std::string> items;
    std::string column; ///< whose labels the items may be
    std::string axis;   ///< along which they may be indices
};

/// The filters that were given, as they are for a table.
inline std::vector<filter> filters_of(const options& o, const section& of) {
    const auto& table = of.scores.axes();
    std::vector<filter> all;
    const auto add = [&](const char* option, const std::vector<std::string>& given, const std::string& column,
                         const std::string& axis) {
        if (!given.empty()) all.push_back({option, split_list(given), column, axis});
    };
    add("--layers", o.layers, "layer", "layer");
    add("--heads", o.heads, "head", "head");
    add("--directions", o.directions, "direction", "direction");
    add("--targets", o.targets, of.far_end, far_axis(table));
    return all;
}

namespace detail {

inline bool has_label(const svdlens::axes& table, const std::string& column, const std::string& label) {
    try {
        (void)svdlens::find_index(table, column, label);
    } catch (const svdlens::lookup_error& failure) {
        return failure.code() == svdlens::errc::ambiguous_label; // several have it
    }
    return true;
}

/// The rows that an item names: those of a label of the column, else of indices along the axis. Nothing where
/// the table has neither.
inline std::optional<svdlens::predicate> rows_of_item(const svdlens::axes& table, const filter& of,
                                                      const std::string& item) {
    if (has_label(table, of.column, item)) return svdlens::column(of.column).in({item});
    const std::string bare(trimmed(item));
    if (has_label(table, of.column, bare)) return svdlens::column(of.column).in({bare});
    const auto span = parse_span(item);
    const auto axis = table.find_axis(of.axis);
    if (!span || !axis || span->last >= table[*axis].extent) return std::nullopt;
    return svdlens::axis_index(of.axis).between(span->first, span->last);
}

/// What an item can be: "layers 0 to 2", "heads 0 to 3, or labels such as L0H0, L0H1, L0H2".
inline std::string choices_of(const svdlens::axes& table, const filter& of) {
    const auto axis = table.find_axis(of.axis);
    if (!axis) return "";
    const std::string what = of.option + 2; // without its dashes
    std::string text = what + " 0 to " + svdlens::to_text(table[*axis].extent - 1);
    std::vector<std::string> labels;
    constexpr std::uint64_t most_rows = 100'000;
    for (std::uint64_t row = 0; row < (std::min)(table.shape_rows(), most_rows) && labels.size() < 3; ++row) {
        auto label = table.label(row, of.column);
        const bool is_number = parse_span(label).has_value();
        if (!is_number && std::find(labels.begin(), labels.end(), label) == labels.end())
            labels.push_back(std::move(label));
    }
    for (const auto& label : labels)
        text += (&label == &labels.front() ? ", or labels such as " : ", ") + label;
    return text;
}

} // namespace detail

/// Leaves the sections in which the filters leave rows, each with its condition. What a list names need be in
/// one of the tables only; sections in which nothing of it is are left out, and said to be.
/// @throws usage_error for an item that no table has, and where no row is left
inline std::vector<section> narrow_sections(std::vector<section> sections, const options& o,
                                            std::vector<std::string>& left_out) {
    if (!o.is_filtered() || sections.empty()) return sections;
    std::vector<section> wanted;
    std::map<std::string, bool> found;          // by option and item
    std::map<std::string, std::string> choices; // likewise: what the first table has instead
    std::uint64_t rows = 0;
    for (auto& each : sections) {
        const auto& table = each.scores.axes();
        std::optional<svdlens::predicate> all;
        std::string missing;
        for (const auto& filter : filters_of(o, each)) {
            std::optional<svdlens::predicate> any;
            for (const auto& item : filter.items) {
                const auto here = detail::rows_of_item(table, filter, item);
                const auto name = std::string(filter.option) + ": no " + svdlens::quoted(item);
                auto& known = found[name];
                known = known || here.has_value();
                if (auto& text = choices[name]; text.empty()) text = detail::choices_of(table, filter);
                if (here) any = any ? *any || *here : *here;
            }
            if (!any) missing += (missing.empty() ? "" : ", ") + std::string(filter.option);
            if (any) all = all ? *all && *any : *any;
        }
        if (!missing.empty()) {
            left_out.push_back(each.name() + ": it has nothing of " + missing);
            continue;
        }
        each.condition = all;
        each.rows = svdlens::where(each.scores, *all).max_rows();
        rows += each.rows;
        wanted.push_back(std::move(each));
    }
    for (const auto& [item, known] : found)
        if (!known) throw usage_error(item + " in any table; there are " + choices[item]);
    if (rows == 0) throw usage_error("the filters leave no row");
    return wanted;
}

} // namespace program

#endif
