/// @file
/// A naming scheme in a file: how a layout of one's own is described without C++.
#ifndef SVDLENS_MODEL_SCHEME_FILE_HPP
#define SVDLENS_MODEL_SCHEME_FILE_HPP

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naming_scheme.hpp"

namespace svdlens::inline v0_2 {

/// The limit on the bytes of a scheme file; the longest known scheme has a hundredth of them.
inline constexpr std::uint64_t largest_scheme_file = std::uint64_t{1} << 20;

/// A scheme that was read from a file, with the tables that it views. A value: copies share them.
/// @code
/// const auto own = read_scheme("scheme.json");
/// transformer_weights(file, {.schemes = {&own.scheme(), 1}});
/// @endcode
class scheme_file {
  public:
    /// Its texts and tables live as long as this or a copy of it.
    const naming_scheme& scheme() const& { return owned_->first; }
    const naming_scheme& scheme() const&& = delete;

  private:
    using owned = std::pair<naming_scheme, std::vector<std::shared_ptr<const void>>>;
    explicit scheme_file(std::shared_ptr<const owned> scheme) : owned_(std::move(scheme)) {}
    friend scheme_file parse_scheme(std::string_view text, const std::string& label);

    std::shared_ptr<const owned> owned_;
};

/// Reads a scheme from JSON: an object with the fields of `naming_scheme` under their names, lists of objects
/// for its tables, enumerators by name. Axes are names; several in one dimension are a list, outermost first,
/// a slice of a fused tensor `{"slice": K, "of": N}`, K from 0 on. `"comment"` may stand in every object, with
/// any value. docs/schemes.md has the fields and examples. O(text)
/// @param label what messages call the text
/// @throws format_error (invalid_scheme, duplicate_key) naming line and row, for what is no JSON, keys and
///         names that are none of a scheme's, axes that are not those of the part, patterns with other
///         numbers than `{layer}`, `{head}` and `{expert}`, and more than `largest_scheme_file` bytes
scheme_file parse_scheme(std::string_view text, const std::string& label);

/// Reads a scheme from a file.
/// @throws as parse_scheme; file_error (cannot_open, not_a_file, cannot_read)
scheme_file read_scheme(const std::filesystem::path& path);

/// A scheme as JSON that `parse_scheme` reads as the same scheme; fields that have their usual values are
/// left out. O(rows)
std::string scheme_json(const naming_scheme& scheme);

/// Writes a scheme's JSON into a file.
/// @throws file_error (cannot_write)
void write_scheme(const std::filesystem::path& path, const naming_scheme& scheme);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/scheme_file.hpp"
#endif

#endif
