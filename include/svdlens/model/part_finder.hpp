/// @file
/// Finds a model's parts in a state dict by its naming scheme, and says which one is missing.
#ifndef SVDLENS_MODEL_PART_FINDER_HPP
#define SVDLENS_MODEL_PART_FINDER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../io/nearest_names.hpp"
#include "../io/state_dict.hpp"
#include "known_schemes.hpp"
#include "naming_scheme.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// A part's tensor in one layer.
struct located_part {
    std::string name;
    stored_axes axes;
};

/// What a state dict has of a scheme's parts.
class part_finder {
  public:
    /// @throws model_error (unknown_scheme) when no scheme fits; (unknown_tensor) when a layer's number is
    /// left
    ///         out; (unsupported_model) when a tensor tells that the model is none of those read here
    explicit part_finder(const state_dict& file) : file_(file), names_(file.names()) {
        const auto match = find_scheme(names_, [&](std::string_view name) { return file_.contains(name); });
        if (!match) throw_unknown_scheme();
        match_ = *match;
        count_layers();
        find_parts();
        find_hints();
    }

    const naming_scheme& scheme() const { return *match_.scheme; }
    std::size_t layers() const { return layers_; }

    /// Whether any layer has the part.
    bool has(weight_part part) const { return present_[static_cast<std::size_t>(part)]; }
    bool has(tensor_hint hint) const { return hints_[static_cast<std::size_t>(hint)]; }

    /// The part's tensor in a layer.
    /// @throws model_error (unknown_tensor), with the nearest names
    located_part require(weight_part part, std::size_t layer) const {
        const part_name* expected = nullptr;
        for (const auto& row : scheme().parts) {
            if (row.part != part) continue;
            auto name = tensor_name(match_.prefix, row.pattern, layer);
            if (file_.contains(name)) return {std::move(name), row.axes};
            if (expected == nullptr) expected = &row;
        }
        throw_missing(tensor_name(match_.prefix, expected->pattern, layer));
    }

    /// The tensors that no table of the scheme names, ascending.
    std::vector<std::string> unread() const {
        std::vector<std::string> result;
        for (const auto& name : names_)
            if (!is_known(name)) result.push_back(name);
        return result;
    }

    [[noreturn]] void throw_missing(const std::string& name) const {
        const std::vector<std::string_view> all(names_.begin(), names_.end());
        std::string message = file_.path().string() + ": no tensor " + svdlens::quoted(name) +
                              ", which a model of " + to_text(layers_) + " layers named as by " +
                              std::string(scheme().name) + " with the other tensors of this file has";
        const auto nearest = nearest_names(name, all);
        for (std::size_t k = 0; k < nearest.size(); ++k)
            message += (k == 0 ? "; nearest: " : ", ") + svdlens::quoted(nearest[k]);
        throw model_error(errc::unknown_tensor, message);
    }

  private:
    void count_layers() {
        std::set<std::size_t> numbers;
        for (const auto& name : names_)
            for (const auto& row : scheme().parts)
                if (split(row.pattern).layered)
                    if (const auto layer = layer_of(name, match_.prefix, row.pattern)) numbers.insert(*layer);
        while (numbers.contains(layers_)) ++layers_;
        if (layers_ != numbers.size()) require(weight_part::W_O, layers_);
    }

    void find_parts() {
        for (const auto& name : names_)
            for (const auto& row : scheme().parts)
                if (layer_of(name, match_.prefix, row.pattern))
                    present_[static_cast<std::size_t>(row.part)] = true;
    }

    void find_hints() {
        for (const auto& name : names_)
            for (const auto& row : scheme().hints) {
                if (!layer_of(name, match_.prefix, row.pattern)) continue;
                hints_[static_cast<std::size_t>(row.hint)] = true;
                if (row.hint == tensor_hint::unsupported) throw_unsupported(name, row.reason);
            }
    }

    bool is_known(std::string_view name) const {
        const auto fits = [&](const auto& row) {
            return layer_of(name, match_.prefix, row.pattern).has_value();
        };
        const auto& all = scheme();
        return std::any_of(all.parts.begin(), all.parts.end(), fits) ||
               std::any_of(all.hints.begin(), all.hints.end(), fits) ||
               std::any_of(all.extras.begin(), all.extras.end(), [&](const extra_name& row) {
                   return name == row.name || name == bias_name(row.name);
               });
    }

    [[noreturn]] void throw_unsupported(const std::string& name, std::string_view reason) const {
        throw model_error(errc::unsupported_model,
                          file_.path().string() + ": tensor " + svdlens::quoted(name) + " tells of " +
                              std::string(reason) + ", which this version does not support");
    }

    [[noreturn]] void throw_unknown_scheme() const {
        std::string message = file_.path().string() + ": no known naming scheme fits its " +
                              to_text(names_.size()) + " tensors";
        constexpr std::size_t shown = 4;
        for (std::size_t k = 0; k < (std::min)(shown, names_.size()); ++k)
            message += (k == 0 ? " (" : ", ") + svdlens::quoted(names_[k]);
        if (!names_.empty()) message += names_.size() > shown ? ", ...)" : ")";
        message += "; known schemes:";
        for (std::size_t k = 0; k < known_schemes.size(); ++k) {
            const auto& each = known_schemes[k];
            message += (k == 0 ? " " : ", ") + std::string(each.name) + " (" +
                       std::string(each.prefixes.front()) + std::string(example_pattern(each));
            if (!each.extras.empty()) message += " with " + std::string(each.extras.front().name);
            message += ")";
        }
        throw model_error(errc::unknown_scheme, message);
    }

    static std::string_view example_pattern(const naming_scheme& scheme) {
        const auto is_output = [](const part_name& row) { return row.part == weight_part::W_O; };
        return std::find_if(scheme.parts.begin(), scheme.parts.end(), is_output)->pattern;
    }

    const state_dict file_;
    std::vector<std::string> names_;
    scheme_match match_{};
    std::size_t layers_ = 0;
    std::array<bool, weight_part_count> present_{};
    std::array<bool, 4> hints_{};
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
