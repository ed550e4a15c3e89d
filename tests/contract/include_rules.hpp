/// @file
/// The rules of the include tree: floors, doors, lists, cycles, and what breaks them.
#ifndef SVDLENS_TESTS_CONTRACT_INCLUDE_RULES_HPP
#define SVDLENS_TESTS_CONTRACT_INCLUDE_RULES_HPP

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/header_tree.hpp"

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
        {"significance", 5, {"projection"}, {}},
        {"plot", 5, {"table", "graph"}, {"nlohmann"}},
        {"circuit", 6, {"graph", "model", "significance"}, {}},
        {"report", 7, {"plot", "circuit", "projection", "significance"}, {}},
        {"adapt/eigen.hpp", 8, {"tensor", "table"}, {"Eigen"}},
        {"adapt/xtensor.hpp", 8, {"tensor", "table"}, {"xtensor", "xtl"}},
    };
    return rules;
}

/// What folders are linked and installed together: inside a component headers may use each other's `detail/`.
inline std::string component_of(const std::string& path) {
    static const std::map<std::string, std::string> components{
        {"core", "core"},           {"tensor", "core"},   {"table", "core"},        {"graph", "core"},
        {"export", "core"},         {"linalg", "linalg"}, {"directions", "linalg"}, {"projection", "linalg"},
        {"significance", "linalg"}, {"io", "io"},         {"model", "circuit"},     {"circuit", "circuit"},
        {"plot", "plot"},           {"report", "report"}, {"adapt", "adapt"}};
    const auto found = components.find(path.substr(0, path.find('/')));
    return found == components.end() ? std::string() : found->second;
}

/// An internal header that another component may include, and why.
struct door {
    std::string from; ///< a component
    std::string to;   ///< a header
    std::string reason;
};

inline const std::vector<door>& doors() {
    static const std::vector<door> list{
        {"plot", "table/detail/rows/row_columns.hpp",
         "a page shows the columns that a print on the screen shows"},
        {"adapt", "table/detail/rows/dense_values.hpp",
         "a table becomes an array of another library without a copy"},
        {"circuit", "io/detail/json/json_events.hpp",
         "a scheme file is JSON with the bounds and messages of all other files"},
        {"circuit", "io/detail/json/json_output.hpp", "a scheme is written as JSON"},
    };
    return list;
}

/// A header of table/ or plot/ that loops over blocks or positions itself, and why. All else asks questions.
inline const std::map<std::string, std::string>& own_loops() {
    static const std::map<std::string, std::string> list{
        {"table/detail/ask/question_pass.hpp", "the one that asks"},
        {"table/store.hpp", "every tile to its place in memory"},
        {"table/detail/rows/rows_in_order.hpp",
         "every tile to its place in a band, rows handed out in order"},
        {"table/pick.hpp", "only tiles that hold a wanted row are computed"},
        {"table/columns.hpp", "every row to its place in the columns"},
        {"table/sample.hpp", "samples of rows in memory, not blocks"},
        {"table/cosine_similarity.hpp", "pairs of rows of a matrix, not blocks"},
        {"table/detail/rows/position_loop.hpp", "positions in memory, not blocks"},
        {"table/detail/order/radix_sort.hpp", "parts of a list in memory, not blocks"},
        {"table/detail/groups/group_scores.hpp", "groups whose scores are gathered, not blocks"},
    };
    return list;
}

/// Whether a text calls one of the loops over blocks.
inline bool loops_over_blocks(const std::string& text) {
    for (const std::string name :
         {"for_blocks", "for_blocks_in_order", "loop_blocks", "scan", "scan_in_order"})
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
            const bool begins = at == 0 || std::string(" \n:({;").find(text[at - 1]) != std::string::npos;
            if (begins && text.compare(at + name.size(), 1, "<") == 0) return true;
        }
    return false;
}

/// A header that drives blocks itself and does not say why.
inline void check_loops(const header_file& header, std::vector<std::string>& found) {
    const auto folder = folder_of(header.path);
    if ((folder == "table" || folder == "plot") && own_loops().count(header.path) == 0 &&
        loops_over_blocks(header.text))
        found.push_back(header.path + ": loops over blocks itself; ask a question");
}

/// The nouns of table/: what verbs take and give. A noun includes no verb.
inline bool is_table_noun(const std::string& path) {
    static const std::set<std::string> nouns{
        "score_source", "score_key",  "tiling",        "scan",           "long_table", "selection",
        "store",        "by",         "predicate",     "derived_column", "columns",    "print",
        "wide_table",   "aggregates", "score_columns", "bounds",         "question"};
    return path.rfind("table/", 0) == 0 && nouns.count(path.substr(6, path.size() - 10)) != 0;
}

/// A header of table/ that is neither a noun nor private.
inline bool is_table_verb(const std::string& path) {
    return path.rfind("table/", 0) == 0 && !is_private(path) && !is_table_noun(path);
}

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

/// Internal headers of another component that no door leads to, and a noun or an internal header of table/
/// that includes a verb; a verb's own body does.
inline void check_doors(const header_file& header, std::vector<std::string>& found) {
    const bool serves_verbs =
        is_table_noun(header.path) || (is_private(header.path) && folder_of(header.path) == "table");
    for (const auto& include : header.own_includes) {
        if (serves_verbs && is_table_verb(include) && header_of_body(header.path) != include)
            found.push_back(header.path + ": includes the verb " + include);
        if (!is_private(include) || folder_of(include) == "core") continue;
        const auto component = component_of(header.path);
        const bool open = std::any_of(doors().begin(), doors().end(),
                                      [&](const door& d) { return d.from == component && d.to == include; });
        if (component != component_of(include) && !open)
            found.push_back(header.path + ": no door leads to " + include);
    }
}

/// Bodies that compiled mode leaves out are internal, and the last that a header includes.
inline void check_bodies(const header_file& header, std::vector<std::string>& found) {
    const auto first = header.own_includes.end() - static_cast<std::ptrdiff_t>(header.bodies.size());
    if (!std::equal(header.bodies.begin(), header.bodies.end(), first, header.own_includes.end()))
        found.push_back(header.path + ": includes a body before other headers");
    for (const auto& body : header.bodies)
        if (!is_private(body)) found.push_back(header.path + ": the body " + body + " is not internal");
}

/// A list names every public header of its folder and no other; the umbrella names the lists and the
/// Eigen adaptor.
inline void check_list(const header_file& list, const std::vector<header_file>& headers,
                       std::vector<std::string>& found) {
    std::vector<std::string> expected;
    const auto folder = list.path.substr(0, list.path.size() - 4);
    for (const auto& header : headers) {
        const bool in_folder = folder_of(header.path) == folder && !is_private(header.path);
        const bool in_umbrella =
            (is_list(header.path) && header.path != list.path) || header.path == "adapt/eigen.hpp";
        if (list.path == "svdlens.hpp" ? in_umbrella : in_folder) expected.push_back(header.path);
    }
    auto listed = list.own_includes;
    std::sort(listed.begin(), listed.end());
    std::vector<std::string> odd;
    std::set_symmetric_difference(listed.begin(), listed.end(), expected.begin(), expected.end(),
                                  std::back_inserter(odd)); // a header that is listed twice is odd, too
    for (const auto& path : odd)
        found.push_back(list.path +
                        (std::binary_search(expected.begin(), expected.end(), path) ? ": does not list "
                                                                                    : ": should not list ") +
                        path);
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

/// A macro is seen by all that is included later: only names of our own are defined. Arrow's own are those of its C interface,
/// which says what guards them, so that several copies of it can stand in one program.
inline void check_macros(const header_file& header, std::vector<std::string>& found) {
    const std::string define = "#define ";
    for (const auto& line : header.directives) {
        if (line.compare(0, define.size(), define) != 0) continue;
        const auto name = line.substr(define.size(), line.find_first_of(" (", define.size()) - define.size());
        const bool arrow = header.path == "export/detail/arrow_abi.hpp" && name.compare(0, 6, "ARROW_") == 0;
        if (name.compare(0, 8, "SVDLENS_") != 0 && !arrow)
            found.push_back(header.path + ": defines " + name + ", which is not a name of ours");
    }
}

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
    include_graph folders;
    for (const auto& header : headers) {
        check_form(header, found);
        check_macros(header, found);
        check_loops(header, found);
        for (const auto& include : header.own_includes) {
            if (paths.count(include) == 0)
                found.push_back(header.path + ": includes " + include + ", which is not there");
            if (folder_of(include) != folder_of(header.path))
                folders[folder_of(header.path)].insert(folder_of(include));
        }
        if (is_list(header.path)) {
            check_list(header, headers, found);
            continue;
        }
        check_doors(header, found);
        check_bodies(header, found);
        if (const auto* rule = rule_of(header.path); rule == nullptr) {
            found.push_back(header.path + ": no row of the floor table covers it");
        } else {
            check_floors(header, *rule, found);
            check_third_party(header, *rule, found);
        }
    }
    check_cycles(includes_with_bodies(headers), "file", found);
    check_cycles(folders, "folder", found);
    return found;
}

} // namespace svdlens_tests

#endif
