#include "svdlens/io/mapped_file.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#if defined(__unix__)
#include <fcntl.h>
#include <sys/stat.h>
#endif

namespace sl = svdlens;

namespace {

template <class Action>
sl::errc code_of(Action action) {
    try {
        action();
    } catch (const sl::error& failure) {
        INFO(failure.what());
        CHECK(std::string(failure.what()).find('\n') == std::string::npos);
        return failure.code();
    }
    return sl::errc{};
}

} // namespace

TEST_CASE("mapping and reading give the same bytes", "[io][mapped_file]") {
    const svdlens_tests::temporary_directory folder;
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{100'001}}) {
        std::string content(size, '\0');
        for (std::size_t k = 0; k < size; ++k) content[k] = static_cast<char>(k * 131 % 251);
        svdlens_tests::write_file(folder / "f", content);
        const auto file = sl::map_file(folder / "f", access);
        CHECK(file.text() == content);
        CHECK(file.owner != nullptr);
    }
}

TEST_CASE("an empty file gives no bytes and no owner", "[io][mapped_file]") {
    const svdlens_tests::temporary_directory folder;
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    svdlens_tests::write_file(folder / "empty", "");
    const auto file = sl::map_file(folder / "empty", access);
    CHECK(file.bytes.empty());
    CHECK(file.text().empty());
    CHECK(file.owner == nullptr);
}

TEST_CASE("bytes live as long as an owner, also when the file is removed", "[io][mapped_file]") {
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    sl::mapped_file file;
    {
        const svdlens_tests::temporary_directory folder;
        svdlens_tests::write_file(folder / "f", "still here");
        file = sl::map_file(folder / "f", access);
    }
    const auto copy = file;
    file = {};
    CHECK(copy.text() == "still here");
    CHECK(copy.owner.use_count() == 1);
}

TEST_CASE("what is no readable file has its own code and names the path", "[io][mapped_file]") {
    const svdlens_tests::temporary_directory folder;
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    CHECK(code_of([&] { sl::map_file(folder / "absent", access); }) == sl::errc::cannot_open);
    CHECK(code_of([&] { sl::map_file(folder.path(), access); }) == sl::errc::not_a_file);
    try {
        sl::map_file(folder / "absent", access);
    } catch (const sl::file_error& failure) {
        const std::string message = failure.what();
        CHECK(message.find((folder / "absent").string()) == 0);
        CHECK(message.find("No such file") != std::string::npos);
    }
#if defined(__unix__)
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(code_of([&] { sl::map_file(folder / "pipe", access); }) ==
          sl::errc::not_a_file); // and does not wait
    CHECK(code_of([&] { sl::map_file("/dev/null", access); }) == sl::errc::not_a_file);
#endif
}

TEST_CASE("a file that is not there, but for a slip, is named", "[io][mapped_file]") {
    const svdlens_tests::temporary_directory folder;
    for (const char* const there : {"model.safetensors", "weights.pt", "layer_1.npy"})
        svdlens_tests::write_file(folder / there, "");
    const auto hint_of = [&](const std::string& name) {
        try {
            sl::map_file(folder / name);
        } catch (const sl::file_error& failure) {
            const std::string message = failure.what();
            const auto at = message.find("; ");
            return at == message.npos ? "" : message.substr(at + 2);
        }
        return std::string("opened");
    };
    CHECK(hint_of("modle.safetensors") == "its folder holds \"model.safetensors\"");
    CHECK(hint_of("model.safetensor") == "its folder holds \"model.safetensors\"");
    CHECK(hint_of("weights.pth") == "its folder holds \"weights.pt\"");
    CHECK(hint_of("layer_12.npy") == "its folder holds \"layer_1.npy\"");
    CHECK(hint_of("other.safetensors").empty());
    CHECK(hint_of("nowhere/model.safetensors").empty());
}

#if defined(__unix__)
TEST_CASE("a file that the system does not map is read", "[io][mapped_file]") {
    const svdlens_tests::temporary_directory folder;
    svdlens_tests::write_file(folder / "f", "bytes");
    const sl::detail::file_descriptor write_only(::open((folder / "f").c_str(), O_WRONLY));
    CHECK(sl::detail::map_descriptor(write_only.number(), 5).owner == nullptr);
    const std::filesystem::path notes = "/sys/kernel/notes"; // of a kind of file system that maps nothing
    std::ifstream in(notes, std::ios::binary);
    const std::string expected((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (expected.empty() || std::filesystem::file_size(notes) != expected.size()) {
        WARN("skipped: no " + notes.string());
        return;
    }
    CHECK(sl::map_file(notes).text() == expected);
}
#endif
