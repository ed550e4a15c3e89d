/// @file
/// Matrices and their decompositions. Lists the public headers of linalg/.
#ifndef SVDLENS_LINALG_HPP
#define SVDLENS_LINALG_HPP

#include "linalg/assignment.hpp"
#include "linalg/block_scaled_matrix.hpp"
#include "linalg/low_rank_sum.hpp"
#include "linalg/machine_facts.hpp"
#include "linalg/matrix.hpp"
#include "linalg/matrix_difference.hpp"
#include "linalg/product_matrix.hpp"
#include "linalg/scaled_matrix.hpp"
#include "linalg/sign_rule.hpp"
#include "linalg/stacked_matrix.hpp"
#include "linalg/svd.hpp"

#endif
