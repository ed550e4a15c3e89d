/// @file
/// How a family of checkpoints names and lays out its weights.
#ifndef SVDLENS_MODEL_NAMING_SCHEME_HPP
#define SVDLENS_MODEL_NAMING_SCHEME_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../io/model_config.hpp"
#include "architecture.hpp"
#include "stored_axes.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0_2 {

/// The parts that a scheme gives names to.
enum class weight_part {
    W_E,
    W_pos,
    W_U,
    b_U,
    ln_embed_w,
    ln_embed_b,
    ln_final_w,
    ln_final_b,
    ln1_w,
    ln1_b,
    W_Q,
    W_K,
    W_V,
    W_O,
    b_Q,
    b_K,
    b_V,
    b_O,
    ln1_post_w,
    ln2_w,
    ln2_b,
    W_in,
    W_gate,
    W_out,
    b_in,
    b_gate,
    b_out,
    ln2_post_w,
};
inline constexpr std::size_t weight_part_count = 28;

/// Whether a part's matrix is d_model × n (it reads the residual stream); otherwise it is n × d_model.
constexpr bool reads_residual(weight_part part) {
    switch (part) {
    case weight_part::W_Q:
    case weight_part::W_K:
    case weight_part::W_V:
    case weight_part::W_in:
    case weight_part::W_gate:
    case weight_part::W_U:
        return true;
    default:
        return false;
    }
}

/// What messages call a part.
constexpr std::string_view part_label(weight_part part) {
    constexpr std::array<std::string_view, weight_part_count> labels = {
        "W_E",        "W_pos",  "W_U",   "b_U",  "ln_embed_w", "ln_embed_b", "ln_final_w",
        "ln_final_b", "ln1_w",  "ln1_b", "W_Q",  "W_K",        "W_V",        "W_O",
        "b_Q",        "b_K",    "b_V",   "b_O",  "ln1_post_w", "ln2_w",      "ln2_b",
        "W_in",       "W_gate", "W_out", "b_in", "b_gate",     "b_out",      "ln2_post_w"};
    return labels[static_cast<std::size_t>(part)];
}

/// Where a row's pattern begins.
enum class name_root {
    prefix, ///< behind the scheme's prefix
    file,   ///< it is the whole name, whatever the prefix
};

/// One row of a scheme's table. In a pattern `{layer}` stands for the layer's number. Where a part has
/// several rows, the first whose tensor exists counts. A matrix stored (out, in) is read transposed, a part
/// of a fused one as a slice: its axes say so.
struct part_name {
    weight_part part;
    std::string_view pattern;
    stored_axes axes;
    name_root root = name_root::prefix;
};

/// A matrix besides the usual ones; its bias, if any, is called `....bias` for `....weight`. An embedding
/// table (rows are vectors) that has a bias is a linear layer instead, and stored the other way round.
struct extra_name {
    std::string_view pattern;
    stored_axes axes;
    svdlens::flow flow;
    std::string_view axis;
    matrix_role role = matrix_role::other;
    name_root root = name_root::file;
};

/// What the presence of a tensor says of a model.
enum class tensor_hint {
    buffer,      ///< nothing: no weight
    rotary,      ///< queries and keys are rotated by their position
    qk_norm,     ///< queries or keys are normalised after their projection
    output_head, ///< the unembedding does not read the stream, but what this makes of it
    unsupported, ///< the model computes something that this library would get wrong
};
inline constexpr std::size_t tensor_hint_count = 5;

/// A tensor that is not read, and why.
struct hint_name {
    std::string_view pattern;
    tensor_hint hint;
    std::string_view reason = {};
    name_root root = name_root::prefix;
};

/// A matrix' shape, which tells apart files that name their tensors alike.
enum class matrix_form {
    any,
    wide, ///< more columns than rows
    tall, ///< more rows than columns
};

/// A tensor that only files of a scheme have.
struct scheme_marker {
    std::string_view pattern;
    matrix_form form = matrix_form::any;
    name_root root = name_root::prefix;
};

/// What makes a file one of a scheme.
enum class recognition {
    by_names, ///< its tensors
    by_type,  ///< its tensors, and a config that says one of the scheme's `model_types`
};

/// How one family of checkpoints names its tensors. A file follows it when, behind one of the prefixes, it
/// has a tensor of some layer and, where there are `markers`, one of them; when its config has a model type,
/// that must be one of `model_types`, if there are any. Spans view tables that must outlive the scheme.
struct naming_scheme {
    std::string_view name;
    std::span<const std::string_view> prefixes = {}; ///< none: the names as they are
    std::span<const part_name> parts = {};
    std::span<const extra_name> extras = {};
    std::span<const hint_name> hints = {};
    std::span<const scheme_marker> markers = {};
    std::span<const std::string_view> model_types = {};
    recognition recognised = recognition::by_names;
    architecture_traits architecture = {};
};

namespace detail {

/// A pattern around its `{layer}`.
struct split_pattern {
    std::string_view before;
    std::string_view after;
    bool layered;
};

constexpr split_pattern split(std::string_view pattern) {
    constexpr std::string_view placeholder = "{layer}";
    const auto at = pattern.find(placeholder);
    if (at == std::string_view::npos) return {pattern, {}, false};
    return {pattern.substr(0, at), pattern.substr(at + placeholder.size()), true};
}

/// A layer's number as it is written in names: decimal, no leading zero, at most nine digits.
constexpr std::optional<std::size_t> parse_layer(std::string_view text) {
    if (text.empty() || text.size() > 9 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::size_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

} // namespace detail

/// The tensor that a pattern means in one layer.
inline std::string tensor_name(std::string_view prefix, std::string_view pattern, std::size_t layer) {
    const auto parts = detail::split(pattern);
    std::string name(prefix);
    name += parts.before;
    if (parts.layered) append_number(name, layer);
    name += parts.after;
    return name;
}

/// What the bias of an extra matrix is called: `....bias` for `....weight`.
inline std::string bias_name(std::string_view weight) {
    constexpr std::string_view ending = "weight";
    if (weight.ends_with(ending)) weight.remove_suffix(ending.size());
    return std::string(weight) + "bias";
}

/// The layer whose tensor a pattern calls `name`; 0 for a pattern without layers; nothing when it is
/// another's.
constexpr std::optional<std::size_t> layer_of(std::string_view name, std::string_view prefix,
                                              std::string_view pattern) {
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    const auto parts = detail::split(pattern);
    if (!parts.layered) return name == pattern ? std::optional<std::size_t>(0) : std::nullopt;
    if (name.size() < parts.before.size() + parts.after.size()) return std::nullopt;
    if (!name.starts_with(parts.before) || !name.ends_with(parts.after)) return std::nullopt;
    name.remove_prefix(parts.before.size());
    name.remove_suffix(parts.after.size());
    return detail::parse_layer(name);
}

namespace detail {

/// The prefix of a row's names in a file that follows its scheme behind `prefix`.
template <class Row>
constexpr std::string_view prefix_of(const Row& row, std::string_view prefix) {
    return row.root == name_root::file ? std::string_view() : prefix;
}

/// Whether a row of a scheme's table, of any kind, names this tensor.
template <class Row>
constexpr bool names_tensor(const Row& row, std::string_view prefix, std::string_view name) {
    return layer_of(name, prefix_of(row, prefix), row.pattern).has_value();
}

/// Two tables in one.
template <class Row, std::size_t m, std::size_t n>
constexpr std::array<Row, m + n> both_tables(const std::array<Row, m>& first,
                                             const std::array<Row, n>& second) {
    std::array<Row, m + n> all = {};
    for (std::size_t k = 0; k < m; ++k) all[k] = first[k];
    for (std::size_t k = 0; k < n; ++k) all[m + k] = second[k];
    return all;
}

} // namespace detail


/// How a checkpoint is read:
/// @code
/// transformer_weights(file, {.config = {.n_heads = 12}});  // neither metadata nor config.json tell it
/// transformer_weights(file, {.schemes = {&my_scheme, 1}}); // names that the library does not know
/// @endcode
struct transformer_options {
    model_config config = {};                    ///< its fields come before those of the file's config
    std::span<const naming_scheme> schemes = {}; ///< tried before the known ones
};

} // namespace svdlens::inline v0_2

#endif
