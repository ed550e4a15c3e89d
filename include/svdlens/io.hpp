/// @file
/// Checkpoints: files, configs, tokenizers. Lists the public headers of io/.
#ifndef SVDLENS_IO_HPP
#define SVDLENS_IO_HPP

#include "io/convert.hpp"
#include "io/dtype.hpp"
#include "io/json_weights.hpp"
#include "io/low_rank_adapter.hpp"
#include "io/mapped_file.hpp"
#include "io/model_config.hpp"
#include "io/open_weights.hpp"
#include "io/pytorch.hpp"
#include "io/safetensors.hpp"
#include "io/safetensors_header.hpp"
#include "io/safetensors_index.hpp"
#include "io/sha256.hpp"
#include "io/state_dict.hpp"
#include "io/state_dict_contents.hpp"
#include "io/tensor_groups.hpp"
#include "io/tensor_record.hpp"
#include "io/token_labels.hpp"

#endif
