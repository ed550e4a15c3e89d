/// @file
/// Axes, labels, and containers as tensors. Lists the public headers of tensor/.
#ifndef SVDLENS_TENSOR_HPP
#define SVDLENS_TENSOR_HPP

#include "tensor/axes.hpp"
#include "tensor/axis.hpp"
#include "tensor/label_pattern.hpp"
#include "tensor/labels.hpp"
#include "tensor/sub_index.hpp"
#include "tensor/tensor.hpp"
#include "tensor/tensor_traits.hpp"

#endif
