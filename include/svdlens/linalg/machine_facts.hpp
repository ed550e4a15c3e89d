/// @file
/// What the last bits of a product depend on: instructions, and how Eigen cuts matrices.
#ifndef SVDLENS_LINALG_MACHINE_FACTS_HPP
#define SVDLENS_LINALG_MACHINE_FACTS_HPP

#include <string>
#include <utility>
#include <vector>

#include "../core/detail/body.hpp"

namespace svdlens::inline v0_2 {

/// Name and value of each: the instruction set that this unit is compiled for, Eigen's version, and the cache sizes
/// from which Eigen takes the blocks of its products on this machine. Where all are alike the same program gives the
/// same bits (docs/design.md).
std::vector<std::pair<std::string, std::string>> machine_facts();

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/machine_facts.hpp"
#endif

#endif
