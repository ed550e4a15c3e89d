/// @file
/// What a model's tokens are called, from the tokenizer files beside it.
#ifndef SVDLENS_IO_TOKEN_LABELS_HPP
#define SVDLENS_IO_TOKEN_LABELS_HPP

#include <filesystem>
#include <string>
#include <vector>

#include "detail/json/tokenizer_json.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

std::vector<std::string> labels_of(const std::filesystem::path& path, tokenizer_format format);

} // namespace detail

/// The labels of a model's tokens, in the order of their ids, readable and on one line each: byte-level and
/// sentencepiece spellings undone, control and invisible characters, bytes that are no UTF-8 and the
/// backslash escaped (`shown_token`). Ids that no token has are called by their numbers. Added tokens come
/// with the others and stand in for those of the same id.
///
/// @param model the model's folder (also in a cache of the Hugging Face hub), any file in it (a checkpoint), or the tokenizer's file itself:
///        `tokenizer.json`, else `vocab.json` (with the `added_tokens.json` beside it)
/// @returns nothing where there is neither: tokens are numbers then
/// @throws file_error (cannot_open, not_a_file, cannot_read) for a path that does not exist, and for whatever
///         stands under those names and cannot be read
/// @throws format_error (invalid_config) naming file and key: malformed JSON, more than 2^28 bytes, a value
///         of a wrong type, an id that two tokens of the vocabulary have, or one of 2^22 or more;
///         (duplicate_key) for a token that stands twice
///
/// One pass over the file; memory: the tokens twice. Merges are passed over.
std::vector<std::string> token_labels(const std::filesystem::path& model);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/token_labels.hpp"
#endif

#endif
