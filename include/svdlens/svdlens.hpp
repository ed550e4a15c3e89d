/// @file
/// The whole library: a list of the folder lists, floor by floor.
///
/// Outside it stand `adapt/xtensor.hpp`, which needs xtensor, and all of `detail/`, which is ours to change.
#ifndef SVDLENS_SVDLENS_HPP
#define SVDLENS_SVDLENS_HPP

#include "core.hpp"

#include "tensor.hpp"

#include "io.hpp"
#include "linalg.hpp"
#include "table.hpp"

#include "directions.hpp"
#include "graph.hpp"

#include "export.hpp"
#include "model.hpp"
#include "projection.hpp"

#include "plot.hpp"
#include "significance.hpp"

#include "circuit.hpp"

#include "report.hpp"

#include "adapt/eigen.hpp"

#endif
