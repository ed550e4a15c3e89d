/// @file
/// Label patterns such as `L{layer}H{head}`, and formats such as `L2N{}`: nothing is stored for each index.
#ifndef SVDLENS_TENSOR_LABEL_PATTERN_HPP
#define SVDLENS_TENSOR_LABEL_PATTERN_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"

namespace svdlens::inline v0_2 {

/// A parsed label pattern. `{name}` stands for what the column of that name says at a row; `{{` and `}}`
/// are braces.
///
/// As one writes it, a name is that of a label column or else of an axis, which `axes::add` looks up. A
/// pattern that a table has stored names axes only and says so, so that it is never looked up a second time.
class label_pattern {
  public:
    /// @throws argument_error (invalid_argument) on a brace without its partner
    explicit label_pattern(std::string_view text) : text_(text) {
        std::string literal;
        for (std::size_t k = 0; k < text.size(); ++k) {
            const char c = text[k];
            if (c != '{' && c != '}') {
                literal += c;
            } else if (k + 1 < text.size() && text[k + 1] == c) {
                literal += c;
                ++k;
            } else {
                const auto end = text.find('}', k);
                if (c == '}' || end == std::string_view::npos) fail();
                literals_.push_back(std::exchange(literal, {}));
                placeholders_.emplace_back(text.substr(k + 1, end - k - 1));
                k = end;
            }
        }
        literals_.push_back(std::move(literal));
    }

    /// A pattern whose placeholders are all `{}`: what goes there is counted, not named.
    /// @throws argument_error (invalid_argument) on a placeholder with a name, or a brace without its partner
    static label_pattern unnamed(std::string_view text) {
        label_pattern pattern(text);
        const auto& names = pattern.placeholders();
        const auto named = std::find_if(names.begin(), names.end(), [](const auto& n) { return !n.empty(); });
        if (named == names.end()) return pattern;
        throw argument_error(errc::invalid_argument,
                             "label format " + quoted(text) + ": expected {}, found a placeholder named " +
                                 quoted(*named) + "; names belong into the pattern of a label column");
    }

    /// The pattern as it was written.
    const std::string& text() const { return text_; }

    /// The names, in order of appearance.
    const std::vector<std::string>& placeholders() const { return placeholders_; }

    /// Whether the names are those of axes, whatever label columns there are.
    bool names_axes() const { return names_axes_; }

    /// The same pattern with its names taken as those of axes, as it stands in a table that was written
    /// down (`to_json`).
    label_pattern of_axes() const {
        label_pattern result = *this;
        result.names_axes_ = true;
        return result;
    }

    /// The same pattern with `rename(name)` in place of every name.
    template <class Rename>
    label_pattern renamed(Rename rename) const {
        auto result = respelled([&](const std::string& name) { return "{" + rename(name) + "}"; });
        result.names_axes_ = names_axes_;
        return result;
    }

    /// The pattern of axes with the one that `find(name)` points to, itself of axes, in place of a name;
    /// null: the name is an axis.
    template <class Find>
    label_pattern expanded(Find find) const {
        return respelled([&](const std::string& name) {
                   const label_pattern* other = find(name);
                   return other != nullptr ? other->text() : "{" + name + "}";
               })
            .of_axes();
    }

    /// Appends the label in which `render(k, out)` appends what stands for the k-th placeholder.
    template <class Render>
    void append(std::string& out, Render render) const {
        out += literals_.front();
        for (std::size_t k = 0; k < placeholders_.size(); ++k) {
            render(k, out);
            out += literals_[k + 1];
        }
    }

  private:
    /// The pattern in which `spell(name)` stands for each placeholder.
    template <class Spell>
    label_pattern respelled(Spell spell) const {
        std::string text = escaped(literals_.front());
        for (std::size_t k = 0; k < placeholders_.size(); ++k)
            text += spell(placeholders_[k]) + escaped(literals_[k + 1]);
        return label_pattern(text);
    }

    /// Literal text as a pattern spells it.
    static std::string escaped(std::string_view literal) {
        std::string result;
        for (const char c : literal) result.append(c == '{' || c == '}' ? 2 : 1, c);
        return result;
    }

    [[noreturn]] void fail() const {
        throw argument_error(errc::invalid_argument,
                             "label pattern " + quoted(text_) +
                                 ": a brace has no partner (write {{ or }} for a brace)");
    }

    std::string text_;
    std::vector<std::string> literals_; // one more than placeholders
    std::vector<std::string> placeholders_;
    bool names_axes_ = false;
};

/// How the labels of an axis are spelled: `{}` stands for the index; `{{` and `}}` are braces.
class label_format {
  public:
    /// @throws argument_error (invalid_argument) on a brace without its partner, a placeholder with a name,
    /// or no `{}` at all
    explicit label_format(std::string_view text) : pattern_(label_pattern::unnamed(text)) {
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

} // namespace svdlens::inline v0_2

#endif
