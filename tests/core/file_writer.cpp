#include "svdlens/core/file_writer.hpp"

#include <filesystem>
#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
namespace sl = svdlens;
using namespace svdlens_tests;

namespace {} // namespace

TEST_CASE("a committed file holds what was written and leaves nothing beside it") {
    const temporary_directory folder;
    sl::file_writer out(folder / "edges.csv");
    out.write("layer,head\n");
    out.write(std::string("0,\0\n", 4));
    CHECK_FALSE(fs::exists(folder / "edges.csv"));
    out.commit();
    CHECK(read_file(folder / "edges.csv") == std::string("layer,head\n0,\0\n", 15));
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("the start of a file can be replaced before it is committed") {
    const temporary_directory folder;
    sl::file_writer out(folder / "a");
    out.write("0000 rows");
    out.write_start("0012");
    out.write("!");
    out.commit();
    CHECK(read_file(folder / "a") == "0012 rows!");
    CHECK_THROWS_AS(out.write_start("1"), sl::file_error);
}

TEST_CASE("without a commit the file that was there is untouched and nothing is left") {
    const temporary_directory folder;
    write_file(folder / "old", "old");
    {
        sl::file_writer out(folder / "old");
        out.write("new");
    }
    CHECK(read_file(folder / "old") == "old");
    CHECK(files_in(folder.path()) == 1);
    sl::file_writer out(folder / "old");
    out.write("new");
    out.commit();
    CHECK(read_file(folder / "old") == "new");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("two writers of one file do not disturb each other and the last commit stays") {
    const temporary_directory folder;
    sl::file_writer first(folder / "f"), second(folder / "f");
    first.write("first");
    second.write("second");
    first.commit();
    CHECK(read_file(folder / "f") == "first");
    second.commit();
    CHECK(read_file(folder / "f") == "second");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a link is followed and stays a link") {
    const temporary_directory folder;
    fs::create_directory(folder / "data");
    write_file(folder / "data/real", "old");
    fs::create_symlink("data/real", folder / "link");
    sl::file_writer out(folder / "link");
    out.write("new");
    out.commit();
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "data/real") == "new");
    CHECK(files_in(folder / "data") == 1);
}

TEST_CASE("a link to a file that does not exist yet makes that file") {
    const temporary_directory folder;
    fs::create_directory(folder / "data");
    fs::create_symlink("data/later", folder / "link");
    sl::file_writer out(folder / "link");
    out.write("new");
    out.commit();
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "data/later") == "new");
}

TEST_CASE("nothing can be written to a file that is committed") {
    const temporary_directory folder;
    sl::file_writer out(folder / "file");
    out.write("all");
    out.commit();
    REQUIRE_THROWS_AS(out.write("more"), sl::file_error);
    REQUIRE_THROWS_AS(out.commit(), sl::file_error);
    CHECK(read_file(folder / "file") == "all");
}

TEST_CASE("a directory and a missing folder are refused by name") {
    const temporary_directory folder;
    try {
        const sl::file_writer out(folder.path());
        FAIL("no error");
    } catch (const sl::file_error& e) {
        CHECK(e.code() == sl::errc::cannot_write);
        CHECK(std::string(e.what()).find(folder.path().string()) == 0);
        CHECK(std::string(e.what()).find("is a directory") != std::string::npos);
    }
    REQUIRE_THROWS_AS(sl::file_writer(folder / "none/file"), sl::file_error);
}

TEST_CASE("a full disk is reported, by a large write at once and by a small one at the commit") {
    if (!fs::exists("/dev/full")) return;
    const auto write = [](std::size_t bytes) {
        sl::file_writer out("/dev/full");
        out.write(std::string(bytes, 'x'));
        out.commit();
    };
    REQUIRE_THROWS_AS(write(10), sl::file_error);
    REQUIRE_THROWS_AS(write(1 << 20), sl::file_error);
    CHECK(fs::exists("/dev/full"));
}

TEST_CASE("a finished file stays where it is until it is committed") {
    const temporary_directory folder;
    {
        sl::file_writer out(folder / "f");
        out.write("text");
        out.finish();
        CHECK_FALSE(fs::exists(folder / "f"));
        REQUIRE_THROWS_AS(out.write("more"), sl::file_error);
        out.commit();
        CHECK(read_file(folder / "f") == "text");
        REQUIRE_THROWS_AS(out.commit(), sl::file_error);
    }
    {
        sl::file_writer forgotten(folder / "g");
        forgotten.finish();
    }
    CHECK(files_in(folder.path()) == 1);
}
