/// @file
/// Labels by a format such as `L2N{}`: nothing is stored for each index.
#ifndef SVDLENS_TENSOR_LABEL_FORMAT_HPP
#define SVDLENS_TENSOR_LABEL_FORMAT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "label_pattern.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// A pattern whose placeholders are all `{}`.
/// @throws argument_error (invalid_argument) on one that has a name
inline label_pattern unnamed_pattern(std::string_view text) {
    label_pattern pattern(text);
    const auto& names = pattern.placeholders();
    const auto named = std::find_if(names.begin(), names.end(), [](const auto& n) { return !n.empty(); });
    if (named == names.end()) return pattern;
    throw argument_error(errc::invalid_argument,
                         "label format " + quoted(text) + ": expected {}, found a placeholder named " +
                             quoted(*named) + "; names belong into the pattern of a label column");
}

} // namespace detail

/// How the labels of an axis are spelled: `{}` stands for the index; `{{` and `}}` are braces.
class label_format {
  public:
    /// @throws argument_error (invalid_argument) on a brace without its partner, a placeholder with a name,
    /// or no `{}` at all
    explicit label_format(std::string_view text) : pattern_(detail::unnamed_pattern(text)) {
        if (pattern_.placeholders().empty())
            throw argument_error(errc::invalid_argument,
                                 "label format " + quoted(text) + ": expected {} where the index goes");
    }

    /// The format as it was written.
    const std::string& text() const { return pattern_.text(); }

    /// Appends the label of an index.
    void append(std::string& out, std::uint64_t index) const {
        pattern_.append(out, [index](std::size_t, std::string& label) { append_number(label, index); });
    }

  private:
    label_pattern pattern_;
};

} // namespace svdlens::inline v0

#endif
