/// @file
/// Memory for large results, of large pages where there are any.
#ifndef SVDLENS_LINALG_DETAIL_LARGE_ARRAY_HPP
#define SVDLENS_LINALG_DETAIL_LARGE_ARRAY_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr std::size_t large_page = std::size_t{1} << 21;

/// Asks for large pages: touching 50 MB for the first time in pages of 4 KiB can take longer than decomposing
/// what is written there. Only advice; without it everything works.
inline void advise_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

/// `count` values that are not initialised. Whole large pages where it is more than one.
template <class T>
std::shared_ptr<T[]> make_large_array(std::size_t count) {
    static_assert(std::is_trivial_v<T>);
    const bool large = count * sizeof(T) >= large_page;
    const std::align_val_t alignment{large ? large_page : std::size_t{64}};
    const std::size_t unit = static_cast<std::size_t>(alignment);
    const std::size_t bytes = (count * sizeof(T) + unit - 1) / unit * unit;
    void* const memory = ::operator new(bytes, alignment);
    if (large) advise_large_pages(memory, bytes);
    return {static_cast<T*>(memory), [alignment](T* values) { ::operator delete(values, alignment); }};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
