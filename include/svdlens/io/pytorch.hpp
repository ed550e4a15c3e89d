/// @file
/// Files of PyTorch (`.pt`, `.pth`, `.bin`), read without running anything that stands in them.
#ifndef SVDLENS_IO_PYTORCH_HPP
#define SVDLENS_IO_PYTORCH_HPP

#include <filesystem>
#include <string>

#include "mapped_file.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0_2 {

/// Whether a path is taken for that of a file of torch.save: a file that begins as a zip, or as a pickle of
/// torch's magic number, whatever it is called. Reads at most 64 bytes.
bool is_pytorch_file(const std::filesystem::path& path);

/// How `open_pytorch` works.
struct pytorch_options {
    file_access access = file_access::map;
    /// Where the state dict stands: keys with dots between, agent.model; a dot alone for the whole object; empty: found
    /// by the rule of `open_pytorch`
    std::string key = {};
};

/// Opens a file of torch.save, of the zip format (torch 1.6 and later) or the one before, any dtype.
///
/// Nothing is imported and nothing called: of the pickle only containers, numbers, strings and the functions
/// that make plain tensors of storages have a meaning, everything else is a name. A tensor that hangs on anything
/// else (quantised, sparse, a subclass, an array of NumPy) is refused by name. Tensors whose elements stand
/// in order are views of the file; others (transposed, sliced, expanded) are put in order when their bytes are
/// first asked for. Data are not touched: the time does not depend on their amount (when mapped). O(file)
/// at most, time and memory, for any file.
///
/// Which state dict is taken: a module that was pickled whole is its own. Else the only one of the usual keys
/// (`model_state_dict`, `state_dict`, `model_state`, `model`, `module`, `network`, `net`, `weights`,
/// `params`) that holds tensors, again and again; else a dict of nothing but tensors; else the only thing
/// that holds any. The state of an optimizer is none. Dicts and lists within it give names with dots. Where
/// there are several, the error lists them, and `key` chooses.
///
/// Strings beside it, and beside what leads to it, become metadata as they are; numbers, dicts and the
/// attributes of objects as JSON (`model_args`, `hyper_parameters`, `cfg`), up to 1 MiB each. Under the names that
/// `read_model_config` reads, only objects do.
/// @throws file_error (cannot_open, not_a_file, cannot_read)
/// @throws format_error (invalid_archive, invalid_pickle, no_state_dict, unsupported_tensor,
///         invalid_tensor_size, size_overflow, incomplete_data, duplicate_key)
state_dict open_pytorch(const std::filesystem::path& path, const pytorch_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/pytorch.hpp"
#endif

#endif
