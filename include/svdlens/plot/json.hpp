/// @file
/// The values that figures are made of.
#ifndef SVDLENS_PLOT_JSON_HPP
#define SVDLENS_PLOT_JSON_HPP

#include <nlohmann/json.hpp>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot {

/// nlohmann/json's value, with its members in the order in which they were added.
using json = nlohmann::ordered_json;

} // namespace svdlens::inline v0_2::plot

#endif
