/// @file
/// The noise that is in weights because they were rounded when they were stored.
#ifndef SVDLENS_CIRCUIT_STORED_NOISE_HPP
#define SVDLENS_CIRCUIT_STORED_NOISE_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <string_view>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../directions/direction_errors.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// What rounding to the coarsest of the dtypes that a model is stored in changes, for `direction_errors(set,
/// directions, {.noise = stored_noise(weights)})`. That the weights are no surer than that says nothing of
/// how sure training made them: 1 % is the default there. O(dtypes)
/// @throws model_error (unsupported_model) for a model in memory, or a dtype whose rounding is not known
template <std::floating_point T>
double stored_noise(const basic_transformer_weights<T>& weights) {
    struct rounding {
        std::string_view dtype;
        int bits; ///< of the significand
    };
    constexpr std::array known{rounding{"F64", 53},    rounding{"F32", 24},       rounding{"F16", 11},
                               rounding{"BF16", 8},    rounding{"F8_E4M3", 4},    rounding{"F8_E4M3FNUZ", 4},
                               rounding{"F8_E5M2", 3}, rounding{"F8_E5M2FNUZ", 3}};
    double noise = 0;
    for (std::string_view rest = weights.dtypes; !rest.empty();) {
        const auto end = (std::min)(rest.find(", "), rest.size());
        const auto name = rest.substr(0, end);
        rest.remove_prefix((std::min)(end + 2, rest.size()));
        const auto at =
            std::find_if(known.begin(), known.end(), [&](const auto& each) { return each.dtype == name; });
        if (at == known.end())
            throw model_error(errc::unsupported_model, weights.file +
                                                           ": stored_noise: expected floating-point "
                                                           "dtypes, found " +
                                                           quoted(name) + "; give the noise yourself");
        noise = (std::max)(noise, rounding_noise(at->bits));
    }
    if (noise > 0) return noise;
    throw model_error(errc::unsupported_model,
                      weights.file +
                          ": stored_noise: the model was not read from a file, so that nothing says how "
                          "it is stored; give the noise yourself");
}

} // namespace svdlens::inline v0_2

#endif
