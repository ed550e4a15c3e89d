/// @file
/// What the library throws: one exception family, each with a stable code.
///
/// Bad input throws an `error` whose message is one line that names the file, the tensor, what was
/// expected and what was found; so does work that was asked to stop. The code is part of the API: its number
/// and meaning never change.
#ifndef SVDLENS_CORE_ERROR_HPP
#define SVDLENS_CORE_ERROR_HPP

#include <stdexcept>
#include <string>
#include <string_view>

#include "detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// Why an operation failed.
enum class errc : int {
    // files
    cannot_open = 101,   ///< the file does not exist or may not be read
    not_a_file = 102,    ///< the path is a directory or another thing that holds no bytes
    cannot_read = 103,   ///< the operating system failed a read
    cannot_write = 104,  ///< the operating system failed a write (full disk, permissions)
    no_checkpoint = 105, ///< a folder holds no checkpoint, or several
    // safetensors
    header_too_small = 201,      ///< fewer than the eight bytes that give the header's length
    header_too_large = 202,      ///< the header's length is over 100,000,000 bytes
    invalid_header_length = 203, ///< the header would end after the file does
    invalid_header_utf8 = 204,   ///< the header is not UTF-8
    invalid_header = 205,        ///< the header is not the JSON object that the format asks for
    duplicate_key = 206,         ///< a name stands twice in one object
    invalid_offset = 207,        ///< tensors overlap, leave a hole, or end before they begin
    size_overflow = 208,         ///< a tensor's size in bits exceeds 64 bits
    misaligned_tensor = 209,     ///< a tensor of sub-byte elements does not fill its last byte
    invalid_tensor_size = 210,   ///< shape and dtype give another size than the offsets
    incomplete_data = 211,       ///< bytes are missing or left over after the last tensor
    // sharded and JSON checkpoints
    invalid_index = 212,   ///< a shard index is not the JSON object that the convention asks for
    outside_folder = 213,  ///< a shard's name is no plain name of a file beside the index
    missing_shard = 214,   ///< a file that the index names is not there
    not_in_shard = 215,    ///< a tensor is not in the shard that the index names
    invalid_weights = 216, ///< JSON weights are not the object of tensors that the format asks for
    // torch files
    invalid_archive = 217, ///< the zip or the list of storages breaks its format's rules
    invalid_pickle = 218,  ///< the pickle breaks its format's rules, or is larger than any checkpoint needs
    no_state_dict = 219,   ///< there is no state dict, or there are several and none was chosen
    unsupported_tensor = 220, ///< a tensor, or the whole file, is of a kind that is not read
    // state dicts and models
    unknown_tensor = 301,    ///< no tensor of that name
    unsupported_dtype = 302, ///< the dtype cannot be read as the type asked for
    unknown_scheme = 303,    ///< no naming scheme fits the tensor names
    wrong_shape = 304,       ///< a tensor's shape contradicts the others or the config
    invalid_config = 305,    ///< a config is not what it should be
    unsupported_model = 306, ///< the operation would be wrong for this architecture
    invalid_scheme = 307,    ///< a scheme file is not the table that it should be
    ambiguous_model = 308,   ///< several models in one file, or tensors that could each be the one meant
    // numerics
    non_finite = 401,    ///< a weight is NaN or infinite, or a result would be
    underflow = 402,     ///< a result is not zero, but too small for the computing type
    not_converged = 403, ///< an iteration came to no end
    // axes and tables
    unknown_column = 501,    ///< no axis or label column of that name
    unknown_label = 502,     ///< no index of that label
    ambiguous_label = 503,   ///< a label stands at several indices
    wrong_label_count = 504, ///< a label list is longer or shorter than its axis
    invalid_axes = 505,      ///< names repeat, or extents do not match the values
    invalid_argument = 506,  ///< an option or a number is outside its range
    // execution
    cancelled = 601, ///< the caller asked the work to stop
    // shards
    pending = 701,       ///< the answer needs what other shards find, or another round of them
    broken_shard = 702,  ///< a shard's file is missing, damaged, of other work, or there twice
    foreign_shard = 703, ///< a shard comes from another machine's instructions or libraries
};

/// Base of everything the library throws: on bad input, when the system fails, and when it was asked to stop.
class error : public std::runtime_error {
  public:
    /// A stable code and a message of one line.
    error(errc code, const std::string& message) : std::runtime_error(message), code_(code) {}

    /// The stable reason, for programs; `what()` is for people.
    errc code() const noexcept { return code_; }

  private:
    errc code_;
};

/// The operating system refused a file operation.
class file_error : public error {
  public:
    using error::error;
};

/// A file's content breaks its format's rules.
class format_error : public error {
  public:
    using error::error;
};

/// A name, a column or a label does not exist, or is not unique.
class lookup_error : public error {
  public:
    using error::error;
};

/// Weights do not form a model that the operation can handle.
class model_error : public error {
  public:
    using error::error;
};

/// A value that cannot be computed with, such as a NaN weight.
class numeric_error : public error {
  public:
    using error::error;
};

/// An argument is outside what the function accepts.
class argument_error : public error {
  public:
    using error::error;
};

/// The work was stopped through `execution::stop`.
class cancelled_error : public error {
  public:
    cancelled_error() : error(errc::cancelled, "cancelled") {}
};

/// This process has done its part of a pass that is shared out, and the answer needs the parts of others.
class pending_error : public error {
  public:
    /// Says whose part is missing.
    explicit pending_error(const std::string& message) : error(errc::pending, message) {}
};

} // namespace svdlens::inline v0_2

#endif
