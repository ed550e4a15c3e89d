/// @file
/// How much of a long property a run tests.
#ifndef SVDLENS_TESTS_SUPPORT_SAMPLE_SIZE_HPP
#define SVDLENS_TESTS_SUPPORT_SAMPLE_SIZE_HPP

#include <cstddef>
#include <cstdlib>

namespace svdlens_tests {

/// `usual`, or what the environment variable says: tests/run_all.sh asks for more.
inline std::size_t sample_size(const char* variable, std::size_t usual) {
    const char* const said = std::getenv(variable);
    return said == nullptr ? usual : static_cast<std::size_t>(std::strtoul(said, nullptr, 10));
}

} // namespace svdlens_tests

#endif
