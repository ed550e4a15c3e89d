/// @file
/// What is said of labels that are not there, or there several times.
#ifndef SVDLENS_TENSOR_DETAIL_LABEL_ERRORS_HPP
#define SVDLENS_TENSOR_DETAIL_LABEL_ERRORS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../axes.hpp"

namespace svdlens::inline v0_2::detail {

/// How many labels or indices a message lists.
inline constexpr std::size_t listed_in_messages = 4;

/// `what` has no label of that name; `first` are the first that it has, of `count`.
[[noreturn]] inline void fail_unknown_label(const std::string& what, std::string_view label,
                                            std::span<const std::string> first, std::uint64_t count) {
    std::string message = what + ": no label " + quoted(label);
    if (count == 0) throw lookup_error(errc::unknown_label, message + "; there are none");
    message += "; there are";
    for (const auto& known : first) message += " " + quoted(known);
    if (count > first.size()) message += " ... (" + to_text(count) + " in all)";
    throw lookup_error(errc::unknown_label, message);
}

/// The labels of a column's first rows, as many as a message lists.
inline std::vector<std::string> first_labels(const axes& table, std::string_view column) {
    std::vector<std::string> first((std::min<std::uint64_t>)(table.shape_rows(), listed_in_messages));
    for (std::size_t k = 0; k < first.size(); ++k) table.append_label(first[k], k, column);
    return first;
}

[[noreturn]] inline void fail_ambiguous_label(const std::string& what, std::string_view label,
                                              std::span<const std::uint64_t> found) {
    std::string message = what + ": the label " + quoted(label) + " stands at";
    for (std::size_t k = 0; k < (std::min)(found.size(), listed_in_messages); ++k)
        message += (k == 0 ? " " : ", ") + to_text(found[k]);
    if (found.size() > listed_in_messages) message += ", ... (" + to_text(found.size()) + " indices)";
    throw lookup_error(errc::ambiguous_label, message + "; give the index");
}

} // namespace svdlens::inline v0_2::detail

#endif
