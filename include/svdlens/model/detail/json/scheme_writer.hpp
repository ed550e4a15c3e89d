/// @file
/// A naming scheme as JSON: a row a line.
#ifndef SVDLENS_MODEL_DETAIL_JSON_SCHEME_WRITER_HPP
#define SVDLENS_MODEL_DETAIL_JSON_SCHEME_WRITER_HPP

#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../../core/text.hpp"
#include "../../../io/detail/json/json_output.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_fields.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <class T>
bool is_default(const T& value, const T& usual) {
    if constexpr (has_fields<T>) {
        bool all = true;
        for_each_field<T>(
            [&](const auto& field) { all = all && is_default(value.*field.member, usual.*field.member); });
        return all;
    } else if constexpr (std::is_same_v<T, stored_axes>) {
        return false;
    } else if constexpr (requires { value == usual; }) {
        return value == usual;
    } else {
        return std::empty(value); // a list
    }
}

inline void append_value(std::string& out, std::string_view text) { append_json_string(out, text); }
inline void append_value(std::string& out, double number) { out += to_text(number); }
inline void append_value(std::string& out, bool flag) { out += flag ? "true" : "false"; }

template <class E>
    requires(std::is_enum_v<E>)
void append_value(std::string& out, E value) {
    append_json_string(out, word_of(value));
}

template <class T>
void append_value(std::string& out, const std::optional<T>& value) {
    append_value(out, *value); // one that is empty is a default, which is not written
}

inline void append_stack(std::string& out, const axis_factor& factor) {
    out += "{\"stack\": [";
    for (const auto& part : factor.stack) {
        const bool axis = part.axis != model_axis::none;
        if (!axis && part.entries == 0) continue;
        out += out.ends_with('[') ? "" : ", ";
        if (axis)
            append_value(out, part.axis);
        else
            out += to_text(part.entries);
    }
    out += "], \"index\": " + to_text(factor.index) + "}";
}

inline void append_value(std::string& out, const axis_factor& factor) {
    if (factor.is_stacked()) return append_stack(out, factor);
    if (factor.is_axis()) return append_value(out, factor.axis);
    out += "{\"slice\": " + to_text(factor.slice.index) + ", \"of\": " + to_text(factor.slice.count) + "}";
}

inline void append_value(std::string& out, const schemes::stored_dimension& dimension) {
    std::vector<axis_factor> factors;
    for (const auto& each : dimension.factors)
        if (!each.is_nothing()) factors.push_back(each);
    if (factors.size() == 1) return append_value(out, factors.front());
    out += '[';
    for (std::size_t k = 0; k < factors.size(); ++k) {
        out += k == 0 ? "" : ", ";
        append_value(out, factors[k]);
    }
    out += ']';
}

inline void append_value(std::string& out, const stored_axes& axes) {
    out += '[';
    for (std::size_t k = 0; k < stored_rank(axes); ++k) {
        out += k == 0 ? "" : ", ";
        append_value(out, axes[k]);
    }
    out += ']';
}

/// The fields that are not what they are anyhow, on one line.
template <class Row>
    requires(has_fields<Row>)
void append_value(std::string& out, const Row& row) {
    out += '{';
    bool first = true;
    for_each_field<Row>([&](const auto& field) {
        if (!field.required && is_default(row.*field.member, Row{}.*field.member)) return;
        out += std::exchange(first, false) ? "\"" : ", \"";
        out += std::string(field.key) + "\": ";
        append_value(out, row.*field.member);
    });
    out += '}';
}

/// Texts on one line, rows on a line each.
template <class Row>
void append_value(std::string& out, std::span<const Row> rows) {
    const std::string_view before = has_fields<Row> ? "\n    " : "";
    out += '[';
    for (std::size_t k = 0; k < rows.size(); ++k) {
        if (k != 0) out += has_fields<Row> ? "," : ", ";
        out += before;
        append_value(out, rows[k]);
    }
    out += has_fields<Row> && !rows.empty() ? "\n  ]" : "]";
}

/// @param comment JSON values for people, a line each
inline std::string scheme_text(const naming_scheme& scheme, std::span<const std::string> comment = {}) {
    std::string out = "{";
    for (std::size_t k = 0; k < comment.size(); ++k)
        out += (k == 0 ? "\n  \"comment\": [\n    " : ",\n    ") + comment[k];
    if (!comment.empty()) out += "\n  ]";
    bool first = comment.empty();
    for_each_field<naming_scheme>([&](const auto& field) {
        const auto& value = scheme.*field.member;
        if (!field.required && is_default(value, naming_scheme{}.*field.member)) return;
        out += std::exchange(first, false) ? "\n  \"" : ",\n  \"";
        out += std::string(field.key) + "\": ";
        append_value(out, value);
    });
    return out + "\n}\n";
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
