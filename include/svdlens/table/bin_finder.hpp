/// @file
/// The bin that a number falls in.
#ifndef SVDLENS_TABLE_BIN_FINDER_HPP
#define SVDLENS_TABLE_BIN_FINDER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// @throws argument_error (invalid_argument) for fewer than two edges, NaN or descending ones
inline void check_edges(std::span<const double> edges) {
    if (edges.size() < 2)
        throw argument_error(errc::invalid_argument,
                             "histogram: expected at least two edges, found " + to_text(edges.size()));
    for (std::size_t k = 0; k < edges.size(); ++k)
        if (edges[k] != edges[k] || (k != 0 && edges[k] < edges[k - 1]))
            throw argument_error(errc::invalid_argument, "histogram: expected ascending edges, found " +
                                                             to_text(edges[k]) + " at position " +
                                                             to_text(k));
}

/// Edges of bins of equal width, as NumPy's `linspace` rounds them; also where that overflows.
inline std::vector<double> even_edges(double low, double high, std::size_t bins) {
    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    const double count = static_cast<double>(bins);
    const double width = high - low, step = width / count;
    std::vector<double> edges{low};
    for (std::size_t k = 1; k < bins; ++k) {
        const double share = static_cast<double>(k) / count;
        // Rounded before the sum, as NumPy does: no fused multiply and add.
        const volatile double offset = step == 0 ? share * width : static_cast<double>(k) * step;
        edges.push_back(std::isfinite(width) ? offset + low : low * (1 - share) + high * share);
    }
    edges.push_back(high);
    return edges;
}

/// Says that edges come from `even_edges`.
struct even_bins {};

/// Finds slots: 0 is below all edges, then the bins, then above all edges, then NaN.
class bin_finder {
  public:
    /// @param edges ascending, two at least
    explicit bin_finder(std::vector<double> edges) : edges_(std::move(edges)) {}

    /// Even bins are guessed by arithmetic, and corrected by their edges.
    bin_finder(std::vector<double> edges, even_bins) : bin_finder(std::move(edges)) {
        const double scale = static_cast<double>(bins()) / (edges_.back() - edges_.front());
        if (std::isfinite(scale)) scale_ = scale; // else the range overflows or is denormal
    }

    const std::vector<double>& edges() const { return edges_; }
    std::size_t bins() const { return edges_.size() - 1; }
    std::size_t slots() const { return bins() + 3; }

    std::size_t slot(double x) const {
        if (!(x >= edges_.front())) return x == x ? 0 : bins() + 2;
        if (x > edges_.back()) return bins() + 1;
        return 1 + (scale_ > 0 ? guess(x) : search(x));
    }

  private:
    std::size_t search(double x) const {
        const auto after = std::upper_bound(edges_.begin(), edges_.end(), x) - edges_.begin();
        return (std::min)(static_cast<std::size_t>(after), bins()) - 1;
    }

    std::size_t guess(double x) const {
        auto bin = (std::min)(static_cast<std::size_t>((x - edges_.front()) * scale_), bins() - 1);
        while (x < edges_[bin]) --bin;
        while (bin + 1 < bins() && x >= edges_[bin + 1]) ++bin;
        return bin;
    }

    std::vector<double> edges_;
    double scale_ = 0; ///< bins a unit, where they are even
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
