/// @file
/// Which scores are more than chance. Lists the public headers of significance/.
#ifndef SVDLENS_SIGNIFICANCE_HPP
#define SVDLENS_SIGNIFICANCE_HPP

#include "significance/log_p.hpp"

#endif
