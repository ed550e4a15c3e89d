/// @file
/// The sizes of a model as its tensors and its config agree on them.
#ifndef SVDLENS_MODEL_SIZE_BOOK_HPP
#define SVDLENS_MODEL_SIZE_BOOK_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../io/model_config.hpp"
#include "../io/tensor_record.hpp"
#include "naming_scheme.hpp"

namespace svdlens::inline v0 {

namespace detail {

constexpr std::string_view axis_name(model_axis axis) {
    constexpr std::array<std::string_view, model_axis_count> names = {
        "",      "n_heads", "n_key_value_heads", "d_model", "d_head",
        "d_mlp", "n_ctx",   "d_vocab",           "d_vocab", "any"};
    return names[static_cast<std::size_t>(axis)];
}

constexpr std::size_t stored_rank(const stored_axes& axes) {
    std::size_t rank = 0;
    while (rank < axes.size() && axes[rank] != model_axis::none) ++rank;
    return rank;
}

/// Learns the extent of every axis from the first tensor that has it, or from the config, and holds all
/// others to it.
class size_book {
  public:
    size_book(std::string file, const model_config& config) : file_(std::move(file)) {
        promise(model_axis::n_heads, config.n_heads);
        promise(model_axis::n_key_value_heads, config.n_key_value_heads);
        promise(model_axis::d_model, config.d_model);
        promise(model_axis::d_head, config.d_head);
        promise(model_axis::d_mlp, config.d_mlp);
        promise(model_axis::n_ctx, config.n_ctx);
    }

    /// Checks a tensor's shape and learns from it.
    /// @throws model_error (invalid_config) when the config has another size, (wrong_shape) when another
    /// tensor
    ///         has, or the rank is another, or an extent is 0
    void fit(const tensor_record& record, const stored_axes& axes) {
        const std::size_t rank = stored_rank(axes);
        if (record.shape.size() != rank) fail(record, axes, errc::wrong_shape, "");
        for (std::size_t k = 0; k < rank; ++k) {
            if (record.shape[k] == 0) fail(record, axes, errc::wrong_shape, "no extent may be 0");
            auto& size = at(axes[k]);
            if (axes[k] == model_axis::any) continue;
            if (size && size->extent != record.shape[k])
                fail(record, axes, size->source.empty() ? errc::invalid_config : errc::wrong_shape, axes[k]);
            if (!size || size->source.empty()) size = known{record.shape[k], record.name};
        }
    }

    /// The size that a tensor gave to an axis; 0 where none has that axis.
    std::size_t operator[](model_axis axis) const {
        const auto& size = sizes_[static_cast<std::size_t>(axis)];
        return size && !size->source.empty() ? static_cast<std::size_t>(size->extent) : 0;
    }

  private:
    struct known {
        std::uint64_t extent;
        std::string source; ///< the tensor; empty: the config
    };

    std::optional<known>& at(model_axis axis) { return sizes_[static_cast<std::size_t>(axis)]; }

    void promise(model_axis axis, const std::optional<std::uint64_t>& extent) {
        if (extent) at(axis) = known{*extent, {}};
    }

    [[noreturn]] void fail(const tensor_record& record, const stored_axes& axes, errc code,
                           model_axis wrong) {
        const auto& size = *at(wrong);
        fail(record, axes, code,
             (size.source.empty() ? "the config" : "tensor " + svdlens::quoted(size.source)) + " has " +
                 std::string(axis_name(wrong)) + " = " + to_text(size.extent));
    }

    [[noreturn]] void fail(const tensor_record& record, const stored_axes& axes, errc code,
                           const std::string& reason) {
        std::string expected;
        for (std::size_t k = 0; k < stored_rank(axes); ++k) {
            expected += (k == 0 ? "[" : ", ") + std::string(axis_name(axes[k]));
            if (const auto& size = at(axes[k])) expected += " = " + to_text(size->extent);
        }
        throw model_error(code, file_ + ": tensor " + svdlens::quoted(record.name) + ": expected shape " +
                                    expected + "], found " + to_text(record.shape) +
                                    (reason.empty() ? "" : "; " + reason));
    }

    std::string file_;
    std::array<std::optional<known>, model_axis_count> sizes_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
