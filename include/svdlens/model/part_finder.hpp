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
#include "scheme_errors.hpp"
#include "stored_axes.hpp"
#include "transformer_options.hpp"

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
    /// @param config the file's and the caller's in one
    /// @throws model_error (unknown_scheme) when no scheme fits; (unknown_tensor) when a layer's number is
    ///         left out; (unsupported_model) when a tensor or the config tells that the model is none of
    ///         those read here
    part_finder(const state_dict& file, const model_config& config, const transformer_options& options) :
        file_(file) {
        recognise(config, options.schemes);
        count_layers();
        find_parts();
        find_hints();
    }

    const naming_scheme& scheme() const { return *match_.scheme; }
    std::size_t layers() const { return layers_; }

    /// A scheme that fits the names as well, which no config confirms; null where there is none.
    const naming_scheme* unconfirmed() const { return unconfirmed_; }

    /// Whether any layer has the part.
    bool has(weight_part part) const { return present_[static_cast<std::size_t>(part)]; }
    bool has(tensor_hint hint) const { return hints_[static_cast<std::size_t>(hint)]; }

    /// The tensor that a row of the scheme's table names.
    template <class Row>
    std::string name_of(const Row& row, std::size_t layer = 0) const {
        return tensor_name(prefix_of(row, match_.prefix), row.pattern, layer);
    }

    /// The part's tensor in a layer.
    /// @throws model_error (unknown_tensor), with the nearest names
    /// @throws argument_error (invalid_argument) when the scheme has no name for the part
    located_part require(weight_part part, std::size_t layer) const {
        const part_name* expected = nullptr;
        for (const auto& row : scheme().parts) {
            if (row.part != part) continue;
            auto name = name_of(row, layer);
            if (file_.contains(name)) return {std::move(name), row.axes};
            if (expected == nullptr) expected = &row;
        }
        if (expected != nullptr) throw_missing(name_of(*expected, layer));
        throw argument_error(errc::invalid_argument, "naming scheme " + svdlens::quoted(scheme().name) +
                                                         ": no row names " + std::string(part_label(part)) +
                                                         ", which a model with the other tensors of " +
                                                         file_.path().string() + " has");
    }

    /// The tensors that no table of the scheme names, ascending.
    std::vector<std::string> unread() const {
        std::vector<std::string> result;
        for (const auto& record : file_.records())
            if (!is_known(record.name)) result.push_back(record.name);
        return result;
    }

  private:
    void recognise(const model_config& config, std::span<const naming_scheme> own) {
        auto found = find_scheme(file_.records(), config.model_type, own);
        if (!found.match) {
            const auto* const other = found.other_type;
            found = find_scheme(file_.records(), config.model_type);
            if (found.other_type == nullptr) found.other_type = other;
        }
        if (!found.match && found.other_type != nullptr)
            throw_other_type(file_, *found.other_type, *config.model_type);
        if (!found.match) throw_unknown_scheme(file_, own);
        match_ = *found.match;
        unconfirmed_ = found.unconfirmed;
    }

    void count_layers() {
        std::set<std::size_t> numbers;
        for (const auto& record : file_.records())
            for (const auto& row : scheme().parts)
                if (split(row.pattern).layered)
                    if (const auto layer = layer_of(record.name, prefix_of(row, match_.prefix), row.pattern))
                        numbers.insert(*layer);
        layers_ = numbers.empty() ? 0 : *numbers.rbegin() + 1;
        std::size_t absent = 0;
        while (numbers.contains(absent)) ++absent;
        if (absent != layers_) throw_missing(name_of(*first_layered(), absent));
    }

    /// A row of the scheme that each layer has a tensor of: W_O's, where it is one.
    const part_name* first_layered() const {
        const part_name* found = nullptr;
        for (const auto& row : scheme().parts) {
            if (!split(row.pattern).layered) continue;
            if (found == nullptr || row.part == weight_part::W_O) found = &row;
        }
        return found;
    }

    void find_parts() {
        for (const auto& record : file_.records())
            for (const auto& row : scheme().parts)
                if (names_tensor(row, match_.prefix, record.name))
                    present_[static_cast<std::size_t>(row.part)] = true;
    }

    void find_hints() {
        for (const auto& record : file_.records())
            for (const auto& row : scheme().hints) {
                if (!names_tensor(row, match_.prefix, record.name)) continue;
                hints_[static_cast<std::size_t>(row.hint)] = true;
                if (row.hint == tensor_hint::unsupported) throw_unsupported(file_, record.name, row.reason);
            }
    }

    bool is_known(std::string_view name) const {
        const auto fits = [&](const auto& row) { return names_tensor(row, match_.prefix, name); };
        const auto& all = scheme();
        return std::any_of(all.parts.begin(), all.parts.end(), fits) ||
               std::any_of(all.hints.begin(), all.hints.end(), fits) ||
               std::any_of(all.extras.begin(), all.extras.end(), [&](const extra_name& row) {
                   return fits(row) || name == bias_name(name_of(row));
               });
    }

    [[noreturn]] void throw_missing(const std::string& name) const {
        std::vector<std::string_view> all;
        for (const auto& record : file_.records()) all.push_back(record.name);
        std::string message = file_.path().string() + ": no tensor " + svdlens::quoted(name) +
                              ", which a model of " + to_text(layers_) + " layers named as by " +
                              std::string(scheme().name) + " with the other tensors of this file has";
        const auto nearest = nearest_names(name, all);
        for (std::size_t k = 0; k < nearest.size(); ++k)
            message += (k == 0 ? "; nearest: " : ", ") + svdlens::quoted(nearest[k]);
        if (file_.path().stem().string().find("-of-") != std::string::npos)
            message += "; the file is one of several that hold the model: open their folder";
        throw model_error(errc::unknown_tensor, message);
    }

    const state_dict file_;
    scheme_match match_{};
    const naming_scheme* unconfirmed_ = nullptr;
    std::size_t layers_ = 0;
    std::array<bool, weight_part_count> present_{};
    std::array<bool, tensor_hint_count> hints_{};
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
