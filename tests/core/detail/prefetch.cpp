#include "svdlens/core/detail/prefetch.hpp"

#include <vector>

#include "support/catch.hpp"

TEST_CASE("asking for an address that is nobody's touches nothing") {
    std::vector<double> values{1, 2};
    svdlens::detail::prefetch_for_writing(values.data() + 2);
    svdlens::detail::prefetch_for_writing(nullptr);
    CHECK(values == std::vector<double>{1, 2});
}
