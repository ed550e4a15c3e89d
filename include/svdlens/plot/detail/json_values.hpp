/// @file
/// Numbers and labels as the JSON that plotly and vis-network read.
#ifndef SVDLENS_PLOT_DETAIL_JSON_VALUES_HPP
#define SVDLENS_PLOT_DETAIL_JSON_VALUES_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "../../core/detail/read_double.hpp"
#include "../../core/text.hpp"
#include "../json.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// A number, null where it is not finite (JSON has no NaN). A float becomes the shortest decimal that reads
/// back as the same float, in half the characters of its exact value as a double.
template <std::floating_point T>
json number(T value) {
    if (!std::isfinite(value)) return nullptr;
    if constexpr (sizeof(T) >= sizeof(double)) return value;
    return svdlens::detail::read_double(to_text(value)).value();
}

/// At most `most` characters of a label, the last one `…` where some are missing.
std::string shortened(std::string_view label, std::size_t most);

/// Appends text that HTML, and plotly's labels, show as it is.
void append_escaped(std::string& out, std::string_view text);

std::string escaped(std::string_view text);

/// A value as text that may stand inside `<script>`: no `<` is left, and bytes that are no UTF-8
/// become U+FFFD.
std::string script_text(const json& value);

} // namespace detail

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "bodies/json_values.hpp"
#endif

#endif
