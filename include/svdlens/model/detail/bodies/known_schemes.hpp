/// @file
/// The bodies of model/known_schemes.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_KNOWN_SCHEMES_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_KNOWN_SCHEMES_HPP

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../io/tensor_record.hpp"
#include "../../known_schemes.hpp"
#include "../../naming_scheme.hpp"
#include "../scheme_rows.hpp"
#include "../seen_names.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline bool has_form(const tensor_record& tensor, matrix_form form) {
    if (form == matrix_form::any) return true;
    if (form == matrix_form::stacked) return tensor.shape.size() == 3;
    if (tensor.shape.size() != 2 || form == matrix_form::flat) return tensor.shape.size() == 2;
    if (form == matrix_form::thrice_as_tall)
        return tensor.shape[0] % 3 == 0 && tensor.shape[0] / 3 == tensor.shape[1];
    return form == matrix_form::wide ? tensor.shape[1] > tensor.shape[0] : tensor.shape[0] > tensor.shape[1];
}

/// How well a scheme fits what stands behind a wrapper.
enum class fit_grade {
    none,
    usual,    ///< some tensor of a layer, behind a usual wrapper
    blocks,   ///< W_O and W_V
    embedding ///< and W_E
};

/// A scheme behind a wrapper.
struct scheme_fit {
    const naming_scheme* scheme = nullptr;
    std::string wrapper;
    fit_grade grade = fit_grade::none;
    std::vector<const tensor_record*> layers; ///< the tensors of its layers, in the order of the names seen
};

/// A name that follows a pattern, by its number, and what stands before that.
struct follower {
    std::size_t name;
    std::string_view wrapper;
};

/// A file's names as a scheme sees them, and which of them follow a pattern: seen once for all schemes that have it.
class seen_file {
  public:
    seen_file(std::span<const tensor_record> tensors, const naming_scheme& scheme) :
        names(tensors, scheme), ends_(names) {}

    const seen_tensors names;

    /// Those that follow a row's pattern behind any wrapper, in the order of the names.
    template <class Row>
    const std::vector<follower>& followers(const Row& row, const naming_scheme& scheme) {
        const auto is_part_of_name = [](std::string_view prefix) {
            return !prefix.empty() && !prefix.ends_with('.');
        };
        const bool own = std::any_of(scheme.prefixes.begin(), scheme.prefixes.end(), is_part_of_name);
        const auto [at, is_new] = seen_.try_emplace({row.pattern, own ? scheme.name : std::string_view()});
        if (!is_new) return at->second;
        auto& all = at->second;
        ends_.for_candidates(row.pattern, [&](std::size_t k) {
            if (const auto wrapper = wrapper_of(row, names.all()[k].name, scheme.prefixes))
                all.push_back({k, *wrapper});
        });
        return all;
    }

  private:
    name_ends ends_;
    std::map<std::pair<std::string_view, std::string_view>, std::vector<follower>> seen_; ///< by pattern
};

/// What a file has of one scheme, by the wrapper before it.
class scheme_sightings {
  public:
    scheme_sightings(const naming_scheme& scheme, seen_file& file) :
        scheme_(scheme), tensors_(file.names.all()) {
        for (const auto& row : scheme_.parts)
            if (is_layered(row.pattern) || row.part == weight_part::W_E)
                see_part(row, file.followers(row, scheme));
        for (const auto& row : scheme_.markers) see_marker(row, file.followers(row, scheme));
    }

    /// Where the scheme fits, usual wrappers first, then ascending.
    std::vector<scheme_fit> fits() const {
        std::vector<scheme_fit> result;
        for (const auto& [wrapper, seen] : blocks_) {
            const auto grade = grade_of(wrapper, seen.parts);
            if (grade != fit_grade::none && is_marked(wrapper))
                result.push_back({&scheme_, std::string(wrapper), grade, in_order(seen.tensors)});
        }
        std::stable_partition(result.begin(), result.end(), [&](const scheme_fit& each) {
            return is_usual_wrapper(scheme_, each.wrapper);
        });
        return result;
    }

  private:
    struct blocks {
        std::bitset<weight_part_count> parts;
        std::vector<std::size_t> tensors; ///< by their numbers among the names; one may be several parts
    };

    void see_part(const part_name& row, const std::vector<follower>& followers) {
        std::pair<const std::string_view, blocks>* last = nullptr; // mostly the one of the tensor before
        for (const auto& [k, wrapper] : followers) {
            if (!is_layered(row.pattern)) {
                embeddings_.insert(wrapper);
                continue;
            }
            if (last == nullptr || last->first != wrapper) last = &*blocks_.try_emplace(wrapper).first;
            last->second.parts.set(static_cast<std::size_t>(row.part));
            last->second.tensors.push_back(k);
        }
    }

    void see_marker(const scheme_marker& row, const std::vector<follower>& followers) {
        auto& marked = row.root == name_root::file ? marked_roots_ : marked_;
        const std::string_view* last = nullptr;
        for (const auto& [k, wrapper] : followers) {
            if (!has_form(*tensors_[k].record, row.form) || (last != nullptr && *last == wrapper)) continue;
            last = &*marked.insert(wrapper).first;
        }
    }

    /// Each once, in the order of the names.
    std::vector<const tensor_record*> in_order(std::vector<std::size_t> numbers) const {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        std::vector<const tensor_record*> records;
        for (const auto k : numbers) records.push_back(tensors_[k].record);
        return records;
    }

    bool is_marked(std::string_view wrapper) const {
        return scheme_.markers.empty() || marked_.contains(wrapper) ||
               std::any_of(marked_roots_.begin(), marked_roots_.end(),
                           [&](std::string_view root) { return wrapper.starts_with(root); });
    }

    fit_grade grade_of(std::string_view wrapper, const std::bitset<weight_part_count>& parts) const {
        const auto has = [&](weight_part part) { return parts.test(static_cast<std::size_t>(part)); };
        if (has(weight_part::W_O) && has(weight_part::W_V))
            return embeddings_.contains(wrapper) ? fit_grade::embedding : fit_grade::blocks;
        return is_usual_wrapper(scheme_, wrapper) ? fit_grade::usual : fit_grade::none;
    }

    const naming_scheme& scheme_;
    const std::vector<seen_tensor>& tensors_;
    std::map<std::string_view, blocks> blocks_;
    std::set<std::string_view> embeddings_, marked_, marked_roots_;
};

/// Keeps those behind the wrapper that the caller names, or else behind one that begins so.
inline void keep_named(std::vector<scheme_fit>& fits, const naming_scheme& scheme,
                       const std::string& prefix) {
    const bool open = prefix.empty() || prefix.ends_with('.');
    const auto wanted = seen_name(open ? prefix : prefix + ".", dropped_components(scheme));
    const auto is = [&](const scheme_fit& each) { return each.wrapper == wanted; };
    const bool exact = std::any_of(fits.begin(), fits.end(), is);
    std::erase_if(fits, [&](const scheme_fit& each) {
        return exact ? !is(each) : wanted.empty() || !each.wrapper.starts_with(wanted);
    });
}

inline bool are_same_tensors(const scheme_fit& a, const scheme_fit& b) {
    return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                      [](const auto* x, const auto* y) { return same_place(*x, *y); });
}

/// Whether two schemes are two names of one model.
inline bool share_tensors(const scheme_fit& a, const scheme_fit& b) {
    if (a.scheme == b.scheme) return false;
    if (a.layers.empty() || b.layers.empty()) return false;
    if (std::find(a.layers.begin(), a.layers.end(), b.layers.front()) != a.layers.end())
        return true; // mostly
    const std::set<const tensor_record*> all(a.layers.begin(), a.layers.end());
    return std::any_of(b.layers.begin(), b.layers.end(),
                       [&](const auto* each) { return all.contains(each); });
}

/// Whether a scheme may as well be the name of a model that was found.
inline bool is_namesake(const scheme_fit& each, const scheme_fit& found) {
    return each.grade >= found.grade && share_tensors(each, found);
}

/// How much of a wrapper's end is a prefix of the scheme's own: `roberta.` is RoBERTa's, and not BERT's.
inline std::size_t own_prefix(const naming_scheme& scheme, std::string_view wrapper) {
    std::size_t longest = 0;
    for (const auto prefix : scheme.prefixes) {
        if (!wrapper.ends_with(prefix) || prefix.size() <= longest) continue;
        const auto begin = wrapper.size() - prefix.size();
        if (begin == 0 || wrapper[begin - 1] == '.') longest = prefix.size();
    }
    return longest;
}

/// Whether what stands before a model's names tells that it is another scheme's.
inline bool is_rather(const naming_scheme& other, const scheme_fit& found) {
    return own_prefix(other, found.wrapper) > own_prefix(*found.scheme, found.wrapper);
}

/// Adds what fits better than all that was found so far, or as well and is another model.
inline void add_best(std::vector<scheme_fit>& best, std::vector<scheme_fit> more) {
    constexpr std::size_t most = 64; // an ensemble may have thousands
    for (auto& each : more) {
        if (!best.empty() && each.grade < best.front().grade) continue;
        if (!best.empty() && each.grade > best.front().grade) best.clear();
        if (best.size() == most) continue;
        if (std::none_of(best.begin(), best.end(), [&](const scheme_fit& other) {
                return are_same_tensors(each, other) || share_tensors(each, other);
            }))
            best.push_back(std::move(each));
    }
}

/// Beside a tower of a model, its others: none of them is meant more than another, whatever it embeds.
inline void add_towers(std::vector<scheme_fit>& best, const std::vector<scheme_fit>& towers) {
    if (best.size() != 1 || best.front().scheme->tower.empty()) return;
    for (const auto& each : towers)
        if (each.scheme->tower != best.front().scheme->tower && !share_tensors(each, best.front()))
            best.push_back(each);
}

/// What a config says of a scheme.
enum class type_told { nothing, this_one, another };

inline type_told told_of(const naming_scheme& scheme, const std::optional<std::string>& model_type) {
    const auto& types = scheme.model_types;
    if (!model_type || types.empty()) return type_told::nothing;
    return std::find(types.begin(), types.end(), *model_type) != types.end() ? type_told::this_one
                                                                             : type_told::another;
}

/// Fits schemes to a file's names, which are seen once for all schemes that see them alike.
class scheme_fitter {
  public:
    scheme_fitter(std::span<const tensor_record> tensors, const std::optional<std::string>& prefix) :
        tensors_(tensors), prefix_(prefix) {}

    std::vector<scheme_fit> fits(const naming_scheme& scheme) {
        auto& seen = seen_[dropped_components(scheme)];
        if (!seen) seen.emplace(tensors_, scheme);
        auto found = scheme_sightings(scheme, *seen).fits();
        if (prefix_) keep_named(found, scheme, *prefix_);
        return found;
    }

    /// Whether a scheme is another name of a model that was found, and its own prefix stands there.
    bool is_rather(const naming_scheme& other, const scheme_fit& found) {
        if (!detail::is_rather(other, found)) return false;
        const auto all = fits(other);
        return std::any_of(all.begin(), all.end(),
                           [&](const scheme_fit& each) { return is_namesake(each, found); });
    }

  private:
    std::span<const tensor_record> tensors_;
    const std::optional<std::string>& prefix_;
    std::map<std::vector<std::string_view>, std::optional<seen_file>> seen_;
};

/// Makes the match of the only fit, unless a scheme that no config confirms is as good, or better.
inline void match(scheme_search& result, const scheme_fit& found,
                  const std::vector<scheme_fit>& unconfirmed) {
    const auto* best = &found;
    for (const auto& each : unconfirmed) {
        if (!is_namesake(each, found)) continue;
        if (is_rather(*each.scheme, *best)) best = &each;
        if (result.unconfirmed == nullptr) result.unconfirmed = each.scheme;
    }
    if (best != &found) result.unconfirmed = nullptr; // its own prefix says that it is this one
    result.match = scheme_match{best->scheme, best->wrapper};
}

} // namespace detail

SVDLENS_BODY scheme_search find_scheme(std::span<const tensor_record> tensors,
                                       const std::optional<std::string>& model_type,
                                       std::span<const naming_scheme> among,
                                       const std::optional<std::string>& prefix,
                                       const std::optional<std::string>& tower) {
    using detail::type_told;
    scheme_search result;
    detail::scheme_fitter fitter(tensors, prefix);
    std::vector<detail::scheme_fit> best, unconfirmed, towers;
    const auto is_meant = [&](const naming_scheme& scheme) { return !tower || scheme.tower == *tower; };
    for (const auto& scheme : among) { // names are looked at last: there may be many
        const auto told = detail::told_of(scheme, model_type);
        if (told == type_told::another || !is_meant(scheme)) continue;
        auto fits = fitter.fits(scheme);
        const bool is_told =
            scheme.recognised == schemes::recognition::by_names || told == type_told::this_one;
        if (is_told && !scheme.tower.empty()) towers.insert(towers.end(), fits.begin(), fits.end());
        if (is_told)
            detail::add_best(best, std::move(fits));
        else
            unconfirmed.insert(unconfirmed.end(), fits.begin(), fits.end());
    }
    detail::add_towers(best, towers);
    for (const auto& scheme : among) {
        if (best.size() > 1 || !is_meant(scheme) || detail::told_of(scheme, model_type) != type_told::another)
            continue;
        if (best.empty() ? !fitter.fits(scheme).empty() : fitter.is_rather(scheme, best.front()))
            result.other_type = &scheme;
    }
    if (best.size() == 1 && result.other_type == nullptr) detail::match(result, best.front(), unconfirmed);
    if (best.empty() && !unconfirmed.empty()) result.unconfirmed = unconfirmed.front().scheme;
    if (best.size() > 1)
        for (const auto& each : best) result.rivals.push_back({each.scheme, each.wrapper});
    return result;
}

} // namespace svdlens::inline v0_2

#endif
