/// @file
/// Names that somebody may have meant.
#ifndef SVDLENS_CORE_DETAIL_NEAREST_NAMES_HPP
#define SVDLENS_CORE_DETAIL_NEAREST_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What it costs to insert, drop or change a character: a wrong digit is seldom a slip, but another layer.
constexpr std::size_t edit_cost(char c) noexcept { return c >= '0' && c <= '9' ? 2 : 1; }
constexpr std::size_t edit_cost(char a, char b) noexcept {
    return a == b ? 0 : (std::max)(edit_cost(a), edit_cost(b));
}

/// The least cost of edits that turn one name into the other, or `bound + 1` when it is larger than
/// `bound`: characters inserted, dropped, changed, or neighbours swapped (no part edited twice). O(a.size()
/// * b.size()).
inline std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t bound) {
    const std::size_t shorter = (std::min)(a.size(), b.size());
    if ((std::max)(a.size(), b.size()) - shorter > bound) return bound + 1;
    std::vector<std::size_t> before, last,
        row(b.size() + 1, 0); // of the first i - 2, i - 1, i characters of a
    for (std::size_t j = 1; j <= b.size(); ++j) row[j] = row[j - 1] + edit_cost(b[j - 1]);
    last = before = row;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = last[0] + edit_cost(a[i - 1]);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = (std::min)({last[j - 1] + edit_cost(a[i - 1], b[j - 1]), last[j] + edit_cost(a[i - 1]),
                                 row[j - 1] + edit_cost(b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = (std::min)(row[j], before[j - 2] + edit_cost(a[i - 2], a[i - 1]));
        }
        const auto least = [](const auto& values) { return *std::min_element(values.begin(), values.end()); };
        if ((std::min)(least(row), least(last)) > bound) return bound + 1;
    }
    return (std::min)(row.back(), bound + 1);
}

/// Whether one name is the other behind a prefix: `wte.weight` and `transformer.wte.weight`.
inline bool differ_by_prefix(std::string_view a, std::string_view b) {
    if (a.size() < b.size()) std::swap(a, b);
    return !b.empty() && a.size() > b.size() && a.ends_with(b) && a[a.size() - b.size() - 1] == '.';
}

/// At most `limit` of the names, best first: those that differ by a dotted prefix only, then those within a
/// third of `wanted`'s length in edits (at least 2), where a digit counts for two. Equally near ones come in
/// the order given.
inline std::vector<std::string_view>
nearest_names(std::string_view wanted, std::span<const std::string_view> names, std::size_t limit = 3) {
    constexpr std::size_t longest = 512; // the distance's cost is quadratic
    const std::size_t bound = (std::max<std::size_t>)(2, wanted.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> found;
    for (const auto name : names) {
        if (differ_by_prefix(wanted, name)) {
            found.emplace_back(0, name);
        } else if (wanted.size() <= longest) {
            const auto distance = edit_distance(wanted, name, bound);
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

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
