/// @file
/// Any bytes as JSON weights: what is read has the bytes of its shape, and decodes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "svdlens/core/error.hpp"
#include "svdlens/io/json_weights.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto weights = svdlens::parse_json_weights(text, "fuzz");
        for (const auto& each : weights.records()) {
            const auto bits = svdlens::tensor_bits(each.type, each.shape);
            if (bits != weights.bytes(each.name).size() * 8) std::abort();
            if (weights.tensor<double>(each.name).size() * svdlens::bits_of(each.type) != *bits) std::abort();
        }
    } catch (const svdlens::error&) {
        // Refused: the only way out beside weights.
    }
    return 0;
}
