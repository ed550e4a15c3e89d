/// @file
/// Whether an analysis finds the circuit that was planted.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PLANTED_RESULT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PLANTED_RESULT_HPP

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "planted_model.hpp"
#include "planted_recovery.hpp"
#include "reading.hpp"
#include "sections.hpp"
#include "text.hpp"

namespace program {

namespace detail {

/// A model's directions and sections for one way to read it.
struct reading_way {
    read_model model;
    circuits of;
};

inline reading_way read_way(const std::filesystem::path& path, bool raw, options o) {
    o.raw = raw;
    progress_bar bar(true);
    auto model = read(o, path, path);
    auto of = decompose(model, o, bar, false);
    return {std::move(model), std::move(of)};
}

inline planted::recovery recover(const planted::model& truth, const reading_way& way,
                                 svdlens::score_kind score, double tail) {
    std::vector<std::string> left_out;
    const auto sections = make_sections({.heads = way.of.sides(),
                                         .weights = way.model.weights,
                                         .score = score,
                                         .features = default_features(way.model.weights.embed()),
                                         .most_neuron_rows = 0},
                                        left_out);
    return planted::recover(truth, sections, way.of.ov.reading(), tail);
}

inline void print_found(std::ostream& out, const planted::recovery& found) {
    std::vector<table_line> lines{{"section", "source", "target", "planted", "score", "found"}};
    for (const auto& e : found.edges)
        lines.push_back({e.planted.section, e.source, e.target, number(e.planted.c, 2), number(e.score, 3),
                         std::string(e.outside ? "in the tail" : "not in the tail") +
                             (e.right_sign ? "" : ", wrong sign") +
                             (e.rank != 0 ? ", rank " + std::to_string(e.rank) : "")});
    out << "\nPlanted edges\n";
    print_table(out, lines, 3, "  ");
}

} // namespace detail

/// Prints where each planted edge turned up, and how the kinds of score compare. Whether folded weights
/// give all.
inline bool judge(const planted::model& truth, const std::filesystem::path& path, double tail,
                  const options& o) {
    using enum svdlens::score_kind;
    const bool prints = !o.quiet && !o.json;
    const auto folded = detail::read_way(path, false, o), raw = detail::read_way(path, true, o);
    if (prints) detail::print_found(std::cout, detail::recover(truth, folded, o.score, tail));
    std::vector<table_line> lines{{"weights", "score", "recall", "R-precision"}};
    bool all_found = true;
    for (const bool is_raw : {false, true})
        for (const auto score : {dot, cosine, scaled}) {
            const auto found = detail::recover(truth, is_raw ? raw : folded, score, tail);
            lines.push_back({is_raw ? "raw" : "folded", std::string(svdlens::to_text(score)),
                             number(found.recall(), 3), number(found.r_precision(), 3)});
            if (!is_raw)
                all_found =
                    all_found && found.recall() == 1 && (score != cosine || found.r_precision() >= 0.95);
        }
    if (!prints) return all_found;
    std::cout << "\nRecovery of the planted circuit\n";
    print_table(std::cout, lines, 2, "  ");
    std::cout << (all_found ? "\nThe planted circuit was found.\n"
                            : "\nThe planted circuit was NOT found.\n");
    return all_found;
}

} // namespace program

#endif
