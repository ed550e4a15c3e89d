/// @file
/// The composition of every pair of heads, beside what it is by chance.
#ifndef SVDLENS_SIGNIFICANCE_COMPOSITION_TESTS_HPP
#define SVDLENS_SIGNIFICANCE_COMPOSITION_TESTS_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/composition.hpp"
#include "../directions/vector_set.hpp"
#include "../projection/restriction.hpp"

namespace svdlens::inline v0_2 {

/// An energy between 0 and 1, and how improbable it is.
struct energy_test {
    double energy = 0;
    double z = 0;           ///< standard deviations above the mean
    double log_p_above = 0; ///< ln P of as much or more: the heads compose
    double log_p_below = 0; ///< ln P of as little or less: they avoid each other
};

/// A pair of heads, tested.
struct composition_test {
    std::string source; ///< the head that writes, `L0H3`
    std::string target; ///< the head that reads, `L1H2`
    head_index source_head;
    head_index target_head;
    /// Of shares: against the other directions of the model. The default. Liberal where a few coordinates are large in
    /// all weights: a head's leading directions lean to them, and S² favours these (docs/compiled_programs.md).
    energy_test share;
    energy_test
        cosine; ///< score², against a head turned at random: exact on random weights, liberal on trained ones
    energy_test subspace; ///< of the subspaces alone, Σ cos² over (m m'): the projection kernel
};

/// Tests every pair of heads of layers that reach each other; or, as a control, those that do not.
/// @param writing what heads write, of `with_centered_writing(ov)` where what reads is centred
/// @param reading what heads read: `heads.reading()` for value composition, `query()` or `key()` of the QK circuits
/// @param rows `acausal`: pairs in reverse order, and of one layer
///
/// In the order of layers of targets, layers of sources, sources, targets. Of fewer than `fewest_sharing` directions no
/// test of shares: its numbers are 0. In parallel, same bits for any number of threads. Three times the products of
/// `head_compositions`, and about 40 µs a pair.
/// @throws as `energies`
template <std::floating_point T>
std::vector<composition_test>
test_compositions(const basic_vector_set<T>& writing, const basic_vector_set<T>& reading,
                  projected_rows rows = projected_rows::causal, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/composition_tests.hpp"
#endif

#endif
