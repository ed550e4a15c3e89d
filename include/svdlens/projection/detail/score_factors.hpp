/// @file
/// What a projection multiplies products by to make scores of them, made when a kind of score first asks for it.
#ifndef SVDLENS_PROJECTION_DETAIL_SCORE_FACTORS_HPP
#define SVDLENS_PROJECTION_DETAIL_SCORE_FACTORS_HPP

#include <concepts>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "../../core/detail/requirements.hpp"
#include "../../linalg/detail/row_lengths.hpp"

namespace svdlens::inline v0_2::detail {

/// Where the product of two vectors is taken: in all of the stream, or behind P = I - 11ᵀ/d.
enum class product_space { whole, centred };

/// By layer of a set, a number for every vector.
template <std::floating_point T>
using factor_lists = std::vector<std::vector<T>>;

/// What the scores of one kind are products with.
template <std::floating_point T>
struct score_factors {
    const factor_lists<T>* lines = nullptr;   ///< null: 1
    const factor_lists<T>* columns = nullptr; ///< null: 1
    product_space space = product_space::whole;
    bool within_one = false; ///< whether scores beyond ±1 are rounding
};

/// What shares are made with, by layer of targets; no entries for a layer that is not kept.
template <std::floating_point T>
struct share_lengths {
    std::uint64_t pool = 0;      ///< n
    factor_lists<double> spread; ///< ‖V̂ᵀw‖ / ‖w‖; 0 where that is rounding alone
    factor_lists<T> inverse;     ///< 1 / ‖V̂ᵀw‖; 0 for an extreme target too
};

/// What is made when it is first asked for, whichever thread asks; never again.
template <class Value>
class made_once {
  public:
    /// What `make()` returned the first time; what it throws is not kept.
    template <class Make>
    const Value& get(Make make) const {
        const std::lock_guard lock(mutex_);
        if (!value_) value_ = make();
        return *value_;
    }

  private:
    mutable std::mutex mutex_;
    mutable std::optional<Value> value_;
};

/// A vector that is written near 1, in double, as it is and inside P: `value` of a length is how long what was written is.
struct written_vector {
    std::vector<double> whole;
    std::vector<double> centred; ///< none where scores are taken in the whole space
    scaled_number length;
    scaled_number centred_length;
};

} // namespace svdlens::inline v0_2::detail

#endif
