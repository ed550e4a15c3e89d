#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// What the examples, the pages and the README write that is ours to change, one line each.
std::vector<std::string> uses_of_internals(const std::filesystem::path& root) {
    std::vector<std::string> found;
    const auto look_at = [&](const std::filesystem::path& file) {
        const auto kind = file.extension();
        if (kind != ".cpp" && kind != ".hpp" && kind != ".md") return;
        std::ifstream in(file);
        std::size_t number = 0;
        for (std::string line; std::getline(in, line);) {
            ++number;
            const bool names = line.find("svdlens::detail::") != std::string::npos ||
                               line.find("sl::detail::") != std::string::npos ||
                               line.find("plot::detail::") != std::string::npos;
            const bool includes =
                line.find("#include") != std::string::npos && line.find("/detail/") != std::string::npos;
            if (names || includes)
                found.push_back(file.lexically_relative(root).generic_string() + ":" +
                                std::to_string(number) + ": " + line);
        }
    };
    for (const auto* folder : {"examples", "docs"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder))
            look_at(entry.path());
    look_at(root / "README.md");
    return found;
}

} // namespace

TEST_CASE("examples, pages and README name nothing internal") {
    CHECK(uses_of_internals(SVDLENS_TESTS_PROJECT_DIR) == std::vector<std::string>{});
}

TEST_CASE("an internal name or header in an example or a page is reported") {
    const svdlens_tests::temporary_directory root;
    std::filesystem::create_directories(root / "examples" / "support");
    std::filesystem::create_directories(root / "docs");
    svdlens_tests::write_file(root / "examples" / "support" / "a.hpp",
                              "#include <svdlens/table/detail/rows/a.hpp>\n");
    svdlens_tests::write_file(root / "docs" / "a.md", "fine\nuse `svdlens::detail::helper`\n");
    svdlens_tests::write_file(root / "README.md", "`detail/` is a folder\n");
    CHECK(uses_of_internals(root.path()) ==
          std::vector<std::string>{"examples/support/a.hpp:1: #include <svdlens/table/detail/rows/a.hpp>",
                                   "docs/a.md:2: use `svdlens::detail::helper`"});
}
