#include "svdlens/io/detail/checkpoint_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;

namespace {

struct folder_case {
    const char* what;
    std::vector<std::string> files;
    std::string chosen; ///< or, with a semicolon before it, the advice of the refusal
};

} // namespace

TEST_CASE("a folder's checkpoint is the usual file, else the only one", "[io][checkpoint_folder]") {
    const std::string index = ".safetensors.index.json";
    const std::vector<folder_case> cases = {
        {"the usual file", {"config.json", "model.safetensors"}, "model.safetensors"},
        {"the usual file before an index", {"model.safetensors", "model" + index}, "model.safetensors"},
        {"the usual file among others", {"a.safetensors", "model.safetensors"}, "model.safetensors"},
        {"the usual index and its shards",
         {"model" + index, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"},
         "model" + index},
        {"the usual index before others", {"model" + index, "other" + index}, "model" + index},
        {"the only index", {"diffusion" + index, "diffusion-1.safetensors"}, "diffusion" + index},
        {"the only file", {"a.safetensors", "readme.txt", "x.json"}, "a.safetensors"},
        {"nothing", {}, ""},
        {"torch's file", {"pytorch_model.bin", "config.json"}, "pytorch_model.bin"},
        {"torch's file before its index",
         {"pytorch_model.bin", "pytorch_model.bin.index.json"},
         "pytorch_model.bin"},
        {"safetensors before torch's file", {"a.safetensors", "pytorch_model.bin"}, "a.safetensors"},
        {"torch's file of another name", {"final.pt", "config.json"}, "; name the file"},
        {"another format", {"model.gguf", "config.json"}, "; convert the weights to safetensors"},
        {"no checkpoint", {"config.json", "readme.txt"}, ""},
        {"two files", {"a.safetensors", "b.safetensors"}, "; name the file"},
        {"two indexes", {"a" + index, "b" + index}, "; name the index"},
        {"two indexes and their shards",
         {"a" + index, "a-00001-of-00001.safetensors", "b" + index, "b-00001-of-00001.safetensors"},
         "; name the index"},
        {"torch's index", {"pytorch_model.bin.index.json"}, "pytorch_model.bin.index.json"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const svdlens_tests::temporary_directory folder;
        for (const auto& name : each.files) svdlens_tests::write_file(folder / name, "");
        if (!each.chosen.empty() && each.chosen.front() != ';') {
            CHECK(sl::detail::find_checkpoint(folder.path()) == folder / each.chosen);
            continue;
        }
        const auto message = svdlens_tests::message_of([&] { sl::detail::find_checkpoint(folder.path()); });
        CHECK(message.find(folder.path().string()) == 0);
        for (const auto& name : each.files) CHECK(message.find("\"" + name + "\"") != std::string::npos);
        CHECK(message.ends_with((each.files.empty() ? "nothing" : "\"") + each.chosen));
        if (each.files.empty()) CHECK(message.find("found nothing") != std::string::npos);
    }
}

TEST_CASE("a long folder is listed in part, with how many more there are", "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory folder;
    for (int k = 10; k < 60; ++k) svdlens_tests::write_file(folder / ("f\n" + std::to_string(k)), "");
    try {
        sl::detail::find_checkpoint(folder.path());
        FAIL("nothing was thrown");
    } catch (const sl::file_error& failure) {
        const std::string message = failure.what();
        CHECK(failure.code() == sl::errc::no_checkpoint);
        CHECK(message.find("\"f\\x0a21\" and 38 more") != std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
}

TEST_CASE("a folder that is not there cannot be opened", "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory folder;
    try {
        sl::detail::find_checkpoint(folder / "absent");
        FAIL("nothing was thrown");
    } catch (const sl::file_error& failure) {
        CHECK(failure.code() == sl::errc::cannot_open);
    }
}
