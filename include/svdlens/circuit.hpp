/// @file
/// The OV and QK circuits of a model. Lists the public headers of circuit/.
#ifndef SVDLENS_CIRCUIT_HPP
#define SVDLENS_CIRCUIT_HPP

#include "circuit/channel_map.hpp"
#include "circuit/circuit_path.hpp"
#include "circuit/circuits.hpp"
#include "circuit/compare_checkpoints.hpp"
#include "circuit/copying_scores.hpp"
#include "circuit/dead_parts_of.hpp"
#include "circuit/diagonal_tests.hpp"
#include "circuit/edge_changes.hpp"
#include "circuit/edge_tables.hpp"
#include "circuit/found_edges.hpp"
#include "circuit/found_pairs.hpp"
#include "circuit/head_marks.hpp"
#include "circuit/head_sides.hpp"
#include "circuit/hooked_directions.hpp"
#include "circuit/induction_circuits.hpp"
#include "circuit/path_places.hpp"
#include "circuit/path_tests.hpp"
#include "circuit/position_profile.hpp"
#include "circuit/rotary.hpp"
#include "circuit/stored_noise.hpp"
#include "circuit/top_paths.hpp"

#endif
