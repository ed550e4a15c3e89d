/// @file
/// A matrix's spectrum as shares of its energy: what laws of composition and of energies take of a head.
#ifndef SVDLENS_SIGNIFICANCE_SPECTRUM_HPP
#define SVDLENS_SIGNIFICANCE_SPECTRUM_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"

namespace svdlens::inline v0_2 {

/// S² / Σ S² of the singular values of a matrix that acts in so many dimensions, and its central power sums.
class spectrum {
  public:
    /// @param values singular values, not squared, in any order; more than dimensions only where the rest is 0 or
    /// rounding. A zero matrix has none.
    /// @throws argument_error (invalid_argument) when dimension is 0, or a value is negative or not finite
    spectrum(std::span<const double> values, std::uint64_t dimension) : dimension_(dimension) {
        if (dimension == 0)
            throw argument_error(errc::invalid_argument,
                                 "spectrum: expected a dimension of at least 1, found 0");
        double largest = 0;
        for (const double s : values) {
            if (!(s >= 0) || std::isinf(s))
                throw argument_error(errc::invalid_argument,
                                     "spectrum: expected finite singular values of at least 0, found " +
                                         to_text(s));
            largest = (std::max)(largest, s);
        }
        for (const double s : values)
            if (s > 0) shares_.push_back(s / largest * (s / largest));
        std::sort(shares_.begin(), shares_.end(), std::greater<>());
        if (shares_.size() > dimension) shares_.resize(static_cast<std::size_t>(dimension));
        double sum = 0;
        for (const double a : shares_) sum += a;
        for (double& a : shares_) a /= sum;
        add_powers();
    }

    /// As many equal values: that of a subspace of that many dimensions.
    static spectrum flat(std::size_t rank, std::uint64_t dimension) {
        return spectrum(std::vector<double>(rank, 1.0), dimension);
    }

    /// Of how many dimensions the vectors are.
    std::uint64_t dimension() const { return dimension_; }
    /// Those over 0, descending; they sum to 1.
    const std::vector<double>& shares() const { return shares_; }
    /// Σ (a - 1/D)² over all D entries, zeros included; 0 where it is rounding: a flat spectrum of full rank.
    double second() const { return second_; }
    /// Σ (a - 1/D)³
    double third() const { return third_; }

  private:
    void add_powers() {
        if (shares_.empty()) return;
        const auto d = static_cast<double>(dimension_);
        const double zeros = d - static_cast<double>(shares_.size());
        second_ = zeros / (d * d);
        third_ = -zeros / (d * d * d);
        for (const double a : shares_) {
            const double x = a - 1 / d;
            second_ += x * x;
            third_ += x * x * x;
        }
        if (second_ * d < 1e-24) second_ = third_ = 0;
    }

    std::uint64_t dimension_;
    std::vector<double> shares_;
    double second_ = 0;
    double third_ = 0;
};

} // namespace svdlens::inline v0_2

#endif
