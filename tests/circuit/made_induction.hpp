/// @file
/// A transformer of two layers whose induction circuit is written down by hand: attention only, learned
/// positions.
///
/// The stream holds, each in coordinates of its own and all turned by one rotation at random: the token, its
/// position, the token before, what is predicted. L0H1 looks one position back and writes the token there as
/// the token before; L1H2 looks for where its own token is the token before, and predicts the token there.
/// All other heads are noise.
#ifndef SVDLENS_TESTS_CIRCUIT_MADE_INDUCTION_HPP
#define SVDLENS_TESTS_CIRCUIT_MADE_INDUCTION_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "support/plain_matrix.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

struct made_sizes {
    std::size_t tokens = 12, positions = 24, heads = 3;
    std::size_t key_value_heads = 3;
    double noise = 0.02;
    bool has_positions = true;
    std::uint64_t seed = 1;
};

enum class made_fault { none, previous_token, match, copy };

/// A stretch of the stream's coordinates.
struct coordinates {
    std::size_t first, count;
};

class made_induction {
  public:
    explicit made_induction(const made_sizes& sizes, made_fault fault = made_fault::none) :
        sizes_(sizes), fault_(fault), make_(sizes.seed), d_(3 * sizes.tokens + sizes.positions),
        turn_(make_.orthonormal_rows(d_, d_)) {}

    template <class T>
    svdlens::basic_transformer_weights<T> weights() {
        svdlens::basic_transformer_weights<T> model;
        model.file = "made";
        model.sizes = {.n_layers = 2,
                       .n_heads = sizes_.heads,
                       .n_key_value_heads = sizes_.key_value_heads,
                       .d_model = d_,
                       .d_head = r(),
                       .n_ctx = sizes_.positions,
                       .d_vocab = sizes_.tokens};
        model.attention_scale = 1 / std::sqrt(static_cast<double>(r()));
        model.W_E = rows_of(token()).template as<T>();
        if (sizes_.has_positions) model.W_pos = rows_of(place()).template as<T>();
        model.W_U = transposed(rows_of(output())).template as<T>();
        model.blocks.resize(2);
        for (std::size_t l = 0; l < 2; ++l)
            for (std::size_t h = 0; h < sizes_.heads; ++h) add_head(model.blocks[l].attention, l, h);
        return model;
    }

    coordinates token() const { return {0, sizes_.tokens}; }
    coordinates previous() const { return {sizes_.tokens, sizes_.tokens}; }
    coordinates output() const { return {2 * sizes_.tokens, sizes_.tokens}; }
    coordinates place() const { return {3 * sizes_.tokens, sizes_.positions}; }

  private:
    std::size_t r() const { return std::max(sizes_.tokens, sizes_.positions); }

    plain_matrix rows_of(coordinates at) const {
        plain_matrix result(at.count, d_);
        for (std::size_t i = 0; i < at.count; ++i)
            for (std::size_t j = 0; j < d_; ++j) result(i, j) = turn_(at.first + i, j);
        return result;
    }

    /// From coordinate first + i + shift to entry i of the head; turned within the head where it is broken.
    plain_matrix into_head(coordinates at, std::size_t shift, double strength, bool broken) {
        plain_matrix result(d_, r());
        for (std::size_t i = 0; i + shift < at.count; ++i)
            for (std::size_t j = 0; j < d_; ++j)
                result(j, i) = static_cast<real>(strength) * turn_(at.first + i + shift, j);
        return broken ? product(result, make_.orthonormal_rows(r(), r())) : result;
    }

    plain_matrix noise(std::size_t rows, std::size_t columns) {
        auto result = make_.uniform(rows, columns);
        for (real& x : result.values) x *= static_cast<real>(sizes_.noise);
        return result;
    }

    template <class T>
    void add_head(svdlens::basic_attention<T>& to, std::size_t layer, std::size_t head) {
        auto q = noise(d_, r()), k = noise(d_, r()), v = noise(d_, r()), o = noise(r(), d_);
        if (layer == 0 && head == 1) {
            q = into_head(place(), 1, 12, fault_ == made_fault::previous_token);
            k = into_head(place(), 0, 12, false);
            v = into_head(token(), 0, 1, false);
            o = transposed(into_head(previous(), 0, 1, false));
        } else if (layer == 1 && head == 2) {
            q = into_head(token(), 0, 12, fault_ == made_fault::match);
            k = into_head(previous(), 0, 12, false);
            v = into_head(token(), 0, 3, fault_ == made_fault::copy);
            o = transposed(into_head(output(), 0, 3, false));
        }
        to.W_Q.push_back(q.template as<T>());
        to.W_O.push_back(o.template as<T>());
        to.W_K.push_back(k.template as<T>());
        to.W_V.push_back(v.template as<T>());
    }

    made_sizes sizes_;
    made_fault fault_;
    matrix_maker make_;
    std::size_t d_;
    plain_matrix turn_;
};

} // namespace svdlens_tests

#endif
