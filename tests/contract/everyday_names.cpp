#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "contract/header_tree.hpp"
#include "contract/name_rules.hpp"
#include "support/catch.hpp"

namespace {

struct row {
    std::string name;
    std::string header;
};

/// The rows "| `name` | `header` | ..." of a page.
std::vector<row> rows_of(const std::string& page) {
    std::vector<row> rows;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("| `", 0) != 0) continue;
        const auto end = line.find('`', 3);
        const auto header = line.find("| `", end) + 3;
        rows.push_back({line.substr(3, end - 3), line.substr(header, line.find('`', header) - header)});
    }
    return rows;
}

/// What of a page's table is not so, one line each.
std::vector<std::string> wrong_rows(const std::string& page,
                                    const std::vector<svdlens_tests::header_file>& headers) {
    std::vector<std::string> wrong;
    for (const auto& [name, path] : rows_of(page)) {
        const auto header = std::find_if(headers.begin(), headers.end(),
                                         [&, p = path](const auto& h) { return h.path == p; });
        if (header == headers.end()) {
            wrong.push_back(name + ": there is no " + path);
            continue;
        }
        const auto names = svdlens_tests::public_names({*header});
        if (svdlens_tests::is_private(path) ||
            std::find(names.begin(), names.end(), "svdlens::" + name) == names.end())
            wrong.push_back(name + ": is no public name of " + path);
    }
    return wrong;
}

} // namespace

TEST_CASE("the page of everyday names says where each stands") {
    const auto headers = svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    std::ifstream file(std::filesystem::path(SVDLENS_TESTS_PROJECT_DIR) / "docs" / "api.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    CHECK(rows_of(page).size() > 40);
    CHECK(wrong_rows(page, headers) == std::vector<std::string>{});
}

TEST_CASE("a name that stands elsewhere and a header that is not there are reported") {
    const auto headers = svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    CHECK(wrong_rows("| `describe` | `table/describe.hpp` | |\n| `describe` | `table/top_k.hpp` | |\n"
                     "| `describe` | `table/nowhere.hpp` | |\n| `plot::strip` | `plot/strip.hpp` | |\n",
                     headers) == std::vector<std::string>{"describe: is no public name of table/top_k.hpp",
                                                          "describe: there is no table/nowhere.hpp"});
}
