/// @file
/// A file's tensor names as schemes see them, whatever wraps the model or its modules.
#ifndef SVDLENS_MODEL_DETAIL_SEEN_NAMES_HPP
#define SVDLENS_MODEL_DETAIL_SEEN_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../io/tensor_record.hpp"
#include "../naming_scheme.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What tools put into names when they wrap a module, the whole model or one within it: training in parallel
/// or in shards, compilation, recomputed or per-sample gradients. A wrapped module computes what it did.
inline constexpr std::string_view wrapping_components[] = {"module",
                                                           "_module",
                                                           "_orig_mod",
                                                           "_fsdp_wrapped_module",
                                                           "_checkpoint_wrapped_module",
                                                           "_forward_module",
                                                           "_original_module",
                                                           "_fpw_module",
                                                           "_orig_module"};

/// What all of them have in their names: a pattern without it has none of them.
inline constexpr std::string_view wrapping_stem = "mod";
static_assert(std::all_of(std::begin(wrapping_components), std::end(wrapping_components),
                          [](std::string_view each) {
                              return each.find(wrapping_stem) != std::string_view::npos;
                          }));

/// Whether one of the components before a name's last is this one.
constexpr bool has_component(std::string_view name, std::string_view component) {
    for (std::size_t begin = 0;;) {
        const auto dot = name.find('.', begin);
        if (dot == std::string_view::npos) return false;
        if (name.substr(begin, dot - begin) == component) return true;
        begin = dot + 1;
    }
}

/// The components that are left out of names for a scheme: those of wrappers that its own tables do not have.
inline std::vector<std::string_view> dropped_components(const naming_scheme& scheme) {
    const auto is_own = [&](std::string_view component) {
        const auto has = [&](const auto& row) {
            return row.pattern.find(wrapping_stem) != std::string_view::npos &&
                   has_component(row.pattern, component);
        };
        return std::any_of(scheme.parts.begin(), scheme.parts.end(), has) ||
               std::any_of(scheme.extras.begin(), scheme.extras.end(), has) ||
               std::any_of(scheme.hints.begin(), scheme.hints.end(), has) ||
               std::any_of(scheme.markers.begin(), scheme.markers.end(), has) ||
               std::any_of(scheme.prefixes.begin(), scheme.prefixes.end(),
                           [&](std::string_view prefix) { return has_component(prefix, component); });
    };
    std::vector<std::string_view> dropped;
    for (const auto component : wrapping_components)
        if (!is_own(component)) dropped.push_back(component);
    return dropped;
}

/// A name without these components; its last, the tensor's own, stays. O(size)
inline std::string seen_name(std::string_view name, std::span<const std::string_view> dropped) {
    std::string seen;
    for (std::size_t begin = 0;;) {
        const auto dot = name.find('.', begin);
        if (dot == std::string_view::npos) return seen += name.substr(begin);
        if (std::find(dropped.begin(), dropped.end(), name.substr(begin, dot - begin)) == dropped.end())
            seen += name.substr(begin, dot + 1 - begin);
        begin = dot + 1;
    }
}

/// Whether two tensors are the same elements of the same storage in the same order: a matrix and its transpose
/// are not.
inline bool same_place(const tensor_record& a, const tensor_record& b) {
    return a.storage == b.storage && a.begin == b.begin && a.end == b.end && a.begin != a.end &&
           a.shape == b.shape && a.strides == b.strides;
}

/// Whether a test holds for a place where a row's pattern may begin: behind the wrapper; for a row that gives
/// whole names, then behind ever shorter leading parts of it: `lm_head.weight` stands in `model.` or beside it.
template <class Row, class Test>
constexpr bool any_root(const Row& row, std::string_view wrapper, Test test) {
    for (;;) {
        if (test(wrapper)) return true;
        if (row.root != name_root::file || wrapper.empty()) return false;
        const auto dot = wrapper.substr(0, wrapper.size() - 1).rfind('.');
        wrapper = wrapper.substr(0, dot == std::string_view::npos ? 0 : dot + 1);
    }
}

/// Whether a test holds for what a name has behind such a place.
template <class Row, class Test>
constexpr bool any_behind(const Row& row, std::string_view wrapper, std::string_view name, Test test) {
    return any_root(row, wrapper, [&](std::string_view root) {
        return name.starts_with(root) && test(name.substr(root.size()));
    });
}

/// What stands before the pattern by which a row names a tensor: nothing, whole components, or these and a
/// prefix of the scheme's; no value where the row does not name it. O(components)
template <class Row>
constexpr std::optional<std::string_view> wrapper_of(const Row& row, std::string_view name,
                                                     std::span<const std::string_view> prefixes = {}) {
    if (!name.ends_with(row.pattern.substr(row.pattern.rfind('}') + 1))) return std::nullopt; // most names
    for (std::size_t begin = 0;;) {
        const auto rest = name.substr(begin);
        if (names_tensor(row, "", rest)) return name.substr(0, begin);
        for (const auto prefix : prefixes)
            if (!prefix.ends_with('.') && rest.starts_with(prefix) &&
                names_tensor(row, "", rest.substr(prefix.size())))
                return name.substr(0, begin + prefix.size());
        const auto dot = name.find('.', begin);
        if (dot == std::string_view::npos) return std::nullopt;
        begin = dot + 1;
    }
}

/// Whether a scheme's files usually have their names behind this.
inline bool is_usual_wrapper(const naming_scheme& scheme, std::string_view wrapper) {
    if (scheme.prefixes.empty()) return wrapper.empty();
    return std::find(scheme.prefixes.begin(), scheme.prefixes.end(), wrapper) != scheme.prefixes.end();
}

/// A tensor and its name as a scheme sees it.
struct seen_tensor {
    std::string name;
    const tensor_record* record;
};

/// All tensors of a file by the names that a scheme sees. O(n log n); memory: the names.
class seen_tensors {
  public:
    seen_tensors() = default;

    /// The records must outlive this.
    seen_tensors(std::span<const tensor_record> records, const naming_scheme& scheme) {
        const auto dropped = dropped_components(scheme);
        all_.reserve(records.size());
        for (const auto& record : records) all_.push_back({seen_name(record.name, dropped), &record});
        std::stable_sort(all_.begin(), all_.end(),
                         [](const seen_tensor& a, const seen_tensor& b) { return a.name < b.name; });
    }

    /// Ascending.
    const std::vector<seen_tensor>& all() const { return all_; }

    /// Leaves out all of which a test holds.
    template <class Test>
    void leave_out(Test test) {
        std::erase_if(all_, test);
    }

    /// Null where there is none. O(log n)
    const tensor_record* find(std::string_view name) const {
        const auto at = std::lower_bound(
            all_.begin(), all_.end(), name,
            [](const seen_tensor& each, std::string_view wanted) { return each.name < wanted; });
        return at != all_.end() && at->name == name ? at->record : nullptr;
    }

    /// Two different tensors that are seen under one name.
    std::optional<std::pair<const tensor_record*, const tensor_record*>> clash() const {
        for (std::size_t k = 1; k < all_.size(); ++k)
            if (all_[k].name == all_[k - 1].name && !same_place(*all_[k].record, *all_[k - 1].record))
                return std::pair(all_[k - 1].record, all_[k].record);
        return std::nullopt;
    }

  private:
    std::vector<seen_tensor> all_;
};

/// What a name has behind its last component with a digit, or all of it.
constexpr std::string_view end_without_numbers(std::string_view name) {
    const auto digit = name.find_last_of("0123456789");
    if (digit == std::string_view::npos) return name;
    const auto dot = name.find_first_of("./", digit);
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

/// Names by their ends: 20,000 names have a few dozen, so that a pattern is held against those that may follow it
/// alone. O(n log n)
class name_ends {
  public:
    /// The names must outlive this.
    explicit name_ends(const seen_tensors& names) {
        const auto& all = names.all();
        for (std::size_t k = 0; k < all.size(); ++k) ends_[end_without_numbers(all[k].name)].push_back(k);
    }

    /// Calls `use(number)` for every name that may end as a pattern does, whatever stands before it.
    template <class Use>
    void for_candidates(std::string_view pattern, Use use) const {
        const auto numbers = pattern.rfind('}');
        const bool numbered = numbers != std::string_view::npos;
        if (numbered) { // what follows the number up to a dot is of one component with it
            const auto dot = pattern.find_first_of("./", numbers);
            pattern = dot == std::string_view::npos ? std::string_view() : pattern.substr(dot + 1);
        }
        const auto end = end_without_numbers(pattern);
        const bool whole = numbered || end.size() != pattern.size();
        for (const auto& [each, members] : ends_)
            if (whole ? each == end : each.ends_with(end))
                for (const auto k : members) use(k);
    }

  private:
    std::map<std::string_view, std::vector<std::size_t>> ends_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
