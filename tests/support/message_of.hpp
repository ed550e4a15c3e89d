/// @file
/// What a call says when it fails.
#ifndef SVDLENS_TESTS_SUPPORT_MESSAGE_OF_HPP
#define SVDLENS_TESTS_SUPPORT_MESSAGE_OF_HPP

#include <string>

#include "svdlens/core/error.hpp"

namespace svdlens_tests {

/// The message of the library's error that the call throws; empty when it throws none.
template <class Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const svdlens::error& problem) {
        return problem.what();
    }
    return {};
}

} // namespace svdlens_tests

#endif
