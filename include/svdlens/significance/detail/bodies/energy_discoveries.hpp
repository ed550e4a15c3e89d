/// @file
/// The bodies of significance/energy_discoveries.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_ENERGY_DISCOVERIES_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_ENERGY_DISCOVERIES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../projection/energies.hpp"
#include "../../../table/ask.hpp"
#include "../../../table/score_columns.hpp"
#include "../../composition_law.hpp"
#include "../../discoveries.hpp"
#include "../../energy_discoveries.hpp"
#include "../../findings.hpp"
#include "../../log_p.hpp"
#include "../../spectrum.hpp"
#include "../levels/tested_rows.hpp"
#include "../search/control_question.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The cosine in so many dimensions, many, whose two-sided ln p that is: by Newton's rule, which converges because ln p is
/// concave.
inline double cosine_of_log_p(double log_p, std::size_t dimension) {
    constexpr double largest = 0.9999;
    if (!(log_p < 0)) return 0;
    if (std::isinf(log_p)) return largest;
    const double a = 0.5 * static_cast<double>(dimension - 1);
    const double log_beta = 0.5 * std::log(std::numbers::pi / a) + 1 / (8 * a);
    double c = std::sqrt(-std::expm1((std::max)(log_p, -1e5) / a)); // p is about (1 - c²)^a
    for (int step = 0; step < 50; ++step) {
        c = (std::min)(c, largest);
        const double found = svdlens::log_p(c, dimension);
        const double slope = -2 * std::exp((a - 1) * std::log1p(-c * c) - log_beta - found);
        const double next = (std::max)(0.5 * c, c - (found - log_p) / slope);
        if (std::abs(next - c) <= 1e-12 * c) return (std::min)(next, largest);
        c = next;
    }
    return c;
}

/// Slopes, a step, of a monotone cubic through nodes (Fritsch and Carlson 1980; the harmonic mean of Fritsch and
/// Butland 1984).
inline std::vector<double> monotone_slopes(const std::vector<double>& nodes) {
    std::vector<double> slopes(nodes.size());
    const auto step = [&](std::size_t k) { return nodes[k + 1] - nodes[k]; };
    for (std::size_t k = 1; k + 1 < nodes.size(); ++k) {
        const double left = step(k - 1), right = step(k);
        slopes[k] = left * right > 0 ? 2 * left * right / (left + right) : 0;
    }
    if (nodes.size() > 1) {
        slopes.front() = step(0);
        slopes.back() = step(nodes.size() - 2);
    }
    return slopes;
}

} // namespace detail

template <std::floating_point T>
double basic_energy_cosines<T>::curve::operator()(double energy) const {
    if (nodes.empty() || !(energy > 0)) return 0;
    if (energy >= largest) return nodes.back();
    const double place = steps * (std::log2(energy / (1 - energy / largest)) - first);
    const auto last = nodes.size() - 1;
    if (place < 0) return 0;
    if (place >= static_cast<double>(last)) return nodes.back();
    const auto k = static_cast<std::size_t>(place);
    const double x = place - static_cast<double>(k), y = 1 - x;
    return nodes[k] * y * y * (1 + 2 * x) + nodes[k + 1] * x * x * (3 - 2 * x) +
           (slopes[k] * y - slopes[k + 1] * x) * x * y;
}

template <std::floating_point T>
typename basic_energy_cosines<T>::curve basic_energy_cosines<T>::make_curve(const spectrum& head) {
    curve made;
    if (head.second() == 0) return made;
    made.largest = head.shares().front();
    made.first = std::log2(0.25 / static_cast<double>(head.dimension())); // far below what is tested
    const double last = std::log2(made.largest) + 20;
    for (double x = made.first; x <= last; x += 1 / curve::steps) {
        const double y = std::exp2(x), energy = y / (1 + y / made.largest);
        made.nodes.push_back(
            detail::cosine_of_log_p(log_p_of_energy(energy, head, score_side::above), dimension));
    }
    made.slopes = detail::monotone_slopes(made.nodes);
    return made;
}

template <std::floating_point T>
basic_energy_cosines<T>::basic_energy_cosines(basic_energies<T> scores, const execution& run) :
    energies_(std::move(scores)) {
    for (std::size_t k = 0; k < energies_.line_count(); ++k)
        sources_.emplace_back(energies_.source_spectrum(k), energies_.null_dimension());
    for (std::size_t l = 0; l < energies_.target_layers() && energies_.has_target_heads(); ++l)
        for (std::size_t k = 0; k < energies_.line_length(); ++k)
            targets_.emplace_back(energies_.target_spectrum(l, k), energies_.null_dimension());
    if (energies_.has_target_heads()) return;
    curves_.resize(sources_.size());
    const auto make = [&](std::size_t k, char&) { curves_[k] = make_curve(sources_[k]); };
    for_blocks<char>(curves_.size(), curves_.size(), detail::without_progress(run), make);
}

template <std::floating_point T>
double basic_energy_cosines<T>::cosine(double energy, std::size_t line, std::size_t target) const {
    if (!curves_.empty()) return curves_[line](energy);
    const auto &a = sources_[line], &b = targets_[target];
    return detail::cosine_of_log_p(log_p_of_composition(energy, a, b, score_side::above), dimension);
}

template <std::floating_point T>
typename basic_energy_cosines<T>::place basic_energy_cosines<T>::place_of(row_number row) const {
    const auto length = static_cast<std::uint64_t>(energies_.line_length());
    const auto line = row / length, lines = static_cast<std::uint64_t>(energies_.line_count());
    return {static_cast<std::size_t>(line % lines),
            static_cast<std::size_t>(line / lines * length + row % length)};
}

template <std::floating_point T>
score_block<T> basic_energy_cosines<T>::block(std::size_t i, block_buffer<T>& buffer) const {
    const auto block = energies_.block(i, buffer);
    const std::size_t length = energies_.line_length();
    T* score = buffer.scores.data(); // where the energies are
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto run = block.run(k);
        for (std::size_t j = 0; j < run.scores.size();) { // line by line
            auto at = place_of(run.row(j));
            const std::size_t rest = length - static_cast<std::size_t>(run.row(j) % length);
            const std::size_t end = (std::min)(run.scores.size(), j + rest);
            for (; j < end; ++j, ++score, ++at.target)
                *score = static_cast<T>(cosine(static_cast<double>(*score), at.line, at.target));
        }
    }
    return block;
}

template <std::floating_point T>
double basic_energy_cosines<T>::energy_of(row_number row, T score) const {
    const auto at = place_of(row);
    double below = 0, above = 1;
    for (int step = 0; step < 60 && above - below > 1e-9 * above; ++step) {
        const double middle = 0.5 * (below + above);
        (cosine(middle, at.line, at.target) < static_cast<double>(score) ? below : above) = middle;
    }
    return above;
}

template <std::floating_point T>
score_columns with_energies(const basic_energy_cosines<T>& cosines, const score_columns& found,
                            const execution& run) {
    std::vector<row_number> rows(found.rows().begin(), found.rows().end());
    const auto list = [&](const char* name) {
        const auto values = found.values(name);
        return std::vector<double>(values.begin(), values.end());
    };
    auto values = list("score");
    for_blocks<char>(rows.size(), rows.size(), detail::without_progress(run), [&](std::size_t k, char&) {
        values[k] = cosines.energy_of(rows[k], static_cast<T>(values[k]));
    });
    return {found.axes(),
            std::move(rows),
            {"log10_p", "q", "energy"},
            {list("log10_p"), list("q"), std::move(values)}};
}

template <std::floating_point T>
findings discoveries(const basic_energies<T>& scores, const discovery_options& options,
                     const execution& run) {
    const basic_energy_cosines<T> cosines(scores, run);
    auto found = discoveries(
        cosines, discovery_test{.q = options.q, .dimension = cosines.dimension, .weights = {}}, run);
    found.rows = with_energies(cosines, found.rows, run);
    const bool has_control = options.control_rows != 0 && scores.rows() == projected_rows::causal;
    if (!has_control) return found;
    const auto acausal = scores.with_rows(projected_rows::acausal);
    if (acausal.max_rows() != 0) found.control = control_of(found, acausal, options, run);
    return found;
}

template <std::floating_point T>
control_counts control_of(const findings& found, const basic_energies<T>& control,
                          const discovery_options& options, const execution& run) {
    const basic_energy_cosines<T> cosines(control, run);
    control_counts result{.of_rows = cosines.max_rows()};
    const auto products = (std::max<std::uint64_t>)(control.products_a_row(), 1);
    auto blocks =
        detail::choose_tiles(cosines.tiles(), (options.control_rows + products - 1) / products, result.rows);
    if (result.rows == 0) return result;
    detail::tested_rows tested(cosines.axes(), cosines.dimension, {});
    tested.set_mean_weight(1);
    const detail::some_blocks<basic_energy_cosines<T>> some(cosines, std::move(blocks), result.rows);
    const detail::control_question asked{
        {&tested, found.log10_threshold * std::numbers::ln10, control.line_length(), control.line_count()}};
    const auto hits = std::get<0>(ask(some, asked, detail::without_progress(run)));
    detail::add_hits(result, hits, found);
    return result;
}

#ifdef SVDLENS_COMPILED
template class basic_energy_cosines<float>;
template class basic_energy_cosines<double>;
template score_columns with_energies(const basic_energy_cosines<float>&, const score_columns&,
                                     const execution&);
template score_columns with_energies(const basic_energy_cosines<double>&, const score_columns&,
                                     const execution&);
template findings discoveries(const basic_energies<float>&, const discovery_options&, const execution&);
template findings discoveries(const basic_energies<double>&, const discovery_options&, const execution&);
template control_counts control_of(const findings&, const basic_energies<float>&, const discovery_options&,
                                   const execution&);
template control_counts control_of(const findings&, const basic_energies<double>&, const discovery_options&,
                                   const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
