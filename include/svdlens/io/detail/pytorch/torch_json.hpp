/// @file
/// Settings in a torch file as JSON text.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_JSON_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_JSON_HPP

#include <cstddef>
#include <optional>
#include <string>

#include "../pickle/pickle_tree.hpp"
#include "torch_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The limit on the text of one value: what is longer is no setting but a record.
inline constexpr std::size_t largest_setting = std::size_t{1} << 20;

/// A value as JSON: dicts and objects' attributes as objects, lists, tuples and sets as arrays, an object that
/// is made of one plain value as this value, what has no meaning (a class, a function) by its name. Numbers are
/// written as Python writes them (`NaN`, `Infinity`). Nothing for more than `largest_setting` bytes or more than 32 levels.
std::optional<std::string> torch_json(const torch_tree& tree, pickle_id id);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/torch_json.hpp"
#endif

#endif
