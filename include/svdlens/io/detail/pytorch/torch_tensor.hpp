/// @file
/// A tensor of a torch file as a record.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_TENSOR_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_TENSOR_HPP

#include <cstdint>
#include <string>

#include "../../tensor_record.hpp"
#include "../pickle/pickle_tree.hpp"
#include "torch_file.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Makes records of a file's tensors, each checked against its storage.
class torch_tensors {
  public:
    explicit torch_tensors(const torch_file& file) : file_(file) {}

    /// The tensor that a node describes; its bytes are counted from the file's begin.
    /// @throws format_error (unsupported_tensor) for what is no plain tensor; (invalid_tensor_size, size_overflow)
    tensor_record record(pickle_id id, std::string name);

  private:
    const torch_file& file_;
    std::uint64_t repeated_ = 0; ///< bytes of tensors that show elements more than once
};

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/torch_tensor.hpp"
#endif

#endif
