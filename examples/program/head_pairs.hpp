/// @file
/// What the tests of pairs of heads leave out, and what their roles are called.
#ifndef SVDLENS_EXAMPLES_PROGRAM_HEAD_PAIRS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_HEAD_PAIRS_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <svdlens/circuit/found_pairs.hpp>
#include <svdlens/core/text.hpp>

namespace program {

/// `value` of a table of pairs.
inline std::string role_of(const svdlens::found_pairs& pairs) {
    return std::string(svdlens::to_text(pairs.role));
}

/// Its letter: `v`, `q`, `k`.
inline std::string kind_of(const svdlens::found_pairs& pairs) { return role_of(pairs).substr(0, 1); }

/// `L0H1 (3), L2H0 (1)`
inline std::string join_names(const std::vector<std::string>& names, std::size_t most) {
    std::string text;
    for (std::size_t k = 0; k < (std::min)(names.size(), most); ++k) text += (k == 0 ? "" : ", ") + names[k];
    if (names.size() > most) text += " and " + svdlens::to_text(names.size() - most) + " more";
    return text;
}

/// The heads of which no pair was tested in a role, though they have pairs in it.
inline std::vector<std::string> untested_heads(const svdlens::found_pairs& of) {
    std::vector<std::string> names, tested;
    const auto add = [](std::vector<std::string>& to, const std::string& name) {
        if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
    };
    for (const auto& each : of.pairs)
        for (const auto* name : {&each.composition.source, &each.composition.target})
            add(each.tested ? tested : names, *name);
    std::erase_if(names, [&](const std::string& name) {
        return std::find(tested.begin(), tested.end(), name) != tested.end();
    });
    std::sort(names.begin(), names.end());
    return names;
}

/// Says how many pairs were not tested, and of which heads: those that are dead in this role.
inline void say_untested_pairs(const std::vector<svdlens::found_pairs>& pairs,
                               std::vector<std::string>& left_out) {
    for (const auto& each : pairs) {
        const auto untested = each.pairs.size() - static_cast<std::size_t>(each.tested);
        if (untested == 0) continue;
        const auto names = untested_heads(each);
        left_out.push_back("composition.csv, kind " + kind_of(each) + ": " + svdlens::to_text(untested) +
                           " pairs are not tested, of heads that are dead in this role or meet nothing" +
                           (names.empty() ? "" : ": " + join_names(names, 12)));
    }
}

/// Communities of heads. Pairs of a role whose control warns of those above are left out, which is said.
inline svdlens::head_communities communities_of(const std::vector<svdlens::found_pairs>& pairs,
                                                std::size_t layers, std::size_t heads, double q,
                                                std::vector<std::string>& left_out) {
    for (const auto& each : pairs)
        if (each.doubtful(q, 0))
            left_out.push_back("heads.csv: communities are without the pairs of kind " + kind_of(each) +
                               ", whose control warns");
    return svdlens::communities_of_heads(pairs, layers, heads, q);
}

} // namespace program

#endif
