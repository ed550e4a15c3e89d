/// @file
/// The tensors of a scheme found in a checkpoint, and the errors that say what is missing.
#ifndef SVDLENS_MODEL_DETAIL_PART_FINDER_HPP
#define SVDLENS_MODEL_DETAIL_PART_FINDER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/detail/nearest_names.hpp"
#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../../io/tensor_record.hpp"
#include "../known_schemes.hpp"
#include "../naming_scheme.hpp"
#include "../stored_axes.hpp"
#include "model_refusals.hpp"
#include "scheme_rows.hpp"
#include "seen_names.hpp"
#include "unknown_scheme.hpp"
#include "unread_tensors.hpp"
#include "weight_scales.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A part's tensor in one layer, or those of its heads.
struct located_part {
    std::string name; ///< of several, their pattern in the layer, for messages
    stored_axes axes;
    std::vector<std::string> heads = {}; ///< a tensor a head; empty: one tensor holds all
    model_axis head_axis = model_axis::none;
};

/// What a state dict has of a scheme's parts.
class part_finder {
  public:
    /// @param config the file's and the caller's in one
    /// @throws model_error (unknown_scheme) when no scheme fits; (ambiguous_model) when several models or
    ///         tensors could be meant; (unknown_tensor) when a layer's number is left out; (unsupported_model)
    ///         when a tensor or the config tells that the model is none of those read here, or a tensor in
    ///         what is read is neither read nor a buffer
    part_finder(const state_dict& file, const model_config& config, const transformer_options& options) :
        file_(file) {
        const bool quantised = config.quantization && !config.quantization->empty();
        scaled_ = quantised && has_scaled_floats(config);
        if (quantised && !scaled_) throw_quantised(file_, config);
        recognise(config, options);
        check_pattern_words();
        names_ = seen_tensors(file_.records(), scheme());
        leave_out_layers();
        if (const auto both = names_.clash())
            throw_clash(file_, *both->first, *both->second,
                        "have one name but for modules that wrap others, and differ; leave one of them out");
        if (!options.prefix) check_whole_names();
        find_roots();
        find_hints();
        check_dtypes();
        if (scaled_ && !has_small_floats()) throw_quantised(file_, config);
        find_unread();
        count_layers();
        find_parts();
    }

    const naming_scheme& scheme() const { return *match_.scheme; }

    /// Whether weights may be 8-bit floats that are multiplied by scales beside them.
    bool scaled() const { return scaled_; }

    std::size_t layers() const { return layers_; }

    /// What stands before the scheme's names.
    std::string prefix() const { return std::string(match_.prefix); }

    /// A scheme that fits the names as well, which no config confirms; null where there is none.
    const naming_scheme* unconfirmed() const { return unconfirmed_; }

    /// Whether any layer has the part.
    bool has(weight_part part) const { return found(part).row != nullptr; }
    bool has(tensor_hint hint) const { return hints_[static_cast<std::size_t>(hint)]; }

    /// What the model does besides, which no part holds.
    const std::set<std::string_view>& left_out() const { return left_out_; }

    /// What stands before the scheme's names, unless that is usual.
    std::optional<std::string> unusual_wrapper() const {
        return is_usual_wrapper(scheme(), match_.prefix) ? std::nullopt : std::optional(match_.prefix);
    }

    /// What the file calls the tensor that a row of the scheme's table names, or would call it.
    template <class Row>
    std::string name_of(const Row& row, const name_numbers& numbers = {}) const {
        const auto* const found =
            find(row, [&](std::string_view root) { return tensor_name(root, row.pattern, numbers); });
        return found != nullptr ? found->name
                                : tensor_name(prefix_of(row, match_.prefix), row.pattern, numbers);
    }

    /// What the file calls the bias of an extra matrix; nothing where it has none.
    std::optional<std::string> bias_of(const extra_name& row) const {
        const auto* const found =
            find(row, [&](std::string_view root) { return bias_name(tensor_name(root, row.pattern, {})); });
        return found != nullptr ? std::optional(found->name) : std::nullopt;
    }

    /// What an unwrapped file would call a tensor that is the same in all layers.
    template <class Row>
    std::string unwrapped_name_of(const Row& row) const {
        std::string_view inner;
        for (const auto prefix : scheme().prefixes)
            if (match_.prefix.ends_with(prefix) && prefix.size() > inner.size()) inner = prefix;
        return tensor_name(prefix_of(row, inner), row.pattern, {});
    }

    /// Whether a layer has the part.
    bool has(weight_part part, std::size_t layer) const {
        const auto& of = found(part).layers;
        return layer < of.size() && of[layer];
    }

    /// How many experts have tensors of their own.
    std::size_t experts() const { return experts_; }

    /// The part's tensor in a layer, of one expert where each has its own.
    /// @throws model_error (unknown_tensor), with the nearest names
    /// @throws argument_error (invalid_argument) when the scheme has no name for the part
    located_part require(weight_part part, std::size_t layer, std::size_t expert = 0) const {
        if (const auto* const row = row_of(part)) {
            const name_numbers numbers{.layer = layer, .expert = expert};
            if (auto found = locate(*row, numbers)) return *std::move(found);
            throw_missing(name_of(*row, numbers));
        }
        throw argument_error(errc::invalid_argument, "naming scheme " + svdlens::quoted(scheme().name) +
                                                         ": no row names " + std::string(part_label(part)) +
                                                         ", which a model with the other tensors of " +
                                                         file_.path().string() + " has");
    }

    /// The tensors that no table of the scheme names, ascending.
    const std::vector<std::string>& unread() const { return unread_; }

    /// Of some of the file's tensors, those that are no part of the model that is read. O(tensors)
    std::set<std::string> unread_among(std::set<std::string> names) const {
        for (const auto& tensor : names_.all())
            if (is_read(tensor)) names.erase(tensor.record->name);
        return names;
    }

  private:
    /// A part's row in this file, null where no tensor is, and the layers that have it.
    struct found_part {
        const part_name* row = nullptr;
        std::vector<bool> layers = {};
    };

    const found_part& found(weight_part part) const { return parts_[static_cast<std::size_t>(part)]; }

    /// A row's tensor in a layer, or those of all heads; nothing when the file has none.
    std::optional<located_part> locate(const part_name& row, const name_numbers& numbers) const {
        located_part found{name_of(row, numbers), row.axes};
        if (!is_headed(row.pattern)) return file_.contains(found.name) ? std::optional(found) : std::nullopt;
        const auto heads = heads_.find({&row, is_layered(row.pattern) ? numbers.layer : 0});
        if (heads == heads_.end()) return std::nullopt;
        for (const auto head : heads->second)
            found.heads.push_back(name_of(row, {.layer = numbers.layer, .head = head}));
        found.head_axis = heads_of(row.part);
        found.name = filled(std::string(prefix_of(row, match_.prefix)) + std::string(row.pattern), layer_word,
                            numbers.layer);
        return found;
    }

    /// A word that numbers what the part has none of, or none where one must be.
    void check_pattern_words() const {
        for (const auto& row : scheme().hints)
            if (row.hint == tensor_hint::other_layer && !ends_behind_layer(row.pattern))
                throw argument_error(errc::invalid_argument,
                                     "naming scheme " + svdlens::quoted(scheme().name) + ": the pattern " +
                                         svdlens::quoted(row.pattern) +
                                         " of an other_layer: expected {layer}, and no number behind it");
        for (const auto& row : scheme().parts) {
            const bool headed = is_headed(row.pattern) && !is_of_heads(row.part);
            const bool expert = is_of_one_expert(row.pattern) && !is_of_experts(row.part);
            if (!headed && !expert) continue;
            throw argument_error(errc::invalid_argument,
                                 "naming scheme " + svdlens::quoted(scheme().name) + ": the pattern " +
                                     svdlens::quoted(row.pattern) + " of " +
                                     std::string(part_label(row.part)) +
                                     (headed ? " has {head}, which stands for heads of attention only"
                                             : " has {expert}, which stands for experts of a mixture only"));
        }
    }

    /// The tensor of the name that is made for one of the places where a row's pattern may begin; null where
    /// there is none.
    template <class Row, class Name>
    const tensor_record* find(const Row& row, Name name_behind) const {
        const tensor_record* found = nullptr;
        any_root(row, match_.prefix, [&](std::string_view root) {
            found = names_.find(name_behind(root));
            return found != nullptr;
        });
        return found;
    }

    void recognise(const model_config& config, const transformer_options& options) {
        const auto search = [&](std::span<const naming_scheme> among) {
            return find_scheme(file_.records(), config.model_type, among, options.prefix, options.tower);
        };
        auto found = search(options.schemes);
        if (!found.match && found.rivals.empty()) {
            const auto* const other = found.other_type;
            found = search(known_schemes);
            if (found.other_type == nullptr) found.other_type = other;
        }
        if (!found.rivals.empty()) throw_rivals(file_, found.rivals);
        if (!found.match && found.other_type != nullptr)
            throw_other_type(file_, *found.other_type, *config.model_type);
        if (!found.match && options.prefix) throw_no_prefix(file_, config, options);
        if (!found.match && options.tower) throw_no_tower(file_, config, options);
        if (!found.match) throw_unknown_scheme(file_, config, options.schemes);
        match_ = std::move(*found.match);
        unconfirmed_ = found.unconfirmed;
    }

    /// Of two that stand in the wrapper and beside it, which belongs to the model only the caller knows.
    void check_whole_names() const {
        const auto check = [&](const auto& row) {
            if (row.root != name_root::file || is_layered(row.pattern)) return;
            const tensor_record* first = nullptr;
            any_root(row, match_.prefix, [&](std::string_view root) {
                const auto* const found = names_.find(tensor_name(root, row.pattern, {}));
                if (found != nullptr && first != nullptr && !same_place(*found, *first))
                    throw_clash(file_, *first, *found,
                                "could each belong to the model, and differ; say which model is meant: "
                                "transformer_weights(file, {.prefix = ...}), or --prefix of the program");
                if (first == nullptr) first = found;
                return false;
            });
        };
        for (const auto& row : scheme().parts) check(row);
        for (const auto& row : scheme().extras) check(row);
    }

    /// Of whole names in the wrapper and beside it, the inner ones are this model's.
    void find_roots() {
        const auto add = [&](const auto& row) {
            if (row.root != name_root::file) return;
            any_root(row, match_.prefix, [&](std::string_view root) {
                const bool found = names_.find(tensor_name(root, row.pattern, {})) != nullptr;
                if (found) roots_[row.pattern] = root.size();
                return found;
            });
        };
        for (const auto& row : scheme().parts) add(row);
        for (const auto& row : scheme().extras) add(row);
    }

    /// Whether a test holds for what a name has behind the place where a row's pattern begins.
    template <class Row, class Test>
    bool behind_root(const Row& row, std::string_view name, Test test) const {
        const std::string_view wrapper = match_.prefix;
        const auto found = row.root == name_root::file ? roots_.find(row.pattern) : roots_.end();
        if (found == roots_.end()) return any_behind(row, wrapper, name, test);
        const auto root = wrapper.substr(0, found->second);
        return name.starts_with(root) && test(name.substr(root.size()));
    }

    template <class Row>
    bool is_name_of(const Row& row, std::string_view name) const {
        return behind_root(row, name, [&](std::string_view rest) { return names_tensor(row, "", rest); });
    }

    /// The numbers with which a row calls a tensor so.
    template <class Row>
    std::optional<name_numbers> numbers_in(const Row& row, std::string_view name) const {
        std::optional<name_numbers> numbers;
        behind_root(row, name, [&](std::string_view rest) {
            numbers = numbers_of(rest, "", row.pattern);
            return numbers.has_value();
        });
        return numbers;
    }

    /// Layers behind the last block that predict further tokens are listed as unread, and nothing else.
    void leave_out_layers() {
        std::set<std::string> modules;
        for (const auto& row : scheme().hints) {
            if (row.hint != tensor_hint::other_layer) continue;
            const auto within = row.pattern.substr(row.pattern.find(layer_word) + layer_word.size());
            for (const auto& tensor : names_.all())
                if (is_name_of(row, tensor.name))
                    modules.insert(tensor.name.substr(0, tensor.name.size() - within.size()) + ".");
        }
        names_.leave_out([&](const seen_tensor& tensor) {
            const bool is_other = std::any_of(modules.begin(), modules.end(), [&](const std::string& module) {
                return tensor.name.starts_with(module);
            });
            if (is_other) unread_.push_back(tensor.record->name);
            return is_other;
        });
    }

    void count_layers() {
        std::set<std::size_t> numbers;
        for (const auto& tensor : names_.all())
            for (const auto& row : scheme().parts)
                if (is_layered(row.pattern))
                    if (const auto found = numbers_in(row, tensor.name)) numbers.insert(found->layer);
        layers_ = numbers.empty() ? 0 : *numbers.rbegin() + 1;
        std::size_t absent = 0;
        while (numbers.contains(absent)) ++absent;
        if (absent != layers_) throw_missing(name_of(*first_layered(), {.layer = absent}));
    }

    /// A row of the scheme that each layer has a tensor of: W_O's, where it is one.
    const part_name* first_layered() const {
        const part_name* found = nullptr;
        for (const auto& row : scheme().parts) {
            if (!is_layered(row.pattern)) continue;
            if (found == nullptr || row.part == weight_part::W_O) found = &row;
        }
        return found;
    }

    /// Of several rows of a part the first that any tensor follows counts, in all layers.
    void find_parts() {
        for (const auto& tensor : names_.all())
            for (const auto& row : scheme().parts)
                if (const auto numbers = numbers_in(row, tensor.name)) note(row, *numbers);
        for (const auto& [of, numbers] : heads_) {
            std::size_t absent = 0;
            while (numbers.contains(absent)) ++absent;
            if (absent != numbers.size())
                throw_missing(name_of(*of.first, {.layer = of.second, .head = absent}));
        }
    }

    void note(const part_name& row, const name_numbers& numbers) {
        auto& of = parts_[static_cast<std::size_t>(row.part)];
        if (of.row == nullptr || &row < of.row) of.row = &row;
        if (of.layers.size() <= numbers.layer) of.layers.resize(numbers.layer + 1);
        of.layers[numbers.layer] = true;
        if (is_of_one_expert(row.pattern)) experts_ = (std::max)(experts_, numbers.expert + 1);
        if (is_headed(row.pattern)) heads_[{&row, numbers.layer}].insert(numbers.head);
    }

    /// The row that names a part in this file, else the first that would; null where the scheme has none.
    const part_name* row_of(weight_part part) const {
        if (has(part)) return found(part).row;
        for (const auto& row : scheme().parts)
            if (row.part == part) return &row;
        return nullptr;
    }

    void find_hints() {
        for (const auto& tensor : names_.all())
            for (const auto& row : scheme().hints) {
                if (!is_name_of(row, tensor.name)) continue;
                hints_[static_cast<std::size_t>(row.hint)] = true;
                if (row.hint == tensor_hint::left_out) left_out_.insert(row.reason);
                if (row.hint == tensor_hint::unsupported)
                    throw_unsupported(file_, tensor.record->name, row.reason);
            }
    }

    /// Other towers of the file are left out; what stands in this one and is not read makes it another model.
    void find_unread() {
        std::vector<const tensor_record*> inside;
        for (const auto& tensor : names_.all()) {
            if (is_known(tensor)) continue;
            unread_.push_back(tensor.record->name);
            if (is_inside(tensor.name) || changes_inside(tensor.name)) inside.push_back(tensor.record);
        }
        std::sort(unread_.begin(), unread_.end());
        if (!inside.empty()) throw_unread(file_, scheme(), inside, meant_by(inside.front()->name));
    }

    /// The scheme's name that a tensor's is a slip of the pen away from and that no tensor has; empty where there is none.
    std::string meant_by(std::string_view name) const {
        constexpr std::size_t slips = 2;
        std::pair<std::size_t, std::string> nearest(slips + 1, "");
        for (const auto& row : scheme().parts) {
            const auto expected = name_of(row, {.layer = first_number(name).value_or(0)});
            if (file_.contains(expected)) continue;
            nearest = (std::min)(nearest, std::pair(edit_distance(name, expected, slips), expected));
        }
        return nearest.second;
    }

    /// Whether a tensor stands in a module that the scheme reads.
    bool is_inside(std::string_view name) const {
        const auto holds = [&](const auto& row) {
            return behind_root(row, name,
                               [&](std::string_view rest) { return is_in_module_of(row, "", rest); });
        };
        const auto& all = scheme();
        return std::any_of(all.parts.begin(), all.parts.end(), holds) ||
               std::any_of(all.extras.begin(), all.extras.end(),
                           [&](const extra_name& row) { return file_.contains(name_of(row)) && holds(row); });
    }

    /// Whether a tensor in a tree of its own changes what stands in a module that the scheme reads:
    /// `base_model.model.` before the name of what it adapts.
    bool changes_inside(std::string_view name) const {
        if (telling_of_weights(name) == nullptr) return false;
        for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
            if (is_inside(name.substr(dot + 1))) return true;
        return false;
    }

    /// 8-bit floats are read where a config says that they are to be scaled, and the scales are there.
    void check_dtypes() const {
        for (const auto& tensor : names_.all()) {
            const auto& record = *tensor.record;
            if (is_weight_dtype(record.type) || !is_read(tensor)) continue;
            const bool is_matrix = record.shape.size() == 2; // only these are scaled when they are read
            if (!scaled_ || !is_small_float(record.type) || !is_matrix) throw_no_weight(file_, record);
            if (find_scales(file_, record.name) == nullptr) throw_no_scales(file_, record);
        }
    }

    bool has_small_floats() const {
        return std::any_of(names_.all().begin(), names_.all().end(), [&](const seen_tensor& tensor) {
            return is_small_float(tensor.record->type) && is_read(tensor);
        });
    }

    /// Whether a tensor holds the scales of a weight that is read, or of activations, which change none.
    bool is_scale(const seen_tensor& tensor) const {
        if (!scaled_) return false;
        if (is_activation_scale(tensor.name)) return true;
        const std::string weight(scaled_weight(tensor.record->name));
        return file_.contains(weight) && is_small_float(file_.record(weight).type) &&
               is_read({std::string(scaled_weight(tensor.name)), &file_.record(weight)}) &&
               find_scales(file_, weight)->name == tensor.record->name;
    }

    /// Whether a part or an extra of the scheme is called so.
    bool is_read(const seen_tensor& tensor) const {
        const auto fits = [&](const auto& row) { return is_name_of(row, tensor.name); };
        const auto& all = scheme();
        return std::any_of(all.parts.begin(), all.parts.end(), fits) ||
               std::any_of(all.extras.begin(), all.extras.end(), [&](const extra_name& row) {
                   return fits(row) || tensor.record->name == bias_of(row);
               });
    }

    bool is_known(const seen_tensor& tensor) const {
        const auto& hints = scheme().hints;
        return is_read(tensor) || is_scale(tensor) ||
               std::any_of(hints.begin(), hints.end(),
                           [&](const hint_name& row) { return is_name_of(row, tensor.name); });
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
    seen_tensors names_;                            ///< of the blocks and around them
    std::map<std::string_view, std::size_t> roots_; ///< how much of the wrapper stands before whole names
    const naming_scheme* unconfirmed_ = nullptr;
    std::vector<std::string> unread_;
    bool scaled_ = false; ///< 8-bit floats stand beside their scales
    std::size_t layers_ = 0;
    std::array<found_part, weight_part_count> parts_;
    std::size_t experts_ = 0;
    std::map<std::pair<const part_name*, std::size_t>, std::set<std::size_t>> heads_; ///< by row and layer
    std::array<bool, tensor_hint_count> hints_{};
    std::set<std::string_view> left_out_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
