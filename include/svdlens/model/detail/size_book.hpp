/// @file
/// The sizes of a model as its tensors and its config agree on them.
#ifndef SVDLENS_MODEL_DETAIL_SIZE_BOOK_HPP
#define SVDLENS_MODEL_DETAIL_SIZE_BOOK_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../../core/detail/checked.hpp"
#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/model_config.hpp"
#include "../../io/tensor_record.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Learns the extent of every axis from the first tensor that has it, or from the config, and holds all
/// others to it.
class size_book {
  public:
    explicit size_book(std::string file) : file_(std::move(file)) {
        at(model_axis::one) = known{1, "a scheme", errc::wrong_shape, true};
    }

    /// Takes over what a config says, unless one before it has said so.
    void promise(const model_config& config, const std::string& source) {
        promise(model_axis::n_heads, config.n_heads, source);
        promise(model_axis::n_key_value_heads, config.n_key_value_heads, source);
        promise(model_axis::d_model, config.d_model, source);
        promise(model_axis::d_head, config.d_head, source);
        promise(model_axis::d_mlp, config.d_mlp, source);
        promise(model_axis::n_experts, config.n_experts, source);
        promise(model_axis::d_expert, config.d_expert, source);
        promise(model_axis::d_shared, config.d_shared, source);
        promise(model_axis::n_ctx, config.n_ctx, source);
        promise(model_axis::d_vocab, config.d_vocab, source);
    }

    /// Keeps what a tensor alone tells, for dimensions that do not tell their axes apart.
    void witness(const tensor_record& record, const stored_axes& axes) {
        if (record.shape.size() != stored_rank(axes)) return;
        for (std::size_t k = 0; k < record.shape.size(); ++k) {
            const auto axis = axes[k].factors[0].axis;
            if (!axes[k].is_single() || !axes[k].factors[0].is_axis() || axis == model_axis::any ||
                record.shape[k] == 0)
                continue;
            auto& told = witnessed_[static_cast<std::size_t>(axis)];
            if (!told) told = told_by(record, record.shape[k]);
        }
    }

    /// Checks a tensor's shape and learns from it: where several axes lie in one dimension, all but one of
    /// them must be known, from tensors before it, a config or a witness.
    /// @throws model_error (invalid_config) when the config has another size, or says too little to tell the
    ///         axes of one dimension apart; (wrong_shape) when another tensor has another size, or the rank
    ///         is another, or an extent is 0
    void fit(const tensor_record& record, const stored_axes& axes) {
        const std::size_t rank = stored_rank(axes);
        if (record.shape.size() != rank) fail(record, axes, errc::wrong_shape, "");
        for (std::size_t k = 0; k < rank; ++k) {
            if (record.shape[k] == 0) fail(record, axes, errc::wrong_shape, "no extent may be 0");
            if (axes[k].factors[0].axis != model_axis::any) fit_dimension(record, axes, k);
        }
    }

    /// Learns an axis from the number of tensors that names count.
    /// @throws model_error (invalid_config, wrong_shape) when a config or other tensors have another size
    void count(model_axis axis, std::uint64_t extent, const std::string& tensors) {
        const auto& size = at(axis);
        if (size && size->extent != extent)
            throw model_error(size->code, file_ + ": tensors " + svdlens::quoted(tensors) + ": expected " +
                                              std::string(axis_name(axis)) + " = " + to_text(size->extent) +
                                              " of them, found " + to_text(extent) + "; " + size->source +
                                              " has " + std::string(axis_name(axis)) + " = " +
                                              to_text(size->extent));
        if (!size || !size->found)
            at(axis) =
                known{extent, "the number of tensors " + svdlens::quoted(tensors), errc::wrong_shape, true};
    }

    /// The size of an axis that some tensor has; 0 where none has it.
    std::size_t operator[](model_axis axis) const {
        const auto& size = sizes_[static_cast<std::size_t>(axis)];
        return size && size->found ? static_cast<std::size_t>(size->extent) : 0;
    }

  private:
    struct known {
        std::uint64_t extent;
        std::string source; ///< what has it: a tensor or a config
        errc code;          ///< of the error when another tensor contradicts it
        bool found = false; ///< some tensor has that axis
    };

    std::optional<known>& at(model_axis axis) { return sizes_[static_cast<std::size_t>(axis)]; }

    void promise(model_axis axis, const std::optional<std::uint64_t>& extent, const std::string& source) {
        if (extent && !at(axis)) at(axis) = known{*extent, source, errc::invalid_config};
    }

    static known told_by(const tensor_record& record, std::uint64_t extent) {
        return {extent, "tensor " + svdlens::quoted(record.name), errc::wrong_shape, true};
    }

    void learn(model_axis axis, std::uint64_t extent, const tensor_record& record) {
        at(axis) = told_by(record, extent);
    }

    /// Where a dimension has several axes that nothing before it told of: what other tensors tell of them.
    void ask_witnesses(const schemes::stored_dimension& dimension) {
        if (dimension.is_single()) return;
        for_axes(dimension, [&](model_axis axis) {
            if (!at(axis) && unknown_axes(dimension) > 1)
                at(axis) = witnessed_[static_cast<std::size_t>(axis)];
        });
    }

    std::size_t unknown_axes(const schemes::stored_dimension& dimension) {
        std::array<bool, model_axis_count> unknown = {};
        for_axes(dimension,
                 [&](model_axis axis) { unknown[static_cast<std::size_t>(axis)] = !at(axis).has_value(); });
        return static_cast<std::size_t>(std::count(unknown.begin(), unknown.end(), true));
    }

    /// All axes of a dimension, stacked ones too.
    template <class Use>
    static void for_axes(const schemes::stored_dimension& dimension, Use use) {
        for (const auto& factor : dimension.factors) {
            if (factor.is_axis() && !factor.is_stacked()) use(factor.axis);
            for (const auto& part : factor.stack)
                if (part.axis != model_axis::none) use(part.axis);
        }
    }

    /// A factor's extent as far as it is known: `known` and `times` an axis whose size nobody told.
    struct factor_extent {
        std::optional<std::uint64_t> known = 0; ///< empty: more than a number can say
        std::uint64_t times = 0;
        std::optional<model_axis> unknown = {};
        bool ambiguous = false; ///< there is more than one such axis
    };

    void add_part(factor_extent& extent, const schemes::stack_part& part) {
        const auto& size = at(part.axis);
        if (part.axis != model_axis::none && !size) {
            extent.ambiguous = extent.ambiguous || (extent.unknown && extent.unknown != part.axis);
            extent.unknown = part.axis;
            ++extent.times;
            return;
        }
        const std::uint64_t more = part.axis == model_axis::none ? part.entries : size->extent;
        if (extent.known) extent.known = checked_add(*extent.known, more);
    }

    factor_extent extent_of(const axis_factor& factor) {
        factor_extent result;
        if (factor.is_stacked())
            for (const auto& part : factor.stack) add_part(result, part);
        else if (factor.is_axis())
            add_part(result, factor.axis);
        else
            result.known = factor.slice.count;
        return result;
    }

    void fit_dimension(const tensor_record& record, const stored_axes& axes, std::size_t k) {
        const auto& factors = axes[k].factors;
        const std::uint64_t extent = record.shape[k];
        ask_witnesses(axes[k]);
        std::optional<std::uint64_t> product = 1; // of the factors that are known
        std::optional<factor_extent> open;        // the one that is not
        for (const auto& factor : factors) {
            const auto each = extent_of(factor);
            if (each.ambiguous || (each.unknown && open)) throw_untold(record, axes);
            if (each.unknown)
                open = each;
            else if (product)
                product = each.known ? checked_multiply(*product, *each.known) : std::nullopt;
        }
        const bool unknown = open.has_value();
        if (!product || *product == 0 || extent % *product != 0) throw_contradiction(record, axes, k);
        const std::uint64_t rest = extent / *product;
        if (!unknown && rest != 1) throw_contradiction(record, axes, k);
        if (unknown && (!open->known || rest <= *open->known || (rest - *open->known) % open->times != 0))
            throw_contradiction(record, axes, k);
        if (unknown) learn(*open->unknown, (rest - *open->known) / open->times, record);
        const bool alone = axes[k].is_single();
        if (alone && factors[0].is_axis() && !unknown && !at(factors[0].axis)->found)
            learn(factors[0].axis, extent, record);
        for_axes(axes[k], [&](model_axis axis) { at(axis)->found = true; });
    }

    /// Names one of the sizes that the dimension does not go with: a config's, if there is one.
    [[noreturn]] void throw_contradiction(const tensor_record& record, const stored_axes& axes,
                                          std::size_t k) {
        const known* wrong = nullptr;
        std::string_view name;
        for_axes(axes[k], [&](model_axis axis) {
            if (!at(axis) || (wrong != nullptr && wrong->code == errc::invalid_config)) return;
            wrong = &*at(axis);
            name = axis_name(axis);
        });
        if (wrong == nullptr) fail(record, axes, errc::wrong_shape, "");
        fail(record, axes, wrong->code,
             wrong->source + " has " + std::string(name) + " = " + to_text(wrong->extent));
    }

    [[noreturn]] void throw_untold(const tensor_record& record, const stored_axes& axes) {
        throw model_error(errc::invalid_config,
                          file_ + ": tensor " + svdlens::quoted(record.name) + " of shape " +
                              to_text(record.shape) + " is " + expected(axes) +
                              " and does not tell these apart; say n_heads (num_attention_heads) or d_head " +
                              "(head_dim) in a config.json beside the file or in its metadata, or give it: " +
                              "transformer_weights(file, {.config = {.n_heads = ...}}), or --n-heads of the "
                              "program");
    }

    [[noreturn]] void fail(const tensor_record& record, const stored_axes& axes, errc code,
                           const std::string& reason) {
        throw model_error(code, file_ + ": tensor " + svdlens::quoted(record.name) + ": expected shape " +
                                    expected(axes) + ", found " + to_text(record.shape) +
                                    (reason.empty() ? "" : "; " + reason));
    }

    std::string expected(const stored_axes& axes) {
        std::string text = "[";
        for (std::size_t k = 0; k < stored_rank(axes); ++k) {
            if (k != 0) text += ", ";
            const auto& factors = axes[k].factors;
            for (std::size_t i = 0; i < factors.size() && !factors[i].is_nothing(); ++i)
                text += (i == 0 ? "" : " x ") + described(factors[i]);
        }
        return text + "]";
    }

    std::string described(const axis_factor& factor) {
        if (!factor.is_axis()) return to_text(factor.slice.count);
        if (!factor.is_stacked()) return described(factor.axis);
        std::string text;
        for (const auto& part : factor.stack) {
            if (part.axis == model_axis::none && part.entries == 0) continue;
            text += text.empty() ? "(" : " + ";
            text += part.axis == model_axis::none ? to_text(part.entries) : described(part.axis);
        }
        return text + ")";
    }

    std::string described(model_axis axis) {
        std::string text(axis_name(axis));
        if (const auto& size = at(axis)) text += " = " + to_text(size->extent);
        return text;
    }

    std::string file_;
    std::array<std::optional<known>, model_axis_count> sizes_;
    std::array<std::optional<known>, model_axis_count> witnessed_; ///< not learned: nothing is held to them
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
