/// @file
/// The bodies of io/tensor_groups.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TENSOR_GROUPS_HPP
#define SVDLENS_IO_DETAIL_BODIES_TENSOR_GROUPS_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../dtype.hpp"
#include "../../tensor_groups.hpp"
#include "../../tensor_record.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Names with more numbers than this keep the others as text: a file may hold a name of millions.
inline constexpr std::size_t most_numbers = 4;

/// Whether a part of a name is a number that is written in one way only: `0`, `11`, not `007`.
inline bool is_layer_number(std::string_view part) {
    constexpr std::size_t most_digits = 18;
    if (part.empty() || part.size() > most_digits || (part.size() > 1 && part.front() == '0')) return false;
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `h.3.attn` as `h.`, 3, `.attn`.
inline void split_name(std::string_view name, tensor_group& out) {
    out.texts.emplace_back();
    for (std::size_t begin = 0; begin <= name.size();) {
        const auto end = (std::min)(name.find('.', begin), name.size());
        const auto part = name.substr(begin, end - begin);
        if (is_layer_number(part) && out.numbers.size() < most_numbers) {
            std::uint64_t number = 0;
            std::from_chars(part.data(), part.data() + part.size(), number);
            out.numbers.push_back({number});
            out.texts.emplace_back();
        } else {
            out.texts.back() += part;
        }
        if (end < name.size()) out.texts.back() += '.';
        begin = end + 1;
    }
}

/// Layer 2 before layer 10: as names read, and not by their bytes.
inline bool reads_before(const tensor_group& a, const tensor_group& b) {
    const auto numbers = (std::min)(a.numbers.size(), b.numbers.size());
    for (std::size_t k = 0; k < numbers; ++k) {
        if (a.texts[k] != b.texts[k]) return a.texts[k] < b.texts[k];
        if (a.numbers[k] != b.numbers[k]) return a.numbers[k] < b.numbers[k];
    }
    return std::tie(a.texts[numbers], a.numbers) < std::tie(b.texts[numbers], b.numbers);
}

/// Takes another group over that differs in number `k` only. Numbers are left in the order they come in.
inline void absorb(tensor_group& into, const tensor_group& other, std::size_t k) {
    into.numbers[k].insert(into.numbers[k].end(), other.numbers[k].begin(), other.numbers[k].end());
    into.count += other.count;
    into.bytes += other.bytes;
}

/// Joins groups that differ in number `k` only, in the place of the first. What comes out is again every
/// combination of its numbers, so that a pattern never names a tensor that is not there.
inline std::vector<tensor_group> join_along(std::vector<tensor_group> groups, std::size_t k) {
    using key = std::tuple<std::vector<std::string>, std::vector<std::vector<std::uint64_t>>, dtype,
                           std::vector<std::uint64_t>>;
    std::map<key, std::size_t> places;
    std::vector<tensor_group> joined;
    for (auto& each : groups) {
        if (k < each.numbers.size()) {
            auto others = each.numbers;
            others[k].clear();
            const auto [at, is_new] =
                places.try_emplace({each.texts, std::move(others), each.type, each.shape}, joined.size());
            if (!is_new) {
                absorb(joined[at->second], each, k);
                continue;
            }
        }
        joined.push_back(std::move(each));
    }
    for (auto& each : joined)
        if (k < each.numbers.size()) std::sort(each.numbers[k].begin(), each.numbers[k].end());
    return joined;
}

/// `0-11`, `1,3-5`.
inline std::string ranges_text(std::span<const std::uint64_t> numbers) {
    std::string out;
    for (std::size_t begin = 0; begin < numbers.size();) {
        std::size_t end = begin + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
        out += (out.empty() ? "" : ",") + to_text(numbers[begin]);
        if (end - begin > 1) out += "-" + to_text(numbers[end - 1]);
        begin = end;
    }
    return out;
}

} // namespace detail

SVDLENS_BODY std::string pattern_of(const tensor_group& group) {
    std::string out = group.texts.front();
    for (std::size_t k = 0; k < group.numbers.size(); ++k) {
        const auto& numbers = group.numbers[k];
        const auto text = detail::ranges_text(numbers);
        out += (numbers.size() == 1 ? text : "{" + text + "}") + group.texts[k + 1];
    }
    return out;
}

SVDLENS_BODY std::vector<tensor_group> single_tensors(std::span<const tensor_record> records) {
    std::vector<tensor_group> all;
    all.reserve(records.size());
    for (const auto& record : records) {
        auto& each = all.emplace_back();
        detail::split_name(record.name, each);
        each.type = record.type;
        each.shape = record.shape;
        each.bytes = record.end - record.begin;
        each.storage = record.storage;
    }
    std::sort(all.begin(), all.end(), detail::reads_before);
    return all;
}

SVDLENS_BODY std::vector<tensor_group> grouped_tensors(std::span<const tensor_record> records) {
    auto groups = single_tensors(records);
    for (std::size_t k = detail::most_numbers; k-- > 0;) groups = detail::join_along(std::move(groups), k);
    return groups;
}

namespace detail {

/// The texts with what stands for the numbers: those that are the same everywhere stay.
inline std::string layer_pattern(const tensor_group& group) {
    std::string out = group.texts.front();
    std::string_view placeholder = "{layer}";
    for (std::size_t k = 0; k < group.numbers.size(); ++k) {
        const auto& numbers = group.numbers[k];
        const bool same = std::all_of(numbers.begin(), numbers.end(),
                                      [&](std::uint64_t each) { return each == numbers.front(); });
        if (same) out += to_text(numbers.front());
        if (!same) out += std::exchange(placeholder, "{n}");
        out += group.texts[k + 1];
    }
    return out;
}

} // namespace detail

SVDLENS_BODY std::vector<tensor_pattern> tensor_patterns(std::span<const tensor_record> records) {
    std::map<std::vector<std::string>, std::size_t> places;
    std::vector<tensor_group> groups;
    std::vector<tensor_pattern> result;
    for (auto& each : single_tensors(records)) {
        const auto [at, is_new] = places.try_emplace(each.texts, groups.size());
        if (is_new) {
            groups.push_back(each);
            result.push_back({.type = each.type, .shape = each.shape, .count = 1});
            continue;
        }
        for (std::size_t k = 0; k < each.numbers.size(); ++k)
            groups[at->second].numbers[k].push_back(each.numbers[k].front());
        auto& pattern = result[at->second];
        ++pattern.count;
        pattern.alike = pattern.alike && pattern.type == each.type && pattern.shape == each.shape;
    }
    for (std::size_t k = 0; k < groups.size(); ++k) result[k].pattern = detail::layer_pattern(groups[k]);
    return result;
}

} // namespace svdlens::inline v0_2

#endif
