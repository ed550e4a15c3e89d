/// @file
/// The bodies of io/detail/zip/stored_zip.hpp. Field offsets are those of PKWARE's APPNOTE.TXT 6.3, 4.3 and 4.5.
#ifndef SVDLENS_IO_DETAIL_BODIES_STORED_ZIP_HPP
#define SVDLENS_IO_DETAIL_BODIES_STORED_ZIP_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../little_endian.hpp"
#include "../zip/stored_zip.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr std::uint64_t saturated_16 = 0xffff;     ///< the value stands in a ZIP64 field
inline constexpr std::uint64_t saturated_32 = 0xffffffff; ///< the same

/// Reads one archive's headers; every place is checked before it is looked at.
class zip_reader {
  public:
    zip_reader(std::string_view archive, const std::string& label) : archive_(archive), label_(label) {}

    std::vector<zip_entry> entries() {
        const auto directory = find_directory();
        std::vector<located_entry> found;
        std::uint64_t at = directory.begin;
        for (std::uint64_t k = 0; k < directory.entries; ++k) found.push_back(read_entry(at, directory));
        if (at != directory.end)
            fail("the directory has bytes after its " + to_text(directory.entries) + " entries");
        check_overlaps(found, directory.begin);
        std::vector<zip_entry> result;
        for (const auto& each : found) result.push_back(each.entry);
        check_names(result);
        return result;
    }

  private:
    struct directory_place {
        std::uint64_t begin = 0, end = 0, entries = 0;
    };
    struct located_entry {
        zip_entry entry;
        std::uint64_t header = 0; ///< of its local header
    };
    /// Sizes and place of an entry, as its headers give them.
    struct entry_numbers {
        std::uint64_t size = 0, packed = 0, header = 0;
    };

    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(errc::invalid_archive, label_ + ": " + what);
    }

    template <class Number>
    std::uint64_t number(std::uint64_t at) const {
        return load_little<Number>(
            reinterpret_cast<const std::byte*>(archive_.data() + static_cast<std::size_t>(at)));
    }
    std::uint64_t u16(std::uint64_t at) const { return number<std::uint16_t>(at); }
    std::uint64_t u32(std::uint64_t at) const { return number<std::uint32_t>(at); }
    std::uint64_t u64(std::uint64_t at) const { return number<std::uint64_t>(at); }

    std::string_view text(std::uint64_t at, std::uint64_t size) const {
        return archive_.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
    }
    bool fits(std::uint64_t at, std::uint64_t size, std::uint64_t end) const {
        return at <= end && size <= end - at;
    }
    bool has_mark(std::uint64_t at, std::string_view mark) const { return text(at, 4) == mark; }

    /// The end record: the last one whose comment ends where the file does.
    std::uint64_t find_end() const {
        constexpr std::uint64_t record = 22, longest_comment = 0xffff;
        const std::uint64_t size = archive_.size();
        for (std::uint64_t comment = 0; comment <= longest_comment && comment + record <= size; ++comment) {
            const std::uint64_t at = size - record - comment;
            if (has_mark(at, "PK\x05\x06") && u16(at + 20) == comment) return at;
        }
        fail("expected a zip's directory at the end, found none; the file may be cut off: download it again");
    }

    directory_place find_directory() const {
        const std::uint64_t end = find_end();
        if (end >= 20 && has_mark(end - 20, "PK\x06\x07")) return wide_directory(end);
        const std::uint64_t entries = u16(end + 10), size = u32(end + 12), begin = u32(end + 16);
        if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != entries) fail_disks();
        return checked({begin, begin + size, entries}, end);
    }

    /// A ZIP64 archive's: 32-bit fields agree with the 64-bit ones, or are saturated.
    directory_place wide_directory(std::uint64_t end) const {
        const std::uint64_t locator = end - 20, record = u64(locator + 8);
        if (u32(locator + 4) != 0 || u32(locator + 16) > 1) fail_disks();
        if (!fits(record, 56, locator) || !has_mark(record, "PK\x06\x06"))
            fail("expected a ZIP64 end record at byte " + to_text(record) + ", found none");
        if (u64(record + 4) != locator - record - 12)
            fail("the ZIP64 end record has another size than it says");
        const std::uint64_t entries = u64(record + 32), size = u64(record + 40), begin = u64(record + 48);
        if (u32(record + 16) != 0 || u32(record + 20) != 0 || u64(record + 24) != entries) fail_disks();
        const auto agrees = [](std::uint64_t narrow, std::uint64_t wide, std::uint64_t saturated) {
            return narrow == saturated || narrow == wide;
        };
        if (!agrees(u16(end + 10), entries, saturated_16) || !agrees(u32(end + 12), size, saturated_32) ||
            !agrees(u32(end + 16), begin, saturated_32))
            fail("the two end records of the zip contradict each other");
        if (!fits(begin, size, record)) fail("the directory does not lie in the file");
        return checked({begin, begin + size, entries}, record);
    }

    directory_place checked(directory_place found, std::uint64_t end) const {
        constexpr std::uint64_t smallest_entry = 46;
        if (found.begin > found.end || found.end != end)
            fail("the directory does not end where its end record begins");
        if (found.entries > (found.end - found.begin) / smallest_entry)
            fail("the directory is too short for its " + to_text(found.entries) + " entries");
        return found;
    }

    [[noreturn]] void fail_disks() const { fail("a zip of several disks is not read"); }

    /// Reads the entry at `at` and moves behind it.
    located_entry read_entry(std::uint64_t& at, const directory_place& directory) const {
        constexpr std::uint64_t fixed = 46;
        if (!fits(at, fixed, directory.end) || !has_mark(at, "PK\x01\x02"))
            fail("expected an entry of the directory at byte " + to_text(at) + ", found none");
        const std::uint64_t name = u16(at + 28), extra = u16(at + 30), comment = u16(at + 32);
        if (!fits(at + fixed, name + extra + comment, directory.end))
            fail("an entry of the directory does not end in it");
        located_entry found{{text(at + fixed, name)}};
        check_name(found.entry.name);
        found.entry.problem = problem_of(u16(at + 8), u16(at + 10));
        const auto numbers = wide_numbers({u32(at + 24), u32(at + 20), u32(at + 42)},
                                          text(at + fixed + name, extra), found.entry.name);
        if (numbers.size != numbers.packed && found.entry.problem.empty())
            fail_entry(found.entry.name, "stored in another size than its own");
        found.header = numbers.header;
        found.entry.size = numbers.packed;
        read_local_header(found, at, directory.begin);
        at += fixed + name + extra + comment;
        return found;
    }

    /// With the saturated ones taken from the ZIP64 extra field, which lists just these.
    entry_numbers wide_numbers(entry_numbers narrow, std::string_view extra, std::string_view name) const {
        std::string_view wide;
        for (std::size_t k = 0; k + 4 <= extra.size();) {
            const auto* const at = reinterpret_cast<const std::byte*>(extra.data() + k);
            const std::size_t size = load_little<std::uint16_t>(at + 2);
            if (size > extra.size() - k - 4) fail_entry(name, "an extra field that does not end");
            if (load_little<std::uint16_t>(at) == 1) wide = extra.substr(k + 4, size);
            k += 4 + size;
        }
        for (std::uint64_t* const value : {&narrow.size, &narrow.packed, &narrow.header}) {
            if (*value != saturated_32) continue;
            if (wide.size() < 8) fail_entry(name, "no ZIP64 sizes");
            *value = load_little<std::uint64_t>(reinterpret_cast<const std::byte*>(wide.data()));
            wide.remove_prefix(8);
        }
        return narrow;
    }

    /// What stands before the entry's bytes says the same, but for sizes that it leaves to what stands behind.
    void read_local_header(located_entry& found, std::uint64_t central, std::uint64_t end) const {
        constexpr std::uint64_t fixed = 30;
        const std::uint64_t at = found.header;
        const auto& name = found.entry.name;
        if (!fits(at, fixed, end) || !has_mark(at, "PK\x03\x04"))
            fail_entry(name, "no header where it should be");
        const std::uint64_t length = u16(at + 26), extra = u16(at + 28);
        if (!fits(at + fixed, length + extra, end)) fail_entry(name, "a header that does not end");
        if (text(at + fixed, length) != name) fail_entry(name, "another name in its header");
        if (u16(at + 6) != u16(central + 8) || u16(at + 8) != u16(central + 10))
            fail_entry(name, "other flags in its header than in the directory");
        const auto numbers =
            wide_numbers({u32(at + 22), u32(at + 18), 0}, text(at + fixed + length, extra), name);
        const bool later = (u16(at + 6) & 8) != 0;
        if (numbers.packed != found.entry.size && !(later && numbers.packed == 0))
            fail_entry(name, "another size in its header than in the directory");
        found.entry.begin = at + fixed + length + extra;
        if (!fits(found.entry.begin, found.entry.size, end)) fail_entry(name, "more bytes than the file");
    }

    /// Why an entry's bytes are not its content.
    static std::string_view problem_of(std::uint64_t flags, std::uint64_t method) {
        constexpr std::uint64_t encrypted = 1 | 1 << 6 | 1 << 13;
        if ((flags & encrypted) != 0) return "is encrypted: unpack the archive, and pack it again without";
        if (method != 0)
            return "is compressed; torch.save writes entries as they are: load the file with torch and save "
                   "it "
                   "again, or unpack it and pack it with `zip -0`";
        return {};
    }

    /// A relative path that stays below where it begins.
    void check_name(std::string_view name) const {
        constexpr std::string_view bad("\\:\0", 3);
        bool plain = !name.empty() && name[0] != '/' && name.find_first_of(bad) == std::string_view::npos;
        for (std::size_t k = 0; plain && k <= name.size();) {
            const std::size_t end = (std::min)(name.find('/', k), name.size());
            const auto part = name.substr(k, end - k);
            plain = part != ".." && part != ".";
            k = end + 1;
        }
        if (!plain) fail("entry " + quoted(name) + ": expected the name of a file in the archive");
    }

    void check_overlaps(std::vector<located_entry>& found, std::uint64_t end) const {
        std::sort(found.begin(), found.end(),
                  [](const located_entry& a, const located_entry& b) { return a.header < b.header; });
        for (std::size_t k = 0; k < found.size(); ++k) {
            const std::uint64_t next = k + 1 < found.size() ? found[k + 1].header : end;
            if (found[k].entry.begin + found[k].entry.size > next)
                fail_entry(found[k].entry.name, "bytes that belong to another entry, too");
        }
    }

    void check_names(std::vector<zip_entry>& all) const {
        std::sort(all.begin(), all.end(),
                  [](const zip_entry& a, const zip_entry& b) { return a.name < b.name; });
        const auto twice = std::adjacent_find(
            all.begin(), all.end(), [](const zip_entry& a, const zip_entry& b) { return a.name == b.name; });
        if (twice != all.end()) fail("entry " + quoted(twice->name) + " stands twice");
    }

    [[noreturn]] void fail_entry(std::string_view name, const std::string& found) const {
        fail("entry " + quoted(name) + ": found " + found);
    }

    std::string_view archive_;
    const std::string& label_;
};

SVDLENS_BODY std::vector<zip_entry> read_stored_zip(std::string_view archive, const std::string& label) {
    return zip_reader(archive, label).entries();
}

SVDLENS_BODY const zip_entry* find_entry(const std::vector<zip_entry>& entries, std::string_view name) {
    const auto at =
        std::lower_bound(entries.begin(), entries.end(), name,
                         [](const zip_entry& each, std::string_view wanted) { return each.name < wanted; });
    return at != entries.end() && at->name == name ? &*at : nullptr;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
