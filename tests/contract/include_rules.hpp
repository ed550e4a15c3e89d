/// @file
/// The rules of the include tree, and what breaks them.
#ifndef SVDLENS_TESTS_CONTRACT_INCLUDE_RULES_HPP
#define SVDLENS_TESTS_CONTRACT_INCLUDE_RULES_HPP

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace svdlens_tests {

/// One row of the floor table: a folder (or a single header), its floor, the folders that it builds on and
/// the third-party folders that it may include.
struct floor_rule {
    std::string scope;
    int floor;
    std::vector<std::string> builds_on;
    std::vector<std::string> third_party;
};

/// The floor table. A header may include what its folder builds on, and what those build on.
inline const std::vector<floor_rule>& floor_rules() {
    static const std::vector<floor_rule> rules{
        {"core", 0, {}, {}},
        {"tensor", 1, {"core"}, {}},
        {"table", 2, {"core", "tensor"}, {}},
        {"io", 2, {"core", "tensor"}, {"nlohmann"}},
        {"linalg", 2, {"core", "tensor"}, {"Eigen"}},
        {"graph", 3, {"table"}, {}},
        {"directions", 3, {"linalg", "table"}, {"Eigen"}},
        {"projection", 4, {"directions", "table"}, {"Eigen"}},
        {"model", 4, {"io", "directions"}, {}},
        {"export", 4, {"table", "graph"}, {}},
        {"circuit", 5, {"model"}, {}},
        {"plot", 5, {"table", "graph"}, {"nlohmann"}},
        {"report", 6, {"plot", "circuit", "projection"}, {}},
        {"adapt/eigen.hpp", 7, {"tensor", "table"}, {"Eigen"}},
        {"adapt/xtensor.hpp", 7, {"tensor", "table"}, {"xtensor", "xtl"}},
    };
    return rules;
}

/// A header as the rules see it; paths are relative to include/svdlens.
struct header_file {
    std::string path;
    std::vector<std::string> own_includes;   ///< "..." includes, resolved
    std::vector<std::string> other_includes; ///< <...> includes
    std::vector<std::string> directives;     ///< every preprocessor line
    std::size_t lines = 0;
};

/// The folder of a path relative to include/svdlens; empty for the lists in the root.
inline std::string folder_of(const std::string& path) {
    const auto slash = path.find('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// A list of headers, of a folder (`table.hpp`) or of all (`svdlens.hpp`): it stands in the root.
inline bool is_list(const std::string& path) { return folder_of(path).empty(); }

/// The rule for a path, or null when no row covers it.
inline const floor_rule* rule_of(const std::string& path) {
    for (const auto& rule : floor_rules())
        if (rule.scope == path || rule.scope == folder_of(path)) return &rule;
    return nullptr;
}

/// The floor of a path; -1 when no row covers it.
inline int floor_of(const std::string& path) {
    const auto* rule = rule_of(path);
    return rule == nullptr ? -1 : rule->floor;
}

/// Reads one header of the tree.
inline header_file read_header(const std::filesystem::path& root, const std::filesystem::path& file) {
    header_file header;
    header.path = file.lexically_relative(root).generic_string();
    std::ifstream in(file);
    for (std::string line; std::getline(in, line); ++header.lines) {
        const auto start = line.find_first_not_of(" \t");
        if (start == std::string::npos || line[start] != '#') continue;
        header.directives.push_back(line.substr(start));
        if (line.find("include", start) == std::string::npos) continue;
        const auto open = line.find_first_of("\"<", start);
        const auto close = open == std::string::npos ? open : line.find_first_of("\">", open + 1);
        if (close == std::string::npos || line.compare(start, 3, "#if") == 0) continue;
        const auto name = line.substr(open + 1, close - open - 1);
        if (line[open] == '<')
            header.other_includes.push_back(name);
        else
            header.own_includes.push_back(
                (file.parent_path() / name).lexically_normal().lexically_relative(root).generic_string());
    }
    return header;
}

/// All headers below `include_dir`/svdlens, in alphabetical order.
inline std::vector<header_file> read_headers(const std::filesystem::path& include_dir) {
    const auto root = include_dir / "svdlens";
    std::vector<header_file> headers;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.is_regular_file()) headers.push_back(read_header(root, entry.path()));
    std::sort(headers.begin(), headers.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return headers;
}

/// What a rule's folder builds on, directly and through others.
inline std::set<std::string> foundation(const floor_rule& rule) {
    std::set<std::string> all(rule.builds_on.begin(), rule.builds_on.end());
    for (const auto& folder : rule.builds_on)
        for (const auto& deeper : foundation(*rule_of(folder + "/"))) all.insert(deeper);
    return all;
}

/// The include guard that a header must have: SVDLENS_<FOLDER>_<FILE>_HPP.
inline std::string guard_of(const std::string& path) {
    std::string guard = "SVDLENS_" + path;
    for (auto& c : guard)
        c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::toupper(c)) : '_';
    return guard;
}

/// Includes of the library's own headers that a floor does not allow.
inline void check_floors(const header_file& header, const floor_rule& rule, std::vector<std::string>& found) {
    const auto allowed = foundation(rule);
    for (const auto& include : header.own_includes) {
        const auto folder = folder_of(include);
        const bool own_folder = folder == folder_of(header.path) && folder != "adapt";
        if (!own_folder && allowed.count(folder) == 0)
            found.push_back(header.path + ": may not include " + include);
        else if (!own_folder && floor_of(include) >= rule.floor)
            found.push_back(header.path + ": includes " + include + " of a floor that is not lower");
    }
}

/// Includes of third-party headers outside the folders that own them.
inline void check_third_party(const header_file& header, const floor_rule& rule,
                              std::vector<std::string>& found) {
    for (const auto& include : header.other_includes) {
        const auto folder = folder_of(include);
        if (folder == "svdlens")
            found.push_back(header.path + ": own header " + include + " is not included by a relative path");
        else if (!folder.empty() && folder != "sys" &&
                 std::count(rule.third_party.begin(), rule.third_party.end(), folder) == 0)
            found.push_back(header.path + ": may not include third-party " + include);
    }
}

/// Guard and length.
inline void check_form(const header_file& header, std::vector<std::string>& found) {
    const auto guard = guard_of(header.path);
    const auto& lines = header.directives;
    const bool guarded = lines.size() >= 3 && lines[0] == "#ifndef " + guard &&
                         lines[1] == "#define " + guard && lines.back().compare(0, 6, "#endif") == 0;
    if (!guarded) found.push_back(header.path + ": its include guard is not " + guard);
    if (header.lines > 500)
        found.push_back(header.path + ": has " + std::to_string(header.lines) + " lines, over 500");
}

using include_graph = std::map<std::string, std::set<std::string>>;

/// Each cycle of the graph that a depth-first search closes, as "a -> b -> a".
inline void check_cycles(const include_graph& graph, const std::string& what,
                         std::vector<std::string>& found) {
    std::set<std::string> done;
    std::vector<std::string> path;
    const std::function<void(const std::string&)> visit = [&](const std::string& node) {
        const auto on_path = std::find(path.begin(), path.end(), node);
        if (on_path != path.end()) {
            std::string cycle = what + " cycle: ";
            for (auto step = on_path; step != path.end(); ++step) cycle += *step + " -> ";
            found.push_back(cycle + node);
            return;
        }
        if (!done.insert(node).second) return;
        path.push_back(node);
        if (const auto next = graph.find(node); next != graph.end())
            for (const auto& target : next->second) visit(target);
        path.pop_back();
    };
    for (const auto& node : graph) visit(node.first);
}

/// Every breach of the rules in a tree, one line each; empty when it keeps them.
inline std::vector<std::string> breaches(const std::vector<header_file>& headers) {
    std::vector<std::string> found;
    std::set<std::string> paths;
    for (const auto& header : headers) paths.insert(header.path);
    include_graph files;
    include_graph folders;
    for (const auto& header : headers) {
        check_form(header, found);
        for (const auto& include : header.own_includes) {
            files[header.path].insert(include);
            if (paths.count(include) == 0)
                found.push_back(header.path + ": includes " + include + ", which is not there");
            if (folder_of(include) != folder_of(header.path))
                folders[folder_of(header.path)].insert(folder_of(include));
        }
        if (is_list(header.path)) continue;
        if (const auto* rule = rule_of(header.path); rule == nullptr) {
            found.push_back(header.path + ": no row of the floor table covers it");
        } else {
            check_floors(header, *rule, found);
            check_third_party(header, *rule, found);
        }
    }
    check_cycles(files, "file", found);
    check_cycles(folders, "folder", found);
    return found;
}

} // namespace svdlens_tests

#endif
