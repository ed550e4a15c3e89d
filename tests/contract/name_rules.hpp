/// @file
/// The rules of public and private names, and what breaks them.
#ifndef SVDLENS_TESTS_CONTRACT_NAME_RULES_HPP
#define SVDLENS_TESTS_CONTRACT_NAME_RULES_HPP

#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/declared_names.hpp"
#include "contract/header_tree.hpp"

namespace svdlens_tests {

/// The public names that public headers declare, without namespaces.
inline std::set<std::string> promised_names(const std::vector<header_file>& headers) {
    std::set<std::string> names;
    for (const auto& header : headers)
        for (const auto& [space, name] : declared_names(header.text))
            if (!is_private(header.path) && !is_private_space(space)) names.insert(space + "::" + name);
    return names;
}

/// A public header gives users a name; an internal one gives them none. A body defines what is promised.
inline void check_names(const header_file& header, const std::set<std::string>& promised,
                        std::vector<std::string>& found) {
    bool any_public = false;
    for (const auto& [space, name] : declared_names(header.text)) {
        if (is_private_space(space)) continue;
        any_public = true;
        if (is_body(header.path) && promised.count(space + "::" + name) != 0) continue;
        if (is_private(header.path))
            found.push_back(header.path + ": declares " + space + "::" + name + " outside namespace detail");
    }
    if (!is_private(header.path) && !any_public)
        found.push_back(header.path + ": stands among the public headers and declares no public name");
}

/// Whether a name after this token may be a member that is declared: the token ends a type.
inline bool may_declare(const std::string& before) {
    static const std::set<std::string> before_a_call{"return", "throw", "else", "case", "co_return"};
    if (before.empty() || before_a_call.count(before) != 0) return false;
    return before == "&" || before == "*" || before == ">" ||
           std::isalpha(static_cast<unsigned char>(before[0])) != 0;
}

/// Whether a text uses a private name that stands elsewhere: `detail::name`, or the bare name before
/// a bracket.
inline bool uses_private_name(const std::vector<std::string>& tokens, const std::string& name) {
    for (std::size_t k = 0; k < tokens.size(); ++k) {
        if (tokens[k] != name) continue;
        const auto before = k == 0 ? std::string() : tokens[k - 1];
        if (before == "::" && k >= 2 && tokens[k - 2] == "detail") return true;
        const bool called =
            k + 1 < tokens.size() && (tokens[k + 1] == "(" || tokens[k + 1] == "<" || tokens[k + 1] == "{");
        if (called && !may_declare(before) && before != "." && before != "->" && before != "::") return true;
    }
    return false;
}

/// Private names in a public header are for that header alone: what a second one uses stands in `detail/`.
inline void check_private_names(const std::vector<header_file>& headers, std::vector<std::string>& found) {
    const auto files = includes_of(headers);
    std::map<std::string, std::vector<std::string>> tokens;
    std::map<std::string, std::set<std::string>> own;
    std::map<std::string, std::set<std::string>> reached;
    for (const auto& header : headers) {
        tokens[header.path] = tokens_of(header.text);
        for (const auto& declared : declared_names(header.text)) own[header.path].insert(declared.name);
        collect_includes(header.path, files, reached[header.path]);
    }
    for (const auto& home : headers) {
        if (is_private(home.path)) continue;
        for (const auto& [space, name] : declared_names(home.text)) {
            if (!is_private_space(space)) continue;
            for (const auto& user : headers)
                if (header_of_body(user.path) != home.path && reached[user.path].count(home.path) != 0 &&
                    own[user.path].count(name) == 0 && uses_private_name(tokens[user.path], name))
                    found.push_back(user.path + ": uses detail::" + name +
                                    ", which stands in the public header " + home.path);
        }
    }
}

/// Every breach of the rules of names in a tree, one line each; empty when it keeps them.
inline std::vector<std::string> name_breaches(const std::vector<header_file>& headers) {
    std::vector<std::string> found;
    const auto promised = promised_names(headers);
    for (const auto& header : headers)
        if (!is_list(header.path)) check_names(header, promised, found);
    check_private_names(headers, found);
    return found;
}

/// The public names of a tree, as `svdlens::plot::strip`, ascending.
inline std::vector<std::string> public_names(const std::vector<header_file>& headers) {
    std::set<std::string> names;
    for (const auto& header : headers)
        for (const auto& [space, name] : declared_names(header.text))
            if (!is_private_space(space)) names.insert(space + "::" + name);
    return {names.begin(), names.end()};
}

} // namespace svdlens_tests

#endif
