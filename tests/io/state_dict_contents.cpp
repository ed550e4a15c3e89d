#include "svdlens/io/state_dict_contents.hpp"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/state_dict.hpp"

namespace sl = svdlens;

namespace {

/// Three tensors in two files; `open` is what opening a file does.
template <class Open>
sl::state_dict two_files(Open open) {
    sl::state_dict_contents contents;
    contents.path = "index";
    contents.records = {{.name = "c", .type = {}, .storage = 1, .shape = {}},
                        {.name = "a", .type = {}, .storage = 0, .shape = {}},
                        {.name = "b", .type = {}, .storage = 1, .shape = {}}};
    contents.storages.resize(2);
    contents.files = {"x", "y"};
    contents.open_shard = open;
    return sl::state_dict(std::move(contents));
}

/// A file of bytes 0, 1, 2 with a U8 tensor for each name.
sl::shard_contents bytes_for(const std::vector<std::string>& names) {
    auto bytes = std::make_shared<std::vector<std::byte>>();
    sl::shard_contents found;
    for (const auto& name : names) {
        const auto k = static_cast<std::uint64_t>(bytes->size());
        found.records.push_back(
            {.name = name, .type = sl::dtype::u8, .shape = {1}, .begin = k, .end = k + 1});
        bytes->push_back(static_cast<std::byte>(k));
    }
    found.bytes = *bytes;
    found.owner = std::move(bytes);
    return found;
}

} // namespace

TEST_CASE("a file is opened once, for the tensor that was asked first", "[io][state_dict_contents]") {
    std::vector<std::string> opened;
    const auto dict = two_files([&](const std::filesystem::path& file, const sl::tensor_record& needed) {
        opened.push_back(file.string() + " " + needed.name);
        return bytes_for({"a", "b", "c"});
    });
    CHECK(dict.names() == std::vector<std::string>{"a", "b", "c"});
    CHECK(opened.empty());
    CHECK(dict.tensor("c").values()[0] == 2.0F);
    CHECK(dict.tensor("b").values()[0] == 1.0F);
    CHECK(opened == std::vector<std::string>{"y c"});
    CHECK(dict.records()[0].type == sl::dtype::u8);
    CHECK(opened == std::vector<std::string>{"y c", "x a"});
}

TEST_CASE("a file that lacks one tensor completes none", "[io][state_dict_contents]") {
    int calls = 0;
    const auto dict = two_files([&](const std::filesystem::path&, const sl::tensor_record&) {
        return bytes_for(++calls == 1 ? std::vector<std::string>{"b"} : std::vector<std::string>{"b", "c"});
    });
    try {
        dict.tensor("b"); // c is not there
        FAIL("nothing was thrown");
    } catch (const sl::format_error& failure) {
        const std::string message = failure.what();
        CHECK(failure.code() == sl::errc::not_in_shard);
        CHECK(message.find("index: expected tensor \"c\" in shard \"y\"") == 0);
    }
    CHECK(dict.tensor("b").values()[0] == 0.0F); // tried again
    CHECK(dict.tensor("c").values()[0] == 1.0F);
    CHECK(calls == 2);
}

TEST_CASE("threads that ask at once open a file once", "[io][state_dict_contents]") {
    std::atomic<int> calls{0};
    const auto dict = two_files([&](const std::filesystem::path&, const sl::tensor_record&) {
        ++calls;
        return bytes_for({"a", "b", "c"});
    });
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 5; ++k) {
        threads.emplace_back([&, k] {
            for (int i = 0; i < 100; ++i) {
                const char* const name = (i + k) % 2 == 0 ? "b" : "c";
                if (dict.tensor(name).values()[0] != ((i + k) % 2 == 0 ? 1.0F : 2.0F)) ++wrong;
                if (dict.names().size() != 3) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(calls == 1);
}
