/// @file
/// All matrices of a model, by name.
#ifndef SVDLENS_TESTS_MODEL_MODEL_MATRICES_HPP
#define SVDLENS_TESTS_MODEL_MODEL_MATRICES_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

struct model_matrix {
    std::string name;
    svdlens::matrix values;
};

inline void add_heads(std::vector<model_matrix>& all, const std::string& name,
                      const std::vector<svdlens::matrix>& heads) {
    for (std::size_t h = 0; h < heads.size(); ++h)
        all.push_back({name + " of " + std::to_string(h), heads[h]});
}

/// Those that the model has.
inline std::vector<model_matrix> model_matrices(const svdlens::transformer_weights& weights) {
    std::vector<model_matrix> all;
    for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
        const auto& block = weights.blocks[l];
        const std::string at = "layer " + std::to_string(l) + ": ";
        add_heads(all, at + "W_Q", block.attention.W_Q);
        add_heads(all, at + "W_K", block.attention.W_K);
        add_heads(all, at + "W_V", block.attention.W_V);
        add_heads(all, at + "W_O", block.attention.W_O);
        if (!block.mlp) continue;
        all.push_back({at + "W_in", block.mlp->W_in});
        if (block.mlp->gated()) all.push_back({at + "W_gate", block.mlp->W_gate});
        if (block.mlp->W_out.rows() != 0) all.push_back({at + "W_out", block.mlp->W_out});
    }
    if (weights.W_E.rows() != 0) all.push_back({"W_E", weights.W_E});
    if (weights.W_pos.rows() != 0) all.push_back({"W_pos", weights.W_pos});
    if (weights.W_U.rows() != 0) all.push_back({"W_U", weights.W_U});
    for (const auto& extra : weights.extras) all.push_back({extra.name, extra.vectors});
    return all;
}

/// The first matrix of which a part has other bits than the same entries of the whole, and which part;
/// nothing when there is none.
inline std::string differing_part(const svdlens::transformer_weights& weights) {
    for (const auto& [name, m] : model_matrices(weights)) {
        const auto found = differing_part(m, whole(m));
        if (!found.empty()) return name + ": " + found;
    }
    return {};
}

} // namespace svdlens_tests

#endif
