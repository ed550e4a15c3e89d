/// @file
/// What a verb compares, the score as it is or its magnitude, and which way round it orders rows.
#ifndef SVDLENS_TABLE_SCORE_KEY_HPP
#define SVDLENS_TABLE_SCORE_KEY_HPP

#include <cmath>
#include <concepts>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// Compare scores as they are: the default of every verb that has a key.
struct signed_score {
    /// What is compared.
    template <std::floating_point T>
    T operator()(T score) const {
        return score;
    }
};

/// Compare |score|, as in `top_k<magnitude>(table, 5)`. Results keep the signed scores.
struct magnitude {
    /// What is compared.
    template <std::floating_point T>
    T operator()(T score) const {
        return std::abs(score);
    }
};

/// What the score is compared by: a stateless function of it that keeps NaN.
template <class K>
concept score_key = std::default_initializable<K> && requires(const K& key) {
    { key(1.0F) } -> std::same_as<float>;
    { key(1.0) } -> std::same_as<double>;
};

/// Which way round verbs order rows.
enum class sort_order { ascending, descending };

} // namespace svdlens::inline v0_2

#endif
