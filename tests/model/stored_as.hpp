/// @file
/// Checkpoints of random values, and the same checkpoint in another dtype.
#ifndef SVDLENS_TESTS_MODEL_STORED_AS_HPP
#define SVDLENS_TESTS_MODEL_STORED_AS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/checkpoint.hpp"
#include "support/random_model.hpp"
#include "svdlens/io/detail/small_float.hpp"
#include "svdlens/io/state_dict.hpp"

namespace svdlens_tests {

/// Tensors of those names and shapes with values in [-1, 1), as F32.
inline svdlens::state_dict with_random_values(const checkpoint& file, std::uint64_t seed = 1) {
    random_numbers random(seed);
    std::vector<svdlens::named_tensor> all;
    for (const auto& [name, original] : file.tensors()) {
        std::vector<float> values(original.size());
        for (float& each : values) each = static_cast<float>(random.next());
        all.emplace_back(
            name, svdlens::tensor(std::move(values), {original.shape().begin(), original.shape().end()}));
    }
    return svdlens::state_dict(std::move(all), file.metadata, "folder/test.safetensors");
}

/// The same tensors in another floating-point dtype, rounded to nearest.
inline svdlens::state_dict stored_as(const svdlens::state_dict& from, svdlens::dtype type) {
    std::vector<svdlens::named_tensor> all;
    for (const auto& record : from.records()) {
        auto bytes = std::make_shared<std::vector<std::byte>>();
        const auto values = from.tensor<double>(record.name);
        for (const double each : values.values())
            svdlens::detail::append_little(*bytes, svdlens::detail::element_pattern(type, each).value(),
                                           svdlens::bits_of(type) / 8);
        all.emplace_back(record.name, type, record.shape, *bytes, bytes);
    }
    return svdlens::state_dict(std::move(all), from.metadata(), from.path());
}

} // namespace svdlens_tests

#endif
