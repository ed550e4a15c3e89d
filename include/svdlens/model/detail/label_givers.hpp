/// @file
/// What the rows of an input or output matrix are called, where the environment is known.
#ifndef SVDLENS_MODEL_DETAIL_LABEL_GIVERS_HPP
#define SVDLENS_MODEL_DETAIL_LABEL_GIVERS_HPP

#include <array>
#include <cstddef>
#include <optional>
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
};

/// MiniGrid's names where the counts are MiniGrid's and the config names no other environment. The eighth
/// action of an embedding stands for no action yet.
inline std::vector<std::string> minigrid_labels(const unlabelled_axis& axis) {
    if (axis.environment && axis.environment->find("MiniGrid") == std::string::npos) return {};
    if (axis.name == "feature" && axis.rows == minigrid::features) return minigrid::feature_labels();
    constexpr std::size_t actions = minigrid::actions.size();
    if (axis.name != "action" || axis.rows < actions || axis.rows > actions + 1) return {};
    auto names = minigrid::action_labels();
    if (axis.rows > names.size()) names.push_back("no action");
    return names;
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
