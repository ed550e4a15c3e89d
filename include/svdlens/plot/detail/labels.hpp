/// @file
/// Labels of any text as plotly's: short, shown as they are, different where what they name is different.
#ifndef SVDLENS_PLOT_DETAIL_LABELS_HPP
#define SVDLENS_PLOT_DETAIL_LABELS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "../../core/text.hpp"
#include "../figure.hpp"
#include "figure_parts.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// How many characters of a label are drawn.
inline constexpr std::size_t label_length = 60;

/// A label as plotly shows it: it takes `<b>` and `&amp;` for markup. Control characters become spaces.
inline std::string shown_label(std::string_view label) {
    std::string text = escaped(shortened(label, label_length));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    return text.empty() ? "(empty)" : text;
}

/// A label within a template of plotly's, where `%{` begins a variable.
inline std::string template_label(std::string_view label) {
    std::string text;
    for (const char c : shown_label(label)) {
        if (c == '%')
            text += "&#37;";
        else
            text += c;
    }
    return text;
}

/// The labels of an axis. Plotly takes equal ones for one place: where a label stands already, its index
/// is added.
class label_list {
  public:
    /// Appends a label, and its index as ` #12` where the text is there already.
    void add(std::string_view label, std::uint64_t index) {
        std::string text = shown_label(label);
        while (!seen_.insert(text).second) text += " #" + to_text(index);
        texts_.push_back(std::move(text));
    }

    const json& texts() const { return texts_; }
    std::size_t size() const { return texts_.size(); }

  private:
    std::unordered_set<std::string> seen_;
    json texts_ = json::array();
};

/// An axis of labels in their order, whatever they look like (a list of digits is no number line).
inline json category_axis(std::string_view title, const json& labels) {
    json axis = titled(title);
    axis["type"] = "category";
    axis["categoryorder"] = "array";
    axis["categoryarray"] = labels;
    return axis;
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
