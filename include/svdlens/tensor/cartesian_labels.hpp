/// @file
/// Labels of every combination of lists: `key, (3,4)` over channels, columns and rows.
#ifndef SVDLENS_TENSOR_CARTESIAN_LABELS_HPP
#define SVDLENS_TENSOR_CARTESIAN_LABELS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../core/checked.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "label_format.hpp"
#include "label_pattern.hpp"

namespace svdlens::inline v0 {

/// The numbers 0, 1, ..., count - 1 as labels.
inline std::vector<std::string> number_labels(std::size_t count) {
    std::vector<std::string> labels;
    labels.reserve(count);
    for (std::size_t k = 0; k < count; ++k) labels.push_back(to_text(k));
    return labels;
}

namespace detail {

/// The number of combinations of one entry from each list.
/// @throws argument_error (invalid_argument) when it exceeds what memory can hold
inline std::size_t combination_count(const std::vector<std::vector<std::string>>& lists) {
    std::vector<std::uint64_t> sizes;
    for (const auto& list : lists) sizes.push_back(list.size());
    const auto count = checked_product(sizes);
    if (count && *count <= std::vector<std::string>().max_size()) return static_cast<std::size_t>(*count);
    throw argument_error(errc::invalid_argument, "cartesian labels: lists of " + to_text(sizes) +
                                                     " labels have too many combinations");
}

/// Moves on to the next combination, the last place fastest. After the last one comes the first.
inline void next_combination(std::vector<std::size_t>& at,
                             const std::vector<std::vector<std::string>>& lists) {
    for (std::size_t k = at.size(); k-- > 0;) {
        if (++at[k] < lists[k].size()) return;
        at[k] = 0;
    }
}

} // namespace detail

/// The label of every combination of one entry from each list, in row-major order (the last list runs
/// fastest): `cartesian_labels("{}, ({},{})", {channels, number_labels(7), number_labels(7)})`. The k-th `{}`
/// stands for the entry of the k-th list; `{{` and `}}` are braces. No list: one label. An empty list: none.
/// O(labels). Memory: the labels.
/// @throws argument_error (invalid_argument) when there are not as many `{}` as lists, for a placeholder with
/// a name, or for too many combinations
inline std::vector<std::string> cartesian_labels(std::string_view format,
                                                 const std::vector<std::vector<std::string>>& lists) {
    const auto pattern = detail::unnamed_pattern(format);
    if (pattern.placeholders().size() != lists.size())
        throw argument_error(errc::invalid_argument, "cartesian labels: format " + quoted(format) +
                                                         ": expected one {} a list (" +
                                                         to_text(lists.size()) + "), found " +
                                                         to_text(pattern.placeholders().size()));
    const std::size_t count = detail::combination_count(lists);
    std::vector<std::string> labels(count);
    std::vector<std::size_t> at(lists.size());
    for (auto& label : labels) {
        pattern.append(label, [&](std::size_t k, std::string& out) { out += lists[k][at[k]]; });
        detail::next_combination(at, lists);
    }
    return labels;
}

} // namespace svdlens::inline v0

#endif
