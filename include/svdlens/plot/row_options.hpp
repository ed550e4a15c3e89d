/// @file
/// What figures of many rows are told: which rows to draw, and what to compute of them.
#ifndef SVDLENS_PLOT_ROW_OPTIONS_HPP
#define SVDLENS_PLOT_ROW_OPTIONS_HPP

#include <cstdint>
#include <vector>

#include "../table/derived_column.hpp"

namespace svdlens::inline v0_2::plot {

/// Columns that a figure computes: flags, classes.
struct computed_columns {
    std::vector<derived_column> numbers = {};
    std::vector<derived_label> labels = {};
};

/// Which rows are drawn where there are too many.
struct thinning_options {
    std::uint64_t max_points = 20'000;
    /// The highest and the lowest rows of each group that are always drawn, fewer of many groups.
    std::uint64_t extremes = 10;
    std::uint64_t seed = 1; ///< of the sample among the others
};

} // namespace svdlens::inline v0_2::plot

#endif
