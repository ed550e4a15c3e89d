/// @file
/// How a model rotates queries and keys by their position.
#ifndef SVDLENS_MODEL_ROTARY_EMBEDDING_HPP
#define SVDLENS_MODEL_ROTARY_EMBEDDING_HPP

#include <cstddef>

#include "../io/model_config.hpp"

namespace svdlens::inline v0 {

/// Which two entries of a query or key turn together.
enum class rotary_pairing {
    half_split,  ///< i and i + dimensions / 2 (Llama and GPT-NeoX as Hugging Face stores them)
    interleaved, ///< 2 i and 2 i + 1 (GPT-J; Llama as Meta stores it)
};

/// Rotary positions: pair i of position p turns by the angle p · theta^(-2 i / dimensions), before scaling.
struct rotary_embedding {
    rotary_pairing pairing = rotary_pairing::half_split;
    std::size_t dimensions = 0; ///< the first ones of a head turn, an even number; the others stay
    double theta = 10000;
    rotary_scaling scaling = {};
};

} // namespace svdlens::inline v0

#endif
