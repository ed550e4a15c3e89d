/// @file
/// The bodies of model/detail/unknown_scheme.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_UNKNOWN_SCHEME_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_UNKNOWN_SCHEME_HPP

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../io/dtype.hpp"
#include "../../../io/model_config.hpp"
#include "../../../io/state_dict.hpp"
#include "../../../io/tensor_groups.hpp"
#include "../../known_schemes.hpp"
#include "../../naming_scheme.hpp"
#include "../scheme_rows.hpp"
#include "../seen_names.hpp"
#include "../unknown_scheme.hpp"
#include "../unread_tensors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A name of any length as it fits a line.
inline std::string short_name(std::string_view name) {
    constexpr std::size_t most = 100;
    return name.size() <= most ? quoted(name) : quoted(name.substr(0, most)) + "...";
}

/// `"h.{layer}.attn.c_attn.weight" [768, 2304] (12 tensors)`.
inline std::string shown_pattern(const tensor_pattern& each) {
    auto shape = to_text(each.shape);
    if (shape.size() > 40) shape = to_text(each.shape.size()) + " dimensions";
    auto text = short_name(each.pattern) + " " + (each.alike ? shape : "of several shapes");
    return each.count == 1 ? text : text + " (" + to_text(each.count) + " tensors)";
}

/// Patterns of many tensors first: these are the blocks.
inline std::string shown_patterns(std::vector<tensor_pattern> all) {
    constexpr std::size_t most = 14;
    std::stable_partition(all.begin(), all.end(), [](const tensor_pattern& each) { return each.count > 1; });
    std::string text;
    for (std::size_t k = 0; k < (std::min)(most, all.size()); ++k)
        text += (k == 0 ? ": " : ", ") + shown_pattern(all[k]);
    return all.size() <= most ? text : text + " and " + to_text(all.size() - most) + " more patterns";
}

/// That weights are quantised or an adapter, where a name tells; that there is nothing else, where all do.
inline std::string telling_text(std::span<const tensor_record> records) {
    const auto tells = [](const tensor_record& each) { return telling_of_weights(each.name) != nullptr; };
    const auto first = std::find_if(records.begin(), records.end(), tells);
    if (first == records.end()) return "";
    const auto* const told = telling_of_weights(first->name);
    if (told == &of_adapter && std::all_of(first, records.end(), tells) && first == records.begin())
        return "; this is an adapter and no model (" + short_name(first->name) +
               "): " + std::string(told->remedy);
    auto text = "; tensor " + short_name(first->name) + " tells of " + std::string(told->of);
    if (const auto by = quantised_by(first->name); !by.empty()) text += ", by " + std::string(by);
    return text + ": " + std::string(told->remedy);
}

/// A scheme, and which of its parts a file has.
struct nearest_scheme {
    const naming_scheme* scheme = nullptr;
    std::bitset<weight_part_count> parts = {};
    std::size_t rows = 0;
};

/// Whether the last components of a name are those of a row's: `self_attn.q_proj.weight`, whatever stands
/// before, and before its layer.
inline bool ends_like(std::string_view name, const part_name& row) {
    if (!is_layered(row.pattern)) return wrapper_of(row, name).has_value();
    const auto end = row.pattern.substr(row.pattern.rfind('}') + 1);
    if (end.size() < 2 || !name.ends_with(end) || name.size() == end.size()) return false;
    const char before = name[name.size() - end.size() - 1];
    return before == '}' || (before >= '0' && before <= '9');
}

inline nearest_scheme nearness(const naming_scheme& scheme, std::span<const tensor_pattern> patterns) {
    nearest_scheme found{&scheme};
    std::set<std::string_view> names; // of one tensor several parts may be read
    for (const auto& row : scheme.parts) {
        const auto is_there = [&](const tensor_pattern& each) { return ends_like(each.pattern, row); };
        if (std::none_of(patterns.begin(), patterns.end(), is_there)) continue;
        found.parts.set(static_cast<std::size_t>(row.part));
        names.insert(row.pattern);
    }
    found.rows = names.size();
    return found;
}

/// The parts without which there are no circuits, and what the scheme calls them.
inline std::string missing_parts(const nearest_scheme& nearest) {
    std::string text;
    for (const auto part : {weight_part::W_Q, weight_part::W_K, weight_part::W_V, weight_part::W_O,
                            weight_part::W_in, weight_part::W_out, weight_part::W_E}) {
        const auto& rows = nearest.scheme->parts;
        const auto row =
            std::find_if(rows.begin(), rows.end(), [&](const part_name& each) { return each.part == part; });
        if (row == rows.end() || nearest.parts.test(static_cast<std::size_t>(part))) continue;
        text += (text.empty() ? "" : ", ") + quoted(row->pattern);
    }
    return text;
}

/// More names are nearer; of as many the scheme that the config names, then one that needs no config, then
/// one of fewer other names.
inline bool is_nearer(const nearest_scheme& a, const nearest_scheme& b, const model_config& config) {
    const auto rank = [&](const nearest_scheme& each) {
        const auto& types = each.scheme->model_types;
        const bool named =
            config.model_type && std::find(types.begin(), types.end(), *config.model_type) != types.end();
        const bool by_names = each.scheme->recognised == schemes::recognition::by_names;
        return std::tuple(each.rows, named, by_names,
                          -static_cast<std::ptrdiff_t>(each.scheme->parts.size()));
    };
    return b.scheme == nullptr || rank(a) > rank(b);
}

inline nearest_scheme nearest_of(std::span<const naming_scheme> own, std::span<const tensor_pattern> patterns,
                                 const model_config& config) {
    nearest_scheme best;
    for (const auto among : {own, std::span<const naming_scheme>(known_schemes)})
        for (const auto& scheme : among)
            if (const auto found = nearness(scheme, patterns); is_nearer(found, best, config)) best = found;
    return best;
}

inline std::string nearest_text(const nearest_scheme& best) {
    if (best.rows < 2) return "";
    std::string text = "; nearest known scheme: " + std::string(best.scheme->name) + ", of whose names " +
                       to_text(best.rows) + " end as names here do";
    const auto missing = missing_parts(best);
    if (!missing.empty()) return text + ", but there is no " + missing;
    const auto& rows = best.scheme->parts;
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [](const part_name& each) { return each.part == weight_part::W_O; });
    return row == rows.end() ? text : text + ", but W_O would be " + quoted(row->pattern);
}

inline std::string names_of_schemes(std::span<const naming_scheme> own) {
    std::string names;
    for (const auto among : {own, std::span<const naming_scheme>(known_schemes)})
        for (const auto& each : among) names += (names.empty() ? "" : ", ") + std::string(each.name);
    return names;
}

[[noreturn]] SVDLENS_BODY void throw_unknown_scheme(const state_dict& file, const model_config& config,
                                                    std::span<const naming_scheme> own) {
    const auto patterns = tensor_patterns(file.records());
    auto message = file.path().string() + ": no known naming scheme fits" +
                   telling_text(file.records()); // the cause first
    if (config.model_type)
        message += "; " + (config.source.empty() ? "the config" : config.source) + " has model_type " +
                   short_name(*config.model_type);
    message += "; there are its " + to_text(file.size()) + " tensors" + shown_patterns(patterns) +
               nearest_text(nearest_of(own, patterns, config));
    throw model_error(errc::unknown_scheme,
                      message +
                          "; describe other names by a naming_scheme and give it: transformer_weights(file, "
                          "{.schemes = ...}), or --scheme FILE of the program, which --suggest-scheme "
                          "begins; known schemes: " +
                          names_of_schemes(own));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
