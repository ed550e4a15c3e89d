/// @file
/// Exact quantiles and order statistics of any source in bounded memory.
#ifndef SVDLENS_TABLE_QUANTILES_HPP
#define SVDLENS_TABLE_QUANTILES_HPP

#include <cstdint>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "bounds.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/order/rank_passes.hpp"
#include "detail/order/rank_question.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// `order_statistics` of any source.
template <score_key Key, std::floating_point T>
std::vector<T> find_order_statistics(const score_source_ref<T>& source,
                                     const std::vector<std::uint64_t>& ranks, const execution& run) {
    return ask_one(source, ranks_question<Key>{ranks}, run);
}

/// `quantiles` of any source.
template <score_key Key, std::floating_point T>
std::vector<double> find_quantiles(const score_source_ref<T>& source,
                                   const std::vector<double>& probabilities, quantile_rule rule,
                                   const execution& run) {
    return ask_one(source, quantiles_question<Key>{probabilities, rule}, run);
}

#ifdef SVDLENS_COMPILED
extern template std::vector<float> find_order_statistics<signed_score>(const score_source_ref<float>&,
                                                                       const std::vector<std::uint64_t>&,
                                                                       const execution&);
extern template std::vector<double> find_order_statistics<signed_score>(const score_source_ref<double>&,
                                                                        const std::vector<std::uint64_t>&,
                                                                        const execution&);
extern template std::vector<float> find_order_statistics<magnitude>(const score_source_ref<float>&,
                                                                    const std::vector<std::uint64_t>&,
                                                                    const execution&);
extern template std::vector<double> find_order_statistics<magnitude>(const score_source_ref<double>&,
                                                                     const std::vector<std::uint64_t>&,
                                                                     const execution&);
extern template std::vector<double> find_quantiles<signed_score>(const score_source_ref<float>&,
                                                                 const std::vector<double>&, quantile_rule,
                                                                 const execution&);
extern template std::vector<double> find_quantiles<signed_score>(const score_source_ref<double>&,
                                                                 const std::vector<double>&, quantile_rule,
                                                                 const execution&);
extern template std::vector<double> find_quantiles<magnitude>(const score_source_ref<float>&,
                                                              const std::vector<double>&, quantile_rule,
                                                              const execution&);
extern template std::vector<double> find_quantiles<magnitude>(const score_source_ref<double>&,
                                                              const std::vector<double>&, quantile_rule,
                                                              const execution&);
#endif

} // namespace detail

/// The scores that stand at the given ranks (0: the lowest) of the ascending order of all that are not NaN;
/// with `order_statistics<magnitude>` of their magnitudes. Of the two zeros -0 comes first. Passes and memory
/// as `quantiles`.
/// @throws argument_error (invalid_argument) for a rank that is not below the number of scores
template <score_key Key = signed_score, score_source S>
std::vector<typename S::value_type> order_statistics(const S& source, const std::vector<std::uint64_t>& ranks,
                                                     const execution& run = {}) {
    return detail::find_order_statistics<Key, typename S::value_type>(source, ranks, run);
}

/// Exact quantiles by one of NumPy's nine rules: order statistics, interpolated in double. For double scores
/// they are NumPy's bits; for float ones NumPy interpolates in float, and this does not.
/// `quantiles<magnitude>` are those of |score|.
///
/// NaN scores are skipped; a source without numbers gives NaN. A whole rank is its score. Next to an infinite
/// neighbour the result is that infinity, between the two infinities NaN (pandas computes with them, and says
/// NaN more often). Results do not depend on how the source is cut into blocks.
///
/// Takes 2 passes over float scores (3 over double ones where there are millions, 4 at most), whatever the
/// number of probabilities; more where their neighbourhoods are over 128. Memory: threads * (256 KiB + block)
/// + 256 KiB in the first pass; later 1 MiB, or 256 KiB a neighbourhood where that is more, and 64 KiB.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1]
template <score_key Key = signed_score, score_source S>
std::vector<double> quantiles(const S& source, const std::vector<double>& probabilities, quantile_rule rule,
                              const execution& run = {}) {
    return detail::find_quantiles<Key, typename S::value_type>(source, probabilities, rule, run);
}

/// By the rule `linear`: h = (n - 1) p, as NumPy and pandas do unless told otherwise.
template <score_key Key = signed_score, score_source S>
std::vector<double> quantiles(const S& source, const std::vector<double>& probabilities,
                              const execution& run = {}) {
    return quantiles<Key>(source, probabilities, quantile_rule::linear, run);
}

/// The questions that `quantiles` and `order_statistics` answer, for `ask`: `quantiles({0.01, 0.99})`. @{
template <score_key Key = signed_score>
detail::quantiles_question<Key> quantiles(std::vector<double> probabilities,
                                          quantile_rule rule = quantile_rule::linear) {
    return {std::move(probabilities), rule};
}
template <score_key Key = signed_score>
detail::ranks_question<Key> order_statistics(std::vector<std::uint64_t> ranks) {
    return {std::move(ranks)};
}
/// @}

} // namespace svdlens::inline v0_2

#endif
