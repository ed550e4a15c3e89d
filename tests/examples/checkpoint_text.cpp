#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/safetensors.hpp>
#include <svdlens/tensor/tensor.hpp>

#include "program/checkpoint_text.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;
using checkpoint_report::listing;
using svdlens_tests::temporary_directory;
using svdlens_tests::write_file;

namespace {

std::string report(const std::filesystem::path& path, listing how = listing::grouped) {
    std::ostringstream out;
    checkpoint_report::print(out, sl::open_weights(path), how);
    return out.str();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The text on one line: blanks and ends of lines are one blank.
std::string flat(const std::string& text) {
    std::istringstream words(text);
    std::string all;
    for (std::string word; words >> word;) all += word + " ";
    return all;
}

/// The cells of the line that begins with `name`, separated by single blanks; empty where there is none.
std::string line_of(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string cells;
        for (std::string word; words >> word;) cells += (cells.empty() ? "" : " ") + word;
        if (cells.starts_with(name + " ")) return cells;
    }
    return "";
}

sl::named_tensor tensor_of(const std::string& name, const std::vector<std::uint64_t>& shape) {
    std::size_t elements = 1;
    for (const auto extent : shape) elements *= static_cast<std::size_t>(extent);
    return {name, sl::tensor(std::vector<float>(elements, 1.0F), shape)};
}

std::filesystem::path architecture(const std::string& name) {
    return std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "architectures" / name;
}

} // namespace

TEST_CASE("a file that is no transformer is listed, and the reason said at the end") {
    const temporary_directory folder;
    sl::write_safetensors(folder / "net.safetensors",
                          {tensor_of("conv.0.weight", {256, 1024}), tensor_of("conv.1.weight", {256, 1024}),
                           tensor_of("scale", {})},
                          {{"made by", "two\nlines"}});
    const auto text = report(folder / "net.safetensors");
    CHECK(line_of(text, "format") == "format safetensors");
    CHECK(line_of(text, "tensors") == "tensors 3");
    CHECK(line_of(text, "metadata") == "metadata made by: two\\nlines");
    CHECK(line_of(text, "F32") == "F32 3 524289 2097156 2.000");
    CHECK(line_of(text, "conv.{0-1}.weight") == "conv.{0-1}.weight F32 [256, 1024] 2 2.000");
    CHECK(line_of(text, "scale") == "scale F32 [] 1 <0.001");
    const auto why = text.find("\nNot read as a transformer: ");
    REQUIRE(why != std::string::npos);
    CHECK(text.find("\n\n", why + 1) == std::string::npos); // the last paragraph
    CHECK(has(flat(text), "no known naming scheme fits"));

    const auto all = report(folder / "net.safetensors", listing::single);
    CHECK(line_of(all, "conv.1.weight") == "conv.1.weight F32 [256, 1024] 1.000");
    CHECK_FALSE(has(all, "{0-1}"));
}

TEST_CASE("each architecture's model is described after its tensors") {
    const auto gpt2 = report(architecture("gpt2"));
    CHECK(line_of(gpt2, "names") == "names GPT-2");
    CHECK_FALSE(has(gpt2, "Not read"));
    for (const std::string name :
         {"bert", "bert_no_head", "decision_transformer", "gemma", "gemma2", "gemma_bf16", "gpt2_prefix_f16",
          "gpt_neox", "gpt_neox_sequential", "llama", "llama_tied", "mistral_bf16", "nanogpt",
          "nanogpt_no_bias", "qwen2", "transformer_lens", "transformer_lens_grouped",
          "transformer_lens_post"}) {
        INFO(name);
        const auto text = report(architecture(name));
        CHECK_FALSE(has(text, "Not read"));
        CHECK_FALSE(line_of(text, "names").empty());
        CHECK(line_of(text, "tensors") ==
              "tensors " + std::to_string(sl::open_weights(architecture(name)).size()));
    }
}

TEST_CASE("a config that cannot be read is no fault of the file") {
    const temporary_directory folder;
    std::filesystem::copy_file(architecture("llama") / "model.safetensors", folder / "model.safetensors");
    write_file(folder / "config.json", "{\"num_attention_heads\": ");
    const auto text = report(folder.path());
    CHECK(line_of(text, "tensors") == "tensors 21");
    CHECK(has(text, "\nNot read as a transformer: "));
    CHECK(has(text, "config.json"));
}

TEST_CASE("a model of several files has a line for each, and each tensor's file where all are listed") {
    const temporary_directory folder;
    const auto model = sl::open_safetensors(architecture("llama"));
    std::vector<sl::named_tensor> parts[2];
    std::string map;
    for (const auto& record : model.records()) {
        const std::size_t k = record.name.find(".1.") == std::string::npos ? 1 : 0;
        parts[k].push_back({record.name, record.type, record.shape, model.bytes(record.name), nullptr});
        map += (map.empty() ? "\"" : ", \"") + record.name + "\": \"part-" + std::to_string(k + 1) +
               ".safetensors\"";
    }
    sl::write_safetensors(folder / "part-1.safetensors", parts[0], {});
    sl::write_safetensors(folder / "part-2.safetensors", parts[1], {});
    write_file(folder / "model.safetensors.index.json",
               "{\"metadata\": {\"note\": \"hello\"}, \"weight_map\": {" + map + "}}");
    std::filesystem::copy_file(architecture("llama") / "config.json", folder / "config.json");

    const auto text = report(folder.path());
    CHECK(line_of(text, "format") == "format safetensors");
    CHECK(line_of(text, "files") == "files 2");
    CHECK(line_of(text, "metadata") == "metadata note: hello");
    const auto size = [&](const char* name) {
        return checkpoint_report::mebibytes(std::filesystem::file_size(folder / name));
    };
    CHECK(line_of(text, "part-1.safetensors") == "part-1.safetensors 9 " + size("part-1.safetensors"));
    CHECK(line_of(text, "part-2.safetensors") == "part-2.safetensors 12 " + size("part-2.safetensors"));
    CHECK(line_of(text, "names") == "names Llama");
    CHECK(line_of(text, "model.layers.{0-1}.mlp.up_proj.weight") ==
          "model.layers.{0-1}.mlp.up_proj.weight F32 [5, 6] 2 <0.001");

    const auto all = report(folder / "model.safetensors.index.json", listing::single);
    CHECK(line_of(all, "model.layers.0.mlp.up_proj.weight") ==
          "model.layers.0.mlp.up_proj.weight F32 [5, 6] <0.001 part-2.safetensors");
    CHECK(line_of(all, "model.layers.1.mlp.up_proj.weight") ==
          "model.layers.1.mlp.up_proj.weight F32 [5, 6] <0.001 part-1.safetensors");

    std::ostringstream out;
    const auto opened = sl::open_weights(folder.path());
    write_file(folder / "part-2.safetensors", "cut");
    CHECK_THROWS_AS(checkpoint_report::print(out, opened, listing::grouped), sl::format_error);
    CHECK(out.str().empty());
}

TEST_CASE("JSON weights, a file and an index without tensors have a report") {
    const temporary_directory folder;
    write_file(folder / "w.json",
               R"({"W": [[1, 2], [3, 4.5]], "b": {"dtype": "I8", "shape": [2], "data": [0, 1]}})");
    const auto json = report(folder / "w.json");
    CHECK(line_of(json, "format") == "format JSON weights");
    const auto samples = std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "io" / "pytorch";
    CHECK(line_of(report(samples / "nanogpt.pt"), "format") == "format PyTorch");
    CHECK(line_of(report(samples / "nanogpt.legacy.pt"), "format") == "format PyTorch");
    CHECK(line_of(report(samples / "sharded"), "format") == "format PyTorch");
    CHECK(line_of(json, "metadata") == "metadata none");
    CHECK(line_of(json, "I8") == "I8 1 2 2 <0.001");
    CHECK(line_of(json, "F64") == "F64 1 4 32 <0.001");
    CHECK(line_of(json, "all") == "all 2 6 34 <0.001");

    sl::write_safetensors(folder / "empty.safetensors", std::vector<sl::named_tensor>(), {});
    const auto empty = report(folder / "empty.safetensors");
    CHECK(line_of(empty, "tensors") == "tensors 0");
    CHECK(line_of(empty, "all") == "all 0 0 0 0.000");

    write_file(folder / "x.safetensors.index.json", R"({"weight_map": {}})");
    const auto index = report(folder / "x.safetensors.index.json");
    CHECK(line_of(index, "format") == "format safetensors");
    CHECK(line_of(index, "files") == "files 0");
}

TEST_CASE("what a file says stays short and on its line") {
    const temporary_directory folder;
    const std::string name = "evil\n\x1b[31m\xe2\x80\xae" + std::string(5000, 'x');
    sl::write_safetensors(folder / "m.safetensors", {tensor_of(name, {1}), tensor_of("plain", {1})},
                          {{std::string(300, 'k'), std::string(5000, 'v') + "\n"}});
    for (const auto how : {listing::grouped, listing::single}) {
        auto text = report(folder / "m.safetensors", how);
        text.erase(text.find("\nNot read"));
        CHECK(has(text, "evil\\n\\x1b[31m\\u202exxx"));
        CHECK(has(flat(text), "kkk... (300 bytes): vvv"));
        CHECK_FALSE(has(text, "\x1b"));
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) CHECK(line.size() < 250);
    }
    CHECK(checkpoint_report::shortened("abc", 3) == "abc");
    CHECK(checkpoint_report::shortened("abcd", 3) == "abc... (4 bytes)");
    CHECK(checkpoint_report::shortened("a\xc3\xa4\xc3\xa4", 2) == "a... (5 bytes)");
}

TEST_CASE("sizes are MiB with three decimals") {
    CHECK(checkpoint_report::mebibytes(0) == "0.000");
    CHECK(checkpoint_report::mebibytes(1) == "<0.001");
    CHECK(checkpoint_report::mebibytes(1024 * 1024) == "1.000");
    CHECK(checkpoint_report::mebibytes(1024 * 1024 * 3 / 2) == "1.500");
    CHECK(checkpoint_report::mebibytes(std::uint64_t{1} << 40) == "1048576.000");
}
