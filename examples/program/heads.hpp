/// @file
/// What heads do by themselves: which of them copy, match, look back, or repeat what came before.
#ifndef SVDLENS_EXAMPLES_PROGRAM_HEADS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_HEADS_HPP

#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <svdlens/circuit/head_marks.hpp>
#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>

#include "ending.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "text.hpp"

namespace program {

/// What the tests of heads cost, in multiplications and additions.
inline double marking_cost(const svdlens::transformer_weights& weights) {
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const auto& s = weights.sizes;
    const double d = size(s.d_model), r = size(s.d_head), heads = size(s.n_layers * s.n_heads);
    const double things = size(weights.W_E.rows() + weights.W_pos.rows());
    const double places = size(weights.W_pos.rows());
    const double pairs = heads * (heads - size(s.n_heads)) / 2;
    return 6 * things * d * d + heads * (30 * d * d * r + 2 * places * places * r) +
           pairs * (4 * d * r * r + 8 * r * r * r);
}

namespace detail {

/// The tests of heads. Where queries and keys turn out to meet in no matrix, without those that need one: a model may
/// say so only when it is asked, and the rest of the run is worth having.
inline svdlens::marked_heads marks_that_are_defined(const svdlens::transformer_weights& weights,
                                                    const svdlens::float_directions& ov, const options& o,
                                                    progress_bar& bar) {
    try {
        return svdlens::head_marks(weights, ov, {.offset = o.rotary_offset}, o.run(bar.reporter()));
    } catch (const svdlens::model_error& reason) {
        auto without = weights;
        without.qk_refusal = reason.what();
        return svdlens::head_marks(without, ov, {}, o.run(bar.reporter()));
    }
}

} // namespace detail

/// The diagonal tests of all heads. A line in `left_out` for each that is not defined, or that nothing says how to make.
inline svdlens::marked_heads marks_of(read_model& model, const svdlens::float_directions& ov,
                                      const options& o, progress_bar& bar) {
    current_stage = "testing the heads";
    bar.begin("testing the heads", "heads", marking_cost(model.weights));
    const bool lacks_offset = model.weights.is_rotary() && !o.rotary_offset;
    auto marked = detail::marks_that_are_defined(model.weights, ov, o, bar);
    for (const auto& note : marked.notes)
        model.left_out.push_back("heads.csv, " + detail::in_program_words(note) +
                                 (lacks_offset && note.starts_with("matching") ? " (--offset N)" : ""));
    return marked;
}

namespace detail {

/// `L1H2: 5.1 (z 38)`
inline std::string words_of(const svdlens::standing_head& each, const svdlens::marked_heads& of) {
    const auto& head = of.heads[each.row];
    std::string words = head.head;
    if (each.role == svdlens::head_role::induction) words += " of " + head.partner;
    words += " " + number(each.mark.advantage, 3) + " (z " + number(each.mark.z, 3);
    if (each.role == svdlens::head_role::previous_token)
        words += ", attention " + number(*head.previous_token_share, 2);
    return words + ")";
}

} // namespace detail

/// The heads that stand out, by role: the strongest few of each.
inline void print_heads(std::ostream& out, const svdlens::marked_heads& marked) {
    constexpr std::size_t shown = 5, width = 21;
    const auto standing = svdlens::standing_heads(marked);
    if (standing.empty()) return;
    out << "\nHeads that stand out: at least 6 times the middle head's advantage, z 6\n";
    for (std::size_t first = 0, end = 0; first < standing.size(); first = end) {
        std::string line;
        for (; end < standing.size() && standing[end].role == standing[first].role; ++end)
            if (end - first < shown)
                line += (end == first ? "" : ", ") + detail::words_of(standing[end], marked);
        if (end - first > shown) line += " and " + svdlens::to_text(end - first - shown) + " more";
        line += "; the next " + number(standing[first].next, 3);
        out << "  " << padded(std::string(svdlens::to_text(standing[first].role)), width - 2);
        print_wrapped(out, line, width);
    }
}

namespace detail {

inline json json_mark(const std::optional<svdlens::diagonal_mark>& mark) {
    if (!mark) return nullptr;
    return {{"advantage", json_number(mark->advantage)}, {"z", json_number(mark->z)}};
}

} // namespace detail

/// Every head with its marks; of those that stand out the roles, too.
inline json json_heads(const svdlens::marked_heads& marked) {
    json heads = json::array();
    for (const auto& head : marked.heads) {
        auto induction = detail::json_mark(head.induction);
        if (head.induction) induction["of"] = head.partner;
        heads.push_back({{"head", head.head},
                         {"singular_value", json_number(head.largest)},
                         {"dead", head.is_dead},
                         {"copying", detail::json_mark(head.copying)},
                         {"matching", detail::json_mark(head.matching)},
                         {"induction", std::move(induction)},
                         {"previous_token", detail::json_mark(head.previous_token)},
                         {"previous_token_share",
                          head.previous_token_share ? json(*head.previous_token_share) : json(nullptr)},
                         {"stands_out", json::array()}});
    }
    for (const auto& each : svdlens::standing_heads(marked))
        heads[each.row]["stands_out"].push_back(svdlens::to_text(each.role));
    return heads;
}

} // namespace program

#endif
