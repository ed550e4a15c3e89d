/// @file
/// Where each part of a transformer is attached to the residual stream.
#ifndef SVDLENS_MODEL_RESIDUAL_PORTS_HPP
#define SVDLENS_MODEL_RESIDUAL_PORTS_HPP

#include <cstddef>
#include <cstdint>

#include "../directions/vector_set.hpp"

namespace svdlens::inline v0_2 {

/// How attention and MLP of a block stand to each other.
enum class block_order {
    sequential, ///< the MLP reads what the attention of its own block wrote
    parallel,   ///< both read the block's input; what either writes reaches later blocks only
};

/// A part of a transformer that reads from the residual stream or writes to it.
enum class residual_site { embedding, attention_in, attention_out, mlp_in, mlp_out, unembedding };

/// The port of a site in a model of `n_layers` blocks, four positions a block: what is written at one
/// position is seen by what reads at a later one. The embedding writes before all blocks, the unembedding
/// reads after them.
constexpr residual_port port_of(residual_site site, block_order order, std::size_t n_layers) {
    const bool sequential = order == block_order::sequential;
    constexpr std::int64_t per_block = 4;
    switch (site) {
    case residual_site::embedding:
        return {flow::writes, -1, 0};
    case residual_site::attention_in:
        return {flow::reads, 0, per_block};
    case residual_site::attention_out:
        return {flow::writes, 1, per_block};
    case residual_site::mlp_in:
        return {flow::reads, sequential ? 2 : 0, per_block};
    case residual_site::mlp_out:
        return {flow::writes, sequential ? 3 : 1, per_block};
    case residual_site::unembedding:
        break;
    }
    return {flow::reads, per_block * static_cast<std::int64_t>(n_layers), 0};
}

} // namespace svdlens::inline v0_2

#endif
