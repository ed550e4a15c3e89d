/// @file
/// Any bytes as a torch file: as they are, as the pickle of a sound zip, and as the object of a sound file of the format
/// before. What is read lies in the file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "svdlens/core/error.hpp"
#include "svdlens/io/detail/pytorch/torch_contents.hpp"
#include "svdlens/io/state_dict.hpp"

#include "io/torch_bytes.hpp"

namespace {

/// Puts elements in order, too, where they are few.
void read_or_refuse(std::string_view file, std::string_view key) {
    try {
        auto found = svdlens::detail::read_torch_contents(file, "fuzz", key);
        const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(file.data()), file.size());
        const svdlens::state_dict dict(svdlens::state_dict_contents{.path = "fuzz",
                                                                    .records = std::move(found.records),
                                                                    .storages = {{bytes, nullptr}},
                                                                    .metadata = std::move(found.metadata)});
        std::uint64_t total = 0;
        for (const auto& each : dict.records()) {
            if (svdlens::tensor_bits(each.type, each.shape) != (each.end - each.begin) * 8) std::abort();
            if (each.strides.empty() && (each.begin > each.end || each.end > file.size())) std::abort();
            if ((total += each.end - each.begin) > (1U << 16)) return;
            unsigned sum = 0;
            for (const auto byte : dict.bytes(each.name)) sum += static_cast<unsigned>(byte);
            if (sum == UINT32_MAX) std::abort(); // the bytes were looked at
        }
    } catch (const svdlens::error& failure) {
        if (std::string_view(failure.what()).find('\n') != std::string_view::npos) std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace svdlens_tests;
    const std::string input(reinterpret_cast<const char*>(data), size);
    read_or_refuse(input, "");
    const std::string zip =
        wide_zip_of({{"x/data.pkl", input}, {"x/data/0", six_floats()}, {"x/data/1", ""}});
    read_or_refuse(zip, "");
    read_or_refuse(zip, ".");
    read_or_refuse(zip, "model");
    const std::string object = input.substr(0, 2) == "\x80\x02" ? input.substr(2) : input;
    read_or_refuse(old_torch_file_of(object.substr(0, object.rfind('.'))), "");
    return 0;
}
