/// @file
/// In which bin of a histogram a number lies.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_BIN_FINDER_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_BIN_FINDER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Says that edges come from `even_edges`.
struct even_bins {};

/// Finds places: 0 is below all edges, then the bins, then above all edges, then NaN.
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
    std::size_t places() const { return bins() + 3; }

    std::size_t slot(double x) const {
        if (!(x >= edges_.front())) return x == x ? 0 : bins() + 2;
        if (x > edges_.back()) return bins() + 1;
        return 1 + (scale_ > 0 ? guess(x) : search(x));
    }

    /// The slot of x, which is that of a number between two whose slots are these: O(log(last - first)).
    std::size_t slot_between(double x, std::size_t first, std::size_t last) const {
        if (edges_.back() < x) return bins() + 1;
        const auto begin = edges_.begin();
        const auto after = std::upper_bound(begin + static_cast<std::ptrdiff_t>(first),
                                            begin + static_cast<std::ptrdiff_t>(last), x);
        return (std::min)(static_cast<std::size_t>(after - begin), bins());
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

} // namespace svdlens::inline v0_2

#endif
