/// @file
/// Compiled mode: the instances of quantiles.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_QUANTILES_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_QUANTILES_HPP

#include "../../quantiles.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template std::vector<float> find_order_statistics<signed_score>(const score_source_ref<float>&,
                                                                const std::vector<std::uint64_t>&,
                                                                const execution&);
template std::vector<double> find_order_statistics<signed_score>(const score_source_ref<double>&,
                                                                 const std::vector<std::uint64_t>&,
                                                                 const execution&);
template std::vector<float> find_order_statistics<magnitude>(const score_source_ref<float>&,
                                                             const std::vector<std::uint64_t>&,
                                                             const execution&);
template std::vector<double> find_order_statistics<magnitude>(const score_source_ref<double>&,
                                                              const std::vector<std::uint64_t>&,
                                                              const execution&);
template std::vector<double> find_quantiles<signed_score>(const score_source_ref<float>&,
                                                          const std::vector<double>&, quantile_rule,
                                                          const execution&);
template std::vector<double> find_quantiles<signed_score>(const score_source_ref<double>&,
                                                          const std::vector<double>&, quantile_rule,
                                                          const execution&);
template std::vector<double> find_quantiles<magnitude>(const score_source_ref<float>&,
                                                       const std::vector<double>&, quantile_rule,
                                                       const execution&);
template std::vector<double> find_quantiles<magnitude>(const score_source_ref<double>&,
                                                       const std::vector<double>&, quantile_rule,
                                                       const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
