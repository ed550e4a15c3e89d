#include "svdlens/io/open_weights.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "io/index_name.hpp"
#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/model_config.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/io/token_labels.hpp"

#if defined(__unix__)
#include <sys/stat.h>
#endif

namespace sl = svdlens;
namespace fs = std::filesystem;
using svdlens_tests::index_name;
using svdlens_tests::temporary_directory;
using svdlens_tests::write_file;

namespace {

const std::string lfs_pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

/// A file with the one value `t`.
void write_model(const fs::path& path, float value = 1) {
    sl::write_safetensors(path, {{"t", sl::tensor({value}, {1})}}, {});
}

float opened(const fs::path& path) { return sl::open_weights(path).tensor("t").values()[0]; }

/// Checks that a path is refused in one line that begins with it, or with what it led to.
void check_refused(const fs::path& path, sl::errc code, const std::string& named) {
    CAPTURE(path.string());
    try {
        sl::open_weights(path).records();
        FAIL_CHECK("nothing was thrown");
    } catch (const sl::error& failure) {
        const std::string message = failure.what();
        CAPTURE(message);
        CHECK(static_cast<int>(failure.code()) == static_cast<int>(code));
        CHECK(message.find(path.string()) == 0);
        CHECK(message.find(named) != std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
}

} // namespace

TEST_CASE("a path says what kind of checkpoint it is", "[io][open_weights]") {
    const temporary_directory folder;
    write_model(folder / "s.safetensors");
    write_model(folder / "no extension");
    write_file(folder / index_name, R"({"weight_map":{"t":"s.safetensors"}})");
    write_file(folder / "consolidated.index.json", R"({"weight_map":{"t":"no extension"}})");
    write_file(folder / "w.json", R"({"t":[1]})");
    write_file(folder / "weights", " \n{\"t\":[1]}");
    write_file(folder / "weights.txt", R"({"t":[1]})");
    for (const auto& path :
         {folder / "s.safetensors", folder / "no extension", folder / index_name,
          folder / "consolidated.index.json", folder / "w.json", folder / "weights", folder / "weights.txt",
          folder.path(), folder.path() / "", folder.path() / "."}) {
        CAPTURE(path.string());
        CHECK(opened(path) == 1.0F);
    }
    CHECK(sl::open_weights(folder.path()).path() == folder / index_name);
    CHECK(sl::open_weights(folder / "s.safetensors", {.access = sl::file_access::read}).size() == 1);
}

TEST_CASE("a length that reads as text is a length", "[io][open_weights]") {
    const temporary_directory folder;
    // 123 is `{`, 0x7b20 is a blank and `{`.
    for (const std::size_t length : {std::size_t{123}, std::size_t{0x7b20}, std::size_t{0x7b0a0d}}) {
        CAPTURE(length);
        write_file(folder / "f", svdlens_tests::file_of("{}" + std::string(length - 2, ' ')));
        CHECK_FALSE(sl::is_json_weights(folder / "f"));
        CHECK(sl::open_weights(folder / "f").size() == 0);
    }
    write_file(folder / "f", "{}");
    CHECK(sl::is_json_weights(folder / "f"));
    CHECK(sl::open_weights(folder / "f").size() == 0);
}

TEST_CASE("a folder is one whatever it is called", "[io][open_weights]") {
    const temporary_directory folder;
    for (const std::string name : {"model.json", "model.safetensors", index_name.c_str(), "plain"}) {
        CAPTURE(name);
        fs::create_directory(folder / name);
        check_refused(folder / name, sl::errc::no_checkpoint, "found nothing");
        write_model(folder / name / "model.safetensors");
        CHECK(opened(folder / name) == 1.0F);
    }
    // A folder in the place of the file that a folder is opened by.
    fs::create_directory(folder / "outer");
    fs::create_directory(folder / "outer" / "model.safetensors");
    check_refused(folder / "outer", sl::errc::not_a_file, "found a directory");
}

TEST_CASE("the single file of a folder comes before its index, and links count as what they lead to",
          "[io][open_weights]") {
    const temporary_directory folder;
    write_model(folder / "model.safetensors", 1);
    write_model(folder / "shard.safetensors", 2);
    write_file(folder / index_name, R"({"weight_map":{"t":"shard.safetensors"}})");
    CHECK(opened(folder.path()) == 1.0F);
    CHECK(opened(folder / index_name) == 2.0F);
    fs::remove(folder / "model.safetensors");
    CHECK(opened(folder.path()) == 2.0F);
    fs::create_symlink("shard.safetensors", folder / "link");
    CHECK(opened(folder / "link") == 2.0F);
    const temporary_directory elsewhere;
    fs::create_directory_symlink(folder.path(), elsewhere / "model");
    CHECK(opened(elsewhere / "model") == 2.0F);
}

#if defined(__unix__)
TEST_CASE("the names of an index are plain, but links under them are followed, as caches need it",
          "[io][open_weights]") {
    const temporary_directory folder;
    fs::create_directories(folder / "blobs");
    fs::create_directories(folder / "snapshots" / "main");
    const auto snapshot = folder / "snapshots" / "main";
    write_model(folder / "blobs" / "1f0a", 3);
    write_file(folder / "blobs" / "2b", R"({"weight_map":{"t":"m-1.safetensors"}})");
    fs::create_symlink("../../blobs/1f0a", snapshot / "m-1.safetensors");
    fs::create_symlink("../../blobs/2b", snapshot / index_name);
    CHECK(opened(snapshot) == 3.0F); // the shard is beside the link, not beside the blob
    CHECK(opened(snapshot / index_name) == 3.0F);
    fs::remove(folder / "blobs" / "1f0a"); // what was cleaned out of the cache is missing
    check_refused(snapshot / index_name, sl::errc::missing_shard, "\"m-1.safetensors\"");
    write_file(snapshot / "away.index.json", R"({"weight_map":{"t":"../../blobs/2b"}})");
    check_refused(snapshot / "away.index.json", sl::errc::outside_folder, "\"../../blobs/2b\"");
}
#endif

TEST_CASE("what is no model is refused with what it is", "[io][open_weights]") {
    using enum sl::errc;
    const temporary_directory folder;
    check_refused(folder / "mispelled.safetensors", cannot_open, "No such file");
    check_refused(folder / "mispelled.json", cannot_open, "No such file");
    check_refused(folder / "mispelled", cannot_open, "No such file");
    check_refused(folder / index_name, cannot_open, "No such file");
    check_refused(folder.path(), no_checkpoint, "found nothing");
    write_model(folder / "good");
    check_refused(folder / "good" / "below", cannot_open, "Not a directory");

    const auto whole = svdlens_tests::read_file(folder / "good");
    const struct {
        std::string name, bytes;
        sl::errc code;
        std::string named;
    } files[] = {
        {"empty.safetensors", "", header_too_small, "0 bytes"},
        {"empty.json", "", invalid_weights, "not valid JSON"},
        {"empty", "", header_too_small, "0 bytes"},
        {"empty.index.json", "", invalid_index, "not valid JSON"},
        {"cut in the length", whole.substr(0, 7), header_too_small, "7 bytes"},
        {"cut in the header", whole.substr(0, 20), invalid_header_length, "cut off"},
        {"cut in the data", whole.substr(0, whole.size() - 1), incomplete_data, "cut off"},
        {"cut.json", R"({"t":[1,)", invalid_weights, "\"t\""},
        {"notes.txt", "A text of some length.\n", header_too_large, "this looks like text"},
        {"short.txt", "text", header_too_small, "4 bytes"},
        {"page.safetensors", "<!DOCTYPE html><html>", header_too_large, "web page"},
        {"pointer.safetensors", lfs_pointer, header_too_large, "git lfs pull"},
        {"pointer.json", lfs_pointer, invalid_weights, "git lfs pull"},
        {"pointer.index.json", lfs_pointer, invalid_index, "git lfs pull"},
        {"torch.bin", "PK\x03\x04" + std::string(100, 'z'), invalid_archive, "cut off"},
        {"config.json", R"({"model_type":"llama","hidden_size":8})", invalid_weights, "\"model_type\""},
        {"lost.index.json", R"({"weight_map":{"t":"lost.safetensors"}})", missing_shard,
         "\"lost.safetensors\""},
        {"away.index.json", R"({"weight_map":{"t":"/etc/passwd"}})", outside_folder, "\"/etc/passwd\""},
        {"torch.bin.index.json", R"({"weight_map":{"t":"torch.bin"}})", invalid_archive, "\"torch.bin\""},
    };
    for (const auto& each : files) write_file(folder / each.name, each.bytes);
    for (const auto& each : files) check_refused(folder / each.name, each.code, each.named);
#if defined(__unix__)
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    check_refused(folder / "pipe", not_a_file, "not a regular file"); // and does not wait
#endif
}

TEST_CASE("a folder is opened as it is found: its variant, its files without an index, its snapshot",
          "[io][open_weights]") {
    const temporary_directory folder;
    const auto write = [&](const fs::path& path, const std::string& name, float value) {
        fs::create_directories(path.parent_path());
        sl::write_safetensors(path, {{name, sl::tensor({value}, {1})}}, {{"format", "pt"}});
    };
    SECTION("a variant") {
        write(folder / "model.safetensors", "t", 1);
        write(folder / "model.fp16.safetensors", "t", 2);
        CHECK(opened(folder.path()) == 1);
        CHECK(sl::open_weights(folder.path(), {.variant = "fp16"}).tensor("t").values()[0] == 2);
        CHECK(sl::open_safetensors(folder.path(), {.variant = "fp16"}).tensor("t").values()[0] == 2);
        CHECK_THROWS_AS(sl::open_weights(folder / "model.safetensors", {.variant = "fp16"}),
                        sl::argument_error);
        write_file(folder / "w.json", R"({"t":[1]})");
        CHECK_THROWS_AS(sl::open_weights(folder / "w.json", {.variant = "fp16"}), sl::argument_error);
    }
    SECTION("the index of a variant") {
        write(folder / "a.safetensors", "t", 3);
        write_file(folder / "model.safetensors.index.fp16.json", R"({"weight_map":{"t":"a.safetensors"}})");
        CHECK(sl::open_weights(folder.path(), {.variant = "fp16"}).tensor("t").values()[0] == 3);
        CHECK(opened(folder / "model.safetensors.index.fp16.json") == 3);
    }
    SECTION("files without an index") {
        write(folder / "model-00001-of-00002.safetensors", "t", 4);
        write(folder / "model-00002-of-00002.safetensors", "u", 5);
        write_file(folder / "config.json", R"({"n_head": 7})");
        const auto file = sl::open_weights(folder.path());
        CHECK(file.path() == folder.path());
        CHECK(file.label() == folder.path().filename().string());
        CHECK(file.names() == std::vector<std::string>{"t", "u"});
        CHECK(file.tensor("t").values()[0] == 4);
        CHECK(file.tensor("u").values()[0] == 5);
        REQUIRE(file.files().size() == 2);
        CHECK(file.files()[1].tensors == 1);
        CHECK(file.files()[1].path == folder / "model-00002-of-00002.safetensors");
        CHECK(sl::read_model_config(file).n_heads == 7U);
        CHECK(sl::open_weights(folder / "model-00001-of-00002.safetensors").size() == 1);
        CHECK(sl::open_weights(folder / "").label() == folder.path().filename().string());
        write(folder / "model-00002-of-00002.safetensors", "t", 5);
        check_refused(folder.path(), sl::errc::duplicate_key, "tensor \"t\" stands in two files");
        write_file(folder / "model-00002-of-00002.safetensors", lfs_pointer);
        CHECK_THROWS_WITH(sl::open_weights(folder.path()), Catch::Contains("Git LFS pointer"));
        fs::remove(folder / "model-00001-of-00002.safetensors");
        check_refused(folder.path(), sl::errc::missing_shard, "missing: number 1");
    }
    SECTION("a snapshot, with its own config and tokenizer") {
        const auto model = folder / "models--org--name";
        for (const std::string commit : {"aaaa", "bbbb"}) {
            const auto blobs = model / "blobs", snapshot = model / "snapshots" / commit;
            fs::create_directories(snapshot);
            write(blobs / (commit + "1"), "t", commit == "aaaa" ? 6 : 7);
            write_file(blobs / (commit + "2"),
                       R"({"n_head": )" + std::string(commit == "aaaa" ? "6}" : "7}"));
            write_file(blobs / (commit + "3"), R"({")" + commit + R"(": 0})");
            const std::string names[] = {"model.safetensors", "config.json", "vocab.json"};
            for (int k = 0; k < 3; ++k)
                fs::create_symlink(fs::path("../../blobs") / (commit + std::to_string(k + 1)),
                                   snapshot / names[k]);
        }
        check_refused(model, sl::errc::no_checkpoint, "\"aaaa\", \"bbbb\"; name the folder of one");
        fs::create_directories(model / "refs");
        write_file(model / "refs" / "main", "bbbb");
        for (const auto& path : {model, model / "snapshots", folder.path()}) {
            const auto file = sl::open_weights(path);
            CHECK(file.tensor("t").values()[0] == 7);
            CHECK(file.path() == model / "snapshots" / "bbbb" / "model.safetensors");
            CHECK(sl::read_model_config(file).n_heads == 7U);
            CHECK(sl::token_labels(path) == std::vector<std::string>{"bbbb"});
            CHECK(sl::token_labels(file.path()) == std::vector<std::string>{"bbbb"});
        }
        CHECK(opened(model / "snapshots" / "aaaa") == 6);
    }
}

TEST_CASE("a key is refused where none of the files, or one of them, has nothing to choose",
          "[io][open_weights]") {
    const auto check = [](const fs::path& path, const fs::path& named) {
        CAPTURE(path.string());
        try {
            sl::open_weights(path, {.key = "actor"});
            FAIL_CHECK("nothing was thrown");
        } catch (const sl::argument_error& failure) {
            const std::string message = failure.what();
            CAPTURE(message);
            CHECK(failure.code() == sl::errc::invalid_argument);
            CHECK(message.find(named.string()) == 0);
            CHECK(message.find("\"actor\"") != std::string::npos);
        }
    };
    const temporary_directory folder;
    const auto first = folder / "model-00001-of-00002.safetensors",
               second = folder / "model-00002-of-00002.safetensors";
    sl::write_safetensors(first, {{"t", sl::tensor({1}, {1})}}, {});
    sl::write_safetensors(second, {{"u", sl::tensor({2}, {1})}}, {});
    check(folder.path(), first); // without an index
    check(first, first);
    const std::string weight_map = R"({"weight_map":{"t":")" + first.filename().string() + R"(","u":")" +
                                   second.filename().string() + R"("}})";
    write_file(folder / index_name, weight_map);
    check(folder.path(), first);
    check(folder / index_name, first);
    CHECK(sl::open_weights(folder.path()).size() == 2);
    write_file(folder / "w.json", R"({"t":[1]})");
    check(folder / "w.json", folder / "w.json");

    // Of an index of torch's only what is no torch file is named.
    const temporary_directory mixed;
    const fs::path torch = fs::path(SVDLENS_TEST_SOURCE_DIR) / "io" / "pytorch" / "sharded";
    fs::copy(torch, mixed.path(), fs::copy_options::recursive);
    const auto other = mixed / "pytorch_model-00002-of-00002.bin";
    fs::remove(other);
    sl::write_safetensors(other, {{"t", sl::tensor({1}, {1})}}, {});
    check(mixed / "pytorch_model.bin.index.json", other);
}
