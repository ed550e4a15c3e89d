/// @file
/// States as bytes: what writes them, what reads them back, and which can be.
#ifndef SVDLENS_CORE_DETAIL_STATE_PIPE_HPP
#define SVDLENS_CORE_DETAIL_STATE_PIPE_HPP

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Where bytes go: little-endian numbers, lists with their length before them, nothing between.
struct state_writer {
    void* file = nullptr;
    void (*put)(void* file, const void* bytes, std::size_t count) = nullptr;

    template <class... X>
    void operator()(X&... each);
};

/// Where they come from. `get` throws where there are no more, so that no length that is read is believed.
struct state_reader {
    void* file = nullptr;
    void (*get)(void* file, void* bytes, std::size_t count) = nullptr;

    template <class... X>
    void operator()(X&... each);
};

/// A number of a known size.
template <class X>
concept plain_number = std::is_arithmetic_v<X> || std::is_enum_v<X>;

/// A struct that names what it is made of: `template <class Pipe> void fields(Pipe& pipe) { pipe(a, b); }`.
template <class X>
concept with_fields = requires(X& x, state_writer& to, state_reader& from) {
    x.fields(to);
    x.fields(from);
};

template <class X>
inline constexpr bool is_savable = plain_number<X> || with_fields<X>;
template <class X>
inline constexpr bool is_savable<std::vector<X>> = is_savable<X>;
template <class X>
inline constexpr bool is_savable<std::optional<X>> = is_savable<X>;
template <class X, std::size_t N>
inline constexpr bool is_savable<std::array<X, N>> = is_savable<X>;
template <class K, class V>
inline constexpr bool is_savable<std::pair<K, V>> = is_savable<K> && is_savable<V>;
template <class K, class V>
inline constexpr bool is_savable<std::map<K, V>> = is_savable<K> && is_savable<V>;
template <>
inline constexpr bool is_savable<std::string> = true;

/// Turns a number of this machine's byte order into a little-endian one, or back.
template <plain_number X>
void to_little_endian(X& x) {
    if constexpr (std::endian::native == std::endian::big) {
        auto* const bytes = reinterpret_cast<unsigned char*>(&x);
        std::reverse(bytes, bytes + sizeof(X));
    }
}

template <plain_number X>
void carry(state_writer& to, X x) {
    to_little_endian(x);
    to.put(to.file, &x, sizeof(X));
}
template <plain_number X>
void carry(state_reader& from, X& x) {
    from.get(from.file, &x, sizeof(X));
    to_little_endian(x);
}
void carry(state_reader& from, bool& x) = delete; // not every byte is one: carry a number

template <class Pipe, with_fields X>
void carry(Pipe& pipe, X& x) {
    x.fields(pipe);
}
template <class Pipe, class K, class V>
void carry(Pipe& pipe, std::pair<K, V>& x) {
    pipe(x.first, x.second);
}
template <class Pipe, class X, std::size_t N>
void carry(Pipe& pipe, std::array<X, N>& list) {
    for (auto& x : list) pipe(x);
}

template <class List>
void carry_list(state_writer& to, List& list) {
    carry(to, static_cast<std::uint64_t>(list.size()));
    for (auto& x : list) to(x);
}
/// Grows with what is read, not with the length that is said.
template <class List>
void carry_list(state_reader& from, List& list) {
    std::uint64_t size = 0;
    carry(from, size);
    list.clear();
    for (; size != 0; --size) {
        typename List::value_type x{};
        from(x);
        list.push_back(std::move(x));
    }
}
template <class Pipe, class X>
void carry(Pipe& pipe, std::vector<X>& list) {
    carry_list(pipe, list);
}
/// Of numbers many at once.
template <plain_number X>
void carry(state_writer& to, std::vector<X>& list) {
    if constexpr (std::endian::native == std::endian::big) return carry_list(to, list);
    carry(to, static_cast<std::uint64_t>(list.size()));
    to.put(to.file, list.data(), list.size() * sizeof(X));
}
template <plain_number X>
void carry(state_reader& from, std::vector<X>& list) {
    if constexpr (std::endian::native == std::endian::big) return carry_list(from, list);
    std::uint64_t size = 0;
    carry(from, size);
    list.clear();
    constexpr std::uint64_t step = std::uint64_t{1} << 16;
    while (size != 0) {
        const auto next = static_cast<std::size_t>((std::min)(size, step));
        list.resize(list.size() + next);
        from.get(from.file, list.data() + (list.size() - next), next * sizeof(X));
        size -= next;
    }
}
template <class Pipe>
void carry(Pipe& pipe, std::string& text) {
    carry_list(pipe, text);
}

template <class X>
void carry(state_writer& to, std::optional<X>& x) {
    carry(to, static_cast<std::uint8_t>(x.has_value()));
    if (x) to(*x);
}
template <class X>
void carry(state_reader& from, std::optional<X>& x) {
    std::uint8_t is_there = 0;
    carry(from, is_there);
    x.reset();
    if (is_there != 0) from(x.emplace());
}

template <class K, class V>
void carry(state_writer& to, std::map<K, V>& map) {
    carry(to, static_cast<std::uint64_t>(map.size()));
    for (auto& [key, value] : map) {
        carry(to, key);
        to(value);
    }
}
template <class K, class V>
void carry(state_reader& from, std::map<K, V>& map) {
    std::uint64_t size = 0;
    carry(from, size);
    map.clear();
    for (; size != 0; --size) {
        K key{};
        from(key);
        from(map[key]);
    }
}

/// Numbers in a place of their own, whose count is known.
template <plain_number X>
void carry_values(state_writer& to, std::span<X> values) {
    if constexpr (std::endian::native == std::endian::little)
        to.put(to.file, values.data(), values.size_bytes());
    else
        for (auto& x : values) carry(to, x);
}
template <plain_number X>
void carry_values(state_reader& from, std::span<X> values) {
    from.get(from.file, values.data(), values.size_bytes());
    for (auto& x : values) to_little_endian(x);
}

template <class... X>
void state_writer::operator()(X&... each) {
    (carry(*this, each), ...);
}
template <class... X>
void state_reader::operator()(X&... each) {
    (carry(*this, each), ...);
}

} // namespace svdlens::inline v0_2::detail

#endif
