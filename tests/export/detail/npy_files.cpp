#include "svdlens/export/detail/npy_files.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace svdlens;

TEST_CASE("the other files are named after the array's") {
    CHECK(detail::npy_sibling("d.npy/a.npy", ".rows.npy") == "d.npy/a.rows.npy");
    CHECK(detail::npy_sibling("d.npy/a", ".axes.json") == "d.npy/a.axes.json");
    CHECK(detail::npy_sibling("a.b.npy", ".axes.json") == "a.b.axes.json");
    CHECK(detail::npy_sibling("a.txt", ".axes.json") == "a.txt.axes.json");
}

TEST_CASE("without a commit no file is there, with one all are") {
    const svdlens_tests::temporary_directory folder;
    const axes table({{"a", 2}});
    {
        detail::npy_files<float> files(folder / "a.npy", table, 1, detail::npy_layout::listed_rows);
        CHECK(files.lists_rows());
        files.write({"abcd", "12345678"});
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    detail::npy_files<float> files(folder / "a.npy", table, 1, detail::npy_layout::listed_rows);
    files.write({"abcd", "12345678"});
    files.commit();
    CHECK(svdlens_tests::read_file(folder / "a.npy").substr(128) == "abcd");
    CHECK(svdlens_tests::read_file(folder / "a.rows.npy").substr(128) == "12345678");
    CHECK(std::filesystem::exists(folder / "a.axes.json"));

    detail::npy_files<float> whole(folder / "b.npy", table, 2, detail::npy_layout::whole_shape);
    CHECK_FALSE(whole.lists_rows());
    whole.commit();
    CHECK_FALSE(std::filesystem::exists(folder / "b.rows.npy"));
}

using namespace svdlens;

namespace {

unsigned byte(const std::string& text, std::size_t k) { return static_cast<unsigned char>(text[k]); }

} // namespace

TEST_CASE("shapes are spelled as Python spells tuples") {
    using shape = std::vector<std::uint64_t>;
    CHECK(detail::python_tuple(shape{}) == "()");
    CHECK(detail::python_tuple(shape{7}) == "(7,)");
    CHECK(detail::python_tuple(shape{0, 12}) == "(0, 12)");
}

TEST_CASE("a header is what numpy.save writes") {
    const std::vector<std::uint64_t> shape{2, 3};
    const auto header = detail::npy_header("<f4", shape);
    const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    REQUIRE(header.size() == 128);
    CHECK(header.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    CHECK(header.substr(10) == text + std::string(128 - 10 - text.size() - 1, ' ') + "\n");
}

TEST_CASE("values start at multiples of 64 bytes whatever the length of the header") {
    for (std::size_t rank = 0; rank < 60; ++rank) {
        const std::vector<std::uint64_t> shape(rank, 1);
        const auto header = detail::npy_header("<f8", shape);
        CHECK(header.size() % 64 == 0);
        CHECK(byte(header, 8) + 256 * byte(header, 9) == header.size() - 10);
        CHECK(header.back() == '\n');
        CHECK(header.size() - header.find_last_not_of(" \n") <= 65);
    }
}

TEST_CASE("a header that is too long for version 1 is of version 2") {
    for (const std::size_t rank : {21820U, 21850U, 30000U}) {
        const std::vector<std::uint64_t> shape(rank, 1);
        const auto header = detail::npy_header("<f8", shape);
        CHECK(header.size() % 64 == 0);
        if (header.size() - 10 <= 0xffff) {
            CHECK(byte(header, 6) == 1);
        } else {
            CHECK(byte(header, 6) == 2);
            CHECK(byte(header, 8) + 256 * byte(header, 9) + 65536 * byte(header, 10) == header.size() - 12);
            CHECK(byte(header, 11) == 0);
            CHECK(header[12] == '{');
        }
    }
    CHECK(byte(detail::npy_header("<f8", std::vector<std::uint64_t>(30000, 1)), 6) == 2);
}

TEST_CASE("values are bytes in little-endian order") {
    std::string out = "x";
    const std::vector<float> floats{1.0F, -2.5F};
    detail::append_little_endian<float>(out, floats);
    CHECK(out == std::string("x\x00\x00\x80\x3f\x00\x00\x20\xc0", 9));
    out.clear();
    const std::vector<std::uint64_t> rows{0x0102030405060708U};
    detail::append_little_endian<std::uint64_t>(out, rows);
    CHECK(out == "\x08\x07\x06\x05\x04\x03\x02\x01");
    std::string same;
    detail::append_bytes(same, rows[0], 8);
    CHECK(same == out);
    detail::append_little_endian<double>(out, {});
    CHECK(out.size() == 8);
}
