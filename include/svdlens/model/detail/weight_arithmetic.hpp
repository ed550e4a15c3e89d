/// @file
/// Row and column arithmetic on weights, in double, along the way the values lie in memory. Matrices that
/// come out are deferred: a model that was folded holds no second copy of its weights.
#ifndef SVDLENS_MODEL_DETAIL_WEIGHT_ARITHMETIC_HPP
#define SVDLENS_MODEL_DETAIL_WEIGHT_ARITHMETIC_HPP

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../linalg/matrix.hpp"
#include "../../linalg/scaled_matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether the mean of a reading matrix' column is taken out.
enum class centring { keep, remove };

/// sum += factors · W for some rows that are in memory, `factor` being that of the first.
template <class T>
void add_weighted_strip(std::vector<double>& sum, const basic_matrix<T>& W, const double* factor) {
    if (W.column_stride() != 1) { // the transpose of what is stored: a large one is walked by its columns
        for (std::size_t j = 0; j < sum.size(); ++j) {
            const T* const column = W.data() + j * W.column_stride();
            for (std::size_t i = 0; i < W.rows(); ++i) sum[j] += factor[i] * static_cast<double>(column[i]);
        }
        return;
    }
    for (std::size_t i = 0; i < W.rows(); ++i) {
        const T* const row = W.data() + i * W.row_stride();
        for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += factor[i] * static_cast<double>(row[j]);
    }
}

/// sum + factors · W, from the first row to the last; of a deferred matrix a strip of rows is made at a
/// time. O(values)
template <class T>
std::vector<double> add_weighted_rows(std::vector<double> sum, const basic_matrix<T>& W,
                                      const std::vector<double>& factors) {
    constexpr std::size_t strip = 256;
    for (std::size_t first = 0; first < W.rows(); first += strip) {
        const std::size_t count = (std::min)(strip, W.rows() - first);
        add_weighted_strip(sum, W.row_range(first, count).resident(), factors.data() + first);
    }
    return sum;
}

template <class T>
std::vector<T> rounded(const std::vector<double>& values) {
    std::vector<T> result(values.size());
    std::transform(values.begin(), values.end(), result.begin(),
                   [](double value) { return static_cast<T>(value); });
    return result;
}

/// The sums over weights that folding took, in the order in which it takes them: done once, they are used again.
class kept_sums {
  public:
    /// The next one, which `make()` makes where it is not known.
    /// @throws format_error (broken_shard) where it is of another size
    template <class Make>
    std::vector<double> next(std::size_t size, Make make) {
        if (next_ == sums_.size()) sums_.push_back(make());
        if (sums_[next_].size() != size)
            throw format_error(errc::broken_shard, "folding norms: a sum of " + to_text(sums_[next_].size()) +
                                                       " values is known, expected " + to_text(size));
        return sums_[next_++];
    }
    void begin() { next_ = 0; }

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(sums_);
    }

  private:
    std::vector<std::vector<double>> sums_;
    std::size_t next_ = 0;
};

/// bias + x W, from the unscaled W. Nothing to add: the bias stays as it is, absent if it was.
template <class T>
std::vector<T> add_product(std::vector<T> bias, const std::vector<T>& x, const basic_matrix<T>& W,
                           kept_sums& sums) {
    if (x.empty()) return bias;
    return rounded<T>(sums.next(W.columns(), [&] {
        std::vector<double> sum(bias.begin(), bias.end());
        sum.resize(W.columns());
        return add_weighted_rows(std::move(sum), W, std::vector<double>(x.begin(), x.end()));
    }));
}

/// The mean of each column of diag(factors) W; nothing where it is kept.
template <class T>
std::vector<double> column_means(const basic_matrix<T>& W, const std::vector<double>& factors,
                                 centring centre) {
    if (centre == centring::keep) return {};
    auto mean = add_weighted_rows(std::vector<double>(W.columns()), W, factors);
    for (auto& each : mean) each /= static_cast<double>(W.rows());
    return mean;
}

/// diag(gain) W, each column's mean taken out or not; an empty gain is all ones. Deferred: O(rows + columns),
/// and O(values) for the means, which are taken at once where they are not known.
template <class T>
basic_matrix<T> scale_rows(const basic_matrix<T>& W, const std::vector<T>& gain, centring centre,
                           kept_sums& sums) {
    if (gain.empty() && centre == centring::keep) return W;
    std::vector<double> factors(W.rows(), 1.0);
    std::copy(gain.begin(), gain.end(), factors.begin());
    const auto size = centre == centring::keep ? 0 : W.columns();
    auto mean = sums.next(size, [&] { return column_means(W, factors, centre); });
    return scaled_matrix(W, std::move(factors), std::move(mean));
}
template <class T>
basic_matrix<T> scale_rows(const basic_matrix<T>& W, const std::vector<T>& gain, centring centre) {
    kept_sums none;
    return scale_rows(W, gain, centre, none);
}

/// factor · W, deferred. O(rows + columns)
template <class T>
basic_matrix<T> multiplied(const basic_matrix<T>& W, double factor) {
    if (factor == 1) return W;
    return scaled_matrix(W, std::vector<double>(W.rows(), factor), std::vector<double>(W.columns(), 0.0));
}

/// factor · values
template <class T>
std::vector<T> multiplied(std::vector<T> values, double factor) {
    for (auto& each : values) each = static_cast<T>(factor * static_cast<double>(each));
    return values;
}

/// W diag(gain): what a writing matrix adds to each coordinate of the stream, scaled.
template <class T>
basic_matrix<T> scale_columns(const basic_matrix<T>& W, const std::vector<T>& gain) {
    return scale_rows(W.transposed(), gain, centring::keep).transposed();
}

/// Every row minus its mean.
template <class T>
basic_matrix<T> centred_rows(const basic_matrix<T>& W) {
    return scale_rows(W.transposed(), {}, centring::remove).transposed();
}

/// Every value minus the mean of all; nothing of nothing.
template <class T>
std::vector<T> centred(const std::vector<T>& values) {
    const std::size_t size = values.size();
    const auto column = scale_rows(basic_matrix<T>(values, size, 1), {}, centring::remove).resident();
    return {column.data(), column.data() + size};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
