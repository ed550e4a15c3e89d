/// @file
/// What a file is that is not what was expected, told by how it begins.
#ifndef SVDLENS_IO_DETAIL_FOREIGN_FORMAT_HPP
#define SVDLENS_IO_DETAIL_FOREIGN_FORMAT_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "little_endian.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// How files of some format begin, and what to say of them.
struct file_signature {
    std::string_view start;
    std::string_view hint;
};

inline constexpr file_signature file_signatures[] = {
    {"version https://git-lfs", "; this is a Git LFS pointer, not the file itself: run `git lfs pull`"},
    {"version https://hawser", "; this is a Git LFS pointer, not the file itself: run `git lfs pull`"},
    {"/annex/objects/", "; this is a git-annex pointer, not the file itself: run `git annex get`"},
    {"PK\x03\x04", "; this looks like a PyTorch zip checkpoint, which open_weights reads (or another zip)"},
    {"PK\x05\x06", "; this looks like an empty zip"},
    {"\x89HDF\r\n\x1a\n", "; this looks like an HDF5 file (Keras, TensorFlow): convert it to safetensors"},
    {"\x93NUMPY", "; this looks like an array of NumPy (.npy): convert it to safetensors"},
    {"GGUF", "; this looks like a GGUF file: convert it to safetensors"},
    {"lmgg", "; this looks like a GGML file: convert it to safetensors"},
    {"tjgg", "; this looks like a GGML file: convert it to safetensors"},
    {"\x1f\x8b", "; this looks like a gzip file: unpack it first"},
    {"BZh", "; this looks like a bzip2 file: unpack it first"},
    {std::string_view("\xfd\x37zXZ\0", 6), "; this looks like an xz file: unpack it first"},
    {"\x28\xb5\x2f\xfd", "; this looks like a zstd file: unpack it first"},
    {"7z\xbc\xaf\x27\x1c", "; this looks like a 7z file: unpack it first"},
    {"\xff\xfe", "; this looks like UTF-16: save it as UTF-8"},
    {"\xfe\xff", "; this looks like UTF-16: save it as UTF-8"},
};

/// Whether a file begins as pickles of protocols 0 and 1 do, which are text: an empty container or a tuple's
/// mark, PyTorch's magic number, or the module and name of a class.
constexpr bool begins_as_text_pickle(std::string_view file) {
    constexpr std::string_view starts[] = {
        "(dp", "(lp", "(dq", "(lq", "}q", "]q", "L119547037146038801333356L"};
    for (const auto start : starts)
        if (file.starts_with(start)) return true;
    if (!file.starts_with('c')) return false;
    std::size_t lines = 0;
    for (std::size_t k = 1; k < file.size() && k < 256; ++k) {
        const char c = file[k];
        const bool name = c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z');
        if (c == '\n' && file[k - 1] != '\n' && k != 1 && ++lines == 2) return true;
        if (!name && c != '\n') return false;
    }
    return false;
}

/// Whether a file begins as torch.save wrote it before torch 1.6: a pickle of torch's magic number, of any
/// protocol.
constexpr bool begins_as_torch_pickle(std::string_view file) {
    constexpr std::string_view magic = "\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.";
    if (file.starts_with("L119547037146038801333356L")) return true;
    return file.starts_with('\x80') && file.substr(0, 24).find(magic) != std::string_view::npos;
}

/// Whether a file begins as a pickle does, of any protocol.
constexpr bool begins_as_pickle(std::string_view file) {
    const bool binary = file.size() > 1 && file[0] == '\x80' && file[1] >= 2 && file[1] <= 5;
    return binary || begins_as_text_pickle(file);
}

/// What a file seems to be that is neither safetensors nor JSON, with the remedy; empty when nothing is
/// known. O(1)
inline std::string_view foreign_format(std::string_view file) {
    for (const auto& each : file_signatures)
        if (file.starts_with(each.start)) return each.hint;
    if (begins_as_torch_pickle(file))
        return "; this looks like a pickled PyTorch checkpoint, which open_weights reads";
    if (begins_as_pickle(file))
        return "; this looks like a pickled object that torch.save did not write: save its tensors with "
               "torch.save "
               "or as safetensors";
    if (file.starts_with('<') && file.substr(0, 8).find('\0') == std::string_view::npos)
        return "; this looks like a web page: the download failed";
    constexpr std::size_t tar_mark = 257;
    if (file.size() > tar_mark && file.substr(tar_mark).starts_with("ustar"))
        return "; this looks like a tar archive: unpack it first; if PyTorch before 0.1.10 wrote it, load it "
               "with torch "
               "and save it again";
    return "";
}

/// Whether a file begins as text does: its first bytes can all be seen, or are blanks. Not an empty one.
constexpr bool begins_as_text(std::string_view file) {
    const auto first = file.substr(0, 64);
    for (const char c : first)
        if ((c < ' ' || c > '~') && c != '\t' && c != '\n' && c != '\r') return false;
    return !first.empty();
}

/// Whether a file begins as safetensors do: a length that it can have, and a brace.
inline bool begins_as_safetensors(std::string_view file) {
    if (file.size() < 10 || file[8] != '{') return false;
    return load_little<std::uint64_t>(reinterpret_cast<const std::byte*>(file.data())) <= file.size() - 8;
}

/// What a file that should be JSON is instead, with the remedy; empty when nothing is known. O(1)
inline std::string_view instead_of_json(std::string_view file) {
    if (begins_as_safetensors(file)) return "; this looks like a safetensors file";
    return foreign_format(file);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
