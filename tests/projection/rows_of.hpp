/// @file
/// All rows that a source hands out.
#ifndef SVDLENS_TESTS_PROJECTION_ROWS_OF_HPP
#define SVDLENS_TESTS_PROJECTION_ROWS_OF_HPP

#include <cstddef>
#include <map>

#include <svdlens/table/score_source.hpp>

#include "support/catch.hpp"

namespace svdlens_tests {

/// All rows that a source hands out, checked to come once each.
template <svdlens::score_source S>
std::map<svdlens::row_number, typename S::value_type> rows_of(const S& source) {
    std::map<svdlens::row_number, typename S::value_type> rows;
    svdlens::block_buffer<typename S::value_type> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j)
                REQUIRE(rows.emplace(run.row(j), run.scores[j]).second);
        }
    }
    REQUIRE(rows.size() == source.max_rows());
    return rows;
}

} // namespace svdlens_tests

#endif
