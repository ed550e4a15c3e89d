/// @file
/// A hint to the processor that an address will be used.
#ifndef SVDLENS_CORE_DETAIL_PREFETCH_HPP
#define SVDLENS_CORE_DETAIL_PREFETCH_HPP

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Asks for the cache line of an address that will be written. Any address may be given: it is not touched.
inline void prefetch_for_writing([[maybe_unused]] const void* address) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(address, 1);
#endif
}

} // namespace svdlens::inline v0_2::detail

#endif
