/// @file
/// The bodies of io/detail/pytorch/torch_file.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TORCH_FILE_HPP
#define SVDLENS_IO_DETAIL_BODIES_TORCH_FILE_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/checked.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../foreign_format.hpp"
#include "../little_endian.hpp"
#include "../pickle/pickle_reader.hpp"
#include "../pickle/pickle_tree.hpp"
#include "../pytorch/storage_reference.hpp"
#include "../pytorch/torch_file.hpp"
#include "../zip/stored_zip.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

SVDLENS_BODY bool begins_as_torch(std::string_view bytes) {
    return bytes.starts_with("PK\x03\x04") || begins_as_torch_pickle(bytes);
}

// The zip format, of torch 1.6 and later: NAME/data.pkl, NAME/data/KEY, NAME/byteorder.

[[noreturn]] inline void throw_unsupported_file(const std::string& label, const std::string& what) {
    throw format_error(errc::unsupported_tensor, label + ": " + what);
}

/// What stands before `data.pkl` in the names of all entries.
inline std::string torch_folder(const std::vector<zip_entry>& entries, const std::string& label) {
    constexpr std::string_view pickle = "data.pkl";
    std::vector<std::string> found;
    bool npy = false;
    for (const auto& each : entries) {
        npy = npy || each.name.ends_with(".npy");
        if (each.name != pickle && !each.name.ends_with("/data.pkl")) continue;
        found.emplace_back(each.name.substr(0, each.name.size() - pickle.size()));
    }
    if (found.size() > 1)
        throw_unsupported_file(label, "expected one entry data.pkl, found " + quoted(found[0] + "data.pkl") +
                                          " and " + quoted(found[1] + "data.pkl"));
    if (found.empty())
        throw_unsupported_file(label, std::string("expected a zip of torch.save, found no entry data.pkl") +
                                          (npy ? "; this looks like an .npz of NumPy: save the arrays as "
                                                 "tensors, or as safetensors"
                                               : "; this is a zip of another kind"));
    return found.front();
}

inline void check_kind(const std::vector<zip_entry>& entries, const std::string& folder,
                       std::string_view bytes, const std::string& label) {
    if (find_entry(entries, folder + "constants.pkl") != nullptr)
        throw_unsupported_file(label, "a TorchScript archive (torch.jit.save), which holds code: load it and "
                                      "save its state_dict() with torch.save");
    const auto* const order = find_entry(entries, folder + "byteorder");
    if (order == nullptr) return;
    const auto text =
        bytes.substr(static_cast<std::size_t>(order->begin), static_cast<std::size_t>(order->size));
    if (text.starts_with("little")) return;
    throw_unsupported_file(label, "byteorder: expected little, found " + quoted(text) +
                                      ": save it on a little-endian machine");
}

inline torch_file read_torch_zip(std::string_view bytes, const std::string& label) {
    const auto entries = read_stored_zip(bytes, label);
    const auto folder = torch_folder(entries, label);
    check_kind(entries, folder, bytes, label);
    const auto& pickle = *find_entry(entries, folder + "data.pkl");
    torch_file file{label, bytes, {}, {}};
    const std::string data = folder + "data/";
    for (const auto& each : entries) {
        const bool storage = each.name.starts_with(data);
        if ((storage || &each == &pickle) && !each.problem.empty())
            throw format_error(errc::invalid_archive,
                               label + ": entry " + quoted(each.name) + " " + std::string(each.problem));
        if (storage) file.storages.emplace(each.name.substr(data.size()), torch_place{each.begin, each.size});
    }
    file.tree = read_pickle(
        bytes.substr(static_cast<std::size_t>(pickle.begin), static_cast<std::size_t>(pickle.size)),
        label + ": data.pkl");
    return file;
}

// The format before: pickles of a magic number, a version, the machine, the object and a list of keys; then
// for each key the number of elements and the elements.

/// How wide the elements of each storage are: the objects say it, the storages do not.
inline std::map<std::string_view, std::uint64_t> element_sizes(const pickle_tree& tree,
                                                               const std::string& label) {
    std::map<std::string_view, std::uint64_t> sizes;
    for (pickle_id id = 0; id < tree.nodes.size(); ++id) {
        if (!tree.is(id, pickle_kind::persistent)) continue;
        const auto found = read_storage_reference(tree, id);
        if (found.width == 0) continue;
        if (!sizes.emplace(found.key, found.width).second && sizes[found.key] != found.width)
            throw format_error(errc::invalid_pickle,
                               label + ": storage " + quoted(found.key) + ": elements of two sizes");
    }
    return sizes;
}

inline void check_machine(const pickle_tree& tree, const std::string& label) {
    if (!tree.is(tree.root, pickle_kind::dict)) return;
    const auto* const little = tree.find(tree.root, "little_endian");
    if (little != nullptr && tree.is(*little, pickle_kind::boolean) && tree[*little].integer == 0)
        throw_unsupported_file(label, "written on a big-endian machine: save it on a little-endian one");
}

/// The places of the storages, which stand one behind the other after `at`.
inline void place_storages(torch_file& file, const pickle_tree& keys, std::size_t at) {
    const auto fail = [&](std::string_view key, const std::string& what) {
        throw format_error(errc::invalid_archive, file.label + ": storage " + quoted(key) + ": " + what);
    };
    if (!keys.is(keys.root, pickle_kind::list)) fail("", "expected a list of keys");
    const auto sizes = element_sizes(file.tree, file.label);
    for (const pickle_id id : keys[keys.root].items) {
        const auto key = keys[id].text;
        const auto size = sizes.find(key);
        if (size == sizes.end()) fail(key, "nothing says what its elements are");
        if (file.bytes.size() - at < 8) fail(key, "the file is cut off; download it again");
        const auto count =
            load_little<std::uint64_t>(reinterpret_cast<const std::byte*>(file.bytes.data() + at));
        const auto bytes = checked_multiply(count, size->second);
        at += 8;
        if (!bytes || *bytes > file.bytes.size() - at)
            fail(key, "expected " + to_text(count) + " elements, found " + to_text(file.bytes.size() - at) +
                          " bytes; the file is cut off: download it again");
        if (!file.storages.emplace(key, torch_place{at, *bytes}).second) fail(key, "stands twice");
        at += static_cast<std::size_t>(*bytes);
    }
    if (at != file.bytes.size())
        throw format_error(errc::invalid_archive,
                           file.label + ": expected the end of the file after the last storage, found " +
                               to_text(file.bytes.size() - at) + " extra bytes");
}

inline torch_file read_torch_pickles(std::string_view bytes, const std::string& label) {
    std::size_t at = 0;
    const auto next = [&](const char* what) {
        auto tree = read_pickle(bytes.substr(at), label + ": " + what);
        at += tree.size;
        return tree;
    };
    next("the magic number");
    const auto version = next("the version");
    if (!version.is(version.root, pickle_kind::integer) || version[version.root].integer != 1001)
        throw_unsupported_file(label, "expected version 1001 of torch's format, found another");
    check_machine(next("the machine's kind"), label);
    torch_file file{label, bytes, next("the object"), {}};
    const auto keys = next("the list of storages");
    place_storages(file, keys, at);
    return file;
}

SVDLENS_BODY torch_file read_torch_file(std::string_view bytes, const std::string& label) {
    if (bytes.starts_with("PK")) return read_torch_zip(bytes, label);
    if (begins_as_torch_pickle(bytes)) return read_torch_pickles(bytes, label);
    throw format_error(errc::invalid_archive, label + ": expected a file of torch.save, found another" +
                                                  std::string(foreign_format(bytes)));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
