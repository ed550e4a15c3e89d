/// @file
/// How much of a planted circuit an analysis finds again.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PLANTED_RECOVERY_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PLANTED_RECOVERY_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <svdlens/table/quantiles.hpp>
#include <svdlens/table/top_k.hpp>

#include "planted_model.hpp"
#include "sections.hpp"

namespace planted {

/// Where a planted edge turned up.
struct found_edge {
    edge planted;
    std::string source;
    std::string target;
    double score;
    std::uint64_t rank; ///< among the section's rows by |score|, 1 the largest; 0: beyond the planted ones
    bool outside;       ///< strictly outside the section's tail quantiles
    bool right_sign; ///< of the path: score times how the direction's reading side stands to the planted one
};

struct recovery {
    std::vector<found_edge> edges;

    /// The share of planted edges in the tails with the right sign.
    double recall() const {
        return share([](const found_edge& e) { return e.outside && e.right_sign; });
    }
    /// The share of planted edges among the K largest |score| of their section, K planted there.
    double r_precision() const {
        return share([](const found_edge& e) { return e.rank != 0; });
    }

  private:
    template <class Is>
    double share(Is is) const {
        const auto count = std::count_if(edges.begin(), edges.end(), is);
        return edges.empty() ? 0 : static_cast<double>(count) / static_cast<double>(edges.size());
    }
};

namespace detail {

inline svdlens::row_number row_of(const edge& e, const direction& from, const svdlens::axes& axes) {
    std::vector<std::uint64_t> index{from.layer, from.head, from.number};
    if (axes.find_axis("target_layer")) index.insert(index.begin(), e.target_layer);
    if (axes.find_axis("target_head")) {
        index.push_back(e.target / d_head);
        index.push_back(e.target % d_head);
    } else {
        index.push_back(e.target);
    }
    return axes.row(index);
}

/// Whether the direction found reads along the planted one (+1) or against it (-1).
inline double orientation(const svdlens::vector_set& reading, const direction& planted) {
    double dot = 0;
    for (std::size_t k = 0; k < d_model; ++k)
        dot += static_cast<double>(reading.layers[planted.layer](planted.head * d_head + planted.number, k)) *
               planted.a(static_cast<eigen_index>(k));
    return dot < 0 ? -1 : 1;
}

/// The rows of the `count` largest |score|, largest first.
inline std::vector<svdlens::row_number> largest(const svdlens::score_source_ref<float>& scores,
                                                std::uint64_t count) {
    struct entry {
        float size;
        svdlens::row_number row;
    };
    std::vector<entry> all;
    for (const auto& side : {svdlens::top_k(scores, count), svdlens::bottom_k(scores, count)})
        for (std::size_t k = 0; k < side.size(); ++k)
            all.push_back({std::abs(side.scores()[k]), side.rows()[k]});
    std::sort(all.begin(), all.end(), [](const entry& x, const entry& y) {
        return x.size != y.size ? x.size > y.size : x.row < y.row;
    });
    std::vector<svdlens::row_number> rows;
    for (const auto& each : all)
        if (std::find(rows.begin(), rows.end(), each.row) == rows.end()) rows.push_back(each.row);
    if (rows.size() > count) rows.resize(static_cast<std::size_t>(count));
    return rows;
}

inline double score_of(const svdlens::score_parts& parts, svdlens::score_kind kind) {
    switch (kind) {
    case svdlens::score_kind::dot:
        return parts.dot;
    case svdlens::score_kind::cosine:
        return parts.cosine;
    case svdlens::score_kind::centered_cosine:
        return parts.centered_cosine;
    case svdlens::score_kind::share:
        return parts.share.value();
    case svdlens::score_kind::scaled:
        break;
    }
    return parts.scaled;
}

inline found_edge find(const edge& e, const model& truth, const program::section& where,
                       const svdlens::vector_set& reading, const std::vector<double>& bounds,
                       const std::vector<svdlens::row_number>& best) {
    const auto& axes = where.scores.axes();
    const auto& from = truth.directions[e.from];
    const auto row = row_of(e, from, axes);
    const auto parts = where.scores.parts(row);
    const auto kind = where.scores.score();
    const double score = score_of(parts, kind);
    double sign = orientation(reading, from);
    if (e.section == "ov_to_ov_v") sign *= orientation(reading, truth.directions[3]);
    const auto rank = std::find(best.begin(), best.end(), row);
    return {e,
            axes.label(row, "source"),
            axes.label(row, "target"),
            score,
            rank == best.end() ? 0 : static_cast<std::uint64_t>(rank - best.begin()) + 1,
            score < bounds[0] || score > bounds[1],
            score * sign * e.c > 0};
}

} // namespace detail

/// Looks for every planted edge in the section that it belongs to. `tail` is 0.01 for the 1 % and 99
/// % quantiles.
inline recovery recover(const model& truth, const std::vector<program::section>& sections,
                        const svdlens::vector_set& reading, double tail) {
    recovery result;
    for (const auto& where : sections) {
        std::vector<edge> here;
        for (const auto& e : truth.edges)
            if (e.section == where.name()) here.push_back(e);
        if (here.empty()) continue;
        const svdlens::score_source_ref<float> scores(where.scores);
        const auto bounds = svdlens::quantiles(scores, {tail, 1 - tail});
        const auto best = detail::largest(scores, here.size());
        for (const auto& e : here)
            result.edges.push_back(detail::find(e, truth, where, reading, bounds, best));
    }
    return result;
}

} // namespace planted

#endif
