/// @file
/// Directions times weights, computed when read. Lists the public headers of projection/.
#ifndef SVDLENS_PROJECTION_HPP
#define SVDLENS_PROJECTION_HPP

#include "projection/energies.hpp"
#include "projection/projection.hpp"
#include "projection/restriction.hpp"

#endif
