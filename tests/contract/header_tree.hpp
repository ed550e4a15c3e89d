/// @file
/// The headers of the library as the contract tests see them.
#ifndef SVDLENS_TESTS_CONTRACT_HEADER_TREE_HPP
#define SVDLENS_TESTS_CONTRACT_HEADER_TREE_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace svdlens_tests {

/// A header as the rules see it; paths are relative to include/svdlens.
struct header_file {
    std::string path;
    std::string text;
    std::vector<std::string> own_includes;   ///< "..." includes, resolved
    std::vector<std::string> bodies;         ///< those of them that compiled mode leaves out
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

/// Definitions of what a header declares: inline, or compiled once (core/detail/body.hpp).
inline bool is_body(const std::string& path) { return path.find("/detail/bodies/") != std::string::npos; }

/// The public header that a body belongs to, `a/detail/bodies/b.hpp` to `a/b.hpp`; empty for all else.
inline std::string header_of_body(const std::string& path) {
    return is_body(path) ? folder_of(path) + path.substr(path.rfind('/')) : std::string();
}

/// A header in a `detail/` folder.
inline bool is_private(const std::string& path) { return path.find("/detail/") != std::string::npos; }

/// Reads one header of the tree.
inline header_file read_header(const std::filesystem::path& root, const std::filesystem::path& file) {
    header_file header;
    header.path = file.lexically_relative(root).generic_string();
    std::ifstream in(file);
    header.text.assign(std::istreambuf_iterator<char>(in), {});
    std::istringstream text(header.text);
    bool in_bodies = false;
    for (std::string line; std::getline(text, line); ++header.lines) {
        const auto start = line.find_first_not_of(" \t");
        if (start == std::string::npos || line[start] != '#') continue;
        header.directives.push_back(line.substr(start));
        if (line == "#ifndef SVDLENS_COMPILED") in_bodies = true;
        if (line.rfind("#endif", 0) == 0) in_bodies = false;
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
        if (in_bodies && line[open] == '"') header.bodies.push_back(header.own_includes.back());
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

using include_graph = std::map<std::string, std::set<std::string>>;

/// What each header includes of the library's own, but for the bodies: these include what declares them.
inline include_graph includes_of(const std::vector<header_file>& headers) {
    include_graph files;
    for (const auto& header : headers) {
        files[header.path].insert(header.own_includes.begin(), header.own_includes.end());
        for (const auto& body : header.bodies) files[header.path].erase(body);
    }
    return files;
}

/// As `includes_of`, with the bodies; a body's own header is not among what the body includes.
inline include_graph includes_with_bodies(const std::vector<header_file>& headers) {
    include_graph files;
    for (const auto& header : headers)
        files[header.path].insert(header.own_includes.begin(), header.own_includes.end());
    for (const auto& header : headers)
        for (const auto& body : header.bodies) files[body].erase(header.path);
    return files;
}

/// All headers that a header includes, directly and through others.
inline void collect_includes(const std::string& path, const include_graph& files,
                             std::set<std::string>& reached) {
    const auto from = files.find(path);
    if (from == files.end()) return;
    for (const auto& include : from->second)
        if (reached.insert(include).second) collect_includes(include, files, reached);
}

} // namespace svdlens_tests

#endif
