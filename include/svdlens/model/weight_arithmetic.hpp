/// @file
/// Row and column arithmetic on weights, in double, along the way the values lie in memory. Matrices that
/// come out are deferred: a model that was folded holds no second copy of its weights.
#ifndef SVDLENS_MODEL_WEIGHT_ARITHMETIC_HPP
#define SVDLENS_MODEL_WEIGHT_ARITHMETIC_HPP

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "../linalg/matrix.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Whether the mean of a reading matrix' column is taken out.
enum class centring { keep, remove };

/// sum + factors · W, from the first row to the last. O(values)
template <class T, class Factor>
std::vector<double> add_weighted_rows(std::vector<double> sum, const basic_matrix<T>& deferred_or_not,
                                      Factor factor) {
    const auto W = deferred_or_not.resident();
    if (W.column_stride() != 1) { // the transpose of what is stored: a large one is walked by its columns
        for (std::size_t j = 0; j < sum.size(); ++j) {
            const T* const column = W.data() + j * W.column_stride();
            for (std::size_t i = 0; i < W.rows(); ++i) sum[j] += factor(i) * static_cast<double>(column[i]);
        }
        return sum;
    }
    for (std::size_t i = 0; i < W.rows(); ++i) {
        const T* const row = W.data() + i * W.row_stride();
        const double weight = factor(i);
        for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * static_cast<double>(row[j]);
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

/// bias + x W, from the unscaled W. Nothing to add: the bias stays as it is, absent if it was.
template <class T>
std::vector<T> add_product(std::vector<T> bias, const std::vector<T>& x, const basic_matrix<T>& W) {
    if (x.empty()) return bias;
    std::vector<double> sum(bias.begin(), bias.end());
    sum.resize(W.columns());
    return rounded<T>(
        add_weighted_rows(std::move(sum), W, [&](std::size_t i) { return static_cast<double>(x[i]); }));
}

/// The mean of each column of diag(gain) W; zeros where it is kept.
template <class T, class Factor>
std::vector<double> column_means(const basic_matrix<T>& W, Factor factor, centring centre) {
    std::vector<double> mean(W.columns(), 0.0);
    if (centre == centring::keep) return mean;
    mean = add_weighted_rows(std::move(mean), W, factor);
    for (auto& each : mean) each /= static_cast<double>(W.rows());
    return mean;
}

/// diag(gain) W - 1 meanᵀ, part by part: makes parts that lie in memory as W does. O(values), in double.
template <class T>
struct scaled_and_shifted {
    basic_matrix<T> W;
    std::vector<double> gain; ///< one a row
    std::vector<double> mean; ///< one a column

    basic_matrix<T> operator()(const matrix_part& part) const {
        const auto from = W.row_range(part.row, part.rows).column_range(part.column, part.columns).resident();
        const double* const gains = gain.data() + part.row;
        const double* const means = mean.data() + part.column;
        std::vector<T> values(part.rows * part.columns);
        if (from.column_stride() != 1) {
            for (std::size_t j = 0; j < part.columns; ++j)
                for (std::size_t i = 0; i < part.rows; ++i)
                    values[j * part.rows + i] =
                        each(gains[i], from.data()[j * from.column_stride() + i], means[j]);
            return basic_matrix<T>(std::move(values), part.columns, part.rows).transposed();
        }
        for (std::size_t i = 0; i < part.rows; ++i)
            for (std::size_t j = 0; j < part.columns; ++j)
                values[i * part.columns + j] =
                    each(gains[i], from.data()[i * from.row_stride() + j], means[j]);
        return basic_matrix<T>(std::move(values), part.rows, part.columns);
    }

    static T each(double factor, T value, double shift) {
        return static_cast<T>(factor * static_cast<double>(value) - shift);
    }
};

/// diag(gain) W, each column's mean taken out or not; an empty gain is all ones. Deferred: O(1), and
/// O(values) for the means, which are taken at once.
template <class T>
basic_matrix<T> scale_rows(const basic_matrix<T>& W, const std::vector<T>& gain, centring centre) {
    if (gain.empty() && centre == centring::keep) return W;
    const auto factor = [&](std::size_t i) { return gain.empty() ? 1.0 : static_cast<double>(gain[i]); };
    auto mean = column_means(W, factor, centre);
    std::vector<double> factors(W.rows());
    for (std::size_t i = 0; i < factors.size(); ++i) factors[i] = factor(i);
    return deferred_matrix<T>(W.rows(), W.columns(),
                              scaled_and_shifted<T>{W, std::move(factors), std::move(mean)});
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

} // namespace svdlens::inline v0

#endif
