/// @file
/// Names that somebody may have meant.
#ifndef SVDLENS_IO_NEAREST_NAMES_HPP
#define SVDLENS_IO_NEAREST_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace svdlens::inline v0 {

namespace detail {

/// Levenshtein's distance, or `bound + 1` when it is larger than `bound`. O(a.size() * b.size()).
inline std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t bound) {
    const std::size_t shorter = (std::min)(a.size(), b.size());
    if ((std::max)(a.size(), b.size()) - shorter > bound) return bound + 1;
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], (std::min)({replaced, row[j] + 1, row[j - 1] + 1}));
        }
        if (*std::min_element(row.begin(), row.end()) > bound) return bound + 1;
    }
    return (std::min)(row.back(), bound + 1);
}

/// Whether one name is the other behind a prefix: `wte.weight` and `transformer.wte.weight`.
inline bool differ_by_prefix(std::string_view a, std::string_view b) {
    if (a.size() < b.size()) std::swap(a, b);
    return !b.empty() && a.size() > b.size() && a.ends_with(b) && a[a.size() - b.size() - 1] == '.';
}

} // namespace detail

/// At most `limit` of the names, best first: those that differ by a dotted prefix only, then those within a
/// third of `wanted`'s length in edits (at least 2). Equally near ones come in the order given.
inline std::vector<std::string_view>
nearest_names(std::string_view wanted, std::span<const std::string_view> names, std::size_t limit = 3) {
    constexpr std::size_t longest = 512; // the distance's cost is quadratic
    const std::size_t bound = (std::max<std::size_t>)(2, wanted.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> found;
    for (const auto name : names) {
        if (detail::differ_by_prefix(wanted, name)) {
            found.emplace_back(0, name);
        } else if (wanted.size() <= longest) {
            const auto distance = detail::edit_distance(wanted, name, bound);
            if (distance <= bound) found.emplace_back(distance, name);
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    found.resize((std::min)(found.size(), limit));
    std::vector<std::string_view> names_only;
    for (const auto& each : found) names_only.push_back(each.second);
    return names_only;
}

} // namespace svdlens::inline v0

#endif
