/// @file
/// Vectors of a GPT-2 small's shape: the directions of 12 layers of 12 heads, and 3072 neurons a layer.
#ifndef SVDLENS_BENCHMARKS_PROJECTION_GPT2_SETS_HPP
#define SVDLENS_BENCHMARKS_PROJECTION_GPT2_SETS_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include <svdlens/directions/vector_set.hpp>
#include <svdlens/linalg/matrix.hpp>

#include "counter_random.hpp"

namespace gpt2 {

inline constexpr std::size_t layers = 12, heads = 12, d_head = 64, d_model = 768, d_mlp = 3072;
inline constexpr std::size_t lines = heads * d_head; // a layer
inline constexpr std::size_t products = layers * (layers + 1) / 2;

/// About zero, with the bell of four uniform numbers.
inline std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
    planted::counter_random random(seed);
    std::vector<float> values(count);
    for (auto& v : values) {
        double sum = -2;
        for (int k = 0; k < 4; ++k) sum += random.uniform();
        v = static_cast<float>(sum / 16);
    }
    return values;
}

inline svdlens::vector_set make_directions() {
    svdlens::vector_set directions{.name = "ov",
                                   .axes = {{{"layer", layers}, {"head", heads}, {"direction", d_head}}},
                                   .identity = {"direction", "L{layer}H{head}.{direction}"},
                                   .layers = {},
                                   .port = {svdlens::flow::writes, 1, 4}};
    for (std::size_t l = 0; l < layers; ++l) {
        directions.layers.emplace_back(random_values(lines * d_model, 1 + l), lines, d_model);
        directions.singular_values.emplace_back();
        for (std::size_t k = 0; k < lines; ++k) // falling in each head, as those of real ones do
            directions.singular_values.back().push_back(2 - 0.03F * static_cast<float>(k % d_head));
    }
    return directions;
}

inline svdlens::vector_set make_neurons() {
    svdlens::vector_set neurons{.name = "mlp_in",
                                .axes = {{{"layer", layers}, {"neuron", d_mlp}}},
                                .identity = {"neuron", "L{layer}N{neuron}"},
                                .layers = {},
                                .port = {svdlens::flow::reads, 2, 4}};
    for (std::size_t l = 0; l < layers; ++l)
        neurons.layers.push_back(
            svdlens::matrix(random_values(d_model * d_mlp, 101 + l), d_model, d_mlp).transposed());
    return neurons;
}

} // namespace gpt2

#endif
