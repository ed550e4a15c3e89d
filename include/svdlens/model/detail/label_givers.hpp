/// @file
/// What the rows of an input or output matrix are called, where the environment is known.
#ifndef SVDLENS_MODEL_DETAIL_LABEL_GIVERS_HPP
#define SVDLENS_MODEL_DETAIL_LABEL_GIVERS_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../minigrid.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// An axis that wants labels, and the environment that the config names, if it names one.
struct unlabelled_axis {
    std::string_view name;
    std::size_t rows;
    const std::optional<std::string>& environment;
    std::size_t predicted = 0; ///< how many rows what predicts such things has; 0 where nothing does
};

/// The names of the first actions, and of the row behind them that stands for no action yet in embeddings.
inline std::vector<std::string> minigrid_action_labels(const unlabelled_axis& axis, bool named) {
    constexpr std::size_t all = minigrid::actions.size();
    const std::size_t known = axis.predicted != 0 ? axis.predicted : all;
    if (known > all || (known < all && !named) || axis.rows < known || axis.rows > known + 1) return {};
    auto names = minigrid::action_labels();
    names.resize(known);
    if (axis.rows > known) names.emplace_back("no action");
    return names;
}

/// The features of a view of any size, one-hot or compact, where the config names MiniGrid; else of the
/// usual one, of whose size no other is likely to be.
inline std::vector<std::string> minigrid_feature_labels(const unlabelled_axis& axis, bool named) {
    if (axis.rows == minigrid::features) return minigrid::feature_labels();
    if (!named) return {};
    for (const std::span<const std::string_view> channels :
         {std::span<const std::string_view>(minigrid::channels),
          std::span<const std::string_view>(minigrid::compact_channels)})
        for (std::size_t side = 3; side * side * channels.size() <= axis.rows; side += 2) // views are odd
            if (side * side * channels.size() == axis.rows) return minigrid::feature_labels(channels, side);
    return {};
}

/// MiniGrid's names where the counts are MiniGrid's and the config names no other environment.
inline std::vector<std::string> minigrid_labels(const unlabelled_axis& axis) {
    const bool named = axis.environment && axis.environment->find("MiniGrid") != std::string::npos;
    if (axis.environment && !named) return {};
    if (axis.name == "feature") return minigrid_feature_labels(axis, named);
    return axis.name == "action" ? minigrid_action_labels(axis, named) : std::vector<std::string>();
}

/// Who may know an axis, asked one after the other. Each gives one label a row, or none.
inline constexpr std::array label_givers = {&minigrid_labels};

/// The labels of the first that knows the axis; none where nobody does.
inline std::vector<std::string> labels_of(const unlabelled_axis& axis) {
    for (const auto give : label_givers)
        if (auto labels = give(axis); !labels.empty()) return labels;
    return {};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
