/// @file
/// Any bytes as a safetensors file: they are read or refused, and what is read lies inside them.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "svdlens/core/error.hpp"
#include "svdlens/io/safetensors_header.hpp"

namespace {

void read_or_refuse(std::span<const std::byte> file) {
    try {
        const auto header = svdlens::parse_safetensors_header(file, "fuzz");
        if (header.data_start > file.size()) std::abort();
        std::uint64_t bytes = 0;
        for (const auto& each : header.tensors) {
            if (each.begin > each.end || each.end > file.size() - header.data_start) std::abort();
            if (svdlens::tensor_bits(each.type, each.shape) != (each.end - each.begin) * 8) std::abort();
            bytes += each.end - each.begin;
        }
        if (header.data_start + bytes != file.size()) std::abort(); // tensors tile the data
    } catch (const svdlens::error&) {
        // Refused: the only way out beside a header.
    }
}

/// The same bytes with a length that ends the header at the last brace: few inputs have a right one by
/// themselves, and the rules behind it would hardly be reached.
std::string with_right_length(std::span<const std::byte> file) {
    std::string all(reinterpret_cast<const char*>(file.data()), file.size());
    const auto brace = all.rfind('}');
    const std::uint64_t length = brace == std::string::npos || brace < 8 ? 0 : brace - 7;
    for (std::size_t k = 0; k < 8; ++k) all[k] = static_cast<char>(length >> (8 * k) & 255U);
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = std::as_bytes(std::span(data, size));
    read_or_refuse(file);
    if (size < 8) return 0;
    const std::string repaired = with_right_length(file);
    read_or_refuse(std::as_bytes(std::span<const char>(repaired)));
    return 0;
}
