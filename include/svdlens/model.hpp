/// @file
/// Transformer weights and their processing. Lists the public headers of model/.
#ifndef SVDLENS_MODEL_HPP
#define SVDLENS_MODEL_HPP

#include "model/adapter_updates.hpp"
#include "model/architecture.hpp"
#include "model/center_weights.hpp"
#include "model/describe_model.hpp"
#include "model/fold_norms.hpp"
#include "model/fold_post_norms.hpp"
#include "model/fold_value_biases.hpp"
#include "model/known_schemes.hpp"
#include "model/minigrid.hpp"
#include "model/naming_scheme.hpp"
#include "model/residual_ports.hpp"
#include "model/scheme_file.hpp"
#include "model/stored_axes.hpp"
#include "model/suggest_scheme.hpp"
#include "model/token_axis.hpp"
#include "model/transformer_parts.hpp"
#include "model/transformer_weights.hpp"
#include "model/weight_processing.hpp"

#endif
