#include "svdlens/linalg/detail/large_array.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "support/catch.hpp"

namespace detail = svdlens::detail;

TEST_CASE("large arrays hold what they are asked for, aligned to cache lines or large pages") {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{100}, detail::large_page}) {
        const auto values = detail::make_large_array<float>(count);
        CHECK(reinterpret_cast<std::uintptr_t>(values.get()) % 64 == 0);
        std::fill_n(values.get(), count, 1.0F);
        if (count != 0) CHECK(values.get()[count - 1] == 1);
    }
    const auto large = detail::make_large_array<double>(detail::large_page);
    CHECK(reinterpret_cast<std::uintptr_t>(large.get()) % detail::large_page == 0);
}
