/// @file
/// The bodies of directions/spectra.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_SPECTRA_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_SPECTRA_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../spectra.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Those that are not 0, descending, over the largest, which is returned beside them.
struct relative_values {
    std::vector<double> values;
    double largest = 0;
};

SVDLENS_BODY relative_values in_units_of_largest(std::span<const double> values) {
    relative_values result;
    for (const double s : values) {
        if (!(s >= 0) || std::isinf(s))
            throw argument_error(errc::invalid_argument,
                                 "spectrum: expected finite singular values of at least 0, found " +
                                     to_text(s));
        if (s > 0) result.values.push_back(s);
    }
    std::sort(result.values.begin(), result.values.end(), std::greater<>());
    if (!result.values.empty()) result.largest = result.values.front();
    for (double& s : result.values) s /= result.largest;
    return result;
}

/// exp of the entropy of shares in proportion to the values.
SVDLENS_BODY double exponential_entropy(const std::vector<double>& values) {
    double sum = 0, entropy = 0;
    for (const double x : values) sum += x;
    for (const double x : values)
        if (x > 0) entropy -= x / sum * std::log(x / sum);
    return std::exp(entropy);
}

/// The largest distance between the law's distribution function and that of `logs`, ln(λ / cut-off),
/// descending.
SVDLENS_BODY double law_distance(std::span<const double> logs, double exponent) {
    const auto n = static_cast<double>(logs.size());
    double distance = 0;
    for (std::size_t k = 0; k < logs.size(); ++k) {
        const double above = std::exp(-(exponent - 1) * logs[k]);
        distance = (std::max)({distance, std::abs(above - static_cast<double>(k) / n),
                               std::abs(above - static_cast<double>(k + 1) / n)});
    }
    return distance;
}

/// @param logs ln λ, descending, all at or above `cut_off`, a logarithm as well
SVDLENS_BODY std::optional<power_law> fitted_law(std::span<const double> logs, double cut_off) {
    constexpr std::size_t fewest = 10;
    if (logs.size() < fewest) return std::nullopt;
    std::vector<double> over(logs.begin(), logs.end());
    double sum = 0;
    for (double& each : over) sum += each -= cut_off;
    const auto n = static_cast<double>(over.size());
    if (!(sum > 1e-9 * n)) return std::nullopt;
    const double slope = n / sum;
    return power_law{1 + slope, slope / std::sqrt(n), std::exp(cut_off), over.size(),
                     law_distance(over, 1 + slope)};
}

} // namespace detail

SVDLENS_BODY spectrum_ranks ranks_of(std::span<const double> values) {
    const auto s = detail::in_units_of_largest(values).values;
    if (s.empty()) return {};
    std::vector<double> squares;
    double sum = 0, fourth = 0;
    for (const double each : s) {
        squares.push_back(each * each);
        sum += squares.back();
        fourth += squares.back() * squares.back();
    }
    return {sum, sum * sum / fourth, detail::exponential_entropy(squares), detail::exponential_entropy(s)};
}

SVDLENS_BODY product_law product_law_of(std::size_t d, std::size_t r) {
    if (d == 0 || r == 0)
        throw argument_error(errc::invalid_argument, "product law: expected sizes of at least 1, found " +
                                                         to_text(d) + " x " + to_text(r));
    const double c = static_cast<double>(r) / static_cast<double>(d);
    const auto edge = [&](double root) {
        const double z = (-c + root) / (4 * c);
        return std::sqrt((std::max)(0.0, (1 + z) * (1 + c * z) * (1 + c * z) / z));
    };
    const double root = std::sqrt(c * c + 8 * c);
    return {edge(-root), edge(root)};
}

SVDLENS_BODY std::optional<power_law> power_law_of(std::span<const double> values,
                                                   const power_law_options& options) {
    std::vector<double> logs;
    const auto relative = detail::in_units_of_largest(values);
    for (const double s : relative.values) logs.push_back(2 * (std::log(s) + std::log(relative.largest)));
    if (options.cut_off) {
        if (!(*options.cut_off > 0) || std::isinf(*options.cut_off))
            throw argument_error(errc::invalid_argument,
                                 "power law: expected a cut-off above 0, found " + to_text(*options.cut_off));
        const double least = std::log(*options.cut_off);
        const auto kept =
            std::count_if(logs.begin(), logs.end(), [&](double x) { return x >= least - 1e-12; });
        return detail::fitted_law(std::span(logs).first(static_cast<std::size_t>(kept)), least);
    }
    std::optional<power_law> best;
    for (std::size_t n = 10; n <= logs.size(); ++n) {
        const auto law = detail::fitted_law(std::span(logs).first(n), logs[n - 1]);
        if (law && (!best || law->distance <= best->distance)) best = law;
    }
    return best;
}

} // namespace svdlens::inline v0_2

#endif
