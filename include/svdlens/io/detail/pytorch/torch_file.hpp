/// @file
/// A file of torch.save: what it describes, and where the bytes of its storages are.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_FILE_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_FILE_HPP

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../pickle/pickle_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Bytes of a file.
struct torch_place {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
};

/// A file as it is described, nothing of it believed but that the places lie in it.
struct torch_file {
    std::string label;
    std::string_view bytes;
    pickle_tree tree;
    std::map<std::string, torch_place, std::less<>> storages; ///< by key
};

/// Whether a file begins as torch.save begins: a zip, or a pickle of torch's magic number. O(1)
bool begins_as_torch(std::string_view bytes);

/// Reads what a file describes; no storage is touched. `bytes` and what they are of must outlive it. O(n log n) in the
/// entries and instructions.
/// @throws format_error (invalid_archive, invalid_pickle); (unsupported_tensor) for big-endian files, TorchScript and
///         zips of other kinds
torch_file read_torch_file(std::string_view bytes, const std::string& label);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/torch_file.hpp"
#endif

#endif
