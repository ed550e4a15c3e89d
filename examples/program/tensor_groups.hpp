/// @file
/// A checkpoint's tensors grouped by name: what differs only in the number of a layer is one group.
#ifndef SVDLENS_EXAMPLES_PROGRAM_TENSOR_GROUPS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_TENSOR_GROUPS_HPP

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

#include <svdlens/core/text.hpp>
#include <svdlens/io/dtype.hpp>
#include <svdlens/io/tensor_record.hpp>

/// Tensors of one dtype and shape whose names are the same text with these numbers, in every combination.
struct tensor_group {
    std::vector<std::string> texts;                  ///< one more than `numbers`; dots stay with the text
    std::vector<std::vector<std::uint64_t>> numbers; ///< ascending, none empty
    svdlens::dtype type = svdlens::dtype::f32;
    std::vector<std::uint64_t> shape;
    std::uint64_t count = 1;
    std::uint64_t bytes = 0;   ///< of all of them
    std::uint32_t storage = 0; ///< which file of a model of several holds the first of them
};

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
        const auto end = std::min(name.find('.', begin), name.size());
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
    const auto numbers = std::min(a.numbers.size(), b.numbers.size());
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
    using key = std::tuple<std::vector<std::string>, std::vector<std::vector<std::uint64_t>>, svdlens::dtype,
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
        out += (out.empty() ? "" : ",") + svdlens::to_text(numbers[begin]);
        if (end - begin > 1) out += "-" + svdlens::to_text(numbers[end - 1]);
        begin = end;
    }
    return out;
}

} // namespace detail

/// The name, or the pattern of names: `h.{0-11}.attn.c_attn.weight`.
inline std::string pattern_of(const tensor_group& group) {
    std::string out = group.texts.front();
    for (std::size_t k = 0; k < group.numbers.size(); ++k) {
        const auto& numbers = group.numbers[k];
        const auto text = detail::ranges_text(numbers);
        out += (numbers.size() == 1 ? text : "{" + text + "}") + group.texts[k + 1];
    }
    return out;
}

/// Each tensor on its own, layer 2 before layer 10. O(n log n)
inline std::vector<tensor_group> single_tensors(std::span<const svdlens::tensor_record> records) {
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

/// Tensors whose names differ in numbers between dots only, and whose dtype and shape are the same, as one
/// group. O(n log n)
inline std::vector<tensor_group> grouped_tensors(std::span<const svdlens::tensor_record> records) {
    auto groups = single_tensors(records);
    for (std::size_t k = detail::most_numbers; k-- > 0;) groups = detail::join_along(std::move(groups), k);
    return groups;
}

#endif
