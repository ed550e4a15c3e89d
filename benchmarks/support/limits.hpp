/// @file
/// What the machine can do at best: bare matrix products, bare QR decompositions, one read of memory.
#ifndef SVDLENS_BENCHMARKS_SUPPORT_LIMITS_HPP
#define SVDLENS_BENCHMARKS_SUPPORT_LIMITS_HPP

#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include <svdlens/core/execution.hpp>
#include <svdlens/directions/factored_set.hpp>
#include <svdlens/directions/vector_set.hpp>
#include <svdlens/linalg/detail/eigen.hpp>

namespace limits {

using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Keeps what was computed from being left out by the compiler.
inline void use(const float* values) { asm volatile("" : : "r"(values) : "memory"); }

template <class Work>
double seconds_of(Work work) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    work();
    return std::chrono::duration<double>(clock::now() - start).count();
}

struct tile_shape {
    std::size_t lines, columns;
};

inline constexpr std::array<tile_shape, 4> tile_shapes{{{64, 3072}, {128, 3072}, {256, 1024}, {512, 512}}};

/// The products that a causal scan needs, in tiles of one shape: each worker's product goes to a buffer of
/// its own, and nothing reads it.
class bare_products {
  public:
    bare_products(const svdlens::vector_set& directions, const svdlens::vector_set& targets) :
        targets_(targets), d_model_(directions.d_model()) {
        for (const auto& layer : directions.layers) {
            for (std::size_t k = 0; k < layer.rows(); ++k)
                for (std::size_t c = 0; c < d_model_; ++c) left_.push_back(layer(k, c));
            lines_.push_back(left_.size() / d_model_);
        }
    }

    double seconds(const tile_shape& shape, unsigned threads) const {
        std::vector<tile> tiles;
        for (std::size_t m = 0; m < targets_.layers.size(); ++m)
            for (std::size_t line = 0; line < lines_[m]; line += shape.lines)
                for (std::size_t column = 0; column < targets_.size(); column += shape.columns)
                    tiles.push_back({m, line, (std::min)(shape.lines, lines_[m] - line), column,
                                     (std::min)(shape.columns, targets_.size() - column)});
        return seconds_of([&] {
            svdlens::for_blocks<row_major>(tiles.size(), tiles.size(), {.threads = threads},
                                           [&](std::size_t i, row_major& out) { multiply(tiles[i], out); });
        });
    }

  private:
    struct tile {
        std::size_t target_layer, line, lines, column, columns;
    };

    void multiply(const tile& t, row_major& out) const {
        const auto lines = static_cast<Eigen::Index>(t.lines), columns = static_cast<Eigen::Index>(t.columns);
        const Eigen::Map<const row_major> left(left_.data() + t.line * d_model_, lines,
                                               static_cast<Eigen::Index>(d_model_));
        const auto right = targets_.layers[t.target_layer].row_range(t.column, t.columns).transposed();
        out.resize(lines, columns);
        svdlens::detail::with_map(right, [&](const auto& map) { out.noalias() = left * map; });
        use(out.data());
    }

    const svdlens::vector_set& targets_;
    std::size_t d_model_;
    std::vector<float> left_;
    std::vector<std::size_t> lines_; ///< directions of layers up to each
};

/// Householder QR of both factors of every head, as Eigen has it: the least that a decomposition that keeps
/// its accuracy begins with.
inline double qr_seconds(const svdlens::factored_set& set, unsigned threads) {
    struct slot {};
    return seconds_of([&] {
        svdlens::for_blocks<slot>(set.matrices.size(), set.matrices.size(), {.threads = threads},
                                  [&](std::size_t k, slot&) {
                                      const auto decompose = [](const svdlens::matrix& m) {
                                          svdlens::detail::with_map(m, [](const auto& map) {
                                              const Eigen::HouseholderQR<Eigen::MatrixXf> qr(map);
                                              use(qr.matrixQR().data());
                                          });
                                      };
                                      decompose(set.matrices[k].a);
                                      decompose(set.matrices[k].b.transposed());
                                  });
    });
}

/// One read of all values, each worker its share.
inline double read_seconds(std::span<const float> values, unsigned threads) {
    struct slot {
        float sum = 0;
    };
    constexpr std::size_t block = std::size_t{1} << 16;
    return seconds_of([&] {
        svdlens::for_blocks<slot>(
            (values.size() + block - 1) / block, values.size(), {.threads = threads},
            [&](std::size_t i, slot& mine) {
                const auto part = values.subspan(i * block, (std::min)(block, values.size() - i * block));
                mine.sum +=
                    Eigen::Map<const Eigen::ArrayXf>(part.data(), static_cast<Eigen::Index>(part.size()))
                        .sum();
                use(&mine.sum);
            });
    });
}

} // namespace limits

#endif
