/// @file
/// Random rows of a table.
#ifndef SVDLENS_TABLE_SAMPLE_HPP
#define SVDLENS_TABLE_SAMPLE_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "pick.hpp"
#include "random_positions.hpp"
#include "selection.hpp"
#include "store.hpp"
#include "stored_source.hpp"

namespace svdlens::inline v0 {

/// A source whose k-th present row can be told: a table, a selection, a projection.
template <class S>
concept positioned_source = stored_source<S> || tiled_source<S>;

namespace detail {

/// @throws argument_error (invalid_argument) when more rows are asked for than there are
inline void check_sample(const char* verb, std::uint64_t wanted, std::uint64_t rows) {
    if (wanted <= rows) return;
    throw argument_error(errc::invalid_argument, std::string(verb) + ": expected at most the " +
                                                     to_text(rows) + " rows that there are, found " +
                                                     to_text(wanted) + " asked for");
}

} // namespace detail

/// `n` random rows without replacement, in the order of the source; every set of n is as likely. NaN scores
/// are rows like others. The same seed gives the same rows on every machine, for any number of threads, and
/// for a projection and the table stored from it.
///
/// O(n log n), O(rows) for more than half of them; of a projection, the tiles that hold one of the rows.
/// Memory: 8 bytes a row of the sample (or of the others, where these are fewer) beside the result, which
/// takes 8 + sizeof(T) a row.
/// @throws argument_error (invalid_argument) when n is above the number of rows; cancelled_error
template <positioned_source S>
basic_selection<typename S::value_type> sample(const S& source, std::uint64_t n, std::uint64_t seed,
                                               const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_sample("sample", n, source.max_rows());
    detail::throw_if_stopped(run);
    detail::random_stream random(seed);
    auto places = detail::random_positions(source.max_rows(), n, random);
    if constexpr (stored_source<S>) {
        std::vector<T> scores(places.size());
        for (std::size_t k = 0; k < places.size(); ++k) {
            const auto position = static_cast<std::size_t>(places[k]);
            scores[k] = source.score_at(position);
            places[k] = source.row_at(position);
        }
        return {source.axes(), std::move(places), std::move(scores)};
    } else {
        for (auto& place : places) place = source.tiles().row(static_cast<std::size_t>(place));
        return pick(source, places, run);
    }
}

} // namespace svdlens::inline v0

#endif
