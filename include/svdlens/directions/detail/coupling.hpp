/// @file
/// How two sets of vectors of the same things are coupled: Yᵀ·X, summed over the things.
#ifndef SVDLENS_DIRECTIONS_DETAIL_COUPLING_HPP
#define SVDLENS_DIRECTIONS_DETAIL_COUPLING_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../core/detail/without_progress.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../../linalg/detail/scaled_qr.hpp"
#include "../../linalg/matrix.hpp"
#include "../vector_set.hpp"
#include "consistent_vectors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Vectors of this many things are in memory at a time.
inline constexpr std::size_t vectors_at_once = 256;

/// Yᵀ·X of n things, x and y being the rows of one thing in X and Y. Up to a power of two.
struct coupling {
    basic_matrix<double> product; ///< columns of Y × columns of X
    double spread = 0; ///< (Σ ‖x‖² ‖y‖²)^½: what rounding every entry by itself changes, over eps
    std::size_t things = 0;
};

/// @throws argument_error (invalid_argument) unless both are one matrix of as many vectors; as
///         `require_consistent`
template <std::floating_point T>
void require_same_things(const basic_vector_set<T>& from, const basic_vector_set<T>& to) {
    require_consistent(from);
    require_consistent(to);
    const auto count = [](const basic_vector_set<T>& set) {
        return to_text(set.size()) + (set.layered() ? " in each layer" : "");
    };
    if (!from.layered() && !to.layered() && from.size() == to.size()) return;
    throw argument_error(errc::invalid_argument,
                         "coupling of " + quoted(from.name) + " and " + quoted(to.name) +
                             ": expected one vector of each for the same things, found " + count(from) +
                             " and " + count(to));
}

template <std::floating_point T>
[[noreturn]] void refuse_entry(const basic_vector_set<T>& set, std::size_t vector, T found) {
    auto named = set.axes;
    named.add(set.identity);
    throw numeric_error(errc::non_finite, set.provenance + ": " + quoted(set.name) + ": the vector " +
                                              quoted(named.label(vector, set.identity.name)) +
                                              ": expected finite weights, found " + to_text(found));
}

/// The power of two that brings the largest entry near 1.
/// @throws numeric_error (non_finite), naming the first vector that is not finite; cancelled_error
template <std::floating_point T>
double scale_to_one(const basic_vector_set<T>& set, const execution& run) {
    struct strip {
        T largest = 0;
        std::optional<entry_position> bad;
        T found = 0; ///< there
    };
    const auto& all = set.layers.front();
    T largest = 0;
    const auto compute = [&](std::size_t i, strip& s) {
        const std::size_t first = i * vectors_at_once;
        const auto values = all.row_range(first, (std::min)(vectors_at_once, all.rows() - first)).resident();
        s.largest = largest_magnitude(values);
        s.bad = find_non_finite(values);
        if (s.bad) s.found = values(s.bad->row, s.bad->column);
    };
    const auto merge = [&](std::size_t i, strip& s) {
        if (s.bad) refuse_entry(set, i * vectors_at_once + s.bad->row, s.found);
        largest = (std::max)(largest, s.largest);
    };
    const std::size_t strips = (all.rows() + vectors_at_once - 1) / vectors_at_once;
    const execution quietly = without_progress(run);
    for_blocks_in_order<strip>(strips, strips, quietly, compute, merge);
    return std::ldexp(1.0, -binary_exponent(static_cast<double>(largest)));
}

/// Two sets of vectors of the same things, a few of them in double at a time.
template <std::floating_point T>
class coupled_vectors {
  public:
    /// @throws numeric_error (non_finite); cancelled_error
    coupled_vectors(const basic_vector_set<T>& from, const basic_vector_set<T>& to, const execution& run) :
        x_(from.layers.front()), y_(to.layers.front()), x_scale_(scale_to_one(from, run)),
        y_scale_(scale_to_one(to, run)) {}

    std::size_t things() const { return x_.rows(); }

    /// (Σ ‖x‖² ‖y‖²)^½, in the order of the things.
    double spread(const execution& run) const {
        double sum = 0;
        const auto compute = [&](std::size_t i, double& part) {
            const std::size_t first = i * vectors_at_once;
            const auto x = scaled(x_, first, 0, x_.columns(), x_scale_);
            const auto y = scaled(y_, first, 0, y_.columns(), y_scale_);
            part = x.rowwise().squaredNorm().dot(y.rowwise().squaredNorm());
        };
        const auto merge = [&](std::size_t, double& part) { sum += part; };
        const std::size_t strips = (things() + vectors_at_once - 1) / vectors_at_once;
        const execution quietly = without_progress(run);
        for_blocks_in_order<double>(strips, strips, quietly, compute, merge);
        return std::sqrt(sum);
    }

    /// Yᵀ·X. A worker makes some rows of it at a time, over all things in their order.
    basic_matrix<double> product(const execution& run) const {
        constexpr std::size_t band = 64;
        const std::size_t rows = y_.columns(), columns = x_.columns();
        std::vector<double> values(rows * columns);
        const auto compute = [&](std::size_t i, one_eigen_thread&) {
            const std::size_t first = i * band;
            const std::size_t count = (std::min)(band, rows - first);
            const dense_part<double> out(values.data() + first * columns, static_cast<Eigen::Index>(columns),
                                         static_cast<Eigen::Index>(count),
                                         Eigen::OuterStride<>(static_cast<Eigen::Index>(columns)));
            for (std::size_t k = 0; k < things(); k += vectors_at_once) {
                run.throw_if_stopped();
                const auto x = scaled(x_, k, 0, columns, x_scale_);
                const auto y = scaled(y_, k, first, count, y_scale_);
                add_transposed_product<double>(part_from(x), part_from(y), out);
            }
        };
        const std::size_t bands = (rows + band - 1) / band;
        for_blocks<one_eigen_thread>(bands, bands, run, compute);
        return basic_matrix<double>(std::move(values), rows, columns);
    }

  private:
    static dense_matrix<double> scaled(const basic_matrix<T>& m, std::size_t row, std::size_t column,
                                       std::size_t columns, double scale) {
        const std::size_t rows = (std::min)(vectors_at_once, m.rows() - row);
        const auto part = m.row_range(row, rows).column_range(column, columns);
        return with_map(part, [&](const auto& map) -> dense_matrix<double> {
            return scale * map.template cast<double>();
        });
    }

    basic_matrix<T> x_;
    basic_matrix<T> y_;
    double x_scale_;
    double y_scale_;
};

/// Yᵀ·X for the vectors X of `from` and Y of `to`, in double. O(things · d²), in parallel over rows of the
/// result, the same bits for any number of threads; d² values of memory, and (256 + 64) d a worker.
/// @throws argument_error (invalid_argument, invalid_axes); numeric_error (non_finite); cancelled_error
template <std::floating_point T>
coupling couple(const basic_vector_set<T>& from, const basic_vector_set<T>& to, const execution& run) {
    require_same_things(from, to);
    const coupled_vectors<T> vectors(from, to, run);
    const double spread = vectors.spread(run);
    return {vectors.product(run), spread, vectors.things()};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
