/// @file
/// Zips, pickles and torch files made by hand, byte by byte, without the library.
#ifndef SVDLENS_TESTS_IO_TORCH_BYTES_HPP
#define SVDLENS_TESTS_IO_TORCH_BYTES_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace svdlens_tests {

inline std::string little(std::uint64_t value, unsigned width) {
    std::string out;
    for (unsigned k = 0; k < width; ++k) out += static_cast<char>(k < 8 ? value >> (8 * k) & 255U : 0U);
    return out;
}

/// A file in a zip.
struct zip_part {
    std::string name, bytes;
    std::uint64_t method = 0, flags = 0;
};

/// A zip of these, without ZIP64. The last 22 bytes are its end record.
inline std::string zip_of(const std::vector<zip_part>& parts) {
    std::string out, directory;
    for (const auto& each : parts) {
        const std::uint64_t header = out.size(), size = each.bytes.size();
        const std::string common = little(each.flags, 2) + little(each.method, 2) + little(0, 8) +
                                   little(size, 4) + little(size, 4) + little(each.name.size(), 2);
        out += "PK\3\4" + little(20, 2) + common + little(0, 2) + each.name + each.bytes;
        directory +=
            "PK\1\2" + little(20, 2) + little(20, 2) + common + little(0, 12) + little(header, 4) + each.name;
    }
    const std::string count = little(parts.size(), 2);
    return out + directory + "PK\5\6" + little(0, 4) + count + count + little(directory.size(), 4) +
           little(out.size(), 4) + little(0, 2);
}

/// The same with the directory's numbers in ZIP64 records, as torch.save always writes them.
inline std::string wide_zip_of(const std::vector<zip_part>& parts) {
    std::string out = zip_of(parts);
    const std::string end = out.substr(out.size() - 22);
    const auto number = [&](std::size_t at, std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t k = width; k-- > 0;) value = value << 8 | static_cast<unsigned char>(end[at + k]);
        return value;
    };
    out.resize(out.size() - 22);
    const std::uint64_t record = out.size();
    out += "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
           little(number(10, 2), 8) + little(number(10, 2), 8) + little(number(12, 4), 8) +
           little(number(16, 4), 8);
    return out + "PK\6\7" + little(0, 4) + little(record, 8) + little(1, 4) + end;
}

/// Pickles' values, as instructions that push one.
namespace pickled {

inline std::string text(const std::string& value) { return "X" + little(value.size(), 4) + value; }
inline std::string integer(std::int64_t value) {
    return "\x8a\x08" + little(static_cast<std::uint64_t>(value), 8);
}
inline std::string global(const std::string& module, const std::string& name) {
    return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
    std::string out = "(";
    for (const auto& each : items) out += each;
    return out + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
    std::vector<std::string> items;
    for (const auto each : values) items.push_back(integer(each));
    return tuple(items);
}
inline std::string call(const std::string& callee, const std::string& arguments) {
    return callee + arguments + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
    std::string out = "}(";
    for (const auto& [key, value] : items) out += text(key) + value;
    return out + "u";
}
inline std::string storage(const std::string& type, const std::string& key, std::int64_t count) {
    return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(count)}) + "Q";
}
/// A tensor of a storage, by offset, shape and strides.
inline std::string tensor(const std::string& storage, std::int64_t offset,
                          const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    return call(global("torch._utils", "_rebuild_tensor_v2"),
                tuple({storage, integer(offset), integers(shape), integers(strides), "\x89",
                       call(global("collections", "OrderedDict"), ")")}));
}
/// A row of the floats of storage "0", which has six.
inline std::string row(std::int64_t offset = 0, std::int64_t count = 2) {
    return tensor(storage("FloatStorage", "0", 6), offset, {count}, {1});
}
inline std::string whole(const std::string& value) { return "\x80\x02" + value + "."; }

} // namespace pickled

/// The floats 0 to 5.
inline std::string six_floats() {
    std::string out;
    for (const std::uint32_t bits : {0U, 0x3f800000U, 0x40000000U, 0x40400000U, 0x40800000U, 0x40a00000U})
        out += little(bits, 4);
    return out;
}

/// A file of torch.save that describes a value, with storage "0" of six floats.
inline std::string torch_file_of(const std::string& value) {
    return wide_zip_of(
        {{"x/data.pkl", pickled::whole(value)}, {"x/data/0", six_floats()}, {"x/version", "3\n"}});
}

/// The same in the format before torch 1.6. `count` is what the file says of its elements.
inline std::string old_torch_file_of(const std::string& value, std::uint64_t count = 6) {
    using namespace pickled;
    const std::string machine =
        "}(" + text("protocol_version") + integer(1001) + text("little_endian") + "\x88" + "u";
    return whole("\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19") + whole(integer(1001)) + whole(machine) +
           whole(value) + whole("](" + text("0") + "e") + little(count, 8) + six_floats();
}

} // namespace svdlens_tests

#endif
