#include "svdlens/core/version.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "contract/include_rules.hpp"
#include "support/catch.hpp"

namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The inline namespaces `v<digits>_<digits>` that a text opens or closes.
std::set<std::string> versions_named(const std::string& text) {
    std::set<std::string> found;
    const std::string before = "inline v";
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        auto end = at + before.size();
        while (end < text.size() && (is_digit(text[end]) || text[end] == '_')) ++end;
        if (end > at + before.size() && is_digit(text[at + before.size()]))
            found.insert(text.substr(at + before.size() - 1, end - at - before.size() + 1));
    }
    return found;
}

/// Lines that open a namespace of the library outside the versioned one.
std::vector<std::string> unversioned(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("namespace svdlens", 0) == 0 && line.rfind("namespace svdlens::inline v", 0) != 0)
            found.push_back(line);
    return found;
}

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("the version's numbers, its text and the build system's version agree") {
    const std::string parts = std::to_string(SVDLENS_VERSION_MAJOR) + "." +
                              std::to_string(SVDLENS_VERSION_MINOR) + "." +
                              std::to_string(SVDLENS_VERSION_PATCH);
    CHECK(svdlens::version == parts);
    CHECK(parts == SVDLENS_TESTS_PROJECT_VERSION);
}

TEST_CASE("the vcpkg port has the version") {
    const auto port =
        read(std::filesystem::path(SVDLENS_TESTS_PROJECT_DIR) / "cmake/packaging/vcpkg/svdlens/vcpkg.json");
    INFO(port);
    CHECK(port.find("\"version-semver\": \"" + std::string(svdlens::version) + "\"") != std::string::npos);
}

TEST_CASE("the inline namespace of every header is named by the version") {
    const std::string expected =
        "v" + std::to_string(SVDLENS_VERSION_MAJOR) + "_" + std::to_string(SVDLENS_VERSION_MINOR);
    const std::filesystem::path root = std::filesystem::path(SVDLENS_TESTS_INCLUDE_DIR) / "svdlens";
    std::vector<std::string> breaches;
    for (const auto& header : svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR)) {
        const auto text = read(root / header.path);
        for (const auto& name : versions_named(text))
            if (name != expected) breaches.push_back(header.path + ": " + name);
        for (const auto& line : unversioned(text)) breaches.push_back(header.path + ": " + line);
    }
    CHECK(breaches == std::vector<std::string>{});
}

TEST_CASE("the search for inline namespaces finds a wrong one beside the right one, and a missing one") {
    using names = std::set<std::string>;
    CHECK(versions_named("namespace svdlens::inline v0_2 {\n} // namespace svdlens::inline v0_1\n") ==
          names{"v0_1", "v0_2"});
    CHECK(versions_named("namespace svdlens::inline v0_2::detail {") == names{"v0_2"});
    CHECK(versions_named("namespace svdlens {\ninline void f();\ninline values v1();\n").empty());
    CHECK(unversioned("namespace svdlens {\n} // namespace svdlens\n").size() == 1);
    CHECK(unversioned("namespace svdlens::plot {\n").size() == 1);
    CHECK(unversioned("namespace svdlens::inline v0_2::plot {\n").empty());
}
