/// @file
/// The bodies of directions/chained_diagonal_test.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_CHAINED_DIAGONAL_TEST_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_CHAINED_DIAGONAL_TEST_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../chained_diagonal_test.hpp"
#include "../../factored_set.hpp"
#include "../../vector_moments.hpp"
#include "../diagonal_checks.hpp"
#include "../diagonal_sums.hpp"
#include "../factor_checks.hpp"
#include "../head_tables.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// One factor of all heads of a layer, side by side: those of heads that share it once.
struct head_columns {
    dense_matrix<double> values;   ///< d × (parts · r)
    std::vector<std::size_t> part; ///< which one is a head's
    std::vector<int> exponents;    ///< what was taken out of each part
    Eigen::Index width = 0;        ///< r

    Eigen::Index parts() const { return static_cast<Eigen::Index>(exponents.size()); }
    dense_matrix<double> of(std::size_t k) const {
        return values.middleCols(static_cast<Eigen::Index>(k) * width, width);
    }
};

/// `factor(head)` is d × r.
template <class Factor>
head_columns columns_of_heads(std::size_t heads, Factor factor) {
    std::vector<unit_matrix> different;
    head_columns result;
    for (std::size_t h = 0; h < heads; ++h) {
        auto next = to_unit(factor(h));
        const bool is_shared = !different.empty() && different.back().exponent == next.exponent &&
                               different.back().values == next.values;
        if (!is_shared) different.push_back(std::move(next));
        result.part.push_back(different.size() - 1);
    }
    result.width = different.front().values.cols();
    result.values.resize(different.front().values.rows(),
                         static_cast<Eigen::Index>(different.size()) * result.width);
    for (std::size_t k = 0; k < different.size(); ++k) {
        result.values.middleCols(static_cast<Eigen::Index>(k) * result.width, result.width) =
            different[k].values;
        result.exponents.push_back(different[k].exponent);
    }
    return result;
}

/// What is asked of a part of `head_columns` besides its products with others.
struct column_moments {
    std::vector<dense_matrix<double>> seen; ///< Fᵀ G F
    std::vector<double> seen_sizes;         ///< ‖Fᵀ G F‖_F
    std::vector<double> plain_sizes;        ///< ‖Fᵀ F‖_F
    std::vector<double> squares;            ///< ‖F‖_F²
};

template <std::floating_point Real>
column_moments moments_of_columns(const head_columns& columns, const basic_matrix<Real>& gram,
                                  const execution& run) {
    const auto parts = static_cast<std::size_t>(columns.parts());
    column_moments result{std::vector<dense_matrix<double>>(parts), std::vector<double>(parts),
                          std::vector<double>(parts), std::vector<double>(parts)};
    const auto compute = [&](std::size_t k, one_eigen_thread&) {
        const auto factor = columns.of(k);
        const auto moments = moments_through(factor, gram);
        result.seen_sizes[k] = moments.seen.norm();
        result.plain_sizes[k] = moments.plain.norm();
        result.squares[k] = factor.squaredNorm();
        result.seen[k] = moments.seen;
    };
    for_blocks<one_eigen_thread>(parts, parts, without_progress(run), compute);
    return result;
}

/// The heads of a later layer: what they read by, and what they look for.
struct later_heads {
    head_columns reading; ///< W_Q
    column_moments read;
    dense_matrix<double> across; ///< (Ȳᵀ X̄) W_Q
    head_columns sought;         ///< W_K
};

/// The heads of an earlier layer: what they read of a thing, and how they write it.
struct earlier_heads {
    head_columns reading; ///< W_V
    head_columns writing; ///< W_Oᵀ
};

template <std::floating_point T>
later_heads later_layer(const basic_factored_set<T>& set, std::size_t layer, const vector_moments& vectors,
                        const execution& run) {
    later_heads result;
    result.reading = columns_of_heads(set.heads(), [&](std::size_t h) { return set(layer, h).a; });
    result.sought =
        columns_of_heads(set.heads(), [&](std::size_t h) { return set(layer, h).b.transposed(); });
    result.read = moments_of_columns(result.reading, vectors.from, run);
    result.across.resize(static_cast<Eigen::Index>(vectors.across.rows()), result.reading.values.cols());
    const auto compute = [&](std::size_t k, one_eigen_thread&) {
        const Eigen::Index width = result.reading.width;
        result.across.middleCols(static_cast<Eigen::Index>(k) * width, width) =
            times(vectors.across, result.reading.of(k));
    };
    const auto parts = static_cast<std::size_t>(result.reading.parts());
    for_blocks<one_eigen_thread>(parts, parts, without_progress(run), compute);
    return result;
}

template <std::floating_point T>
earlier_heads earlier_layer(const basic_factored_set<T>& set, std::size_t layer) {
    return {columns_of_heads(set.heads(), [&](std::size_t h) { return set(layer, h).a; }),
            columns_of_heads(set.heads(), [&](std::size_t h) { return set(layer, h).b.transposed(); })};
}

/// All pairs of heads of two layers.
template <std::floating_point T>
class layer_pair {
  public:
    layer_pair(const later_heads& later, const earlier_heads& earlier, const column_moments& earlier_read,
               const vector_moments& vectors) :
        later_(later),
        earlier_(earlier), earlier_read_(earlier_read), vectors_(vectors),
        found_(crossed(later.sought.values, earlier.writing.values)),
        across_(crossed(earlier.reading.values, later.across)) {}

    /// Of P = W_Kᵀ W_Oᵀ and R = W_Vᵀ (Ȳᵀ X̄) W_Q: Σ M̄_ii = tr(P R), ‖M̄‖² = tr(W_Qᵀ G W_Q · P · W_Vᵀ G W_V ·
    /// Pᵀ).
    diagonal_sums sums(std::size_t source, std::size_t target) const {
        const auto q = later_.reading.part[target], k = later_.sought.part[target];
        const auto v = earlier_.reading.part[source], o = earlier_.writing.part[source];
        const auto p = block(found_, k, o, later_.sought.width, earlier_.writing.width);
        const auto r = block(across_, v, q, earlier_.reading.width, later_.reading.width);
        const int exponent = later_.reading.exponents[q] + later_.sought.exponents[k] +
                             earlier_.reading.exponents[v] + earlier_.writing.exponents[o] +
                             vectors_.from_exponent + vectors_.to_exponent;
        const double size = p.squaredNorm();
        if (!(size > noise_of_links(later_.sought.of(k), earlier_.writing.of(o)))) return {0, 0, exponent};
        const auto& read = later_.read.seen[q];
        const double squares = inner(product(read, p), product(p, earlier_read_.seen[v]));
        if (!(squares > size * noise_of_things(q, v))) return {0, 0, exponent};
        return {inner(p, r.transpose()), squares, exponent};
    }

  private:
    static dense_matrix<double> block(const dense_matrix<double>& m, std::size_t i, std::size_t j,
                                      Eigen::Index rows, Eigen::Index columns) {
        return m.block(static_cast<Eigen::Index>(i) * rows, static_cast<Eigen::Index>(j) * columns, rows,
                       columns);
    }

    /// What rounding leaves of ‖P‖² where nothing that is written is looked for.
    double noise_of_links(const dense_matrix<double>& sought, const dense_matrix<double>& written) const {
        const double share = static_cast<double>(sought.rows()) * double{std::numeric_limits<T>::epsilon()};
        return share * share * sought.squaredNorm() * written.squaredNorm();
    }

    /// The same of ‖M̄‖² / ‖P‖² where things differ by rounding only, from above.
    double noise_of_things(std::size_t q, std::size_t v) const {
        const double eps = rounding_of<T>(vectors_.things);
        const double rounding =
            vectors_.from_size * later_.read.plain_sizes[q] * earlier_read_.seen_sizes[v] +
            vectors_.to_size * later_.read.seen_sizes[q] * earlier_read_.plain_sizes[v];
        const double cancelled = 1e-14 * later_.read.seen_sizes[q] * earlier_read_.seen_sizes[v];
        return (std::max)(cancelled, eps * eps / static_cast<double>(vectors_.from.rows()) * rounding);
    }

    const later_heads& later_;
    const earlier_heads& earlier_;
    const column_moments& earlier_read_;
    const vector_moments& vectors_;
    dense_matrix<double> found_;  ///< W_Kᵀ W_Oᵀ of all heads
    dense_matrix<double> across_; ///< W_Vᵀ (Ȳᵀ X̄) W_Q of all heads
};

/// Where the pairs of two layers stand among all, in the order of source, then target.
inline std::size_t pair_of_layers(std::size_t source, std::size_t target, std::size_t layers) {
    return source * (2 * layers - source - 1) / 2 + (target - source - 1);
}

/// @throws argument_error (invalid_argument)
template <std::floating_point T>
void require_heads_of_both(const basic_factored_set<T>& later, const basic_factored_set<T>& earlier) {
    if (later.layers() == earlier.layers() && later.heads() == earlier.heads()) return;
    const auto text = [](const basic_factored_set<T>& set) {
        return to_text(set.layers()) + " x " + to_text(set.heads());
    };
    throw argument_error(errc::invalid_argument, later.file + ": " + later.name + " and " + earlier.name +
                                                     ": expected as many layers and heads, found " +
                                                     text(later) + " and " + text(earlier));
}

/// The tests of all heads of two layers, source-major, into `out`.
template <std::floating_point T>
void write_pairs(const layer_pair<T>& pair, const basic_factored_set<T>& set, std::size_t source,
                 std::size_t target, double scale, std::size_t things, basic_chained_test<T>* out) {
    for (std::size_t k = 0; k < set.heads() * set.heads(); ++k) {
        const head_index from{source, k / set.heads()}, to{target, k % set.heads()};
        const auto sums = pair.sums(from.head, to.head);
        auto& written = out[k];
        written.source = set.head_label(source * set.heads() + from.head);
        written.target = set.head_label(target * set.heads() + to.head);
        written.advantage = advantage_of<T>(sums, things, scale, written.source + " -> " + written.target);
        written.z = static_cast<T>(z_of(sums, things, scale));
        written.source_head = from;
        written.target_head = to;
    }
}

/// The part of the work that layer m's pairs are.
inline execution part_of_layer(const execution& run, std::size_t m, std::size_t layers, std::uint64_t total) {
    const auto share = [&](std::size_t k) {
        return static_cast<double>(k * k) / static_cast<double>(layers * layers);
    };
    return part_of(run, share(m), share(m + 1), total);
}

} // namespace detail

template <std::floating_point T>
std::vector<basic_chained_test<T>>
chained_diagonal_test(const basic_factored_set<T>& later, const basic_factored_set<T>& earlier,
                      const vector_moments& vectors, const diagonal_test_options& options,
                      const execution& run) {
    detail::require_testable(later, vectors, options.scale, run);
    detail::require_testable(earlier, vectors, options.scale, run);
    detail::require_heads_of_both(later, earlier);
    const std::size_t layers = later.layers(), heads = later.heads(), each = heads * heads;
    const std::size_t layer_pairs = layers < 2 || heads == 0 ? 0 : layers * (layers - 1) / 2;
    std::vector<basic_chained_test<T>> result(layer_pairs * each);
    std::vector<detail::column_moments> read; // by layers that are earlier than some
    for (std::size_t m = 1; layer_pairs != 0 && m < layers; ++m) {
        const auto reading =
            detail::columns_of_heads(heads, [&](std::size_t h) { return earlier(m - 1, h).a; });
        read.push_back(detail::moments_of_columns(reading, vectors.to, run));
        const auto target = detail::later_layer(later, m, vectors, run);
        const auto compute = [&](std::size_t l, detail::one_eigen_thread&) {
            const auto source = detail::earlier_layer(earlier, l);
            detail::write_pairs(detail::layer_pair<T>(target, source, read[l], vectors), later, l, m,
                                options.scale, vectors.things,
                                result.data() + detail::pair_of_layers(l, m, layers) * each);
        };
        const auto part = detail::part_of_layer(run, m, layers, result.size());
        for_blocks<detail::one_eigen_thread>(m, m, part, compute);
    }
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_chained_test<float>>
chained_diagonal_test(const basic_factored_set<float>& later, const basic_factored_set<float>& earlier,
                      const vector_moments& vectors, const diagonal_test_options& options,
                      const execution& run);
template std::vector<basic_chained_test<double>>
chained_diagonal_test(const basic_factored_set<double>& later, const basic_factored_set<double>& earlier,
                      const vector_moments& vectors, const diagonal_test_options& options,
                      const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
