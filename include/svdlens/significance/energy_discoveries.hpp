/// @file
/// Which energies of heads are more than chance, at a false discovery rate: exact, over any number of rows.
#ifndef SVDLENS_SIGNIFICANCE_ENERGY_DISCOVERIES_HPP
#define SVDLENS_SIGNIFICANCE_ENERGY_DISCOVERIES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../core/execution.hpp"
#include "../projection/energies.hpp"
#include "../table/score_columns.hpp"
#include "../table/score_source.hpp"
#include "../table/tiling.hpp"
#include "discoveries.hpp"
#include "findings.hpp"
#include "spectrum.hpp"

namespace svdlens::inline v0_2 {

/// Energies by how improbable they are: in place of each the cosine that is as improbable in `dimension` dimensions, so
/// that heads of different spectra stand in one order, and what is asked of cosines (`discoveries`, `top_k`, tails) can be
/// asked of energies. 0 where no test is possible, or an energy is below a quarter of its mean by chance.
///
/// p of a head with a vector is `log_p_of_energy`, from a table a head, within 1e-3 of ln p; p of two heads
/// `log_p_of_composition`. O(1) a row; about 5 µs a pair of heads. Holds 2 kB a head.
template <std::floating_point T>
class basic_energy_cosines {
  public:
    using value_type = T;

    /// Of these cosines: `log_p(score, dimension)` is the energy's.
    static constexpr std::size_t dimension = 65537;

    /// The tables of all heads are made here, in parallel. @throws cancelled_error
    explicit basic_energy_cosines(basic_energies<T> energies, const execution& run = {});

    const svdlens::axes& axes() const { return energies_.axes(); }
    std::uint64_t max_rows() const { return energies_.max_rows(); }
    std::size_t blocks() const { return energies_.blocks(); }
    const tiling& tiles() const { return energies_.tiles(); }
    /// The energies whose roots these scores are.
    const basic_energies<T>& energies() const { return energies_; }

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const;

    /// The energy that a row's cosine stands for. About 60 times `block`'s work a row.
    double energy_of(row_number row, T score) const;

  private:
    /// The cosine of an energy e of one head, by a cubic between nodes that are even in ln(e / (1 - e / largest)).
    struct curve {
        static constexpr double steps = 8; ///< a factor of two
        double largest = 1;                ///< that an energy can be
        double first = 0;                  ///< log2 of the first node
        std::vector<double> nodes;         ///< cosines, ascending; empty: no test
        std::vector<double> slopes;        ///< a step

        double operator()(double energy) const;
    };

    /// What a row is of.
    struct place {
        std::size_t line;
        std::size_t target; ///< of all layers
    };

    static curve make_curve(const spectrum& head);
    place place_of(row_number row) const;
    double cosine(double energy, std::size_t line, std::size_t target) const;

    basic_energies<T> energies_;
    std::vector<spectrum> sources_; ///< a line
    std::vector<spectrum> targets_; ///< layer by layer, where they are heads
    std::vector<curve> curves_;     ///< a line, where they are not
};

namespace detail {

template <class T>
inline constexpr bool is_projection<basic_energies<T>> = true; // asked with `discovery_options`

} // namespace detail

/// Found rows with the columns `log10_p`, `q` and `energy`, of discoveries among cosines of energies.
template <std::floating_point T>
score_columns with_energies(const basic_energy_cosines<T>& cosines, const score_columns& found,
                            const execution& run = {});

/// Energies that are more than chance: the rule of `discoveries`, all rows with equal weight. Columns `log10_p`, `q`,
/// `energy`. With a control: rows that cannot be, of at least `options.control_rows` in whole tiles, where the sets have
/// acausal ones. The null is that of the energies' kind, share or a head turned at random; `options.null` is not looked at.
/// @throws as `discoveries` of a table
template <std::floating_point T>
findings discoveries(const basic_energies<T>& scores, const discovery_options& options = {},
                     const execution& run = {});

/// How many rows of a control pass the threshold of findings; in whole tiles of at least `options.control_rows` products of
/// two vectors, or all.
template <std::floating_point T>
control_counts control_of(const findings& found, const basic_energies<T>& control,
                          const discovery_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/energy_discoveries.hpp"
#endif

#endif
