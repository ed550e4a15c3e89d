// A user of svdlens::core: no other package is there. A build may name a header that it wrote, with all of core in it.
#include <svdlens/core/execution.hpp>
#include <svdlens/core/version.hpp>

#include <cstddef>
#include <iostream>

#ifdef ALL_OF_CORE
#include ALL_OF_CORE
#endif

int main() {
    std::size_t sum = 0;
    svdlens::for_blocks_in_order<std::size_t>(
        10, 10, {.threads = 2}, [](std::size_t i, std::size_t& slot) { slot = i; },
        [&](std::size_t, std::size_t& slot) { sum += slot; });
    std::cout << "svdlens " << svdlens::version << '\n';
    return sum == 45 ? 0 : 1;
}
