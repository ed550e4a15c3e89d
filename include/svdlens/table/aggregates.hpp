/// @file
/// What is computed of each group's scores: count, sum, mean, std, extremes, energy, and your own.
#ifndef SVDLENS_TABLE_AGGREGATES_HPP
#define SVDLENS_TABLE_AGGREGATES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>

#include "../core/detail/finite_number.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "detail/groups/moments.hpp"
#include "score_key.hpp"

namespace svdlens::inline v0_2 {

/// What an aggregate is given of NaN scores.
enum class nan_scores {
    left_out, ///< `add` is never called with one: the default
    skipped,  ///< `add` is, and changes nothing; without a branch in it, it is run on many scores at once
    kept,     ///< `add` is, and they count
};

/// How a group's scores become one number. A small value with
/// @code
/// struct product {
///     struct state { double product = 1; };            // State{} is that of no scores
///     static void add(state& s, double score);         // rows come in no order that one could rely on
///     static void merge(state& s, const state& other); // State{} changes nothing
///     static double value(const state& s);
/// };
/// @endcode
/// The members need not be static: an aggregate may hold a bound. Several threads call them at once.
/// Optional: `nan` (one of `nan_scores`), `name()` for printing, `state_for<T>` where scores of T are to be
/// held as T, and `add_span(state&, std::span<const T>)` for many scores of one group, NaN among them.
template <class A>
concept aggregate =
    std::copyable<A> && std::copyable<typename A::state> && std::default_initializable<typename A::state> &&
    requires(const A& a, typename A::state& state, const typename A::state& other) {
        a.add(state, 1.0);
        a.merge(state, other);
        { a.value(other) } -> std::convertible_to<double>;
    };

namespace detail {

/// A score's square: the key of the energy.
struct squared_score {
    template <std::floating_point T>
    T operator()(T score) const {
        return score * score;
    }
};

/// What a key is called in front of an aggregate's name.
template <class Key>
std::string key_prefix() {
    return std::is_same_v<Key, magnitude> ? "abs_" : "";
}

/// Sums of keys, in double.
template <score_key Key>
struct basic_sum {
    using state = double;
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() {
        return std::is_same_v<Key, squared_score> ? "energy" : key_prefix<Key>() + "sum";
    }
    template <std::floating_point T>
    static void add(double& sum, T score) {
        sum += score == score ? Key{}(static_cast<double>(score)) : 0.0;
    }
    static void merge(double& sum, double other) { sum += other; }
    static double value(double sum) { return sum; }
};

/// The sum and number of floats, whose sum is always in double's range.
template <std::floating_point T>
struct mean_state {
    double sum = 0;
    double count = 0;
};

/// Of doubles also the sum in units of 2^64, which is finite where the scores are.
template <>
struct mean_state<double> {
    double sum = 0;
    double count = 0;
    double coarse = 0;
};

/// Means of keys, in double.
template <score_key Key>
struct basic_mean {
    using state = mean_state<float>;
    template <class T>
    using state_for = mean_state<T>;
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() { return key_prefix<Key>() + "mean"; }
    template <std::floating_point S, std::floating_point T>
    static void add(mean_state<S>& s, T score) {
        const double key = score == score ? Key{}(static_cast<double>(score)) : 0.0;
        s.sum += key;
        s.count += score == score ? 1.0 : 0.0;
        if constexpr (std::is_same_v<S, double>) s.coarse += key * 0x1p-64;
    }
    template <std::floating_point S>
    static void merge(mean_state<S>& s, const mean_state<S>& other) {
        s.sum += other.sum;
        s.count += other.count;
        if constexpr (std::is_same_v<S, double>) s.coarse += other.coarse;
    }
    template <std::floating_point S>
    static double value(const mean_state<S>& s) {
        const double mean = s.sum / s.count;
        if constexpr (std::is_same_v<S, double>)
            if (!is_finite_number(mean)) return s.coarse / s.count * 0x1p64;
        return mean;
    }
};

/// An extreme score of T; NaN: none yet.
template <std::floating_point T>
struct extreme_state {
    T value = std::numeric_limits<T>::quiet_NaN();
};

/// The key that comes before all others. Held as T: exact, and as many at once as the machine can.
template <score_key Key, class Before>
struct basic_extreme {
    using state = extreme_state<double>;
    template <class T>
    using state_for = extreme_state<T>;
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() {
        return key_prefix<Key>() + (std::is_same_v<Before, std::less<>> ? "min" : "max");
    }
    template <std::floating_point T>
    static void add(extreme_state<T>& s, T score) {
        merge(s, extreme_state<T>{Key{}(score)});
    }
    template <std::floating_point T>
    static void merge(extreme_state<T>& s, const extreme_state<T>& other) {
        const T first = Before{}(other.value, s.value) ? other.value : s.value;
        s.value = s.value == s.value ? first : other.value;
    }
    template <std::floating_point T>
    static double value(const extreme_state<T>& s) {
        return static_cast<double>(s.value);
    }
};

} // namespace detail

/// What `group_by` and `pivot` compute. NaN scores are skipped, as in pandas: a group that has rows but no
/// number has count, sum and energy 0 and NaN for the rest. Sums are in double.
namespace aggregates {

/// Rows whose score is not NaN.
struct count {
    using state = std::uint64_t;
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() { return "count"; }
    template <std::floating_point T>
    static void add(state& numbers, T score) {
        numbers += static_cast<state>(score == score);
    }
    static void merge(state& numbers, state other) { numbers += other; }
    static double value(state numbers) { return static_cast<double>(numbers); }
};

/// The sum of scores, in double.
using sum = detail::basic_sum<signed_score>;
/// The sum of |score|, in double.
using abs_sum = detail::basic_sum<magnitude>;
using energy = detail::basic_sum<detail::squared_score>; ///< Σ score²; infinite from scores of 1e154 on
/// The mean of scores, in double.
using mean = detail::basic_mean<signed_score>;
using abs_mean = detail::basic_mean<magnitude>; ///< the mean of |score|

// Of equal scores one is taken: which of the two zeros is not said.
/// The highest score.
using max = detail::basic_extreme<signed_score, std::greater<>>;
/// The lowest score.
using min = detail::basic_extreme<signed_score, std::less<>>;
using abs_max = detail::basic_extreme<magnitude, std::greater<>>; ///< the highest |score|
using abs_min = detail::basic_extreme<magnitude, std::less<>>;    ///< the lowest |score|

/// The standard deviation with one degree of freedom less (pandas' ddof = 1); NaN for fewer than two numbers
/// or an infinite one. Not called `std`, which a using-directive would put beside the namespace.
struct std_dev {
    struct state {
        double count = 0;
        double center = 0;  ///< the mean
        double squares = 0; ///< the sum of squared deviations from it, in units of 4^unit
        int unit = 0;       ///< 0 but for doubles that `unit_exponent` says are large or small
    };
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() { return "std"; }

    /// Welford's update (1962).
    template <std::floating_point T>
    static void add(state& s, T score) {
        if constexpr (!std::is_same_v<T, float>) { // the squares of floats always fit
            if (s.unit != 0 || detail::unit_exponent(static_cast<double>(score)) != 0)
                return add_in_units(s, static_cast<double>(score));
        }
        const double x = score == score ? static_cast<double>(score) : s.center;
        const double apart = x - s.center;
        s.count += score == score ? 1.0 : 0.0;
        s.center += apart / (s.count > 0 ? s.count : 1.0);
        s.squares += apart * (x - s.center);
    }
    template <std::floating_point T>
    static void add_span(state& s, std::span<const T> scores) {
        detail::moments all = as_moments(s);
        for (std::size_t first = 0; first < scores.size(); first += detail::moments_leaf)
            all.merge(detail::leaf_moments(
                scores.subspan(first, (std::min)(detail::moments_leaf, scores.size() - first))));
        s = to_state(all);
    }
    static void merge(state& s, const state& other) {
        detail::moments all = as_moments(s);
        all.merge(as_moments(other));
        s = to_state(all);
    }
    static double value(const state& s) { return as_moments(s).std(); }

  private:
    static detail::moments as_moments(const state& s) {
        detail::moments result;
        result.count = static_cast<std::uint64_t>(s.count);
        result.center = s.center;
        result.squares = s.squares;
        result.unit = s.unit;
        return result;
    }

    static state to_state(const detail::moments& all) {
        return {static_cast<double>(all.count), all.center, all.squares, all.unit};
    }

    /// The state of a score alone is merged; an infinite one has no deviation.
    static void add_in_units(state& s, double score) {
        if (score == score) merge(s, {1, score, score - score, detail::unit_exponent(score)});
    }
};

/// The score of the only row of a group, NaN included: for groups that are single rows, as in
/// `pivot(table, by("a"), by("b"), single{})` of a table of two axes. Two rows in one group are an
/// `argument_error` (invalid_argument).
struct single {
    struct state {
        double score = std::numeric_limits<double>::quiet_NaN();
        std::uint64_t rows = 0;
    };
    static constexpr auto nan = nan_scores::kept;
    static std::string name() { return "score"; }
    static void add(state& s, double score) {
        s.score = score;
        ++s.rows;
    }
    static void merge(state& s, const state& other) {
        if (other.rows != 0) s.score = other.score;
        s.rows += other.rows;
    }
    static double value(const state& s) {
        if (s.rows < 2) return s.score;
        throw argument_error(errc::invalid_argument, "aggregates::single: expected one row a group, found " +
                                                         to_text(s.rows) +
                                                         "; group by more columns or take another aggregate");
    }
};

} // namespace aggregates

} // namespace svdlens::inline v0_2

#endif
