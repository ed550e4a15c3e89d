/// @file
/// All directions of a set together: how much of a target's energy they take up, which is what a share is a share of.
#ifndef SVDLENS_PROJECTION_DETAIL_DIRECTION_POOL_HPP
#define SVDLENS_PROJECTION_DETAIL_DIRECTION_POOL_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../../core/detail/without_progress.hpp"
#include "../../core/execution.hpp"
#include "../../directions/vector_set.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/row_lengths.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"
#include "centred_vectors.hpp"
#include "score_factors.hpp"
#include "vector_lengths.hpp"

namespace svdlens::inline v0_2::detail {

/// Vectors as rows in double, about as long as 1.
using wide_rows = row_major_matrix<double>;

/// ‖V̂ᵀw‖² = Σ_j ⟨v̂_j, w⟩² over the n unit directions v̂_j (inside P) of a pool: as wᵀGw with G = V̂V̂ᵀ, d × d, where
/// there are as many directions as dimensions, else from the directions themselves; in double.
///
/// Where directions reach next to nothing of a target, wᵀGw is the rounding of larger numbers: such a target is
/// met with all directions, one by one. 8 min(n, d) d bytes.
template <std::floating_point T>
class direction_pool {
  public:
    /// @param inverse 1 / ‖P v‖, or 1 / ‖v‖, by layer: 0 where there is no direction to speak of
    direction_pool(const basic_vector_set<T>& directions, const vector_lengths<T>& lengths,
                   const factor_lists<T>& inverse, product_space space, bool with_null_space) :
        directions_(&directions),
        space_(space),
        stretches_(vector_stretches(directions, std::vector<bool>(directions.layers.size(), true), 256)) {
        for (std::size_t l = 0; l < directions.layers.size(); ++l) {
            auto& marks = member_.emplace_back(directions.layers[l].rows());
            for (std::size_t k = 0; k < marks.size(); ++k) {
                const bool is_one = inverse[l][k] != 0 || lengths.is_extreme(l, k);
                const bool is_null = directions.is_null(l, k) && !with_null_space;
                marks[k] = is_one && !is_null && !directions.is_dead(l, k);
                size_ += marks[k] ? 1 : 0;
            }
        }
    }

    /// n
    std::uint64_t size() const { return size_; }

    /// Takes the directions in, in parallel: O(n d²), or O(n d). @throws cancelled_error
    void gather(const execution& run) {
        if (size_ < directions_->d_model()) return gather_directions(run);
        gather_gram(run);
    }

    /// ‖V̂ᵀw‖ of some vectors w, no longer than about 1. O(d min(n, d)) each
    std::vector<double> lengths_of(const wide_rows& w) const {
        [[maybe_unused]] const one_eigen_thread held;
        std::vector<double> squares(static_cast<std::size_t>(w.rows()));
        if (size_ < directions_->d_model())
            add_squares(w, rows_, squares);
        else
            add_forms(w, squares);
        meet_again(w, squares);
        for (auto& each : squares) each = std::sqrt(each);
        return squares;
    }

  private:
    /// Rows of G that a worker makes at a time.
    static constexpr Eigen::Index gram_rows = 128;

    static std::size_t blocks_of(Eigen::Index d) {
        return static_cast<std::size_t>((d + gram_rows - 1) / gram_rows);
    }

    Eigen::Index width() const { return static_cast<Eigen::Index>(directions_->d_model()); }

    /// The unit directions of a stretch, one a row; zeros for those that are not in the pool.
    void write_units(const vector_stretch& s, wide_rows& out) const {
        out.setZero(static_cast<Eigen::Index>(s.count), width());
        const auto rows = directions_->layers[s.layer].row_range(s.first, s.count).resident();
        for (std::size_t k = 0; k < s.count; ++k) {
            if (!member_[s.layer][s.first + k]) continue;
            auto row = out.row(static_cast<Eigen::Index>(k));
            const auto length = write_near_one(rows.row_range(k, 1), space_, row.data());
            if (length.value != 0) row /= length.value;
        }
    }

    /// V̂ᵀ without the rows of others.
    void gather_directions(const execution& run) {
        rows_.setZero(static_cast<Eigen::Index>(size_), width());
        std::vector<Eigen::Index> first;
        Eigen::Index next = 0;
        for (const auto& s : stretches_) {
            first.push_back(next);
            const auto begin = member_[s.layer].begin() + static_cast<std::ptrdiff_t>(s.first);
            next += std::count(begin, begin + static_cast<std::ptrdiff_t>(s.count), true);
        }
        const auto take = [&](std::size_t i, wide_rows& units) {
            const auto& s = stretches_[i];
            write_units(s, units);
            Eigen::Index at = first[i];
            for (std::size_t k = 0; k < s.count; ++k)
                if (member_[s.layer][s.first + k]) rows_.row(at++) = units.row(static_cast<Eigen::Index>(k));
        };
        for_blocks<wide_rows>(stretches_.size(), stretches_.size(), without_progress(run), take);
    }

    /// The blocks of rows of G, each from its diagonal on, those beyond the diagonal twice: so that wᵀGw is a sum
    /// over them. Each is summed over the directions in their order.
    void gather_gram(const execution& run) {
        const Eigen::Index d = width();
        rows_.setZero(d, d);
        const auto make = [&](std::size_t b, wide_rows& units) {
            [[maybe_unused]] const one_eigen_thread held;
            const Eigen::Index first = static_cast<Eigen::Index>(b) * gram_rows;
            const Eigen::Index count = (std::min)(gram_rows, d - first);
            auto block = rows_.block(first, first, count, d - first);
            for (const auto& s : stretches_) {
                run.throw_if_stopped();
                write_units(s, units);
                const auto left = units.middleCols(first, count).transpose();
                const auto right = units.rightCols(d - first);
                add_to_product(left, right, block);
            }
            block.rightCols(d - first - count) *= 2;
        };
        for_blocks<wide_rows>(blocks_of(d), blocks_of(d), without_progress(run), make);
    }

    /// Adds wᵀGw.
    void add_forms(const wide_rows& w, std::vector<double>& squares) const {
        const Eigen::Index d = width();
        for (std::size_t b = 0; b < blocks_of(d); ++b) {
            const Eigen::Index first = static_cast<Eigen::Index>(b) * gram_rows;
            const Eigen::Index count = (std::min)(gram_rows, d - first);
            const auto left = w.rightCols(d - first);
            const auto right = rows_.block(first, first, count, d - first).transpose();
            wide_rows image(w.rows(), count);
            set_to_product(left, right, image);
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                squares[static_cast<std::size_t>(i)] += image.row(i).dot(w.row(i).segment(first, count));
        }
    }

    /// Adds Σ ⟨v, w⟩² over some directions.
    static void add_squares(const wide_rows& w, const wide_rows& directions, std::vector<double>& squares) {
        if (directions.rows() == 0) return;
        wide_rows products(w.rows(), directions.rows());
        const auto right = directions.transpose();
        set_to_product(w, right, products);
        for (Eigen::Index i = 0; i < w.rows(); ++i)
            squares[static_cast<std::size_t>(i)] += products.row(i).squaredNorm();
    }

    /// Puts right what wᵀGw has no digits for.
    void meet_again(const wide_rows& w, std::vector<double>& squares) const {
        if (size_ < directions_->d_model()) return;
        constexpr double least = 1e-8; // G's eigenvalues sum to n: double leaves eight digits
        std::vector<std::size_t> small;
        for (std::size_t i = 0; i < squares.size(); ++i)
            if (squares[i] <
                least * static_cast<double>(size_) * w.row(static_cast<Eigen::Index>(i)).squaredNorm())
                small.push_back(i);
        if (small.empty()) return;
        // Not less than two: a product with one goes another way.
        wide_rows some =
            wide_rows::Zero((std::max<Eigen::Index>)(static_cast<Eigen::Index>(small.size()), 2), width());
        for (std::size_t k = 0; k < small.size(); ++k)
            some.row(static_cast<Eigen::Index>(k)) = w.row(static_cast<Eigen::Index>(small[k]));
        std::vector<double> sums(static_cast<std::size_t>(some.rows()));
        wide_rows units;
        for (const auto& s : stretches_) {
            write_units(s, units);
            add_squares(some, units, sums);
        }
        for (std::size_t k = 0; k < small.size(); ++k) squares[small[k]] = sums[k];
    }

    const basic_vector_set<T>* directions_;
    product_space space_;
    std::vector<vector_stretch> stretches_;
    std::vector<std::vector<bool>> member_;
    std::uint64_t size_ = 0;
    wide_rows rows_; ///< V̂ᵀ, or the blocks of G
};

/// ‖V̂ᵀw‖ of every target of the layers kept, a stretch of them at a time.
/// @throws cancelled_error
template <std::floating_point T>
share_lengths<T> measure_shares(const direction_pool<T>& pool, const basic_vector_set<T>& targets,
                                const vector_lengths<T>& lengths, const std::vector<bool>& kept_layers,
                                const execution& run) {
    struct slot {
        wide_rows rows;
        std::vector<double> sizes;
    };
    constexpr std::size_t most = 256;
    share_lengths<T> result{pool.size(), {}, {}};
    result.spread.resize(targets.layers.size());
    result.inverse.resize(targets.layers.size());
    for (std::size_t l = 0; l < targets.layers.size(); ++l)
        if (kept_layers[l]) {
            result.spread[l].resize(targets.layers[l].rows());
            result.inverse[l].resize(targets.layers[l].rows());
        }
    // What two vectors of T that are orthogonal may have for a cosine, of n directions.
    const double nothing =
        2 * double{std::numeric_limits<T>::epsilon()} * std::sqrt(static_cast<double>(pool.size()));
    const auto stretches = vector_stretches(targets, kept_layers, most);
    const auto measure = [&](std::size_t i, slot& s) {
        const auto& [layer, first, count] = stretches[i];
        const auto values = targets.layers[layer].row_range(first, count).resident();
        s.sizes.resize(count);
        s.rows.setZero(static_cast<Eigen::Index>((std::max<std::size_t>)(count, 2)),
                       static_cast<Eigen::Index>(targets.d_model()));
        for (std::size_t k = 0; k < count; ++k)
            s.sizes[k] =
                write_near_one(values.row_range(k, 1), s.rows.row(static_cast<Eigen::Index>(k)).data()).value;
        const auto reached = pool.lengths_of(s.rows);
        for (std::size_t k = 0; k < count; ++k) {
            const double spread = s.sizes[k] == 0 ? 0 : reached[k] / s.sizes[k];
            if (!(spread > nothing)) continue;
            result.spread[layer][first + k] = spread;
            const auto of_length = static_cast<double>(lengths.inverse[layer][first + k]);
            result.inverse[layer][first + k] = static_cast<T>(of_length / spread);
        }
    };
    for_blocks<slot>(stretches.size(), stretches.size(), without_progress(run), measure);
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
