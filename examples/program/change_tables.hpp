/// @file
/// What the difference of two checkpoints reads and writes: its first directions on tokens and neurons.
#ifndef SVDLENS_EXAMPLES_PROGRAM_CHANGE_TABLES_HPP
#define SVDLENS_EXAMPLES_PROGRAM_CHANGE_TABLES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/compare_checkpoints.hpp>
#include <svdlens/directions/vector_set.hpp>
#include <svdlens/model/token_axis.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/by.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/top_k.hpp>

#include "options.hpp"
#include "reading.hpp"
#include "sections.hpp"

namespace program {

/// How many directions of a head's change are looked at, and how many rows of each on either end.
inline constexpr std::size_t change_directions = 3;
inline constexpr std::uint64_t change_rows = 5;

/// One side of the change of all heads, on one kind of vectors.
struct change_table {
    svdlens::projection scores;
    const char* far_end;        ///< `target` of what is written to, `source` of what is read
    svdlens::selection highest; ///< of each direction
    svdlens::selection lowest;

    const std::string& name() const { return scores.axes().title(); }
};

namespace detail {

inline void add_change_table(std::vector<change_table>& tables, const svdlens::vector_set& side,
                             const svdlens::vector_set& others, const char* far_end,
                             const svdlens::index_list& features, const options& o) {
    std::vector<std::uint64_t> first;
    for (std::uint64_t k = 0; k < (std::min<std::uint64_t>)(change_directions, side.axes[2].extent); ++k)
        first.push_back(k);
    svdlens::projection_restriction only{{"direction", std::move(first)}};
    if (!features.all()) only = {only.parts().front(), {others.axes[0].name, features}};
    auto scores = svdlens::project(side, others, {.score = o.score, .only = std::move(only)}, o.run());
    if (scores.max_rows() == 0) return;
    const auto each = svdlens::by("layer", "head", "direction");
    auto highest = svdlens::top_k(scores, change_rows, each, o.run());
    auto lowest = svdlens::bottom_k(scores, change_rows, each, o.run());
    tables.push_back({std::move(scores), far_end, std::move(highest), std::move(lowest)});
}

/// The change on the user's vectors: what it writes to those that read, and reads of those that write.
inline void add_change_of_vectors(std::vector<change_table>& tables,
                                  const svdlens::checkpoint_comparison& changes, const read_model& after,
                                  const options& o) {
    const auto& ov = changes.ov.change.directions;
    for (const auto& each : after.weights.added) {
        const auto vectors = after.weights.vectors(each);
        if (each.flow == svdlens::flow::reads) {
            add_change_table(tables, ov.writing(), vectors, "target", {}, o);
            continue;
        }
        add_change_table(tables, ov.reading(), vectors, "source", {}, o);
        if (!changes.qk) continue;
        add_change_table(tables, changes.qk->change.directions.query(), vectors, "source", {}, o);
        add_change_table(tables, changes.qk->change.directions.key(), vectors, "source", {}, o);
    }
}

} // namespace detail

/// The change of OV on all that the model after has, and that of QK on what its queries and keys read.
/// @param features of the embedding: which inputs are looked at
inline std::vector<change_table> change_tables(const svdlens::checkpoint_comparison& changes,
                                               const read_model& after, const svdlens::index_list& features,
                                               const options& o) {
    current_stage = "projecting the change";
    std::vector<change_table> tables;
    const auto& weights = after.weights;
    const auto& ov = changes.ov.change.directions;
    if (ov.directions() == 0) return tables;
    for (const auto& each : weights.mlp_readers())
        detail::add_change_table(tables, ov.writing(), each, "target", {}, o);
    if (weights.has_unembed())
        detail::add_change_table(tables, ov.writing(), svdlens::named_tokens(weights.unembed(), after.tokens),
                                 "target", {}, o);
    detail::add_change_of_vectors(tables, changes, after, o);
    if (!weights.has_embed()) return tables;
    const auto embed = svdlens::named_tokens(weights.embed(), after.tokens);
    const auto inputs = svdlens::normalized(embed);
    detail::add_change_table(tables, ov.reading(), inputs, "source", features, o);
    if (!changes.qk) return tables;
    detail::add_change_table(tables, changes.qk->change.directions.query(), inputs, "source", features, o);
    detail::add_change_table(tables, changes.qk->change.directions.key(), inputs, "source", features, o);
    return tables;
}

} // namespace program

#endif
