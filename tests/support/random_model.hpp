/// @file
/// Transformers of random weights in memory, the same on every machine.
#ifndef SVDLENS_TESTS_SUPPORT_RANDOM_MODEL_HPP
#define SVDLENS_TESTS_SUPPORT_RANDOM_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

/// Numbers in [-1, 1) by splitmix64 (Steele, Lea, Flood 2014).
class random_numbers {
  public:
    explicit random_numbers(std::uint64_t seed) : state_(seed) {}
    double next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
    }

  private:
    std::uint64_t state_;
};

enum class mlp_kind { none, plain, gated };

struct random_model_options {
    std::size_t layers = 2, heads = 4, key_value_heads = 4, d_model = 12, d_head = 3, d_mlp = 20, vocab = 9;
    std::size_t predictors = 0; ///< named matrices that read at the end, in place of W_U
    mlp_kind mlp = mlp_kind::gated;
    svdlens::normalization norm = svdlens::normalization::layer_norm;
    svdlens::block_order order = svdlens::block_order::sequential;
    std::uint64_t seed = 1;
};

template <class T>
class random_model {
  public:
    explicit random_model(const random_model_options& options) : options_(options), random_(options.seed) {}

    svdlens::basic_transformer_weights<T> make() {
        const auto& o = options_;
        svdlens::basic_transformer_weights<T> model;
        model.file = "random";
        model.sizes = {o.layers,  o.heads,  o.key_value_heads,
                       o.d_model, o.d_head, o.mlp == mlp_kind::none ? 0 : o.d_mlp,
                       16,        o.vocab};
        model.normalization = o.norm;
        model.block_order = o.order;
        for (std::size_t l = 0; l < o.layers; ++l) model.blocks.push_back(block());
        model.W_E = matrix(o.vocab, o.d_model);
        model.W_pos = matrix(16, o.d_model);
        if (has_gain()) model.ln_final = norm();
        for (std::size_t k = 0; k < o.predictors; ++k) model.extras.push_back(predictor(k));
        if (o.predictors != 0) return model;
        model.W_U = matrix(o.d_model, o.vocab);
        model.b_U = vector(o.vocab);
        return model;
    }

    svdlens::basic_matrix<T> matrix(std::size_t rows, std::size_t columns) {
        return {vector(rows * columns), rows, columns};
    }

    std::vector<T> vector(std::size_t size, double centre = 0) {
        std::vector<T> values(size);
        for (auto& each : values) each = static_cast<T>(centre + 0.6 * random_.next());
        return values;
    }

  private:
    bool has_gain() const {
        return options_.norm == svdlens::normalization::layer_norm ||
               options_.norm == svdlens::normalization::rms_norm;
    }

    svdlens::basic_norm<T> norm() {
        svdlens::basic_norm<T> result{vector(options_.d_model, 1.2), {}};
        if (options_.norm == svdlens::normalization::layer_norm) result.b = vector(options_.d_model, 0.2);
        return result;
    }

    svdlens::basic_block<T> block() {
        const auto& o = options_;
        svdlens::basic_block<T> result;
        if (has_gain()) result.ln1 = norm();
        auto& a = result.attention;
        for (std::size_t h = 0; h < o.heads; ++h) {
            a.W_Q.push_back(matrix(o.d_model, o.d_head));
            a.W_O.push_back(matrix(o.d_head, o.d_model));
            a.b_Q.push_back(vector(o.d_head));
        }
        for (std::size_t h = 0; h < o.key_value_heads; ++h) {
            a.W_K.push_back(matrix(o.d_model, o.d_head));
            a.W_V.push_back(matrix(o.d_model, o.d_head));
            a.b_K.push_back(vector(o.d_head));
            a.b_V.push_back(vector(o.d_head));
        }
        a.b_O = vector(o.d_model);
        if (o.mlp == mlp_kind::none) return result;
        if (has_gain()) result.ln2 = norm();
        result.mlp.emplace();
        result.mlp->W_in = matrix(o.d_model, o.d_mlp);
        result.mlp->W_out = matrix(o.d_mlp, o.d_model);
        result.mlp->b_in = vector(o.d_mlp);
        result.mlp->b_out = vector(o.d_model);
        if (o.mlp == mlp_kind::plain) return result;
        result.mlp->W_gate = matrix(o.d_model, o.d_mlp);
        result.mlp->b_gate = vector(o.d_mlp);
        result.mlp->b_post = vector(o.d_mlp);
        return result;
    }

    svdlens::basic_named_matrix<T> predictor(std::size_t k) {
        svdlens::basic_named_matrix<T> result;
        result.name = "predictor " + std::to_string(k);
        result.vectors = matrix(3 + k, options_.d_model);
        result.flow = svdlens::flow::reads;
        if (k % 2 == 0) result.bias = vector(3 + k);
        return result;
    }

    random_model_options options_;
    random_numbers random_;
};

template <class T = float>
svdlens::basic_transformer_weights<T> make_random_model(const random_model_options& options) {
    return random_model<T>(options).make();
}

} // namespace svdlens_tests

#endif
