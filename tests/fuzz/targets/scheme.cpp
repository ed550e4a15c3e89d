/// @file
/// Any bytes as a scheme file: what is read is written as what is read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "svdlens/core/error.hpp"
#include "svdlens/model/scheme_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto own = svdlens::parse_scheme(text, "fuzz");
        const auto written = svdlens::scheme_json(own.scheme());
        const auto again = svdlens::parse_scheme(written, "written");
        if (svdlens::scheme_json(again.scheme()) != written) std::abort();
    } catch (const svdlens::error& refusal) {
        // Refused: the only way out beside a scheme.
        if (std::string_view(refusal.what()).find('\n') != std::string_view::npos) std::abort();
    }
    return 0;
}
