/// @file
/// The script of circuit graphs.
#ifndef SVDLENS_PLOT_NETWORK_SCRIPT_HPP
#define SVDLENS_PLOT_NETWORK_SCRIPT_HPP

#include <string_view>

namespace svdlens::inline v0::plot::detail {

inline constexpr std::string_view network_script = "";

} // namespace svdlens::inline v0::plot::detail

#endif
