/// @file
/// What is read from or written to each place of a grid world: a map a channel.
#ifndef SVDLENS_PLOT_GRID_HPP
#define SVDLENS_PLOT_GRID_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../table/score_source.hpp"
#include "../table/store.hpp"
#include "detail/color_scale.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "detail/subplots.hpp"
#include "figure.hpp"

namespace svdlens::inline v0_2::plot {

/// How an axis of features is laid out: feature = (map * width + x) * height + y.
struct grid_options {
    std::string title = {};
    std::string axis = "feature";
    std::size_t width = 7;
    std::size_t height = 7;
    std::vector<std::string> maps = {}; ///< what the maps are called: channels; none: their numbers
    std::string score_title = "score";
    std::size_t max_maps = 100;
};

/// A map for each channel of a grid-world observation, x across and y down; maps without a row are left out:
/// `grid(where(scores, column("source") == "L0H3.0"), {.maps = {minigrid::channels.begin(),
/// minigrid::channels.end()}})`. All maps have one scale, on which white is 0. O(rows); holds all of them.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) when two rows have the same place, or the axis is not cut into
/// whole maps, or for more than `max_maps`; (wrong_label_count); cancelled_error
template <std::floating_point T>
figure grid(const score_source_ref<T>& source, const grid_options& options = {}, const execution& run = {});

template <score_source S>
figure grid(const S& source, const grid_options& options = {}, const execution& run = {}) {
    return grid(score_source_ref(source), options, run);
}

/// With the default options.
template <score_source S>
figure grid(const S& source, const execution& run) {
    return grid(source, grid_options(), run);
}

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/grid.hpp"
#endif

#endif
