/// @file
/// The bodies of significance/composition_tests.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_COMPOSITION_TESTS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_COMPOSITION_TESTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../projection/energies.hpp"
#include "../../../projection/projection.hpp"
#include "../../../table/store.hpp"
#include "../../composition_law.hpp"
#include "../../composition_tests.hpp"
#include "../../spectrum.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The spectra of all heads on either side of a table of energies.
struct pair_spectra {
    std::vector<spectrum> sources; ///< layer by layer
    std::vector<spectrum> targets;
};

template <std::floating_point T>
pair_spectra spectra_of(const basic_energies<T>& table, std::size_t target_layers) {
    pair_spectra result;
    for (std::size_t k = 0; k < table.line_count(); ++k)
        result.sources.emplace_back(table.source_spectrum(k), table.null_dimension());
    for (std::size_t l = 0; l < target_layers; ++l)
        for (std::size_t k = 0; k < table.line_length(); ++k)
            result.targets.emplace_back(table.target_spectrum(l, k), table.null_dimension());
    return result;
}

inline energy_test test_energy(double energy, const spectrum& a, const spectrum& b) {
    return {energy, moments_of_composition(a, b).z(energy),
            log_p_of_composition(energy, a, b, score_side::above),
            log_p_of_composition(energy, a, b, score_side::below)};
}

inline energy_test& test_of_kind(composition_test& pair, energy_kind kind) {
    if (kind == energy_kind::share) return pair.share;
    return kind == energy_kind::cosine ? pair.cosine : pair.subspace;
}

/// The heads of a row of a table with the axes (target_layer, layer, head, target_head).
inline composition_test named_pair(const axes& of, row_number row) {
    const auto at = [&](std::size_t axis) { return static_cast<std::size_t>(of.coordinate(row, axis)); };
    composition_test pair;
    pair.source_head = {at(1), at(2)};
    pair.target_head = {at(0), at(3)};
    pair.source = of.label(row, "source");
    pair.target = of.label(row, "target");
    return pair;
}

/// Tests energies of one kind, pair by pair; names the pairs where there are none yet.
template <std::floating_point T>
void add_tests(std::vector<composition_test>& pairs, const basic_vector_set<T>& writing,
               const basic_vector_set<T>& reading, const energy_options& options, const execution& run) {
    const auto table = energies(writing, reading, options, run);
    const auto held = store(table, without_progress(run));
    const auto spectra = spectra_of(table, reading.layers.size());
    if (pairs.empty())
        for (std::size_t k = 0; k < held.size(); ++k)
            pairs.push_back(named_pair(held.axes(), held.row_at(k)));
    constexpr std::size_t strip = 64;
    const auto test = [&](std::size_t i, char&) {
        for (std::size_t k = i * strip; k < (std::min)((i + 1) * strip, pairs.size()); ++k) {
            auto& pair = pairs[k];
            const auto heads = [](const auto& set) { return static_cast<std::size_t>(set.axes[1].extent); };
            const auto from = pair.source_head.layer * heads(writing) + pair.source_head.head;
            const auto to = pair.target_head.layer * heads(reading) + pair.target_head.head;
            test_of_kind(pair, options.kind) = test_energy(static_cast<double>(held.score_at(k)),
                                                           spectra.sources[from], spectra.targets[to]);
        }
    };
    const std::size_t strips = (pairs.size() + strip - 1) / strip;
    for_blocks<char>(strips, strips, without_progress(run), test);
}

template <std::floating_point T>
void require_heads(const basic_vector_set<T>& set) {
    if (set.singular_values.empty() || set.axes.rank() != 3 || set.axes[1].name != "head")
        throw argument_error(errc::invalid_argument,
                             "test_compositions: expected the singular directions of heads, found " +
                                 quoted(set.name));
}

/// How many directions of a set share.
template <std::floating_point T>
std::size_t pool_size(const basic_vector_set<T>& set) {
    std::size_t count = 0;
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        for (std::size_t k = 0; k < set.layers[l].rows(); ++k)
            count += set.is_null(l, k) || set.is_dead(l, k) || set.singular_value(l, k) == 0 ? 0U : 1U;
    return count;
}

} // namespace detail

template <std::floating_point T>
std::vector<composition_test> test_compositions(const basic_vector_set<T>& writing,
                                                const basic_vector_set<T>& reading, projected_rows rows,
                                                const execution& run) {
    detail::require_heads(writing);
    detail::require_heads(reading);
    std::vector<composition_test> pairs;
    detail::add_tests(pairs, writing, reading, {.kind = energy_kind::cosine, .rows = rows}, run);
    detail::add_tests(pairs, writing, reading, {.kind = energy_kind::subspace, .rows = rows}, run);
    if (detail::pool_size(writing) >= fewest_sharing)
        detail::add_tests(pairs, writing, reading, {.kind = energy_kind::share, .rows = rows}, run);
    return pairs;
}

#ifdef SVDLENS_COMPILED
template std::vector<composition_test> test_compositions(const basic_vector_set<float>&,
                                                         const basic_vector_set<float>&, projected_rows,
                                                         const execution&);
template std::vector<composition_test> test_compositions(const basic_vector_set<double>&,
                                                         const basic_vector_set<double>&, projected_rows,
                                                         const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
