/// @file
/// What heads read and write: singular directions and how heads compose. Lists the public headers
/// of directions/.
#ifndef SVDLENS_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_HPP

#include "directions/attention_profile.hpp"
#include "directions/centered_writing.hpp"
#include "directions/chained_diagonal_test.hpp"
#include "directions/composition.hpp"
#include "directions/dead_parts.hpp"
#include "directions/diagonal_test.hpp"
#include "directions/direction_errors.hpp"
#include "directions/factored_difference.hpp"
#include "directions/factored_set.hpp"
#include "directions/factored_svd.hpp"
#include "directions/head_spectra.hpp"
#include "directions/matched_directions.hpp"
#include "directions/pooled_directions.hpp"
#include "directions/principal_directions.hpp"
#include "directions/similarity.hpp"
#include "directions/singular_directions.hpp"
#include "directions/spectra.hpp"
#include "directions/vector_moments.hpp"
#include "directions/vector_set.hpp"

#endif
