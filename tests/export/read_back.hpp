/// @file
/// What networkx, Graphviz, pandas and Python's csv module see in an exported file.
#ifndef SVDLENS_TESTS_EXPORT_READ_BACK_HPP
#define SVDLENS_TESTS_EXPORT_READ_BACK_HPP

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "support/catch.hpp"

namespace svdlens_tests {

/// The values that read_back.py prints for a file, or nothing (with a warning) where it or the program that
/// it asks is not there.
inline std::optional<std::vector<std::string>> read_back(const std::string& mode,
                                                         const std::filesystem::path& file) {
#ifdef SVDLENS_TEST_SOURCE_DIR
    const std::string script = std::string(SVDLENS_TEST_SOURCE_DIR) + "/export/read_back.py";
    const std::string python = std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    const auto output = file.string() + ".values";
    const auto quoted = [](const std::string& text) { return " '" + text + "'"; };
    const int status = std::system(
        (python + quoted(script) + quoted(mode) + quoted(file.string()) + quoted(output)).c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code != 77 && code != 127) { // 127: no Python
        REQUIRE(code == 0);
        std::vector<std::string> values;
        std::ifstream in(output);
        for (std::string line; std::getline(in, line);) {
            auto& value = values.emplace_back();
            for (std::size_t k = 0; k + 1 < line.size(); k += 2)
                value += static_cast<char>(std::stoi(line.substr(k, 2), nullptr, 16));
        }
        return values;
    }
#else
    static_cast<void>(file);
#endif
    WARN("not checked: what reads " << mode << " files is not installed");
    return std::nullopt;
}

} // namespace svdlens_tests

#endif
