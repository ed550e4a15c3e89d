/// @file
/// Any bytes as the index of a sharded model: every name of a file stays in the folder.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "svdlens/core/error.hpp"
#include "svdlens/io/safetensors_index.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto index = svdlens::parse_safetensors_index(text, "fuzz");
        for (const auto& shard : index.shards) {
            if (shard.empty() || shard == "." || shard == "..") std::abort();
            if (shard.find_first_of(std::string_view("/\\:\0", 4)) != std::string::npos) std::abort();
        }
        for (std::size_t k = 0; k < index.tensors.size(); ++k) {
            if (index.tensors[k].shard >= index.shards.size()) std::abort();
            if (k != 0 && index.tensors[k - 1].tensor >= index.tensors[k].tensor) std::abort();
        }
    } catch (const svdlens::error&) {
        // Refused: the only way out beside an index.
    }
    return 0;
}
