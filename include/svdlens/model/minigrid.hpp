/// @file
/// Names of what a MiniGrid agent sees and does: observation channels, features of its view, actions.
#ifndef SVDLENS_MODEL_MINIGRID_HPP
#define SVDLENS_MODEL_MINIGRID_HPP

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../tensor/labels.hpp"

namespace svdlens::inline v0_2::minigrid {

/// The one-hot channels of an observation in their order: 11 objects, 6 colours, 3 door states.
inline constexpr std::array<std::string_view, 20> channels = {
    "unseen", "empty", "wall",  "floor", "door",   "key",    "ball", "box",  "goal",   "lava",
    "agent",  "red",   "green", "blue",  "purple", "yellow", "grey", "open", "closed", "locked"};

/// The channels of an observation that is not one-hot: numbers of an object, a colour and a state.
inline constexpr std::array<std::string_view, 3> compact_channels = {"object", "colour", "state"};

/// The actions in their order. An environment with fewer has the first ones.
inline constexpr std::array<std::string_view, 7> actions = {"left", "right",  "forward", "pickup",
                                                            "drop", "toggle", "done"};

/// Width and height of the view, where an environment says nothing else.
inline constexpr std::size_t view = 7;

/// Number of features: channels × columns × rows.
inline constexpr std::size_t features = channels.size() * view * view;

/// The number of a feature: 49 channel + 7 x + y, x across and y down.
constexpr std::size_t feature(std::size_t channel, std::size_t x, std::size_t y) {
    return (channel * view + x) * view + y;
}

/// The label of every feature, such as `key, (3,4)`, in the order of their numbers: of the one-hot channels,
/// or of others and another view (`feature_labels(compact_channels, 5)`).
inline std::vector<std::string> feature_labels(std::span<const std::string_view> of = channels,
                                               std::size_t side = view) {
    const auto places = number_labels(side);
    return cartesian_labels("{}, ({},{})", {{of.begin(), of.end()}, places, places});
}

/// The label of every action.
inline std::vector<std::string> action_labels() { return {actions.begin(), actions.end()}; }

} // namespace svdlens::inline v0_2::minigrid

#endif
