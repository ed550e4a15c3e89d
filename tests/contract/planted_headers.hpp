/// @file
/// Trees of headers made for a test: what a checker finds in them is known.
#ifndef SVDLENS_TESTS_CONTRACT_PLANTED_HEADERS_HPP
#define SVDLENS_TESTS_CONTRACT_PLANTED_HEADERS_HPP

#include <filesystem>
#include <string>
#include <vector>

#include "contract/include_rules.hpp"
#include "support/temporary_directory.hpp"

namespace svdlens_tests {

struct planted_header {
    std::string path;
    std::string content;
};

/// The headers as they are read back, each with the right guard around its content.
inline std::vector<header_file> planted_tree(const std::vector<planted_header>& headers) {
    const temporary_directory directory;
    for (const auto& header : headers) {
        const auto file = directory.path() / "svdlens" / header.path;
        std::filesystem::create_directories(file.parent_path());
        const auto guard = guard_of(header.path);
        write_file(file, "#ifndef " + guard + "\n#define " + guard + "\n" + header.content + "\n#endif\n");
    }
    return read_headers(directory.path());
}

} // namespace svdlens_tests

#endif
