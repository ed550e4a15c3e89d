/// @file
/// What a file's name says of its place in a checkpoint.
#ifndef SVDLENS_IO_DETAIL_CHECKPOINT_NAME_HPP
#define SVDLENS_IO_DETAIL_CHECKPOINT_NAME_HPP

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What the names of one checkpoint's files have in common.
struct checkpoint_key {
    std::string stem;    ///< `model`, `diffusion_pytorch_model`
    std::string variant; ///< `fp16`; empty
    std::string ending;  ///< `.safetensors`, `.bin`
    auto operator<=>(const checkpoint_key&) const = default;
};

/// A file's name taken apart.
struct checkpoint_name {
    checkpoint_key key;
    bool is_index = false;
    std::string count = {};   ///< of how many files it is one, as it is written; empty: of one
    std::uint64_t number = 0; ///< which of them
};

/// Digits as a number; nothing for other text, and for more than nine of them.
constexpr std::optional<std::uint64_t> parse_digits(std::string_view text) {
    if (text.empty() || text.size() > 9) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

/// Takes `.fp16` off the end.
inline std::string take_variant(std::string_view& base) {
    const auto dot = base.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == base.size()) return {};
    const std::string variant(base.substr(dot + 1));
    base = base.substr(0, dot);
    return variant;
}

/// Takes `-00001-of-00002` off the end.
inline void take_number(std::string_view& base, checkpoint_name& name) {
    const auto of = base.rfind("-of-");
    if (of == std::string_view::npos) return;
    const auto dash = base.substr(0, of).rfind('-');
    if (dash == std::string_view::npos) return;
    const auto number = parse_digits(base.substr(dash + 1, of - dash - 1));
    const auto count = base.substr(of + 4);
    if (!number || !parse_digits(count)) return;
    name.number = *number;
    name.count = std::string(count);
    base = base.substr(0, dash);
}

/// `model.fp16-00001-of-00002.safetensors`, `model-00001-of-00002.fp16.safetensors`,
/// `model.safetensors.index.fp16.json`; nothing for the names of other files. What looks like a variant may be
/// part of the stem: `pythia-1.4b.safetensors`.
inline std::optional<checkpoint_name> parse_checkpoint_name(std::string_view text) {
    checkpoint_name name;
    std::string variant;
    constexpr std::string_view json = ".json", index = ".index";
    if (text.ends_with(json)) {
        text.remove_suffix(json.size());
        if (!text.ends_with(index)) variant = take_variant(text);
        if (!text.ends_with(index)) return std::nullopt;
        text.remove_suffix(index.size());
        name.is_index = true;
    }
    for (const std::string_view ending : {".safetensors", ".bin"})
        if (text.size() > ending.size() && text.ends_with(ending)) name.key.ending = ending;
    if (name.key.ending.empty()) return std::nullopt;
    text.remove_suffix(name.key.ending.size());
    take_number(text, name);
    if (variant.empty()) variant = take_variant(text);
    if (name.count.empty()) take_number(text, name);
    name.key.stem = text;
    name.key.variant = std::move(variant);
    return name;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
