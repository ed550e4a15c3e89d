/// @file
/// All directions of a set together: how much of a target they take up, which is what a share is a share of.
#ifndef SVDLENS_PROJECTION_DETAIL_DIRECTION_POOL_HPP
#define SVDLENS_PROJECTION_DETAIL_DIRECTION_POOL_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <Eigen/Cholesky>

#include "../../core/detail/without_progress.hpp"
#include "../../core/execution.hpp"
#include "../../directions/vector_set.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"
#include "centred_vectors.hpp"
#include "score_factors.hpp"
#include "vector_lengths.hpp"

namespace svdlens::inline v0_2::detail {

/// ‖V̂ᵀw‖, V̂ the n unit directions of a pool (inside P).
///
/// With as many directions as dimensions: √(wᵀGw) with G = V̂V̂ᵀ, d × d, in double; for float vectors first ‖Rw‖ in
/// float with G = RᵀR, which has the accuracy of the products ⟨v̂, w⟩ themselves where directions reach no less than a
/// thousandth of what they do on average. Where they reach next to nothing, wᵀGw is the rounding of larger numbers:
/// such a target is met with all directions, one by one; so is every target of fewer directions.
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
        if (is_few()) return gather_directions(run);
        gather_gram(run);
        if constexpr (std::is_same_v<T, float>) factor_gram();
    }

    /// ‖V̂ᵀw‖ of some rows in memory, in T; an entry that is not good enough is 0. O(d²) each, nothing where all are 0.
    /// @param inverse 1 / ‖w‖ of each, 0 for one that is not to be looked at
    std::vector<double> quick_spreads(const basic_matrix<T>& rows, const T* inverse) const {
        std::vector<double> spreads(rows.rows());
        if (factor_.rows() == 0 || rows.rows() < 2) return spreads;
        [[maybe_unused]] const one_eigen_thread held;
        with_map(rows, [&](const auto& w) { add_squares_of_blocks(w, factor_, spreads); });
        const double least = 1e-3 * static_cast<double>(size_) / static_cast<double>(directions_->d_model());
        for (std::size_t k = 0; k < spreads.size(); ++k) {
            const auto of_length = static_cast<double>(inverse[k]);
            const double square = spreads[k] * of_length * of_length;
            spreads[k] = of_length != 0 && square >= least ? std::sqrt(square) : 0;
        }
        return spreads;
    }

    /// ‖V̂ᵀw‖ of some unit vectors w, not less than two, in double. O(d min(n, d)) each
    std::vector<double> spreads_of(const wide_rows& w) const {
        [[maybe_unused]] const one_eigen_thread held;
        std::vector<double> squares(static_cast<std::size_t>(w.rows()));
        if (is_few())
            add_squares(w, rows_, squares);
        else
            add_forms(w, squares);
        if (!is_few()) meet_again(w, squares);
        for (auto& each : squares) each = std::sqrt(each);
        return squares;
    }

  private:
    /// Rows of G that a worker makes at a time.
    static constexpr Eigen::Index block_rows = 192;

    struct row_block {
        Eigen::Index first;
        Eigen::Index count;
        Eigen::Index width; ///< from the diagonal on
    };

    bool is_few() const { return size_ < directions_->d_model(); }
    Eigen::Index width() const { return static_cast<Eigen::Index>(directions_->d_model()); }
    std::size_t blocks() const { return static_cast<std::size_t>((width() + block_rows - 1) / block_rows); }
    row_block block(std::size_t b) const {
        const Eigen::Index first = static_cast<Eigen::Index>(b) * block_rows;
        return {first, (std::min)(block_rows, width() - first), width() - first};
    }

    /// The unit directions of a stretch, one a row; zeros for those that are not in the pool.
    void write_stretch(const vector_stretch& s, wide_rows& out) const {
        write_units(directions_->layers[s.layer].row_range(s.first, s.count).resident(), space_, out);
        for (std::size_t k = 0; k < s.count; ++k)
            if (!member_[s.layer][s.first + k]) out.row(static_cast<Eigen::Index>(k)).setZero();
    }

    /// V̂ᵀ, without the rows of others.
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
            write_stretch(s, units);
            Eigen::Index at = first[i];
            for (std::size_t k = 0; k < s.count; ++k)
                if (member_[s.layer][s.first + k]) rows_.row(at++) = units.row(static_cast<Eigen::Index>(k));
        };
        for_blocks<wide_rows>(stretches_.size(), stretches_.size(), without_progress(run), take);
    }

    /// The blocks of rows of G, each from its diagonal block on, what is beyond that twice: so that wᵀGw is a sum
    /// over them. Each is summed over the directions in their order.
    void gather_gram(const execution& run) {
        rows_.setZero(width(), width());
        const auto make = [&](std::size_t b, wide_rows& units) {
            [[maybe_unused]] const one_eigen_thread held;
            const auto at = block(b);
            auto out = rows_.block(at.first, at.first, at.count, at.width);
            for (const auto& s : stretches_) {
                run.throw_if_stopped();
                write_stretch(s, units);
                const auto left = units.middleCols(at.first, at.count).transpose();
                const auto right = units.rightCols(at.width);
                add_to_product(left, right, out);
            }
            out.rightCols(at.width - at.count) *= 2;
        };
        for_blocks<wide_rows>(blocks(), blocks(), without_progress(run), make);
    }

    /// R with RᵀR = G + 1e-13 n, which has a root where G, of vectors inside P, has none. O(d³)
    void factor_gram() {
        [[maybe_unused]] const one_eigen_thread held;
        Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(width(), width());
        for (std::size_t b = 0; b < blocks(); ++b) {
            const auto at = block(b);
            const auto rest = at.width - at.count;
            gram.block(at.first, at.first, at.count, at.count) =
                rows_.block(at.first, at.first, at.count, at.count);
            gram.block(at.first + at.count, at.first, rest, at.count) =
                rows_.block(at.first, at.first + at.count, at.count, rest).transpose() / 2;
        }
        gram.diagonal().array() += 1e-13 * static_cast<double>(size_);
        const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> root(gram); // of the lower half, in its place
        if (static_cast<int>(root.info()) != 0) return;
        factor_ = row_major_matrix<T>::Zero(width(), width());
        for (Eigen::Index i = 0; i < width(); ++i)
            factor_.row(i).tail(width() - i) = gram.col(i).tail(width() - i).transpose().template cast<T>();
    }

    /// Calls `use(b, products)` with w's products with each block of rows of a matrix of which only what is from
    /// their diagonal on counts.
    template <class Rows, class Matrix, class Use>
    void for_block_products(const Rows& w, const Matrix& matrix, Use use) const {
        row_major_matrix<typename Matrix::Scalar> products;
        for (std::size_t b = 0; b < blocks(); ++b) {
            const auto at = block(b);
            products.resize(w.rows(), at.count);
            const auto left = w.rightCols(at.width);
            const auto right = matrix.block(at.first, at.first, at.count, at.width).transpose();
            set_to_product(left, right, products);
            use(at, products);
        }
    }

    /// Adds ‖R w‖².
    template <class Rows>
    void add_squares_of_blocks(const Rows& w, const row_major_matrix<T>& factor,
                               std::vector<double>& squares) const {
        for_block_products(w, factor, [&](const row_block&, const auto& products) {
            for (Eigen::Index i = 0; i < products.rows(); ++i)
                squares[static_cast<std::size_t>(i)] += products.row(i).template cast<double>().squaredNorm();
        });
    }

    /// Adds wᵀGw.
    void add_forms(const wide_rows& w, std::vector<double>& squares) const {
        for_block_products(w, rows_, [&](const row_block& at, const auto& products) {
            for (Eigen::Index i = 0; i < products.rows(); ++i)
                squares[static_cast<std::size_t>(i)] +=
                    products.row(i).dot(w.row(i).segment(at.first, at.count));
        });
    }

    /// Adds Σ ⟨v̂, w⟩² over some directions.
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
        const double least =
            1e-8 * static_cast<double>(size_); // G's eigenvalues sum to n: eight digits are left
        std::vector<std::size_t> barely;
        for (std::size_t i = 0; i < squares.size(); ++i)
            if (squares[i] < least && !w.row(static_cast<Eigen::Index>(i)).isZero(0)) barely.push_back(i);
        if (barely.empty()) return;
        // Not less than two: a product with one goes another way.
        wide_rows some =
            wide_rows::Zero((std::max<Eigen::Index>)(static_cast<Eigen::Index>(barely.size()), 2), width());
        for (std::size_t k = 0; k < barely.size(); ++k)
            some.row(static_cast<Eigen::Index>(k)) = w.row(static_cast<Eigen::Index>(barely[k]));
        std::vector<double> sums(static_cast<std::size_t>(some.rows()));
        wide_rows units;
        for (const auto& s : stretches_) {
            write_stretch(s, units);
            add_squares(some, units, sums);
        }
        for (std::size_t k = 0; k < barely.size(); ++k) squares[barely[k]] = sums[k];
    }

    const basic_vector_set<T>* directions_;
    product_space space_;
    std::vector<vector_stretch> stretches_;
    std::vector<std::vector<bool>> member_;
    std::uint64_t size_ = 0;
    wide_rows rows_;             ///< V̂ᵀ, or the blocks of G
    row_major_matrix<T> factor_; ///< R; empty: there is none
};

/// ‖V̂ᵀw‖ / ‖w‖ of some targets; 0 for a zero vector.
template <std::floating_point T>
std::vector<double> measured_spreads(const direction_pool<T>& pool, const basic_matrix<T>& deferred_or_not,
                                     const T* inverse) {
    const auto rows = deferred_or_not.resident();
    auto spreads = pool.quick_spreads(rows, inverse);
    std::vector<std::size_t> open;
    for (std::size_t k = 0; k < spreads.size(); ++k)
        if (spreads[k] == 0) open.push_back(k);
    if (open.empty()) return spreads;
    // Not less than two: a product with one goes another way.
    wide_rows some = wide_rows::Zero((std::max<Eigen::Index>)(static_cast<Eigen::Index>(open.size()), 2),
                                     static_cast<Eigen::Index>(rows.columns()));
    wide_rows units;
    if (open.size() == spreads.size()) {
        write_units(rows, product_space::whole, units);
        some.topRows(units.rows()) = units;
    } else {
        for (std::size_t k = 0; k < open.size(); ++k) {
            write_units(rows.row_range(open[k], 1), product_space::whole, units);
            some.row(static_cast<Eigen::Index>(k)) = units.row(0);
        }
    }
    const auto found = pool.spreads_of(some);
    for (std::size_t k = 0; k < open.size(); ++k) spreads[open[k]] = found[k];
    return spreads;
}

/// What shares are made with, for every target of the layers kept, a stretch of them at a time.
/// @throws cancelled_error
template <std::floating_point T>
share_lengths<T> measure_shares(const direction_pool<T>& pool, const basic_vector_set<T>& targets,
                                const vector_lengths<T>& lengths, const std::vector<bool>& kept_layers,
                                const execution& run) {
    struct slot {};
    share_lengths<T> result{pool.size(), {}, {}};
    result.spread.resize(targets.layers.size());
    result.inverse.resize(targets.layers.size());
    for (std::size_t l = 0; l < targets.layers.size(); ++l) {
        if (!kept_layers[l]) continue;
        result.spread[l].resize(targets.layers[l].rows());
        result.inverse[l].resize(targets.layers[l].rows());
    }
    // What two vectors of T that are orthogonal may have for a cosine, of n directions.
    const double nothing =
        2 * double{std::numeric_limits<T>::epsilon()} * std::sqrt(static_cast<double>(pool.size()));
    const auto stretches = vector_stretches(targets, kept_layers, 256);
    const auto measure = [&](std::size_t i, slot&) {
        const auto& [layer, first, count] = stretches[i];
        const T* const inverse = lengths.inverse[layer].data() + first;
        const auto found = measured_spreads(pool, targets.layers[layer].row_range(first, count), inverse);
        for (std::size_t k = 0; k < count; ++k) {
            if (!(found[k] > nothing)) continue;
            result.spread[layer][first + k] = found[k];
            result.inverse[layer][first + k] = static_cast<T>(static_cast<double>(inverse[k]) / found[k]);
        }
    };
    for_blocks<slot>(stretches.size(), stretches.size(), without_progress(run), measure);
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
