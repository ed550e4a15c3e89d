#include "svdlens/io/detail/checkpoint_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;
namespace fs = std::filesystem;

namespace {

struct folder_case {
    const char* what;
    std::vector<std::string> files;
    std::string chosen; ///< or, with a semicolon before it, the advice of the refusal
};

/// What finding the checkpoint of a folder says, or which file it is.
std::string outcome(const fs::path& folder, const std::string& variant = {}) {
    try {
        const auto found = sl::detail::find_checkpoint(folder, variant);
        auto text = fs::relative(found.path, folder).string();
        for (const auto& each : found.shards) text += " " + each.filename().string();
        return text;
    } catch (const sl::file_error& failure) {
        CHECK(std::string(failure.what()).find('\n') == std::string::npos);
        return failure.what();
    }
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

void write_files(const fs::path& folder, const std::vector<std::string>& names) {
    fs::create_directories(folder);
    for (const auto& name : names) svdlens_tests::write_file(folder / name, "");
}

/// A model in a cache as the hub's tools leave it: a snapshot's files are links to blobs.
void write_snapshot(const fs::path& model, const std::string& commit, const std::vector<std::string>& names) {
    fs::create_directories(model / "blobs");
    fs::create_directories(model / "snapshots" / commit);
    for (const auto& name : names) {
        svdlens_tests::write_file(model / "blobs" / (commit + name), "");
        fs::create_symlink(fs::path("..") / ".." / "blobs" / (commit + name),
                           model / "snapshots" / commit / name);
    }
}

void write_main(const fs::path& model, const std::string& text) {
    fs::create_directories(model / "refs");
    svdlens_tests::write_file(model / "refs" / "main", text);
}

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
        {"torch's usual file",
         {"pytorch_model.bin", "training_args.bin", "config.json"},
         "pytorch_model.bin"},
        {"torch's after safetensors", {"pytorch_model.bin", "a.safetensors"}, "a.safetensors"},
        {"torch's index",
         {"pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin"},
         "pytorch_model.bin.index.json"},
        {"what torch saves besides", {"training_args.bin", "optimizer.bin"}, "; name the file"},
        {"the only file of torch's", {"ckpt.pt", "log.txt"}, "ckpt.pt"},
        {"two files of torch's", {"a.pt", "b.ckpt"}, "; name the file"},
        {"another format", {"model.gguf", "config.json"}, "; convert the weights to safetensors"},
        {"the only variant", {"model.fp16.safetensors", "config.json"}, "model.fp16.safetensors"},
        {"a variant beside the usual", {"model.fp16.safetensors", "model.safetensors"}, "model.safetensors"},
        {"a variant beside an index",
         {"model.fp16.safetensors", "model" + index, "model-00001-of-00001.safetensors"},
         "model" + index},
        {"variants of another stem",
         {"diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors"},
         "diffusion_pytorch_model.safetensors"},
        {"a plain file beside the index of its variant",
         {"unet.safetensors", "unet.safetensors.index.fp16.json", "unet-00001-of-00001.fp16.safetensors"},
         "unet.safetensors"},
        {"the index of a variant",
         {"model.safetensors.index.fp16.json", "model-00001-of-00002.fp16.safetensors",
          "model.fp16-00002-of-00002.safetensors"},
         "model.safetensors.index.fp16.json"},
        {"a number in a name is no variant of another's",
         {"pythia-1.4b.safetensors"},
         "pythia-1.4b.safetensors"},
        {"two variants",
         {"net.ema.safetensors", "net.fp16.safetensors"},
         "; name the file, or a variant, such as \"ema\""},
        {"two that are no variants",
         {"llama-2.7b.safetensors", "pythia-1.4b.safetensors"},
         "; name the file, or a variant, such as \"7b\""},
        {"torch's file before its index",
         {"pytorch_model.bin", "pytorch_model.bin.index.json"},
         "pytorch_model.bin"},
        {"torch's file of another name", {"final.pt", "config.json"}, "final.pt"},
        {"no checkpoint", {"config.json", "readme.txt"}, ""},
        {"two files", {"a.safetensors", "b.safetensors"}, "; name the file"},
        {"two indexes", {"a" + index, "b" + index}, "; name the index"},
        {"two indexes and their shards",
         {"a" + index, "a-00001-of-00001.safetensors", "b" + index, "b-00001-of-00001.safetensors"},
         "; name the index"},
        {"a weights index of another kind", {"pytorch_model.bin.index.json"}, "pytorch_model.bin.index.json"},
        {"an index of no weights", {"docs.index.json"}, ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const svdlens_tests::temporary_directory folder;
        for (const auto& name : each.files) svdlens_tests::write_file(folder / name, "");
        if (!each.chosen.empty() && each.chosen.front() != ';') {
            const auto found = sl::detail::find_checkpoint(folder.path());
            CHECK(found.path == folder / each.chosen);
            CHECK(found.shards.empty());
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

TEST_CASE("a variant is chosen by its name", "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory folder;
    write_files(folder.path(),
                {"model.safetensors", "model.fp16.safetensors", "model.safetensors.index.bf16.json",
                 "model-00001-of-00002.bf16.safetensors", "model-00002-of-00002.bf16.safetensors",
                 "other.fp16.safetensors", "x.ema.safetensors", "y.ema.safetensors"});
    CHECK(outcome(folder.path()) == "model.safetensors");
    CHECK(outcome(folder.path(), "fp16") == "model.fp16.safetensors");
    CHECK(outcome(folder.path(), "bf16") == "model.safetensors.index.bf16.json");
    CHECK(
        says(outcome(folder.path(), "int8"), "expected one checkpoint of variant \"int8\", found variants"));
    CHECK(says(outcome(folder.path(), "int8"), "\"fp16\""));
    try {
        sl::detail::checkpoint_at(folder / "model.safetensors", "fp16");
        FAIL("nothing was thrown");
    } catch (const sl::argument_error& failure) {
        CHECK(failure.code() == sl::errc::invalid_argument);
    }
}

TEST_CASE("files without an index are a model when all are there", "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory folder;
    const std::string three = "model-00001-of-00003.safetensors model-00002-of-00003.safetensors "
                              "model-00003-of-00003.safetensors";
    SECTION("from one") {
        write_files(folder.path(), {"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                                    "model-00003-of-00003.safetensors"});
        CHECK(outcome(folder.path()) == ". " + three);
        write_files(folder.path(), {"notes.bin", "other.safetensors"});
        CHECK(outcome(folder.path()) == ". " + three);
        fs::remove(folder / "model-00002-of-00003.safetensors");
        CHECK(says(outcome(folder.path()), "one of 3 files without an index, found 2; missing: number 2;"));
    }
    SECTION("from zero") {
        write_files(folder.path(), {"net-0-of-2.safetensors", "net-1-of-2.safetensors"});
        CHECK(outcome(folder.path()) == ". net-0-of-2.safetensors net-1-of-2.safetensors");
    }
    SECTION("of torch's") {
        write_files(folder.path(), {"pytorch_model-00001-of-00001.bin", "training_args.bin"});
        CHECK(outcome(folder.path()) == ". pytorch_model-00001-of-00001.bin");
    }
    SECTION("of a variant, in both spellings") {
        write_files(folder.path(),
                    {"net-00001-of-00002.fp16.safetensors", "net.fp16-00002-of-00002.safetensors"});
        CHECK(says(outcome(folder.path()), ". net-00001-of-00002.fp16.safetensors net.fp16-00002"));
    }
    SECTION("one of two") {
        write_files(folder.path(), {"model-00002-of-00002.safetensors"});
        CHECK(says(outcome(folder.path()), "missing: number 1;"));
    }
    SECTION("numbers that are too many, or too large") {
        write_files(folder.path(), {"model-00001-of-999999999.safetensors"});
        CHECK(says(outcome(folder.path()), "missing: number 2, 3, 4, 5, 6, 7, 8, 9, ..."));
        write_files(folder.path(), {"model-9-of-2.safetensors"});
        CHECK(says(outcome(folder.path()), "; name the file"));
    }
    SECTION("numbers beyond the count") {
        write_files(folder.path(), {"model-0-of-1.safetensors", "model-1-of-1.safetensors"});
        CHECK(says(outcome(folder.path()), "one of 1 files without an index, found 2"));
    }
}

TEST_CASE("a cache of the hub is its model's snapshot", "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory place;
    const auto hub = place / "hub";
    const auto model = hub / "models--org--name";
    write_snapshot(model, "aaaa", {"model.safetensors", "config.json"});
    SECTION("the only one") {
        for (const auto& path : {model, model / "snapshots", hub, model / ""})
            CHECK(sl::detail::find_checkpoint(path).path ==
                  model / "snapshots" / "aaaa" / "model.safetensors");
    }
    SECTION("that of refs/main") {
        write_snapshot(model, "bbbb", {"model.safetensors"});
        write_main(model, "bbbb\n");
        CHECK(sl::detail::model_home(model) == model / "snapshots" / "bbbb");
        CHECK(sl::detail::model_home(model / "snapshots") == model / "snapshots" / "bbbb");
    }
    SECTION("none that is called main") {
        write_snapshot(model, "bbbb", {"model.safetensors"});
        CHECK(says(outcome(model),
                   "or one only, found in snapshots \"aaaa\", \"bbbb\"; name the folder of one"));
        write_main(model, "cccc");
        CHECK(says(outcome(model), "refs/main names (\"cccc\"), found in snapshots"));
        write_main(model, "../../secret");
        CHECK(says(outcome(model), "or one only"));
    }
    SECTION("of several models") {
        write_snapshot(hub / "models--org--other", "aaaa", {"model.safetensors"});
        CHECK(says(outcome(hub), "a cache of 2 models: \"models--org--name\", \"models--org--other\"; name"));
        fs::create_directories(place / "huggingface");
        fs::rename(hub, place / "huggingface" / "hub");
        CHECK(says(outcome(place / "huggingface"), "hub: a cache of 2 models"));
    }
    SECTION("an interrupted download") {
        fs::remove(model / "blobs" / "aaaamodel.safetensors");
        svdlens_tests::write_file(model / "blobs" / "aaaamodel.safetensors.incomplete", "");
        CHECK(says(outcome(model), "/snapshots/aaaa/model.safetensors: the link leads to"));
        fs::remove(model / "snapshots" / "aaaa" / "model.safetensors");
        CHECK(says(outcome(model), "did not end, or their locks: \"aaaamodel.safetensors.incomplete\""));
    }
    SECTION("without snapshots") {
        fs::remove_all(model / "snapshots" / "aaaa");
        CHECK(says(outcome(model), "found in snapshots nothing; download the model"));
    }
}

TEST_CASE("a folder without a checkpoint says where some are, or why there is none",
          "[io][checkpoint_folder]") {
    const svdlens_tests::temporary_directory folder;
    SECTION("in its folders") {
        write_files(folder / "checkpoint-1000", {"model.safetensors"});
        write_files(folder / "checkpoint-500", {"model-00001-of-00002.safetensors"});
        write_files(folder / "model", {"pytorch_model.bin"});
        write_files(folder / "logs", {"a.txt", "training_args.bin"});
        CHECK(says(outcome(folder.path()),
                   "its folders hold some: \"model\", \"checkpoint-500\", \"checkpoint-1000\": name one"));
    }
    SECTION("on its way") {
        write_files(folder.path(), {"model.safetensors.incomplete"});
        write_files(folder / ".cache" / "huggingface" / "download", {"model.safetensors.lock"});
        CHECK(says(outcome(folder.path()), "\"model.safetensors.incomplete\", \"model.safetensors.lock\""));
    }
    SECTION("a folder that is called like a file is found, so that opening it says why") {
        write_files(folder / "model.safetensors", {"x"});
        CHECK(outcome(folder.path()) == "model.safetensors");
    }
}
