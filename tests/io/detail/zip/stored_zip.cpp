#include "svdlens/io/detail/zip/stored_zip.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "io/refused_texts.hpp"
#include "io/torch_bytes.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;
using svdlens_tests::little;
using svdlens_tests::wide_zip_of;
using svdlens_tests::zip_of;
using svdlens_tests::zip_part;

namespace {

const std::vector<zip_part> three_parts = {{"b/data", "12345"}, {"a", ""}, {"b/other", "xyz"}};

std::vector<sl::detail::zip_entry> entries_of(const std::string& archive) {
    return sl::detail::read_stored_zip(archive, "f.zip");
}

/// With bytes of it replaced.
std::string patched(std::string archive, std::size_t at, const std::string& bytes) {
    return archive.replace(at, bytes.size(), bytes);
}

/// Where the `count`th header of a kind begins.
std::size_t header_at(const std::string& archive, const std::string& mark, int count) {
    std::size_t at = archive.find(mark);
    while (count-- > 0) at = archive.find(mark, at + 1);
    return at;
}

} // namespace

TEST_CASE("entries come in the order of their names, with their places", "[io][stored_zip]") {
    for (const auto& archive : {zip_of(three_parts), wide_zip_of(three_parts)}) {
        const auto entries = entries_of(archive);
        REQUIRE(entries.size() == 3);
        CHECK(entries[0].name == "a");
        CHECK(entries[1].name == "b/data");
        CHECK(entries[2].name == "b/other");
        CHECK(archive.substr(entries[1].begin, entries[1].size) == "12345");
        CHECK(archive.substr(entries[2].begin, entries[2].size) == "xyz");
        CHECK(entries[0].size == 0);
        CHECK(sl::detail::find_entry(entries, "b/data") == &entries[1]);
        CHECK(sl::detail::find_entry(entries, "b") == nullptr);
    }
    CHECK(entries_of(zip_of({})).empty());
    auto commented = zip_of(three_parts);
    commented.replace(commented.size() - 2, 2, little(4, 2));
    CHECK(entries_of(commented + "note").size() == 3);
}

TEST_CASE("sizes may stand behind the data, and in ZIP64 fields", "[io][stored_zip]") {
    auto archive = zip_of({{"a", "12345", 0, 8}}); // flag 8: the local header leaves sizes out
    archive = patched(archive, 18, little(0, 8));
    CHECK(entries_of(archive)[0].size == 5);

    // Saturated sizes in the directory, and the ZIP64 field that it then has.
    const std::string plain = zip_of({{"a", "12345"}});
    const auto central = header_at(plain, "PK\1\2", 0);
    auto wide = patched(patched(plain, central + 20, little(0xffffffff, 4) + little(0xffffffff, 4)),
                        central + 30, little(20, 2));
    wide.insert(central + 46 + 1, little(1, 2) + little(16, 2) + little(5, 8) + little(5, 8));
    wide = patched(wide, wide.size() - 10, little(46 + 1 + 20, 4));
    CHECK(entries_of(wide)[0].size == 5);
    const auto without = patched(wide, central + 46 + 1, little(2, 2));
    svdlens_tests::check_refusal(svdlens_tests::refusal_of([&] { entries_of(without); }),
                                 sl::errc::invalid_archive, {"f.zip: ", "\"a\"", "ZIP64"});
}

TEST_CASE("entries that are not as they are say so, and what to do", "[io][stored_zip]") {
    const auto entries = entries_of(zip_of({{"a", "12345", 8}, {"b", "123", 0, 1}, {"c", "1"}}));
    CHECK(entries[0].problem.find("zip -0") != std::string_view::npos);
    CHECK(entries[1].problem.find("encrypted") != std::string_view::npos);
    CHECK(entries[2].problem.empty());
}

TEST_CASE("what breaks the format is refused by entry", "[io][stored_zip]") {
    const auto plain = zip_of(three_parts), wide = wide_zip_of(three_parts);
    const auto central = header_at(plain, "PK\1\2", 0), end = plain.size() - 22;
    const auto wide_end = header_at(wide, "PK\6\6", 0), locator = header_at(wide, "PK\6\7", 0);
    const auto second = header_at(plain, "PK\3\4", 1);
    const std::vector<svdlens_tests::bad_text> cases = {
        {"nothing", "", sl::errc::invalid_archive, "cut off"},
        {"a begin only", "PK\3\4", sl::errc::invalid_archive, "cut off"},
        {"cut off", plain.substr(0, plain.size() - 1), sl::errc::invalid_archive, "cut off"},
        {"bytes behind", plain + "x", sl::errc::invalid_archive, "cut off"},
        {"another name before the data", patched(plain, 30, "c"), sl::errc::invalid_archive, "\"b/data\""},
        {"another size before the data", patched(plain, 18, little(4, 4)), sl::errc::invalid_archive,
         "\"b/data\""},
        {"other flags before the data", patched(plain, 6, little(2, 2)), sl::errc::invalid_archive,
         "\"b/data\""},
        {"another method before the data", patched(plain, 8, little(8, 2)), sl::errc::invalid_archive,
         "\"b/data\""},
        {"no header before the data", patched(plain, 0, "XX"), sl::errc::invalid_archive, "\"b/data\""},
        {"two sizes", patched(plain, central + 20, little(4, 4)), sl::errc::invalid_archive, "\"b/data\""},
        {"a header elsewhere", patched(plain, central + 42, little(1, 4)), sl::errc::invalid_archive,
         "\"b/data\""},
        {"a header beyond the file", patched(plain, central + 42, little(0xfffffff0, 4)),
         sl::errc::invalid_archive, "\"b/data\""},
        {"more bytes than the file",
         patched(patched(plain, central + 20, little(5000, 4) + little(5000, 4)), 18,
                 little(5000, 4) + little(5000, 4)),
         sl::errc::invalid_archive, "\"b/data\""},
        {"an overlap",
         patched(patched(plain, central + 20, little(9, 4) + little(9, 4)), 18, little(9, 4) + little(9, 4)),
         sl::errc::invalid_archive, "another entry"},
        {"a name that stands twice", zip_of({{"a", "1"}, {"a", "2"}}), sl::errc::invalid_archive, "twice"},
        {"a local header in another's data", patched(plain, second, "XX"), sl::errc::invalid_archive,
         "\"a\""},
        {"too few entries", patched(plain, end + 8, little(2, 2) + little(2, 2)), sl::errc::invalid_archive,
         "2 entries"},
        {"too many entries", patched(plain, end + 8, little(4, 2) + little(4, 2)), sl::errc::invalid_archive,
         ""},
        {"very many entries", patched(plain, end + 8, little(60000, 2) + little(60000, 2)),
         sl::errc::invalid_archive, "60000 entries"},
        {"several disks", patched(plain, end + 4, little(1, 2)), sl::errc::invalid_archive, "disks"},
        {"a directory elsewhere", patched(plain, end + 16, little(3, 4)), sl::errc::invalid_archive,
         "directory"},
        {"a directory of another size", patched(plain, end + 12, little(3, 4)), sl::errc::invalid_archive,
         "directory"},
        {"no ZIP64 record", patched(wide, wide_end, "XX"), sl::errc::invalid_archive, "ZIP64"},
        {"a ZIP64 record elsewhere", patched(wide, locator + 8, little(UINT64_MAX, 8)),
         sl::errc::invalid_archive, "ZIP64"},
        {"very many entries in ZIP64",
         patched(wide, wide_end + 24, little(UINT64_MAX, 8) + little(UINT64_MAX, 8)),
         sl::errc::invalid_archive, ""},
        {"a ZIP64 directory that overflows", patched(wide, wide_end + 40, little(UINT64_MAX, 8)),
         sl::errc::invalid_archive, ""},
        {"end records that differ", patched(wide, wide_end + 48, little(0, 8)), sl::errc::invalid_archive,
         "contradict"},
    };
    svdlens_tests::check_refused(cases, "f.zip", [](const std::string& text) { entries_of(text); });
}

TEST_CASE("names lead nowhere else", "[io][stored_zip]") {
    for (const std::string& name : {std::string("../a"), std::string("/a"), std::string("a/../b"),
                                    std::string("a/.."), std::string("C:a"), std::string("a\\b"),
                                    std::string(""), std::string("./a"), std::string("a\0b", 3)}) {
        CAPTURE(name);
        svdlens_tests::check_refusal(svdlens_tests::refusal_of([&] {
                                         entries_of(zip_of({{name, "1"}}));
                                     }),
                                     sl::errc::invalid_archive, {"f.zip: entry ", "name of a file"});
    }
    for (const std::string name : {"a", ".data/serialization_id", "a..b/c", "...", "a/", "a//b"}) {
        CAPTURE(name);
        CHECK(entries_of(zip_of({{name, "1"}})).size() == 1);
    }
}

TEST_CASE("no prefix and no flipped byte of an archive does more than an error", "[io][stored_zip]") {
    for (const auto& whole : {zip_of(three_parts), wide_zip_of(three_parts)}) {
        for (std::size_t size = 0; size < whole.size(); ++size)
            CHECK(svdlens_tests::refusal_of([&] { entries_of(whole.substr(0, size)); }).code ==
                  sl::errc::invalid_archive);
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (const int bit : {1, 0x80, 0xff}) {
                auto other = whole;
                other[at] = static_cast<char>(other[at] ^ bit);
                try {
                    for (const auto& each : entries_of(other))
                        CHECK((each.begin <= other.size() && each.size <= other.size() - each.begin));
                } catch (const sl::format_error&) { // the only other way out
                }
            }
    }
}
