/// @file
/// All steps of weight processing. Each takes a model and returns a new one, and `processing` says what was
/// done; all but `fold_post_norms` leave what the model computes unchanged.
#ifndef SVDLENS_MODEL_WEIGHT_PROCESSING_HPP
#define SVDLENS_MODEL_WEIGHT_PROCESSING_HPP



#include "center_weights.hpp"
#include "fold_norms.hpp"
#include "fold_post_norms.hpp"
#include "fold_value_biases.hpp"



#endif
