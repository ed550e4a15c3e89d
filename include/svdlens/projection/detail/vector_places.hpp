/// @file
/// Which vector of a set a row is about.
#ifndef SVDLENS_PROJECTION_DETAIL_VECTOR_PLACES_HPP
#define SVDLENS_PROJECTION_DETAIL_VECTOR_PLACES_HPP

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "../../tensor/axes.hpp"
#include "../../tensor/sub_index.hpp"

namespace svdlens::inline v0_2::detail {

/// Where a vector of a set stands: vector k of a layer.
struct vector_place {
    std::size_t layer;
    std::size_t k;
};

/// The vectors of a set by row numbers of a table that has the set's axes among its own.
class vector_places {
  public:
    /// @param numbers the set's axes in the table, in the set's order; the first is its layer where `layered`
    vector_places(const axes& table, std::span<const std::size_t> numbers, bool layered) :
        layer_(table, numbers.first(layered ? 1 : 0)), k_(table, numbers.subspan(layered ? 1 : 0)) {}

    vector_place operator()(row_number row) const {
        return {static_cast<std::size_t>(layer_.index(row)), static_cast<std::size_t>(k_.index(row))};
    }

  private:
    sub_index layer_;
    sub_index k_;
};

/// The numbers first, first + 1, ..., `count` of them.
inline std::vector<std::size_t> axis_range(std::size_t first, std::size_t count) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

} // namespace svdlens::inline v0_2::detail

#endif
