/// @file
/// Which of the things in a torch file is the model's state dict.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_STATE_CHOICE_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_STATE_CHOICE_HPP

#include <string>
#include <string_view>
#include <vector>

#include "../../tensor_record.hpp"
#include "torch_file.hpp"
#include "torch_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The state dict of a file: its tensors by name, and the settings beside and above it.
struct torch_state {
    std::vector<torch_child> tensors; ///< in the order of the file; none has the name of another
    metadata_map metadata;
    std::string key;                     ///< found by rule: the path of keys, with dots between
    std::vector<std::string> other_keys; ///< found by rule: the paths of what holds tensors beside it
};

/// Takes the state dict that stands behind `key`, a path of keys with dots between (`.`: the whole object), or
/// for an empty key that of the rule: a module is its own; else the only one of the usual wrapping keys
/// (`model_state_dict`, `state_dict`, `model`, ...), again and again; else a dict of tensors; else the only
/// thing that holds tensors. The state of an optimizer is none. Dicts and lists within it join their names
/// with dots. Strings, numbers and plain objects on the way become metadata, strings as they are, others as JSON.
/// @throws format_error (no_state_dict) when there is none, or several, which are listed; (unsupported_tensor) for
///         what stands in it and is no plain tensor; (invalid_pickle) for what goes beyond any checkpoint
torch_state choose_state(const torch_file& file, std::string_view key);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/state_choice.hpp"
#endif

#endif
