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

/// A place of the residual stream where something reads from it or writes to it: the parts of a transformer,
/// and the stream itself between them.
enum class residual_site {
    embedding,
    attention_in,
    attention_out,
    mlp_in,
    mlp_out,
    unembedding,
    resid_pre,  ///< the stream before a block
    resid_mid,  ///< between its attention and its MLP: sequential blocks only
    resid_post, ///< behind the block
};

/// Whether what stands at a site reads or writes; `none` for the stream itself, where it may do either.
constexpr flow flow_of(residual_site site) {
    switch (site) {
    case residual_site::embedding:
    case residual_site::attention_out:
    case residual_site::mlp_out:
        return flow::writes;
    case residual_site::attention_in:
    case residual_site::mlp_in:
    case residual_site::unembedding:
        return flow::reads;
    default:
        return flow::none;
    }
}

/// The port of a site in a model of `n_layers` blocks, seven positions a block, in the order of
/// `resid_pre`, attention's input and output, `resid_mid`, the MLP's, `resid_post`: what is written at one
/// position is seen by what reads at a later one. The embedding writes before all blocks, the unembedding reads
/// after them. In parallel blocks the MLP stands where attention does.
///
/// The stream itself is one position for readers and writers: what is written there is not seen by what reads
/// there (a dictionary's features are read first, and then written), but by all that comes later. The port of
/// such a site has the flow `none`, which the caller sets.
constexpr residual_port port_of(residual_site site, block_order order, std::size_t n_layers) {
    const bool sequential = order == block_order::sequential;
    constexpr std::int64_t per_block = 7;
    const auto in_block = [&](std::int64_t first) { return residual_port{flow_of(site), first, per_block}; };
    switch (site) {
    case residual_site::embedding:
        return {flow::writes, -1, 0};
    case residual_site::resid_pre:
        return in_block(0);
    case residual_site::attention_in:
        return in_block(1);
    case residual_site::attention_out:
        return in_block(2);
    case residual_site::resid_mid:
        return in_block(3);
    case residual_site::mlp_in:
        return in_block(sequential ? 4 : 1);
    case residual_site::mlp_out:
        return in_block(sequential ? 5 : 2);
    case residual_site::resid_post:
        return in_block(6);
    case residual_site::unembedding:
        break;
    }
    return {flow::reads, per_block * static_cast<std::int64_t>(n_layers), 0};
}

} // namespace svdlens::inline v0_2

#endif
