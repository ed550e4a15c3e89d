// The table of naming schemes in docs/model.md is what the schemes' own tables say. To write it anew:
// SVDLENS_WRITE_DOCS=1 and this test.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "support/scheme_table.hpp"

namespace {

constexpr const char* begin_of_table = "<!-- made by tests/contract/scheme_table.cpp -->\n";
constexpr const char* end_of_table = "<!-- end -->\n";

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A page with another table between its marks.
std::string with_table(const std::string& page, const std::string& table) {
    const auto begin = page.find(begin_of_table), end = page.find(end_of_table);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    const auto first = begin + std::string(begin_of_table).size();
    return page.substr(0, first) + table + page.substr(end);
}

} // namespace

TEST_CASE("the table of schemes in the docs is made from the schemes") {
    const auto path = std::filesystem::path(SVDLENS_TESTS_PROJECT_DIR) / "docs" / "model.md";
    const auto table = svdlens_tests::scheme_table();
    const auto page = text_of(path);
    if (std::getenv("SVDLENS_WRITE_DOCS") != nullptr) {
        std::ofstream(path, std::ios::binary) << with_table(page, table);
        return;
    }
    INFO("SVDLENS_WRITE_DOCS=1 writes it anew");
    CHECK(with_table(page, table) == page);
    CHECK(table.find("| `Llama` | `self_attn.q_proj.weight` | llama, mistral, qwen2, qwen3 |") !=
          std::string::npos);
}
