/// @file
/// What a projection is asked as, and what its scores are of the rows that were found.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FOUND_PARTS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FOUND_PARTS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../projection/projection.hpp"
#include "../../../table/score_columns.hpp"
#include "../../../tensor/axes.hpp"
#include "../../findings.hpp"
#include "../../log_p.hpp"

namespace svdlens::inline v0_2::detail {

inline score_kind score_of(null_model null) {
    return null == null_model::share ? score_kind::share : score_kind::centered_cosine;
}

/// What a projection's scores are of the rows that were found, for the column `score`.
template <std::floating_point T>
score_columns with_parts(const basic_projection<T>& scores, findings found, const execution& run) {
    const std::size_t size = found.size();
    const bool shares = scores.score() == score_kind::share;
    std::vector<double> share(shares ? size : 0), cosine(size), scaled(size), values(size);
    std::vector<row_number> rows(found.rows.rows().begin(), found.rows.rows().end());
    const auto parts = scores.parts(rows, without_progress(run));
    for (std::size_t k = 0; k < size; ++k) {
        if (shares) share[k] = *parts[k].share;
        cosine[k] = parts[k].centered_cosine;
        scaled[k] = parts[k].scaled;
        values[k] = parts[k].singular_value;
    }
    const auto copy = [&](const char* name) {
        const auto list = found.rows.values(name);
        return std::vector<double>(list.begin(), list.end());
    };
    std::vector<std::string> names{"log10_p", "q", "share", "cosine", "scaled", "singular_value"};
    std::vector<std::vector<double>> lists{copy("log10_p"),   copy("q"),         std::move(share),
                                           std::move(cosine), std::move(scaled), std::move(values)};
    if (!shares) {
        names.erase(names.begin() + 2);
        lists.erase(lists.begin() + 2);
    }
    return {found.rows.axes(), std::move(rows), std::move(names), std::move(lists)};
}

} // namespace svdlens::inline v0_2::detail

#endif
