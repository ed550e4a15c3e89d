/// @file
/// The name of a sharded checkpoint's index.
#ifndef SVDLENS_TESTS_IO_INDEX_NAME_HPP
#define SVDLENS_TESTS_IO_INDEX_NAME_HPP

#include <string>

namespace svdlens_tests {

/// The file that says which shard holds which tensor.
inline const std::string index_name = "model.safetensors.index.json";

} // namespace svdlens_tests

#endif
