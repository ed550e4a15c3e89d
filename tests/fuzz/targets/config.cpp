/// @file
/// Any bytes as a model's config.

#include <cstddef>
#include <cstdint>
#include <string>

#include "svdlens/core/error.hpp"
#include "svdlens/io/model_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        svdlens::detail::read_config(
            svdlens::detail::config_object(text, "fuzz", svdlens::largest_model_config), "the config", "");
    } catch (const svdlens::error&) {
        // Refused: the only way out beside a config.
    }
    return 0;
}
