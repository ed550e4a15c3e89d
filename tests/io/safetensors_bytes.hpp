/// @file
/// safetensors files made by hand, byte by byte, without the library.
#ifndef SVDLENS_TESTS_IO_SAFETENSORS_BYTES_HPP
#define SVDLENS_TESTS_IO_SAFETENSORS_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <string>

namespace svdlens_tests {

/// Eight bytes, little-endian.
inline std::string length_bytes(std::uint64_t length) {
    std::string out;
    for (int k = 0; k < 8; ++k) out += static_cast<char>(length >> (8 * k) & 255U);
    return out;
}

/// A file of this header and this many bytes of data.
inline std::string file_of(const std::string& json, std::size_t data_size = 0) {
    return length_bytes(json.size()) + json + std::string(data_size, 'd');
}

/// One entry of a header: `"name":{...}`.
inline std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
           ",\"data_offsets\":" + offsets + "}";
}

} // namespace svdlens_tests

#endif
