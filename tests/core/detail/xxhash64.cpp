#include "svdlens/core/detail/xxhash64.hpp"

#include <string>

#include "support/catch.hpp"

using svdlens::detail::xxhash64;

// The values that other implementations print: xxhsum -H1 and Python's xxhash.
TEST_CASE("the checksum is XXH64") {
    CHECK(xxhash64("") == 0xef46db3751d8e999U);
    CHECK(xxhash64("a") == 0xd24ec4f1a98c6e5bU);
    CHECK(xxhash64("abc") == 0x44bc2cf5ad770999U);
    CHECK(xxhash64("xxhash") == 0x32dd38952c4bc720U);
    CHECK(xxhash64("xxhash", 20141025) == 0xb559b98d844e0635U);
    CHECK(xxhash64("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1U);
}
