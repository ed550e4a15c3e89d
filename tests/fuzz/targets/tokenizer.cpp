/// @file
/// Any bytes as a tokenizer or a vocabulary: what is read has distinct tokens.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "svdlens/core/error.hpp"
#include "svdlens/io/detail/json/tokenizer_json.hpp"
#include "svdlens/io/detail/token_text.hpp"

namespace {

void read_or_refuse(std::string_view text, svdlens::detail::tokenizer_format format) {
    try {
        const auto tokens = svdlens::detail::parse_tokenizer(text, "fuzz", format);
        for (std::size_t k = 1; k < tokens.vocabulary.size(); ++k)
            if (tokens.vocabulary[k - 1].text >= tokens.vocabulary[k].text) std::abort();
        const auto spelling = tokens.spelling.value_or(svdlens::detail::token_spelling::byte_level);
        for (const auto& each : tokens.vocabulary)
            if (svdlens::detail::shown_token(each.text, spelling).find('\n') != std::string::npos)
                std::abort();
    } catch (const svdlens::error&) {
        // Refused: the only way out beside tokens.
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_or_refuse(text, svdlens::detail::tokenizer_format::tokenizer);
    read_or_refuse(text, svdlens::detail::tokenizer_format::vocabulary);
    return 0;
}
