/// @file
/// A checkpoint's tensors grouped by name: what differs only in the number of a layer is one group.
#ifndef SVDLENS_IO_TENSOR_GROUPS_HPP
#define SVDLENS_IO_TENSOR_GROUPS_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dtype.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// Tensors of one dtype and shape whose names are the same text with these numbers, in every combination.
struct tensor_group {
    std::vector<std::string> texts;                  ///< one more than `numbers`; dots stay with the text
    std::vector<std::vector<std::uint64_t>> numbers; ///< ascending, none empty
    dtype type = dtype::f32;
    std::vector<std::uint64_t> shape;
    std::uint64_t count = 1;
    std::uint64_t bytes = 0;   ///< of all of them
    std::uint32_t storage = 0; ///< which file of a model of several holds the first of them
};

/// The name, or the pattern of names: `h.{0-11}.attn.c_attn.weight`.
std::string pattern_of(const tensor_group& group);

/// Each tensor on its own, layer 2 before layer 10. O(n log n)
std::vector<tensor_group> single_tensors(std::span<const tensor_record> records);

/// Tensors whose names differ in numbers between dots only, and whose dtype and shape are the same, as one
/// group. O(n log n)
std::vector<tensor_group> grouped_tensors(std::span<const tensor_record> records);

/// Tensors whose names differ in numbers between dots only, whatever their shapes are.
struct tensor_pattern {
    std::string pattern = {}; ///< `h.{layer}.attn.c_attn.weight`; a second number that differs is `{n}`
    dtype type = dtype::f32;  ///< of the first
    std::vector<std::uint64_t> shape = {}; ///< likewise
    std::size_t count = 0;
    bool alike = true; ///< all have this dtype and shape
};

/// The patterns of a file's names, as a naming scheme would write them, in the order in which their first
/// tensors are read. O(n log n)
std::vector<tensor_pattern> tensor_patterns(std::span<const tensor_record> records);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/tensor_groups.hpp"
#endif

#endif
