/// @file
/// Which scores are more than chance. Lists the public headers of significance/.
#ifndef SVDLENS_SIGNIFICANCE_HPP
#define SVDLENS_SIGNIFICANCE_HPP

#include "significance/composition_law.hpp"
#include "significance/composition_tests.hpp"
#include "significance/decoys.hpp"
#include "significance/discoveries.hpp"
#include "significance/discovery_test.hpp"
#include "significance/energy_discoveries.hpp"
#include "significance/factor_alignment.hpp"
#include "significance/findings.hpp"
#include "significance/log_p.hpp"
#include "significance/log_p_of_block.hpp"
#include "significance/log_p_of_overlap.hpp"
#include "significance/row_weights.hpp"
#include "significance/score_errors.hpp"
#include "significance/spectrum.hpp"

#endif
