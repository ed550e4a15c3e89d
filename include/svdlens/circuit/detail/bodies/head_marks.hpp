/// @file
/// The bodies of circuit/head_marks.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_HEAD_MARKS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_HEAD_MARKS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/dead_parts.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../model/detail/refusals.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../diagonal_tests.hpp"
#include "../../head_marks.hpp"
#include "../../induction_circuits.hpp"
#include "../../position_profile.hpp"
#include "../token_circuits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Why a test over tokens or positions is not made of a model; nothing where it is.
struct mark_refusals {
    std::optional<std::string> copying, matching, positions;
};

template <std::floating_point T>
mark_refusals refusals_of_marks(const basic_transformer_weights<T>& weights,
                                const token_test_options& options) {
    const auto one_thing = [](std::size_t things, const char* what) -> std::optional<std::string> {
        if (things >= 2) return std::nullopt;
        return "expected at least 2 " + std::string(what) + ", of which one may be preferred, found " +
               to_text(things);
    };
    mark_refusals why{refusal_of_copying(weights), refusal_of_matching(weights, options.offset.has_value()),
                      refusal_of_positions(weights)};
    if (!why.copying) why.copying = one_thing(weights.W_E.rows(), "tokens");
    if (!why.matching) why.matching = one_thing(weights.W_E.rows(), "embedded tokens");
    if (!why.positions && weights.W_pos.rows() < 3)
        why.positions = "expected at least 3 positions, so that two have one before them, found " +
                        to_text(weights.W_pos.rows());
    return why;
}

/// Every head's label, size and whether it is dead.
/// @throws argument_error (invalid_argument) for directions of other heads
template <std::floating_point T>
std::vector<marked_head> unmarked_heads(const basic_transformer_weights<T>& weights,
                                        const basic_singular_directions<T>& directions) {
    if (directions.layers() != weights.blocks.size() || directions.heads() != weights.sizes.n_heads)
        throw argument_error(errc::invalid_argument, weights.file + ": head_marks: expected directions of " +
                                                         to_text(weights.blocks.size()) + " layers of " +
                                                         to_text(weights.sizes.n_heads) + " heads, found " +
                                                         to_text(directions.layers()) + " of " +
                                                         to_text(directions.heads()));
    std::vector<marked_head> heads;
    const auto dead = dead_heads(directions.writing());
    for (std::size_t l = 0; l < directions.layers(); ++l)
        for (std::size_t h = 0; h < directions.heads(); ++h) {
            const auto row = heads.size();
            auto& head = heads.emplace_back(marked_head{.head = dead.label_of(row), .index = {l, h}});
            if (directions.directions() != 0)
                head.largest = static_cast<double>(directions.singular_value(l, h, 0));
            head.is_dead = std::binary_search(dead.rows.begin(), dead.rows.end(), row);
        }
    return heads;
}

template <std::floating_point T>
void put_marks(std::vector<marked_head>& heads, std::optional<diagonal_mark> marked_head::*mark,
               const basic_diagonal_test<T>& test) {
    for (std::size_t k = 0; k < heads.size(); ++k)
        heads[k].*mark = diagonal_mark{static_cast<double>(test.advantage.score_at(k)),
                                       static_cast<double>(test.z.score_at(k))};
}

/// Of each head the earlier one that leads it furthest.
template <std::floating_point T>
void put_partners(std::vector<marked_head>& heads, std::size_t heads_a_layer,
                  const std::vector<basic_chained_test<T>>& pairs) {
    for (const auto& each : pairs) {
        auto& head = heads[each.target_head.layer * heads_a_layer + each.target_head.head];
        const auto advantage = static_cast<double>(each.advantage);
        if (head.induction && head.induction->advantage >= advantage) continue;
        head.induction = diagonal_mark{advantage, static_cast<double>(each.z)};
        head.partner = each.source;
    }
}

template <std::floating_point T>
void put_shares(std::vector<marked_head>& heads, const basic_attention_profile<T>& profile) {
    const auto offsets = static_cast<std::size_t>(profile.attention.axes()[2].extent);
    for (std::size_t k = 0; k < heads.size(); ++k)
        heads[k].previous_token_share = static_cast<double>(profile.attention.score_at(k * offsets + 1));
}

/// The tests over tokens; where the model has all, their moments are summed once.
template <std::floating_point T>
void mark_by_tokens(std::vector<marked_head>& heads, const basic_transformer_weights<T>& weights,
                    const mark_refusals& why, const token_test_options& options, const execution& run) {
    if (why.matching) {
        if (!why.copying) put_marks(heads, &marked_head::copying, copying_test(weights, run));
        return;
    }
    const auto found = induction_circuits(weights, options, run);
    put_marks(heads, &marked_head::matching, found.matching);
    if (found.copying) put_marks(heads, &marked_head::copying, *found.copying);
    if (found.positions && !why.positions) put_shares(heads, *found.positions);
    put_partners(heads, weights.sizes.n_heads, found.pairs);
}

/// One of a role's tests.
inline const std::optional<diagonal_mark>& mark_of(const marked_head& head, head_role role) {
    switch (role) {
    case head_role::copies:
    case head_role::suppresses_copies:
        return head.copying;
    case head_role::matches:
        return head.matching;
    case head_role::induction:
        return head.induction;
    case head_role::previous_token:
        break;
    }
    return head.previous_token;
}

/// The heads that are not dead and have a mark of this role.
inline std::vector<std::size_t> rows_with(const marked_heads& of, head_role role) {
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < of.heads.size(); ++k)
        if (!of.heads[k].is_dead && mark_of(of.heads[k], role)) rows.push_back(k);
    return rows;
}

/// The middle one of at least one number; of the two in the middle the larger.
inline double middle_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Those of one role, the largest advantage first.
inline std::vector<standing_head> standing_in(const marked_heads& of, head_role role,
                                              const standing_out_options& options) {
    constexpr std::size_t fewest = 3;
    const auto rows = rows_with(of, role);
    if (rows.size() < fewest) return {};
    const double sign = role == head_role::suppresses_copies ? -1 : 1;
    std::vector<double> sizes;
    for (const auto row : rows) sizes.push_back(std::abs(mark_of(of.heads[row], role)->advantage));
    const double bound = options.times * middle_of(sizes);
    std::vector<standing_head> standing;
    double next = 0;
    for (const auto row : rows) {
        const auto& mark = *mark_of(of.heads[row], role);
        const bool stands_out = sign * mark.advantage > bound && sign * mark.z >= options.z;
        if (stands_out)
            standing.push_back({role, row, mark});
        else
            next = (std::max)(next, sign * mark.advantage);
    }
    std::stable_sort(standing.begin(), standing.end(), [&](const standing_head& a, const standing_head& b) {
        return sign * a.mark.advantage > sign * b.mark.advantage;
    });
    for (auto& each : standing) each.next = sign * next;
    return standing;
}

} // namespace detail

template <std::floating_point T>
marked_heads head_marks(const basic_transformer_weights<T>& weights,
                        const basic_singular_directions<T>& directions, const token_test_options& options,
                        const execution& run) {
    const auto why = detail::refusals_of_marks(weights, options);
    marked_heads result{detail::unmarked_heads(weights, directions), {}};
    const auto say = [&](const char* tests, const std::optional<std::string>& reason) {
        if (reason) result.notes.push_back(std::string(tests) + ": " + *reason);
    };
    say("copying", why.copying);
    say("matching and induction", why.matching);
    if (!why.matching && weights.blocks.size() < 2)
        say("induction", "heads of one layer have none before them");
    say("previous token", why.positions);
    if (result.heads.empty()) return result;
    detail::mark_by_tokens(result.heads, weights, why, options, part_of(run, 0, 0.8, 100));
    if (why.positions) return result;
    detail::put_marks(result.heads, &marked_head::previous_token,
                      previous_token_test(weights, {}, part_of(run, 0.8, 0.9, 100)));
    if (!result.heads.front().previous_token_share)
        detail::put_shares(result.heads,
                           position_profile(weights, {.offsets = 2}, part_of(run, 0.9, 1, 100)));
    return result;
}

SVDLENS_BODY std::string_view to_text(head_role role) {
    constexpr std::string_view names[] = {"copies", "suppresses copies", "matches", "induction",
                                          "previous token"};
    return names[static_cast<std::size_t>(role)];
}

SVDLENS_BODY std::vector<standing_head> standing_heads(const marked_heads& of,
                                                       const standing_out_options& options) {
    if (!(options.times >= 0 && std::isfinite(options.times) && options.z >= 0 && std::isfinite(options.z)))
        throw argument_error(errc::invalid_argument,
                             "standing_heads: expected finite bounds of at least 0, found " +
                                 to_text(options.times) + " and " + to_text(options.z));
    std::vector<standing_head> all;
    for (const auto role : {head_role::copies, head_role::suppresses_copies, head_role::matches,
                            head_role::induction, head_role::previous_token}) {
        const auto found = detail::standing_in(of, role, options);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

#ifdef SVDLENS_COMPILED
template marked_heads head_marks(const basic_transformer_weights<float>& weights,
                                 const basic_singular_directions<float>& directions,
                                 const token_test_options& options, const execution& run);
template marked_heads head_marks(const basic_transformer_weights<double>& weights,
                                 const basic_singular_directions<double>& directions,
                                 const token_test_options& options, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
