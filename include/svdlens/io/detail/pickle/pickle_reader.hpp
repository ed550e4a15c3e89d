/// @file
/// Reads a pickle of any protocol as inert nodes.
#ifndef SVDLENS_IO_DETAIL_PICKLE_PICKLE_READER_HPP
#define SVDLENS_IO_DETAIL_PICKLE_PICKLE_READER_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include "pickle_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The limit on a pickle's instructions: a large model's checkpoint has a hundred thousand.
inline constexpr std::size_t most_pickle_instructions = 10'000'000;

/// The limit on values that wait to be put somewhere.
inline constexpr std::size_t deepest_pickle_stack = std::size_t{1} << 20;

/// Reads the pickle that `bytes` begin with, to its end mark. Every instruction of protocols 0 to 5 is
/// known, but for what needs things from outside (extension codes, buffers beside the pickle). No class is looked
/// for and nothing is called: globals are names, calls are nodes that say what would be called with what.
/// One pass without recursion, O(size) in time and memory: at most about 80 bytes an instruction.
/// `label` is what messages call the pickle.
/// @throws format_error (invalid_pickle)
pickle_tree read_pickle(std::string_view bytes, const std::string& label);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/pickle_reader.hpp"
#endif

#endif
