/// @file
/// What workers hold while they look for discoveries, and the rows that are found.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FAMILY_STATE_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FAMILY_STATE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "../../../tensor/axes.hpp"

namespace svdlens::inline v0_2::detail {

/// A row that may be found.
template <std::floating_point T>
struct candidate_row {
    row_number row;
    T score;
    float level; ///< by how many powers of two its p over weight may be below q

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(row, score, level);
    }
};

/// A row with ln of its p over weight. The smallest first; rows of one value in their order.
template <std::floating_point T>
struct found_row {
    double log_ratio;
    row_number row;
    T score;
    std::uint32_t table;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(log_ratio, row, score, table);
    }
    friend bool operator<(const found_row& a, const found_row& b) {
        return std::tie(a.log_ratio, a.table, a.row) < std::tie(b.log_ratio, b.table, b.row);
    }
};

/// What is seen of one table of the family.
template <std::floating_point T>
struct table_state {
    std::uint64_t rows = 0;
    std::uint64_t nans = 0;
    double weights = 0;
    std::vector<candidate_row<T>> candidates;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(rows, nans, weights, candidates);
    }
};

template <std::floating_point T>
struct family_state {
    std::vector<table_state<T>> tables;
    std::vector<std::uint64_t> counts;      ///< of levels, or of parts of one
    std::map<double, std::uint64_t> values; ///< how often each value stands in the part that is looked at
    std::vector<found_row<T>> found;        ///< of a band of tiles, where rows are handed on

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(tables, counts, values, found);
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
