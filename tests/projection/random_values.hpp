/// @file
/// Values in [-1, 1): the same on every machine.
#ifndef SVDLENS_TESTS_PROJECTION_RANDOM_VALUES_HPP
#define SVDLENS_TESTS_PROJECTION_RANDOM_VALUES_HPP

#include <cstddef>
#include <random>
#include <vector>

namespace svdlens_tests {

struct random_values {
    std::mt19937_64 bits{7};

    template <class T>
    std::vector<T> operator()(std::size_t count) {
        std::vector<T> values(count);
        for (auto& v : values) v = static_cast<T>(static_cast<double>(bits() >> 11) * 0x1p-52 - 1);
        return values;
    }
};

} // namespace svdlens_tests

#endif
