/// @file
/// What reading a model says is wrong.
#ifndef SVDLENS_TESTS_MODEL_FAILURE_HPP
#define SVDLENS_TESTS_MODEL_FAILURE_HPP

#include <string>

#include "svdlens/core/error.hpp"

namespace svdlens_tests {

/// An error's code and message; neither where nothing was thrown.
struct failure {
    svdlens::errc code = {};
    std::string message;
    bool says(const std::string& text) const { return message.find(text) != std::string::npos; }
};

} // namespace svdlens_tests

#endif
