/// @file
/// The tensors and settings of a torch file's bytes.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_CONTENTS_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_CONTENTS_HPP

#include <string>
#include <string_view>
#include <vector>

#include "../../tensor_record.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Records in ascending order of names, counted from the file's begin.
struct torch_contents {
    std::vector<tensor_record> records;
    metadata_map metadata;
    std::string key;                     ///< of the state dict, where it was found by rule
    std::vector<std::string> other_keys; ///< likewise: what else holds tensors
};

/// Reads the state dict that `choose_state` takes, and checks all tensors.
/// @throws format_error as `open_pytorch`
torch_contents read_torch_contents(std::string_view bytes, const std::string& label, std::string_view key);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/torch_contents.hpp"
#endif

#endif
