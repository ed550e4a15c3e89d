#include "svdlens/io/detail/sharded_safetensors.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "io/index_name.hpp"
#include "io/refused_texts.hpp"
#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"

namespace sl = svdlens;
namespace fs = std::filesystem;
using svdlens_tests::check_refusal;
using svdlens_tests::entry;
using svdlens_tests::file_of;
using svdlens_tests::index_name;
using svdlens_tests::refusal_of;
using svdlens_tests::write_file;

namespace {

const std::string first = "model-00001-of-00002.safetensors";
const std::string second = "model-00002-of-00002.safetensors";

/// Two shards: a (1, 2) and b (3) in the first, c (4, 5, 6) in the second, and the index of them.
void write_model(const svdlens_tests::temporary_directory& folder) {
    sl::write_safetensors(
        folder / first,
        {sl::named_tensor("a", sl::tensor({1, 2}, {2})), sl::named_tensor("b", sl::tensor({3}, {1, 1}))},
        {{"format", "pt"}});
    sl::write_safetensors(folder / second, {sl::named_tensor("c", sl::basic_tensor<double>({4, 5, 6}, {3}))},
                          {});
    write_file(folder / index_name, R"({"metadata":{"total_size":36,"note":"two"},"weight_map":{"a":")" +
                                        first + R"(","c":")" + second + R"(","b":")" + first + R"("}})");
}

} // namespace

TEST_CASE("a model of several files opens by index and by folder as one", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    for (const auto& path : {folder.path(), folder / index_name}) {
        const auto dict = sl::open_safetensors(path, {.access = access});
        CHECK(dict.path() == folder / index_name);
        CHECK(dict.size() == 3);
        CHECK(dict.names() == std::vector<std::string>{"a", "b", "c"});
        CHECK(dict.contains("c"));
        CHECK_FALSE(dict.contains("d"));
        CHECK(dict.metadata() == sl::metadata_map{{"note", "two"}});
        CHECK(dict.tensor("a").values()[1] == 2.0F);
        CHECK(dict.record("b").shape == std::vector<std::uint64_t>{1, 1});
        CHECK(dict.tensor<double>("c").values()[2] == 6.0);
        CHECK(dict.record("c").type == sl::dtype::f64);
        CHECK(dict.bytes("c").size() == 24);
        REQUIRE(dict.records().size() == 3);
        CHECK(dict.records()[2].end == 24);
    }
}

TEST_CASE("tensors of one file share its mapping and outlive the model", "[io][sharded_safetensors]") {
    sl::tensor a;
    sl::tensor b;
    sl::basic_tensor<double> c;
    {
        const svdlens_tests::temporary_directory folder;
        write_model(folder);
        const auto dict = sl::open_safetensors(folder.path());
        a = dict.tensor("a");
        b = dict.tensor("b");
        c = dict.tensor<double>("c");
        CHECK(static_cast<const void*>(a.data()) == static_cast<const void*>(dict.bytes("a").data()));
    }
    CHECK(a.owner() == b.owner());
    CHECK(static_cast<const void*>(a.owner().get()) != static_cast<const void*>(c.owner().get()));
    CHECK(a.values()[0] + b.values()[0] == 4.0F);
    CHECK(c.values()[0] == 4.0);
}

TEST_CASE("a file is opened when one of its tensors is asked for, and asked again after a failure",
          "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto good = svdlens_tests::read_file(folder / second);
    write_file(folder / second, "damaged");
    const auto dict = sl::open_safetensors(folder.path()); // does not look into it
    const auto copy = dict;
    CHECK(dict.names().size() == 3);
    CHECK(dict.tensor("b").values()[0] == 3.0F);
    const std::vector<std::string> named = {index_name, "shard \"" + second + "\"", "tensor \"c\"",
                                            "7 bytes"};
    check_refusal(refusal_of([&] { dict.tensor("c"); }), sl::errc::header_too_small, named);
    check_refusal(refusal_of([&] { copy.record("c"); }), sl::errc::header_too_small, named);
    check_refusal(refusal_of([&] { dict.bytes("c"); }), sl::errc::header_too_small, named);
    check_refusal(refusal_of([&] { dict.records(); }), sl::errc::header_too_small, named);
    write_file(folder / second, good);
    CHECK(copy.tensor("c").values()[1] == 5.0F);
    fs::remove(folder / first);
    fs::remove(folder / second);
    CHECK(dict.records().size() == 3); // open already
}

TEST_CASE("a file that is not there is named with index and tensor", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto dict = sl::open_safetensors(folder.path());
    fs::remove(folder / second);
    const std::vector<std::string> named = {index_name, "\"" + second + "\"", "tensor \"c\""};
    SECTION("when the model is opened") {
        check_refusal(refusal_of([&] { sl::open_safetensors(folder.path()); }), sl::errc::missing_shard,
                      named);
    }
    SECTION("when it went later") {
        check_refusal(refusal_of([&] { dict.tensor("c"); }), sl::errc::missing_shard, named);
        CHECK(dict.tensor("a").values()[0] == 1.0F);
    }
    SECTION("when a link leads nowhere") {
        fs::create_symlink(folder / "nowhere", folder / second);
        check_refusal(refusal_of([&] { sl::open_safetensors(folder.path()); }), sl::errc::missing_shard,
                      named);
    }
}

TEST_CASE("what stands in the place of a file is said", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    fs::remove(folder / second);
    struct wrong_file {
        const char* what;
        std::string bytes;
        sl::errc code;
        std::string named;
    };
    const std::vector<wrong_file> cases = {
        {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
         sl::errc::header_too_large, "git lfs pull"},
        {"nothing", "", sl::errc::header_too_small, "0 bytes"},
        {"a page", "<!DOCTYPE html>", sl::errc::header_too_large, "web page"},
        {"a cut file", svdlens_tests::length_bytes(100) + "{", sl::errc::invalid_header_length, "cut off"},
        {"no tensors", file_of("{}"), sl::errc::not_in_shard, "do not belong together"},
        {"another's tensors", file_of("{" + entry("d", "U8", "[1]", "[0,1]") + "}", 1),
         sl::errc::not_in_shard, "do not belong together"},
        {"a bad header", file_of("{" + entry("c", "U8", "[2]", "[0,1]") + "}", 1),
         sl::errc::invalid_tensor_size, "\"c\""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        write_file(folder / second, each.bytes);
        const auto dict = sl::open_safetensors(folder.path());
        check_refusal(refusal_of([&] { dict.tensor("c"); }), each.code,
                      {index_name, "\"" + second + "\"", "tensor \"c\"", each.named});
        CHECK(dict.tensor("a").values()[0] == 1.0F);
    }
    fs::remove(folder / second);
    fs::create_directory(folder / second);
    const auto dict = sl::open_safetensors(folder.path());
    check_refusal(refusal_of([&] { dict.tensor("c"); }), sl::errc::not_a_file, {index_name, second, "\"c\""});
}

TEST_CASE("the files of a model are told before any of them is opened", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto size = fs::file_size(folder / first);
    write_file(folder / second, "damaged");
    const auto dict = sl::open_safetensors(folder.path());
    const auto files = dict.files();
    REQUIRE(files.size() == 2);
    CHECK(files[0].path == folder / first);
    CHECK(files[0].bytes == size);
    CHECK(files[0].tensors == 2);
    CHECK(files[1].path == folder / second);
    CHECK(files[1].bytes == 7U);
    CHECK(files[1].tensors == 1);
    CHECK(files[dict.record("b").storage].path == folder / first);
    fs::remove(folder / first);
    CHECK_FALSE(dict.files()[0].bytes.has_value());
    CHECK(dict.tensor("b").values()[0] == 3.0F); // open already

    write_file(folder / index_name, R"({"weight_map":{"a":"s","b":"s"}})");
    write_file(folder / "s", "");
    const auto one = sl::open_safetensors(folder.path()).files();
    REQUIRE(one.size() == 1);
    CHECK(one[0].tensors == 2);
    CHECK(one[0].bytes == 0U);
    write_file(folder / index_name, R"({"weight_map":{}})");
    CHECK(sl::open_safetensors(folder.path()).files().empty());
}

TEST_CASE("the index decides which file a tensor is read from", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    const auto one = [](float value) { return sl::named_tensor("t", sl::tensor({value}, {1})); };
    sl::write_safetensors(folder / "x", {one(1), sl::named_tensor("more", sl::tensor({9}, {1}))}, {});
    sl::write_safetensors(folder / "y", {one(2), sl::named_tensor("u", sl::tensor({3}, {1}))}, {});
    write_file(folder / index_name, R"({"weight_map":{"t":"y","u":"y"}})");
    const auto dict = sl::open_safetensors(folder / index_name);
    CHECK(dict.tensor("t").values()[0] == 2.0F);
    CHECK_FALSE(dict.contains("more")); // in a file, but not in the index
    CHECK(dict.records().size() == 2);
}

TEST_CASE("files may be links to elsewhere, as in a download cache", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory blobs;
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    for (const auto& name : {first, second, index_name}) {
        fs::rename(folder / name, blobs / ("blob" + name));
        fs::create_symlink(blobs / ("blob" + name), folder / name);
    }
    CHECK(sl::open_safetensors(folder.path()).tensor("c").values()[0] == 4.0F);
}

TEST_CASE("an index without tensors is a model without tensors", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_file(folder / index_name, R"({"weight_map":{}})");
    const auto dict = sl::open_safetensors(folder.path());
    CHECK(dict.size() == 0);
    CHECK(dict.records().empty());
    check_refusal(refusal_of([&] { dict.tensor("t"); }), sl::errc::unknown_tensor, {index_name, "\"t\""});
}

TEST_CASE("an unknown name opens no file and says which ones are near", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_file(folder / "s", "damaged");
    write_file(folder / index_name, R"({"weight_map":{"h.0.wte.weight":"s"}})");
    const auto dict = sl::open_safetensors(folder.path());
    check_refusal(refusal_of([&] { dict.tensor("wte.weight"); }), sl::errc::unknown_tensor,
                  {"nearest: \"h.0.wte.weight\""});
}

TEST_CASE("an index that cannot be read has the code of its fault", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    check_refusal(refusal_of([&] { sl::open_safetensors(folder / index_name); }), sl::errc::cannot_open,
                  {index_name});
    write_file(folder / index_name, "");
    check_refusal(refusal_of([&] { sl::open_safetensors(folder.path()); }), sl::errc::invalid_index,
                  {index_name});
    write_file(folder / index_name, R"({"weight_map":{"t":"../secret"}})");
    write_file(folder / "secret", "x");
    check_refusal(refusal_of([&] { sl::open_safetensors(folder.path()); }), sl::errc::outside_folder,
                  {index_name, "\"../secret\"", "\"t\""});
}

TEST_CASE("an index beside the working folder needs no folder in its path", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto before = fs::current_path();
    fs::current_path(folder.path());
    const auto value = sl::open_safetensors(index_name).tensor("c").values()[0];
    const auto from_dot = sl::open_safetensors(".").tensor("a").values()[0];
    fs::current_path(before);
    CHECK(value == 4.0F);
    CHECK(from_dot == 1.0F);
}

TEST_CASE("a model of several files is written as one", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    write_model(folder);
    const auto dict = sl::open_safetensors(folder.path());
    sl::write_safetensors(folder / first, dict); // onto a file that backs it
    const auto whole = sl::open_safetensors(folder / first);
    CHECK(whole.names() == dict.names());
    CHECK(whole.metadata() == dict.metadata());
    for (const auto& each : whole.records()) {
        CHECK(each.shape == dict.record(each.name).shape);
        const auto written = whole.bytes(each.name);
        const auto read = dict.bytes(each.name);
        CHECK(std::equal(written.begin(), written.end(), read.begin(), read.end()));
    }
}

TEST_CASE("many threads may ask one model at once", "[io][sharded_safetensors]") {
    const svdlens_tests::temporary_directory folder;
    constexpr std::size_t shards = 7;
    constexpr std::size_t each = 5;
    std::string map;
    for (std::size_t s = 0; s < shards; ++s) {
        std::vector<sl::named_tensor> tensors;
        const std::string shard = "s" + std::to_string(s);
        for (std::size_t t = 0; t < each; ++t) {
            const std::string name = "t" + std::to_string(t) + "." + std::to_string(s);
            tensors.emplace_back(name, sl::tensor({static_cast<float>(s * each + t)}, {1}));
            map += (map.empty() ? "\"" : ",\"") + name + "\":\"" + shard + "\"";
        }
        sl::write_safetensors(folder / shard, tensors, {});
    }
    write_file(folder / index_name, "{\"weight_map\":{" + map + "}}");
    const unsigned count = GENERATE(1U, 2U, 5U);
    const auto dict = sl::open_safetensors(folder.path());
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < count; ++k) {
        threads.emplace_back([&, k] {
            for (std::size_t i = 0; i < shards * each; ++i) {
                const std::size_t at = (i + k * 11) % (shards * each);
                const std::string name = "t" + std::to_string(at % each) + "." + std::to_string(at / each);
                if (dict.tensor(name).values()[0] != static_cast<float>(at)) ++wrong;
                if (dict.contains("none") || dict.size() != shards * each) ++wrong;
            }
            if (dict.records().size() != shards * each) ++wrong;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
}
