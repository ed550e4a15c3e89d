#include "svdlens/io/detail/checkpoint_name.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Stem, variant, ending, and of a file of several its number.
std::string parts(std::string_view name) {
    const auto parsed = sl::detail::parse_checkpoint_name(name);
    if (!parsed) return "none";
    std::string text = parsed->key.stem + "|" + parsed->key.variant + "|" + parsed->key.ending;
    if (parsed->is_index) text += "|index";
    if (!parsed->count.empty()) text += "|" + std::to_string(parsed->number) + "/" + parsed->count;
    return text;
}

} // namespace

TEST_CASE("the names of a checkpoint's files are taken apart", "[io][checkpoint_folder]") {
    CHECK(parts("model.safetensors") == "model||.safetensors");
    CHECK(parts("model.fp16.safetensors") == "model|fp16|.safetensors");
    CHECK(parts("model-00001-of-00002.safetensors") == "model||.safetensors|1/00002");
    CHECK(parts("model-00001-of-00002.fp16.safetensors") == "model|fp16|.safetensors|1/00002");
    CHECK(parts("model.fp16-00001-of-00002.safetensors") == "model|fp16|.safetensors|1/00002");
    CHECK(parts("pytorch_model-00010-of-00033.bin") == "pytorch_model||.bin|10/00033");
    CHECK(parts("model.safetensors.index.json") == "model||.safetensors|index");
    CHECK(parts("model.safetensors.index.fp16.json") == "model|fp16|.safetensors|index");
    CHECK(parts("model.fp16.safetensors.index.json") == "model|fp16|.safetensors|index");
    CHECK(parts("pytorch_model.bin.index.json") == "pytorch_model||.bin|index");
    CHECK(parts("pythia-1.4b.safetensors") == "pythia-1|4b|.safetensors");
}

TEST_CASE("names of other files are nothing, and odd ones stay whole", "[io][checkpoint_folder]") {
    for (const char* const name : {"", "config.json", "docs.index.json", "a.index.fp16.json", "model.pt",
                                   ".safetensors", "model.safetensors.json", "index.json", ".json"})
        CHECK(parts(name) == "none");
    CHECK(parts("model-x-of-2.safetensors") == "model-x-of-2||.safetensors");
    CHECK(parts("model-1-of-.safetensors") == "model-1-of-||.safetensors");
    CHECK(parts("model-1-of-99999999999.safetensors") == "model-1-of-99999999999||.safetensors");
    CHECK(parts("1-of-2.safetensors") == "1-of-2||.safetensors");
    CHECK(parts("-of-.safetensors") == "-of-||.safetensors");
    CHECK(parts("...safetensors") == "..||.safetensors");
}
