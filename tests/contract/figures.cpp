#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "contract/include_rules.hpp"
#include "contract/name_rules.hpp"
#include "support/catch.hpp"

using svdlens_tests::header_file;

namespace {

/// Function templates and functions of one of these names at namespace scope, each overload once.
std::size_t overloads(const std::vector<header_file>& headers, const std::vector<std::string>& names) {
    std::size_t count = 0;
    for (const auto& header : headers) {
        const auto tokens = svdlens_tests::tokens_of(header.text);
        if (svdlens_tests::is_private(header.path)) continue;
        for (std::size_t k = 1; k + 1 < tokens.size(); ++k) {
            const bool named =
                std::find(names.begin(), names.end(), tokens[k]) != names.end() && tokens[k + 1] == "(";
            const auto& before = tokens[k - 1];
            // A declaration has its return type in front of the name, a call an operator, a bracket or
            // a keyword.
            const bool is_name = std::isalpha(static_cast<unsigned char>(before.front())) != 0;
            const bool declared = before == ">" || (is_name && before != "return");
            if (named && declared) ++count;
        }
    }
    return count;
}

} // namespace

TEST_CASE("the house in figures") {
    const auto headers = svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR);
    std::map<std::string, std::size_t> in_folder;
    std::size_t lists = 0;
    std::size_t hidden = 0;
    std::size_t crossings = 0;
    std::size_t mixed = 0;
    for (const auto& header : headers) {
        lists += svdlens_tests::is_list(header.path) ? 1 : 0;
        hidden += svdlens_tests::is_private(header.path) ? 1 : 0;
        if (!svdlens_tests::is_private(header.path)) ++in_folder[svdlens_tests::folder_of(header.path)];
        const auto names = svdlens_tests::declared_names(header.text);
        const bool none = std::none_of(names.begin(), names.end(), [](const auto& n) {
            return !svdlens_tests::is_private_space(n.space);
        });
        if (!svdlens_tests::is_list(header.path) && !svdlens_tests::is_private(header.path) && none) ++mixed;
        for (const auto& include : header.own_includes)
            if (svdlens_tests::is_private(include) && svdlens_tests::folder_of(include) != "core" &&
                svdlens_tests::component_of(include) != svdlens_tests::component_of(header.path))
                ++crossings;
    }
    std::map<std::string, std::size_t> in_space;
    for (const auto& name : svdlens_tests::public_names(headers))
        ++in_space[name.substr(0, name.rfind("::"))];

    std::cout << "headers: " << headers.size() - lists - hidden << " public, " << hidden << " private, "
              << lists << " lists; " << mixed << " without a public name among the public ones\n";
    std::cout << "public names:";
    for (const auto& [space, count] : in_space) std::cout << ' ' << space << ' ' << count;
    std::cout << "\npublic headers per folder:";
    for (const auto& [folder, count] : in_folder)
        if (!folder.empty()) std::cout << ' ' << folder << ' ' << count;
    std::cout << "\noverloads for rows beyond bounds: "
              << overloads(headers, {"outside", "above", "below", "outside_quantiles", "above_quantile",
                                     "below_quantile", "find_tails", "for_each_outside", "for_each_tail",
                                     "for_each_outside_quantiles"})
              << "\nincludes of internals across components: " << crossings << " through "
              << svdlens_tests::doors().size() << " doors\n";

    CHECK(mixed == 0);
    CHECK(svdlens_tests::doors().size() <= 4);
    CHECK(in_folder["table"] < 40);
}
