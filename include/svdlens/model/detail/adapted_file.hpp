/// @file
/// A checkpoint with adapters: the tensors that they replace, and what they add to its matrices.
#ifndef SVDLENS_MODEL_DETAIL_ADAPTED_FILE_HPP
#define SVDLENS_MODEL_DETAIL_ADAPTED_FILE_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/low_rank_adapter.hpp"
#include "../../io/state_dict.hpp"
#include "../../io/tensor_record.hpp"
#include "../../tensor/tensor.hpp"
#include "compound_matrix.hpp"
#include "part_finder.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What becomes of a checkpoint by adapters.
struct adapted_file {
    state_dict base;
    state_dict file;                                                ///< with the tensors that are replaced
    std::map<std::string, std::vector<low_rank_term>> updates = {}; ///< by the tensor that they are added to
    std::set<std::string> replaced = {};
    std::set<std::string> changed = {}; ///< all tensors that an adapter adds to or replaces
    std::vector<std::string> told = {}; ///< a line an adapter
};

/// How the names of the model that an adapter was trained on begin in this file.
struct name_change {
    std::string from;
    std::string to;
};

/// Whether names that differ in this beginning may mean the same: wrappers, and no number.
inline bool is_wrapper(std::string_view beginning) {
    constexpr std::string_view words[] = {"model",      "transformer", "language_model",       "module",
                                          "base_model", "_orig_mod",   "_fsdp_wrapped_module", "gpt_neox"};
    while (!beginning.empty()) {
        const auto word = beginning.substr(0, beginning.find('.'));
        if (std::find(std::begin(words), std::end(words), word) == std::end(words)) return false;
        beginning.remove_prefix((std::min)(beginning.size(), word.size() + 1));
    }
    return true;
}

/// How many characters two names share at their ends, in whole components.
inline std::size_t common_ending(std::string_view a, std::string_view b) {
    std::size_t same = 0, whole = 0;
    while (same < (std::min)(a.size(), b.size()) && a[a.size() - 1 - same] == b[b.size() - 1 - same]) {
        ++same;
        const bool a_ends = same == a.size() || a[a.size() - 1 - same] == '.';
        const bool b_ends = same == b.size() || b[b.size() - 1 - same] == '.';
        if (a_ends && b_ends) whole = same;
    }
    return whole;
}

/// Finds the tensors of a file that an adapter names: by their own names, or behind another wrapper, the same for
/// all.
class adapted_names {
  public:
    explicit adapted_names(state_dict file) : file_(std::move(file)) {}

    /// The file's tensor of a name; nothing where it has none. @throws model_error (unsupported_model) where
    /// several would fit alike
    std::optional<std::string> find(const std::string& name) {
        if (file_.contains(name)) return name;
        if (!change_) change_ = find_change(name);
        auto changed = renamed(name);
        return changed != name && file_.contains(changed) ? std::optional(std::move(changed)) : std::nullopt;
    }

    /// A name that is not in the file, as it would be.
    std::string renamed(const std::string& name) const {
        if (!change_ || !name.starts_with(change_->from)) return name;
        return change_->to + name.substr(change_->from.size());
    }

  private:
    /// The wrappers by which the longest end of a name is one of the file's.
    std::optional<name_change> find_change(const std::string& name) const {
        std::size_t longest =
            name.size() - name.rfind('.', name.rfind('.') - 1); // more than module and `weight`
        std::optional<name_change> found;
        std::string other;
        for (const auto& record : file_.records()) {
            const auto shared = common_ending(name, record.name);
            if (shared < longest) continue;
            const name_change change{name.substr(0, name.size() - shared),
                                     record.name.substr(0, record.name.size() - shared)};
            const bool one_is_all = change.from.empty() || change.to.empty();
            if (has_number(change) || !(one_is_all || (is_wrapper(change.from) && is_wrapper(change.to))))
                continue;
            if (found && shared == longest) other = record.name;
            if (!found || shared > longest) {
                found = change;
                other.clear();
            }
            longest = shared;
        }
        if (!other.empty())
            throw model_error(errc::unsupported_model,
                              file_.path().string() + ": " + quoted(name) + " of the adapter may be " +
                                  quoted(renamed_by(*found, name)) + " or " + quoted(other) +
                                  "; merge it with PEFT's merge_and_unload()");
        return found;
    }

    static std::string renamed_by(const name_change& change, const std::string& name) {
        return change.to + name.substr(change.from.size());
    }

    static bool has_number(const name_change& change) {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        return std::any_of(change.from.begin(), change.from.end(), is_digit) ||
               std::any_of(change.to.begin(), change.to.end(), is_digit);
    }

    state_dict file_;
    std::optional<name_change> change_;
};

/// A file in which some tensors are others, or new. O(n)
inline state_dict with_tensors(const state_dict& file, std::map<std::string, named_tensor> others) {
    if (others.empty()) return file;
    std::vector<named_tensor> all;
    const auto owner = std::make_shared<const state_dict>(file);
    for (const auto& record : file.records())
        if (!others.contains(record.name))
            all.emplace_back(record.name, record.type, record.shape, file.bytes(record.name), owner);
    for (auto& each : others) all.push_back(std::move(each.second));
    return state_dict(std::move(all), file.metadata(), file.path());
}

/// Adds one adapter after the other to a checkpoint. Matrices are not made here, biases are.
template <std::floating_point T>
class adapter_merger {
  public:
    explicit adapter_merger(const state_dict& base) : base_(base) { result_.base = base; }

    /// @throws model_error (unknown_tensor) for a module that the checkpoint lacks, (wrong_shape) where shapes do
    ///         not fit, (unsupported_model) where two adapters replace one tensor
    void add(const low_rank_adapter& adapter) {
        adapted_names names(base_);
        for (const auto& each : adapter.updates)
            (void)names.find(each.module + ".weight"); // all but `lm_head` tell
        for (const auto& each : adapter.replaced) replace(adapter, each, names);
        for (const auto& each : adapter.updates) update(adapter, each, names);
        result_.told.push_back(sentence(adapter));
    }

    adapted_file result() {
        result_.file = with_tensors(base_, std::move(others_));
        return std::move(result_);
    }

  private:
    void replace(const low_rank_adapter& adapter, const replaced_tensor& each, adapted_names& names) {
        const auto found = names.find(each.name);
        const auto name = found ? *found : names.renamed(each.name);
        const auto& record = adapter.file.record(each.stored);
        if (found && base_.record(name).shape != record.shape)
            fail(adapter, errc::wrong_shape, each.stored,
                 "expected the shape of " + quoted(name) + " in " + base_.path().string() + ", " +
                     to_text(base_.record(name).shape) + ", found " + to_text(record.shape));
        if (!result_.replaced.insert(name).second)
            fail(adapter, errc::unsupported_model, each.stored,
                 "another adapter replaces " + quoted(name) + ", too");
        if (result_.updates.contains(name) || others_.contains(name))
            fail(adapter, errc::unsupported_model, each.stored,
                 "an adapter before this one adds to " + quoted(name) + ", which this one replaces");
        result_.changed.insert(name);
        others_.insert_or_assign(name, named_tensor(name, record.type, record.shape,
                                                    adapter.file.bytes(each.stored),
                                                    std::make_shared<const state_dict>(adapter.file)));
    }

    void update(const low_rank_adapter& adapter, const low_rank_update& each, adapted_names& names) {
        const auto weight = require(adapter, each.module + ".weight", each.A, names);
        const auto& shape = base_.record(weight).shape;
        const auto out = adapter.file.record(each.B).shape[0], in = adapter.file.record(each.A).shape[1];
        const bool fits = shape == std::vector{out, in} && !each.of_embedding;
        if (!fits && shape != std::vector{in, out})
            fail(adapter, errc::wrong_shape, each.B,
                 "expected an update of " + quoted(weight) + " " + to_text(shape) + " in " +
                     base_.path().string() + ", found one of " + to_text(out) + " x " + to_text(in) +
                     "; is it the model that the adapter was trained on" + of_base(adapter) + "?");
        if (result_.replaced.contains(weight))
            fail(adapter, errc::unsupported_model, each.A,
                 quoted(weight) + " is replaced by an adapter, too");
        result_.changed.insert(weight);
        result_.updates[weight].push_back({adapter.file, each.A, each.B, each.scale,
                                           each.of_embedding ? update_side::turned : update_side::either});
        if (!each.bias.empty()) add_bias(adapter, each, names);
    }

    void add_bias(const low_rank_adapter& adapter, const low_rank_update& each, adapted_names& names) {
        const auto name = require(adapter, each.module + ".bias", each.bias, names);
        if (result_.replaced.contains(name))
            fail(adapter, errc::unsupported_model, each.bias,
                 quoted(name) + " is replaced by an adapter, too");
        const auto added = adapter.file.tensor<double>(each.bias);
        const auto known = others_.find(name);
        const state_dict holder = known == others_.end() ? base_ : state_dict(std::vector{known->second});
        const auto old = holder.tensor<double>(name);
        if (old.shape().size() != 1 || old.shape()[0] != added.shape()[0])
            fail(adapter, errc::wrong_shape, each.bias, "expected the shape of " + quoted(name));
        std::vector<T> sum(added.values().size());
        for (std::size_t k = 0; k < sum.size(); ++k)
            sum[k] = static_cast<T>(old.values()[k] + each.scale * added.values()[k]);
        const std::vector<std::uint64_t> shape{sum.size()};
        result_.changed.insert(name);
        others_.insert_or_assign(name, named_tensor(name, basic_tensor<T>(std::move(sum), shape)));
    }

    std::string require(const low_rank_adapter& adapter, const std::string& name, const std::string& stored,
                        adapted_names& names) const {
        if (auto found = names.find(name)) return *std::move(found);
        std::vector<std::string_view> all;
        for (const auto& record : base_.records()) all.push_back(record.name);
        std::string nearest;
        for (const auto each : nearest_names(names.renamed(name), all))
            nearest += (nearest.empty() ? "; nearest: " : ", ") + quoted(each);
        fail(adapter, errc::unknown_tensor, stored,
             "changes " + quoted(name) + ", which " + base_.path().string() + " has not" + nearest +
                 "; is it the model that the adapter was trained on" + of_base(adapter) + "?");
    }

    static std::string of_base(const low_rank_adapter& adapter) {
        return adapter.base.empty() ? "" : " (" + quoted(adapter.base) + ")";
    }

    /// `sentiment (4 updates, scale 2; 1 tensor replaced)`
    static std::string sentence(const low_rank_adapter& adapter) {
        std::set<double> scales;
        for (const auto& each : adapter.updates) scales.insert(each.scale);
        std::string text = "adapter " + adapter.label() + " (" + to_text(adapter.updates.size()) + " updates";
        if (!scales.empty()) text += ", scale " + to_rounded_text(*scales.begin(), 6);
        if (scales.size() > 1) text += " to " + to_rounded_text(*scales.rbegin(), 6);
        if (!adapter.replaced.empty()) text += "; " + to_text(adapter.replaced.size()) + " tensors replaced";
        return text + ")";
    }

    [[noreturn]] static void fail(const low_rank_adapter& adapter, errc code, const std::string& tensor,
                                  const std::string& what) {
        throw model_error(code, adapter.file.path().string() + ": tensor " + quoted(tensor) + ": " + what);
    }

    state_dict base_;
    adapted_file result_;
    std::map<std::string, named_tensor> others_;
};

/// A checkpoint with all of some adapters. @throws as `adapter_merger`
template <std::floating_point T>
adapted_file adapted(const state_dict& base, std::span<const low_rank_adapter> adapters) {
    adapter_merger<T> merger(base);
    for (const auto& each : adapters) merger.add(each);
    return merger.result();
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
