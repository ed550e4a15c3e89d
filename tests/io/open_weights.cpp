#include "svdlens/io/open_weights.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "io/index_name.hpp"
#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

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
        {"notes.txt", "A text of some length.\n", header_too_large, "is this a safetensors file?"},
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
