/// @file
/// A decision transformer whose circuit is known: directions and edges planted in noise, written as a real
/// safetensors file, so that finding them again is a real test.
///
/// Noise is normal with variance 1/d_model in *effective* space: what is left after the norms have been
/// folded and the reading weights centred. The stored weights hide it behind norm gains and column offsets,
/// which an analysis of the raw weights trips over.
#ifndef SVDLENS_EXAMPLES_PLANTED_MODEL_HPP
#define SVDLENS_EXAMPLES_PLANTED_MODEL_HPP

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/io/safetensors.hpp>

#include "counter_random.hpp"

namespace planted {

using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using vector = Eigen::VectorXd;

struct options {
    std::uint64_t seed = 0;
    double strength =
        3.0; ///< singular value of a planted direction, against about 1.4 of the noise; 0: plants nothing
};

/// A direction of a head that reads `a` and writes `b`.
struct direction {
    std::size_t layer;
    std::size_t head;
    std::size_t number; ///< which singular direction of the head it is
    vector a;
    vector b;
};

/// A target that a planted direction reaches with cosine `c`: `section` and the far end's position say where.
struct edge {
    std::string section;      ///< `ov_to_mlp_in_L0`, ..., `embed_to_ov`, `ov_to_ov_v`
    std::size_t from;         ///< which of `model::directions`
    std::size_t target_layer; ///< of a neuron or a later head; 0 otherwise
    std::size_t target;       ///< neuron, action, feature, or head · d_head + direction
    double c;
};

/// The stored tensors, and the truth about them.
struct model {
    std::vector<std::pair<std::string, matrix>>
        matrices; ///< all tensors of one or two dimensions; see `write`
    std::vector<direction> directions;
    std::vector<edge> edges;
};

inline constexpr std::size_t n_layers = 3;
inline constexpr std::size_t n_heads = 4;
inline constexpr std::size_t d_model = 128;
inline constexpr std::size_t d_head = 16;
inline constexpr std::size_t d_mlp = 192;
inline constexpr std::size_t n_features = 980;
inline constexpr std::size_t n_actions = 7;

namespace detail {

using eigen_index = Eigen::Index;

inline matrix noise(counter_random& random, std::size_t rows, std::size_t columns, double scale) {
    return matrix::NullaryExpr(static_cast<eigen_index>(rows), static_cast<eigen_index>(columns),
                               [&](eigen_index, eigen_index) { return scale * random.normal(); });
}

/// A random unit vector of zero mean, orthogonal to the columns given.
inline vector fresh_unit(counter_random& random, const std::vector<vector>& others) {
    vector x = noise(random, d_model, 1, 1);
    for (int round = 0; round < 2; ++round) { // twice: the second round removes what rounding left
        x.array() -= x.mean();
        for (const auto& other : others) x -= x.dot(other) * other;
    }
    return x.normalized();
}

/// One head's effective factors.
struct head {
    matrix W_V; // d_model x d_head
    matrix W_O; // d_head x d_model
};

struct layer {
    std::array<head, n_heads> heads;
    std::array<matrix, n_heads> W_Q;
    std::array<matrix, n_heads> W_K;
    matrix W_in;   // d_model x d_mlp
    matrix W_gate; // d_model x d_mlp
    matrix W_out;  // d_mlp x d_model
};

/// The weights in effective space.
struct effective {
    std::array<layer, n_layers> layers;
    matrix actions;  // d_model x n_actions
    matrix features; // d_model x n_features
};

inline effective make_noise(counter_random& random) {
    const double scale = 1 / std::sqrt(static_cast<double>(d_model));
    effective weights;
    for (auto& each : weights.layers) {
        for (std::size_t h = 0; h < n_heads; ++h) {
            each.heads[h] = {noise(random, d_model, d_head, scale), noise(random, d_head, d_model, scale)};
            each.W_Q[h] = noise(random, d_model, d_head, scale);
            each.W_K[h] = noise(random, d_model, d_head, scale);
        }
        each.W_in = noise(random, d_model, d_mlp, scale);
        each.W_gate = noise(random, d_model, d_mlp, scale);
        each.W_out = noise(random, d_mlp, d_model, scale);
    }
    weights.actions = noise(random, d_model, n_actions, scale);
    weights.features = noise(random, d_model, n_features, scale);
    return weights;
}

/// Adds strength · a bᵀ to a head, through a coordinate p of its own that the noise leaves free. `b` also
/// gets a mean, which a centred reader does not see.
inline void plant(head& where, const vector& p, const vector& a, const vector& b, double strength) {
    const double root = std::sqrt(strength);
    const vector mean =
        vector::Constant(static_cast<eigen_index>(d_model), 0.3 / std::sqrt(static_cast<double>(d_model)));
    where.W_V -= (where.W_V * p) * p.transpose();
    where.W_O -= p * (p.transpose() * where.W_O);
    where.W_V += root * a * p.transpose();
    where.W_O += root * p * (b + mean).transpose();
}

/// The five planted directions and the decoy: orthonormal reading and writing vectors, but for the one head
/// that reads what an earlier one writes.
inline std::vector<direction> plant_directions(counter_random& random, effective& weights, double strength) {
    struct place {
        std::size_t layer, head, number;
        double strength;
    };
    constexpr std::array<place, 6> places{
        {{0, 1, 0, 1.0}, {0, 3, 0, 1.0}, {0, 3, 1, 0.8}, {1, 2, 0, 1.0}, {2, 0, 0, 1.0}, {1, 0, 0, 1.0}}};
    std::vector<vector> used;
    const auto fresh = [&] { return used.emplace_back(fresh_unit(random, used)); };
    std::vector<direction> planted;
    for (const auto& at : places) planted.push_back({at.layer, at.head, at.number, fresh(), fresh()});
    planted[3].a = (0.6 * planted[0].b + 0.8 * planted[3].a).normalized(); // L1H2 reads what L0H1 writes

    std::vector<vector> coordinates;
    for (std::size_t k = 0; k < places.size(); ++k) {
        vector p = noise(random, d_head, 1, 1);
        const bool shares_head =
            k > 0 && places[k].layer == places[k - 1].layer && places[k].head == places[k - 1].head;
        if (shares_head) p -= p.dot(coordinates.back()) * coordinates.back();
        coordinates.push_back(p.normalized());
        plant(weights.layers[places[k].layer].heads[places[k].head], coordinates.back(), planted[k].a,
              planted[k].b, strength * places[k].strength);
    }
    planted.pop_back(); // the decoy: strong, wired to nothing
    return planted;
}

/// c · along + √(1 - c²) · n with n random, orthogonal and of zero mean.
inline vector wired(counter_random& random, const vector& along, double c) {
    return c * along + std::sqrt(1 - c * c) * fresh_unit(random, {along});
}

inline double random_cosine(counter_random& random) {
    const double size = random.below(2) == 0 ? 0.5 : 0.6;
    return random.below(2) == 0 ? size : -size;
}

/// A number below `n` that `taken` does not hold yet.
inline std::size_t draw(counter_random& random, std::size_t n, std::vector<std::size_t>& taken) {
    for (;;) {
        const std::size_t k = random.below(n);
        bool is_free = true;
        for (const std::size_t other : taken) is_free = is_free && other != k;
        if (is_free) return taken.emplace_back(k);
    }
}

/// Which direction meets which layer's MLP input or gate.
struct wire {
    std::size_t from, layer;
};

inline std::vector<edge> plant_edges(counter_random& random, effective& weights,
                                     const std::vector<direction>& directions) {
    constexpr std::array<wire, 10> into_mlp{
        {{0, 0}, {0, 1}, {1, 0}, {1, 2}, {2, 0}, {2, 1}, {3, 1}, {3, 2}, {4, 2}, {4, 2}}};
    constexpr std::array<wire, 4> into_gate{{{0, 0}, {1, 1}, {3, 1}, {4, 2}}};
    constexpr std::array<std::size_t, 3> into_action{2, 3, 4};
    constexpr std::array<std::size_t, 4> from_feature{0, 1, 2, 3};
    constexpr std::array<std::size_t, 4> channels{5, 6, 11, 1}; // key, ball, red, empty

    std::vector<edge> edges;
    std::array<std::vector<std::size_t>, n_layers> neurons;
    std::vector<std::size_t> actions;
    const auto neuron_edges = [&](const auto& wires, matrix layer::*target, const std::string& name) {
        for (const wire& w : wires) {
            const std::size_t neuron = draw(random, d_mlp, neurons[w.layer]);
            const double c = random_cosine(random);
            (weights.layers[w.layer].*target).col(static_cast<eigen_index>(neuron)) =
                wired(random, directions[w.from].b, c);
            edges.push_back({"ov_to_" + name + "_L" + std::to_string(w.layer), w.from, w.layer, neuron, c});
        }
    };
    neuron_edges(into_mlp, &layer::W_in, "mlp_in");
    neuron_edges(into_gate, &layer::W_gate, "mlp_gate");
    for (const std::size_t from : into_action) {
        const std::size_t action = draw(random, n_actions, actions);
        const double c = random_cosine(random);
        weights.actions.col(static_cast<eigen_index>(action)) = wired(random, directions[from].b, c);
        edges.push_back({"ov_to_unembed", from, 0, action, c});
    }
    for (std::size_t k = 0; k < from_feature.size(); ++k) {
        const std::size_t feature = 49 * channels[k] + random.below(49);
        const double c = random_cosine(random);
        weights.features.col(static_cast<eigen_index>(feature)) =
            wired(random, directions[from_feature[k]].a, c);
        edges.push_back({"embed_to_ov", from_feature[k], 0, feature, c});
    }
    edges.push_back({"ov_to_ov_v", 0, 1, 2 * d_head, 0.6}); // L0H1.0 -> L1H2.0
    weights.layers[1].W_in.col(static_cast<eigen_index>(draw(random, d_mlp, neurons[1]))) *=
        3; // decoy: a hub
    return edges;
}

/// Hides an effective reading matrix behind a gain and an offset of each column.
inline matrix hidden(counter_random& random, const matrix& w, const vector& gain, double offset) {
    const matrix shift = noise(random, 1, static_cast<std::size_t>(w.cols()),
                               offset / std::sqrt(static_cast<double>(d_model)));
    const matrix shifted = w.rowwise() + Eigen::RowVectorXd(shift.row(0));
    return gain.cwiseInverse().asDiagonal() * shifted;
}

inline vector random_gain(counter_random& random) {
    return noise(random, d_model, 1, 0.5).array().exp().matrix();
}

/// The matrices of all heads below each other: [head, rows, columns] in row-major order.
template <class Of>
matrix stacked(Of of) {
    const matrix first = of(0);
    matrix all(first.rows() * static_cast<eigen_index>(n_heads), first.cols());
    all.topRows(first.rows()) = first;
    for (std::size_t h = 1; h < n_heads; ++h)
        all.middleRows(static_cast<eigen_index>(h) * first.rows(), first.rows()) = of(h);
    return all;
}

inline void store_layer(counter_random& random, const layer& from, const std::string& prefix, model& to) {
    const auto put = [&](const std::string& name, matrix values) {
        to.matrices.emplace_back(prefix + name, std::move(values));
    };
    const auto bias = [&](const std::string& name, std::size_t rows, std::size_t columns) {
        put(name, noise(random, rows, columns, 0.02));
    };
    const vector ln1 = random_gain(random);
    const vector ln2 = random_gain(random);
    put("ln1.w", ln1.transpose());
    put("ln2.w", ln2.transpose());
    bias("ln1.b", 1, d_model);
    bias("ln2.b", 1, d_model);
    put("attn.W_Q", stacked([&](std::size_t h) { return hidden(random, from.W_Q[h], ln1, 1); }));
    put("attn.W_K", stacked([&](std::size_t h) { return hidden(random, from.W_K[h], ln1, 1); }));
    put("attn.W_V", stacked([&](std::size_t h) { return hidden(random, from.heads[h].W_V, ln1, 0.3); }));
    put("attn.W_O", stacked([&](std::size_t h) { return from.heads[h].W_O; }));
    for (const char* name : {"attn.b_Q", "attn.b_K", "attn.b_V"}) bias(name, n_heads, d_head);
    bias("attn.b_O", 1, d_model);
    put("mlp.W_in", hidden(random, from.W_in, ln2, 1));
    put("mlp.W_gate", hidden(random, from.W_gate, ln2, 1));
    put("mlp.W_out", from.W_out);
    bias("mlp.b_in", 1, d_mlp);
    bias("mlp.b_out", 1, d_model);
}

inline std::vector<std::uint64_t> stored_shape(const std::string& name, const matrix& m) {
    const auto rows = static_cast<std::uint64_t>(m.rows());
    const auto columns = static_cast<std::uint64_t>(m.cols());
    if (name.find("attn.W_") != std::string::npos) return {n_heads, rows / n_heads, columns};
    if (rows == 1) return {columns};
    return {rows, columns};
}

} // namespace detail

/// Makes the model. The same options give the same model everywhere.
inline model make(const options& o = {}) {
    counter_random random(o.seed);
    model result;
    detail::effective weights = detail::make_noise(random);
    result.directions = detail::plant_directions(random, weights, o.strength);
    result.edges = detail::plant_edges(random, weights, result.directions);
    for (std::size_t l = 0; l < n_layers; ++l)
        detail::store_layer(random, weights.layers[l], "transformer.blocks." + std::to_string(l) + ".",
                            result);
    const vector gain = detail::random_gain(random);
    result.matrices.emplace_back("transformer.ln_final.w", gain.transpose());
    result.matrices.emplace_back("transformer.ln_final.b", detail::noise(random, 1, d_model, 0.02));
    result.matrices.emplace_back("transformer.pos_embed.W_pos", detail::noise(random, 26, d_model, 0.1));
    result.matrices.emplace_back("state_embedding.weight", weights.features);
    result.matrices.emplace_back("action_predictor.weight",
                                 detail::hidden(random, weights.actions, gain, 1).transpose());
    result.matrices.emplace_back("action_predictor.bias", detail::noise(random, 1, n_actions, 0.02));
    return result;
}

/// Writes the model as a float32 safetensors file, with its config in the metadata.
/// @throws svdlens::file_error
inline void write(const model& m, const std::filesystem::path& path) {
    std::vector<svdlens::named_tensor> tensors;
    for (const auto& [name, values] : m.matrices) {
        std::vector<float> single(values.data(), values.data() + values.size());
        tensors.emplace_back(name, svdlens::tensor(std::move(single), detail::stored_shape(name, values)));
    }
    svdlens::write_safetensors(
        path, std::move(tensors),
        {{"model_config", R"({"d_model": 128, "n_heads": 4, "d_mlp": 192, "n_layers": 3, "n_ctx": 26, )"
                          R"("layer_norm": "LN", "gated_mlp": true, "activation_fn": "relu"})"},
         {"written_by", "svdlens planted"}});
}

} // namespace planted

#endif
