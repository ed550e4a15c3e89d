/// @file
/// A scheme for a file that none is known for: what is sure by names and shapes, and the rest said.
#ifndef SVDLENS_MODEL_DETAIL_SCHEME_GUESS_HPP
#define SVDLENS_MODEL_DETAIL_SCHEME_GUESS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../naming_scheme.hpp"
#include "../stored_axes.hpp"
#include "linear_order.hpp"
#include "name_meanings.hpp"
#include "name_patterns.hpp"
#include "scheme_fields.hpp"
#include "scheme_rows.hpp"
#include "unread_tensors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A pattern that is not placed: why, and the rows that it might be.
struct open_pattern {
    const name_pattern* pattern;
    std::string why;
    std::vector<part_name> perhaps = {};
};

/// Places a file's patterns one after the other; what is not sure stays open.
class scheme_guess {
  public:
    scheme_guess(const state_dict& file, const model_config& config) :
        config_(config), patterns_(name_patterns(file.records(), choose_stack(file))) {
        for (const auto& pattern : patterns_) understand(pattern);
        leave_strangers_open();
        leave_rivals_open();
        find_d_model();
        find_orders();
        for (const auto part : {weight_part::W_Q, weight_part::W_O, weight_part::W_K, weight_part::W_V})
            place(part);
        for (std::size_t k = 0; k < weight_part_count; ++k) place(static_cast<weight_part>(k));
        leave_queries_open();
        leave_positions_open();
        leave_norms_open();
        guess_fused();
    }

    const std::vector<part_name>& parts() const { return parts_; }
    const std::vector<hint_name>& hints() const { return hints_; }
    const std::vector<open_pattern>& open() const { return open_; }
    /// What was told by what, for people.
    const std::vector<std::string>& reasons() const { return reasons_; }

    bool has(weight_part part) const {
        return std::any_of(parts_.begin(), parts_.end(),
                           [&](const part_name& row) { return row.part == part; });
    }
    bool has_rotary() const {
        return std::any_of(hints_.begin(), hints_.end(),
                           [](const hint_name& row) { return row.hint == tensor_hint::rotary; }) ||
               config_.positions == "rotary" || config_.rotary_theta;
    }

  private:
    using axis_list = std::vector<schemes::stored_dimension>;

    void leave_open(const name_pattern& pattern, std::string why, std::vector<part_name> perhaps = {}) {
        open_.push_back({&pattern, std::move(why), std::move(perhaps)});
    }

    // ---- names ----

    /// The layers that are read, and a word on the others.
    const std::string* choose_stack(const state_dict& file) {
        stacks_ = layer_stacks_of(name_patterns(file.records()));
        for (const auto& other : stacks_.others)
            reasons_.push_back("layers are read behind " + quoted(stacks_.chosen) + ", not behind " +
                               quoted(other));
        return &stacks_.chosen;
    }

    void understand(const name_pattern& pattern) {
        auto plain = pattern.text;
        for (const auto word : placeholders) plain = filled(plain, word, 0);
        if (plain.find('{') != std::string::npos)
            return leave_open(pattern, "its name has a brace, which stands for a number in patterns");
        if (const auto* const told = telling_of(pattern.text))
            return leave_open(pattern, "tells of " + std::string(told->of));
        if (!pattern.layered() && !is_nearest(pattern.text, stacks_))
            return leave_open(pattern, "it may be of other layers than those that are read");
        const auto meaning = meaning_of(pattern, stacks_.chosen);
        if (meaning.hint) {
            hints_.push_back({pattern.text, *meaning.hint});
        } else if (meaning.part) {
            found_[*meaning.part].push_back(&pattern);
        } else {
            leave_open(pattern, std::string(meaning.doubt), guess_outside(pattern));
        }
    }

    /// What may unembed: a matrix outside of the layers called `head` or `output`.
    static std::vector<part_name> guess_outside(const name_pattern& pattern) {
        const name_words name(pattern);
        if (pattern.layered() || pattern.shape.size() != 2 || !name.has({"head", "output", "decoder"}))
            return {};
        return {{weight_part::W_U, pattern.text, {model_axis::d_vocab, model_axis::d_model}}};
    }

    /// Leaves what a part is called by open, but where `is_own` says so.
    template <class Predicate>
    void keep(weight_part part, std::string_view why, Predicate is_own) {
        auto& patterns = found_[part];
        for (const auto* const each : patterns)
            if (!is_own(*each)) leave_open(*each, std::string(why));
        std::erase_if(patterns, [&](const name_pattern* each) { return !is_own(*each); });
    }

    /// Whether one of those that a part is called by is so; of the first few, as so many are rivals.
    bool any_found(weight_part part, const auto& is_it) const {
        constexpr std::size_t looked_at = 100;
        const auto at = found_.find(part);
        if (at == found_.end()) return false;
        const auto& all = at->second;
        const auto count = static_cast<std::ptrdiff_t>((std::min)(looked_at, all.size()));
        return std::any_of(all.begin(), all.begin() + count,
                           [&](const name_pattern* each) { return is_it(*each); });
    }

    /// A gate has an entry for each of W_in, and a bias a matrix: those of experts, which `gate` and `bias` may
    /// be of as well, have not.
    void leave_strangers_open() {
        using enum weight_part;
        keep(W_gate, "a gate of an MLP or of experts: no W_in has its shape, in as many layers",
             [&](const name_pattern& gate) {
                 return any_found(W_in, [&](const name_pattern& in) {
                     return in.shape == gate.shape && in.count == gate.count;
                 });
             });
        constexpr std::pair<weight_part, weight_part> biases[] = {
            {b_Q, W_Q}, {b_K, W_K}, {b_V, W_V}, {b_O, W_O}, {b_in, W_in}, {b_gate, W_gate}, {b_out, W_out}};
        for (const auto& [bias, matrix] : biases)
            keep(bias, "a bias without a matrix: none beside it has as many entries",
                 [&, of = matrix](const name_pattern& each) {
                     return any_found(of, [&](const name_pattern& m) { return is_bias_of(each, m); });
                 });
    }

    void leave_rivals_open() {
        for (auto& [part, patterns] : found_) {
            if (patterns.size() < 2) continue;
            for (const auto* const each : patterns)
                leave_open(*each, "one of " + to_text(patterns.size()) + " that by their names may be " +
                                      std::string(part_label(part)));
            patterns.clear();
        }
    }

    const name_pattern* found(weight_part part) const {
        const auto at = found_.find(part);
        return at == found_.end() || at->second.empty() ? nullptr : at->second.front();
    }

    // ---- sizes ----

    /// d_model by the config, a norm, or what embeddings and positions share.
    void find_d_model() {
        using enum weight_part;
        if (config_.d_model) {
            d_model_ = *config_.d_model;
            reasons_.push_back("d_model is " + to_text(d_model_) + ", as the config says");
            return;
        }
        for (const auto part : {ln1_w, ln2_w, ln_final_w, b_O, b_out}) {
            const auto* const norm = found(part);
            if (norm == nullptr || norm->shape.size() != 1) continue;
            d_model_ = norm->shape[0];
            reasons_.push_back("d_model is " + to_text(d_model_) + ", as " + norm->shown() + " tells");
            return;
        }
        const auto *const tokens = found(W_E), *const positions = found(W_pos);
        if (tokens == nullptr || positions == nullptr) return;
        for (const auto extent : tokens->shape)
            if (std::count(positions->shape.begin(), positions->shape.end(), extent) == 1 &&
                std::count(tokens->shape.begin(), tokens->shape.end(), extent) == 1)
                d_model_ = d_model_ == 0 ? extent : 0; // one, or none
        if (d_model_ != 0)
            reasons_.push_back("d_model is " + to_text(d_model_) + ", as " + tokens->shown() + " and " +
                               positions->shown() + " tell");
    }

    /// The last component of a name, which tells what kind of module a matrix is of.
    static std::string ending(const name_pattern& pattern) {
        return std::string(last_component(pattern.text));
    }

    /// The order of a matrix that is not square.
    std::optional<linear_order> order_by_shape(weight_part part, const name_pattern& pattern) const {
        if (pattern.shape.size() != 2 || d_model_ == 0) return std::nullopt;
        const bool first = pattern.shape[0] == d_model_, second = pattern.shape[1] == d_model_;
        if (first == second) return std::nullopt;
        return first == reads_residual(part) ? linear_order::in_out : linear_order::out_in;
    }

    /// Modules of one kind store all their matrices alike: those that are not square tell of the others.
    void find_orders() {
        for (const auto& [part, patterns] : found_) {
            const auto* const pattern = found(part);
            if (pattern == nullptr || !pattern->layered() || !is_matrix_in_layer(part)) continue;
            const auto order = order_by_shape(part, *pattern);
            if (!order) continue;
            if (orders_.note(ending(*pattern), *order))
                reasons_.push_back("matrices called ." + ending(*pattern) + " are stored " +
                                   (*order == linear_order::out_in ? "(out, in)" : "(in, out)") + ", as " +
                                   pattern->shown() + " tells");
        }
    }

    /// By the matrix' own shape, else by that of others of its kind, where all are alike.
    std::optional<linear_order> order_of(weight_part part, const name_pattern& pattern) const {
        if (const auto own = order_by_shape(part, pattern)) return own;
        const bool is_square = pattern.shape.size() == 2 && pattern.shape[0] == pattern.shape[1];
        return is_square ? orders_.agreed(ending(pattern)) : std::nullopt;
    }

    // ---- axes ----

    void place(weight_part part) {
        const auto* const pattern = found(part);
        if (pattern == nullptr) return;
        found_[part].clear();
        if (!pattern->layered() && is_of_layer(part)) return leave_open(*pattern, "it is in no layer");
        if (pattern->headed() && !is_of_heads(part))
            return leave_open(*pattern,
                              "by its name " + std::string(part_label(part)) + ", which no head has one of");
        std::string why;
        const auto axes = axes_for(part, *pattern, why);
        if (!why.empty()) {
            std::vector<part_name> perhaps;
            if (axes) perhaps.push_back(row(part, *pattern, *axes));
            return leave_open(*pattern, why, perhaps);
        }
        parts_.push_back(row(part, *pattern, *axes));
    }

    static part_name row(weight_part part, const name_pattern& pattern, const axis_list& axes) {
        part_name result{part, pattern.text, {}};
        std::copy(axes.begin(), axes.end(), result.axes.begin());
        return result;
    }

    /// The axes of a part as it is stored; `why` says what is unsure of them.
    std::optional<axis_list> axes_for(weight_part part, const name_pattern& pattern, std::string& why) {
        using enum weight_part;
        if (d_model_ == 0) {
            why = "perhaps " + std::string(part_label(part)) +
                  ", but d_model is not known: say it in a config.json";
            return {};
        }
        const auto rank = pattern.shape.size();
        const auto usual = axes_of(part);
        const bool of_stream = usual[0].factors[0].axis == model_axis::d_model && stored_rank(usual) == 1;
        if (rank == 1 && of_stream) return vector_of(pattern, model_axis::d_model, why);
        if (is_of_heads(part)) return axes_of_heads(part, pattern, why);
        const bool is_bias = part == b_in || part == b_gate;
        if ((is_bias || part == W_in || part == W_gate || part == W_out) && config_.d_mlp &&
            std::count(pattern.shape.begin(), pattern.shape.end(), *config_.d_mlp) == 0)
            why = "it has not the config's d_mlp: gates and inputs may lie in one";
        if (rank == 1 && is_bias) return axis_list{model_axis::d_mlp};
        if (rank == 1 && part == b_U) return axis_list{vocabulary(pattern.shape[0])};
        if (rank == 2 && (part == W_in || part == W_gate || part == W_out))
            return matrix_of(part, pattern, model_axis::d_mlp, why);
        if (rank == 2 && (part == W_E || part == W_pos || part == W_U)) return table_of(part, pattern, why);
        why = "by its name " + std::string(part_label(part)) + ", but its shape is of something else";
        return {};
    }

    std::optional<axis_list> vector_of(const name_pattern& pattern, model_axis axis, std::string& why) const {
        if (pattern.shape[0] != d_model_) why = "its length is not d_model = " + to_text(d_model_);
        return axis_list{axis};
    }

    /// What reads or writes the stream, beside `inner`.
    std::optional<axis_list> matrix_of(weight_part part, const name_pattern& pattern,
                                       const schemes::stored_dimension& inner, std::string& why) const {
        const auto order = order_of(part, pattern);
        if (order && orders_.contradict(ending(pattern), *order)) {
            why = "by its name " + std::string(part_label(part)) +
                  ", but then it is stored the other way round than matrices of its kind";
            return {};
        }
        const bool has_stream = std::count(pattern.shape.begin(), pattern.shape.end(), d_model_) != 0;
        if (!has_stream) why = "neither of its extents is d_model = " + to_text(d_model_);
        if (has_stream && !order)
            why = "it is square, and no other matrix tells which way round it is stored";
        const bool in_first = order.value_or(linear_order::out_in) == linear_order::in_out;
        if (in_first == reads_residual(part)) return axis_list{model_axis::d_model, inner};
        return axis_list{inner, model_axis::d_model};
    }

    /// A table of vectors outside of the layers.
    std::optional<axis_list> table_of(weight_part part, const name_pattern& pattern, std::string& why) const {
        const bool first = pattern.shape[0] == d_model_, second = pattern.shape[1] == d_model_;
        const auto other = first && !second ? pattern.shape[1] : pattern.shape[0];
        const auto axis = part == weight_part::W_pos ? positions(other, why)
                          : part == weight_part::W_E ? schemes::stored_dimension(model_axis::d_vocab)
                                                     : schemes::stored_dimension(vocabulary(other));
        if (!first && !second) why = "neither of its extents is d_model = " + to_text(d_model_);
        if (first && second) why = "it is square, and nothing tells which way round it is stored";
        if (first && !second) return axis_list{model_axis::d_model, axis};
        return axis_list{axis, model_axis::d_model};
    }

    /// Rows besides those that the config counts stand before the first position (OPT), where they are that.
    schemes::stored_dimension positions(std::uint64_t rows, std::string& why) const {
        const auto counted = config_.n_ctx.value_or(rows);
        if (rows == counted) return model_axis::n_ctx;
        why = "it has " + to_text(rows) + " rows, and the config says n_ctx " + to_text(counted) +
              ": which are of positions is not known";
        constexpr std::uint64_t most = 16;
        if (rows < counted || rows - counted > most) return model_axis::n_ctx;
        return schemes::stacked_axes{1, {static_cast<std::uint32_t>(rows - counted), model_axis::n_ctx}};
    }

    model_axis vocabulary(std::uint64_t extent) const {
        for (const auto& pattern : patterns_)
            for (const auto& each : parts_)
                if (each.part == weight_part::W_E && each.pattern == pattern.text &&
                    std::count(pattern.shape.begin(), pattern.shape.end(), extent) == 0)
                    return model_axis::d_vocab_out;
        return model_axis::d_vocab;
    }

    // ---- heads ----

    std::optional<axis_list> axes_of_heads(weight_part part, const name_pattern& pattern, std::string& why) {
        const bool bias = !is_matrix_in_layer(part);
        const std::size_t flat = bias ? 1 : 2;
        if (pattern.shape.size() == flat && pattern.headed())
            return bias ? axis_list{model_axis::d_head} : matrix_of(part, pattern, model_axis::d_head, why);
        if (pattern.shape.size() == flat) {
            const schemes::stored_dimension all =
                schemes::joined(head_axis(part, pattern), model_axis::d_head);
            return bias ? axis_list{all} : matrix_of(part, pattern, all, why);
        }
        if (pattern.shape.size() == flat + 1 && !pattern.headed()) return axes_apart(part, pattern, why);
        why = "by its name " + std::string(part_label(part)) + ", but its shape is of something else";
        return {};
    }

    /// Keys and values that are fewer numbers than queries, or than W_O reads, are of key/value heads.
    model_axis head_axis(weight_part part, const name_pattern& pattern) {
        std::uint64_t inner = 1;
        for (const auto extent : pattern.shape) inner *= extent; // the file has that many bytes, or more
        if (is_matrix_in_layer(part)) inner /= d_model_;
        if (is_matrix_in_layer(part)) numbers_[part] = inner;
        const auto all = numbers_of_heads(numbers_of_heads(0, weight_part::W_O), weight_part::W_Q);
        const bool fewer = all != 0 && inner != all;
        return fewer && heads_of(part) == model_axis::n_key_value_heads ? model_axis::n_key_value_heads
                                                                        : model_axis::n_heads;
    }

    /// How many numbers of all heads together a matrix makes or reads; `otherwise` where they are not known.
    std::uint64_t numbers_of_heads(std::uint64_t otherwise, weight_part part) const {
        const auto at = numbers_.find(part);
        return at == numbers_.end() ? otherwise : at->second;
    }

    /// Heads in a dimension of their own: which one only their number tells.
    std::optional<axis_list> axes_apart(weight_part part, const name_pattern& pattern, std::string& why) {
        const auto& shape = pattern.shape;
        const bool matrix = is_matrix_in_layer(part);
        std::vector<std::size_t> others; // dimensions that are not d_model
        for (std::size_t k = 0; k < shape.size(); ++k)
            if (!matrix || shape[k] != d_model_) others.push_back(k);
        if (others.size() != 2) {
            why = "not one of its extents is d_model = " + to_text(d_model_);
            return {};
        }
        axis_list axes(shape.size(), model_axis::d_model);
        const auto of = [&](model_axis axis) { return extent_of_heads(axis); };
        for (const auto axis : {model_axis::n_heads, heads_of(part)})
            for (std::size_t k = 0; k < 2; ++k)
                if (of(axis) != 0 && shape[others[k]] == of(axis) && shape[others[1 - k]] != of(axis)) {
                    axes[others[k]] = axis;
                    axes[others[1 - k]] = model_axis::d_head;
                    return axes;
                }
        why = "which of its extents counts heads is not known, or both may: say --n-heads, or n_heads in a "
              "config.json";
        axes[others[0]] = model_axis::n_heads;
        axes[others[1]] = model_axis::d_head;
        return axes;
    }

    std::uint64_t extent_of_heads(model_axis axis) const {
        return axis == model_axis::n_heads ? config_.n_heads.value_or(0)
                                           : config_.n_key_value_heads.value_or(0);
    }

    /// Takes parts that were placed back, as what they may be.
    void take_back(std::initializer_list<weight_part> parts, const std::string& why) {
        const auto is_taken = [&](const part_name& row) {
            return std::find(parts.begin(), parts.end(), row.part) != parts.end();
        };
        for (const auto& pattern : patterns_)
            for (const auto& each : parts_)
                if (is_taken(each) && each.pattern == pattern.text) leave_open(pattern, why, {each});
        std::erase_if(parts_, is_taken);
    }

    /// Heads whose queries and keys are not as long as their values have parts that no shape tells.
    void leave_queries_open() {
        using enum weight_part;
        const auto differ = [&](weight_part a, weight_part b) {
            return numbers_of_heads(numbers_of_heads(0, b), a) != numbers_of_heads(numbers_of_heads(0, a), b);
        };
        if (differ(W_Q, W_O) || differ(W_K, W_V))
            return take_back({W_Q, W_K, b_Q, b_K},
                             "queries or keys are not as many numbers as values: they may have parts");
        if (!has(W_K)) take_back({W_Q, b_Q}, "no keys are placed: queries may have parts as they have");
    }

    /// Without tokens it is not known what stands at a position, and which positions are used.
    void leave_positions_open() {
        if (has(weight_part::W_E)) return;
        take_back({weight_part::W_pos}, "no embedding of tokens is placed, whose positions they would be");
    }

    /// Without a norm before the unembedding nothing tells that those of the layers stand before what reads.
    void leave_norms_open() {
        using enum weight_part;
        if (has(ln_final_w)) return;
        take_back({ln1_w, ln1_b, ln2_w, ln2_b},
                  "there is no final norm: the norms may stand behind each sum (\"norms\": \"after\")");
    }

    /// Queries, keys and values in one, of equal size: perhaps one after the other.
    void guess_fused() {
        using enum weight_part;
        for (auto& each : open_) {
            const auto& shape = each.pattern->shape;
            if (each.why != fused_attention || d_model_ == 0 || shape.empty() || shape.size() > 2) continue;
            const bool bias = shape.size() == 1, in_first = !bias && shape[0] == d_model_;
            const auto fused = in_first ? shape[1] : shape[0];
            if (fused % 3 != 0 || (!bias && in_first == (shape[1] == d_model_))) continue;
            for (std::uint32_t k = 0; k < 3; ++k) {
                constexpr std::array matrices = {W_Q, W_K, W_V}, biases = {b_Q, b_K, b_V};
                const auto third =
                    schemes::joined(schemes::fused_slice{k, 3}, model_axis::n_heads, model_axis::d_head);
                const axis_list axes = bias       ? axis_list{third}
                                       : in_first ? axis_list{model_axis::d_model, third}
                                                  : axis_list{third, model_axis::d_model};
                each.perhaps.push_back(row(bias ? biases[k] : matrices[k], *each.pattern, axes));
            }
        }
    }

    const model_config& config_;
    layer_stacks stacks_;              ///< of layers
    std::vector<std::string> reasons_; // before patterns_, which choosing the layers adds to
    std::vector<name_pattern> patterns_;
    std::map<weight_part, std::vector<const name_pattern*>> found_;
    linear_orders orders_;
    std::vector<part_name> parts_;
    std::vector<hint_name> hints_;
    std::vector<open_pattern> open_;
    std::uint64_t d_model_ = 0;
    std::map<weight_part, std::uint64_t> numbers_; ///< that matrices of attention make or read
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
