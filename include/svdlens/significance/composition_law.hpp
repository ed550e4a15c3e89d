/// @file
/// How large the composition of two heads is by chance, and the energy that one has of a target.
#ifndef SVDLENS_SIGNIFICANCE_COMPOSITION_LAW_HPP
#define SVDLENS_SIGNIFICANCE_COMPOSITION_LAW_HPP

#include "../core/detail/body.hpp"
#include "log_p.hpp"
#include "spectrum.hpp"

namespace svdlens::inline v0_2 {

/// The law of X = ‖A B‖² / (‖A‖² ‖B‖²) where B is turned at random against A: its first moments, which are exact.
struct composition_moments {
    double mean = 0;
    double variance = 0; ///< 0 where nothing can vary: no test is possible, and p is 1
    double skewness = 0;

    /// How many standard deviations a value is above the mean; 0 where none varies. By itself no p-value: of steep
    /// spectra z = 9.5 is p = 6e-5.
    double z(double value) const { return variance > 0 ? (value - mean) / std::sqrt(variance) : 0; }
};

/// Under an independent Haar rotation of D dimensions between them, with p₂, p₃ the central power sums:
/// E X = 1/D, Var X = 2 p₂(a) p₂(b) / ((D-1)(D+2)), E(X - 1/D)³ = 8 D p₃(a) p₃(b) / ((D-1)(D-2)(D+2)(D+4)). The same are
/// those of the share form, with the number of directions that share for D. For a single vector as B: its spectrum is
/// flat of rank 1. A subspace: flat of its rank; Σ cos² of the angles between two is m m' X. O(1)
///
/// Of D <= 2, a zero matrix, or a flat spectrum of full rank the variance is 0.
/// @throws argument_error (invalid_argument) when the dimensions differ
composition_moments moments_of_composition(const spectrum& a, const spectrum& b);

/// ln P(X >= value), or ln P(X <= value): 0 where no test is possible.
///
/// Above: a gamma law shifted to the three moments (normal where the skewness is below 1e-6). Against multilevel
/// splitting: within a factor 2 of p down to 5e-7, conservative beyond. Below: the larger of that law's lower tail and
/// the saddlepoint of Σ a_i b_j χ²_ν, ν chosen to have the exact variance: within a factor 2 down to 5e-7 and a factor 3
/// to 3e-11, conservative where one of the spectra is flat and of low rank. `docs/findings.md` has the tables. About 1 µs
/// above and 30 µs below for rank 64.
/// @throws as `moments_of_composition`
double log_p_of_composition(double value, const spectrum& a, const spectrum& b, score_side side);

/// ln P(E >= value), or below, of E = ‖A w‖² / (‖A‖² ‖w‖²) = Σ a_k cos²_k where w is turned at random, by a
/// saddlepoint; the same of shares, with the number of directions that share for D. In the tail above within 15 % of p,
/// on the conservative side. -infinity beyond what is possible, 0 where no test is. O(rank), about 2 µs for rank 64.
double log_p_of_energy(double value, const spectrum& a, score_side side);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/composition_law.hpp"
#endif

#endif
