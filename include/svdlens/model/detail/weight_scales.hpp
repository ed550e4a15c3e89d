/// @file
/// 8-bit floats beside the scales that they are multiplied with, and what to do about other quantised weights.
#ifndef SVDLENS_MODEL_DETAIL_WEIGHT_SCALES_HPP
#define SVDLENS_MODEL_DETAIL_WEIGHT_SCALES_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../../io/tensor_record.hpp"
#include "../../linalg/block_scaled_matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether weights are stored as floats of 8 bits that have a sign and a mantissa.
constexpr bool is_small_float(dtype type) {
    return type == dtype::f8_e4m3 || type == dtype::f8_e5m2 || type == dtype::f8_e4m3fnuz ||
           type == dtype::f8_e5m2fnuz;
}

/// Whether a config says that weights are 8-bit floats times scales, by one of the methods that store both under
/// known names.
inline bool has_scaled_floats(const model_config& config) {
    const std::string method = config.quantization.value_or("");
    const std::string format = config.quantization_format.value_or("");
    if (method == "compressed-tensors")
        return format.empty() || format == "float-quantized" || format == "naive-quantized";
    if (method == "modelopt") return format == "FP8";
    constexpr std::string_view others[] = {"fp8", "fbgemm_fp8", "FP8", "float-quantized"};
    return std::find(std::begin(others), std::end(others), method) != std::end(others);
}

/// A method by its config's word, and what makes plain numbers of its weights.
struct quantisation_remedy {
    std::string_view method; ///< or how it begins
    std::string_view remedy;
};

inline constexpr std::string_view original_remedy =
    "its scales and codes are not read here: take the model that it was made from";

inline constexpr quantisation_remedy quantisation_remedies[] = {
    {"bitsandbytes", "load it with transformers, call model.dequantize() and save_pretrained()"},
    {"mxfp4", "load it with transformers' Mxfp4Config(dequantize=True) and call save_pretrained()"},
    {"compressed-tensors",
     "load it with transformers' CompressedTensorsConfig(run_compressed=False) and call save_pretrained()"},
    {"gguf", "load it with transformers' from_pretrained(..., gguf_file=...) and call save_pretrained()"},
    {"gptq", original_remedy},
    {"awq", original_remedy},
    {"nvfp4", original_remedy},
    {"modelopt", original_remedy},
    {"hqq", original_remedy},
    {"eetq", original_remedy},
    {"quanto", original_remedy},
    {"aqlm", original_remedy},
    {"torchao", original_remedy},
};

/// What to do about weights quantised by a method; empty for one that is not known.
inline std::string_view remedy_for(std::string_view method) {
    for (const auto& each : quantisation_remedies)
        if (method.starts_with(each.method)) return each.remedy;
    return {};
}

/// The tensor of a weight's scales: null where it has none. The values are multiplied by them, `_inv` or not.
inline const tensor_record* find_scales(const state_dict& file, const std::string& weight) {
    for (const char* const ending : {"_scale_inv", "_scale"})
        if (file.contains(weight + ending)) return &file.record(weight + ending);
    return nullptr;
}

/// The weight that a tensor would hold the scales of, by its name; empty for a name of another kind.
constexpr std::string_view scaled_weight(std::string_view name) {
    for (const std::string_view ending : {"_scale_inv", "_scale"})
        if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    return {};
}

/// Whether a tensor holds scales of activations, which change no weight.
constexpr bool is_activation_scale(std::string_view name) {
    const auto component = name.substr(name.rfind('.') + 1);
    for (const std::string_view known : {"input_scale", "input_scale_ub", "activation_scale", "act_scale",
                                         "output_scale", "q_scale", "k_scale", "v_scale", "kv_scale"})
        if (component == known) return true;
    return false;
}

/// How scales are laid over a matrix.
struct scale_grid {
    std::size_t rows;
    std::size_t columns;
    block_shape block;
};

inline std::optional<scale_grid> grid_of(const tensor_record& scales, block_shape matrix,
                                         const std::optional<std::array<std::uint64_t, 2>>& block) {
    const auto& shape = scales.shape;
    if (shape.size() > 2) return std::nullopt;
    const std::uint64_t rows = shape.empty() ? 1 : shape[0], columns = shape.size() < 2 ? 1 : shape[1];
    if (rows == 1 && columns == 1) return scale_grid{1, 1, matrix};
    if (rows == matrix.rows && columns == 1) return scale_grid{matrix.rows, 1, {1, matrix.columns}};
    if (!block) return std::nullopt;
    const block_shape each{static_cast<std::size_t>(std::min<std::uint64_t>((*block)[0], matrix.rows)),
                           static_cast<std::size_t>(std::min<std::uint64_t>((*block)[1], matrix.columns))};
    const auto count = [](std::size_t extent, std::size_t of) {
        return extent / of + (extent % of != 0 ? 1 : 0);
    };
    const scale_grid grid{count(matrix.rows, each.rows), count(matrix.columns, each.columns), each};
    return rows == grid.rows && columns == grid.columns ? std::optional(grid) : std::nullopt;
}

/// How the scales of a matrix of 8-bit floats are laid over it.
/// @param block of the config
/// @param weight a matrix
/// @throws model_error (unsupported_model) when the scales are no numbers; (wrong_shape) when they are neither
///         one, nor one a row, nor one a block
inline scale_grid checked_grid(const state_dict& file, const tensor_record& weight,
                               const tensor_record& scales,
                               const std::optional<std::array<std::uint64_t, 2>>& block) {
    const std::string where = file.path().string() + ": tensor " + quoted(scales.name);
    const bool is_number = scales.type == dtype::f16 || scales.type == dtype::bf16 ||
                           scales.type == dtype::f32 || scales.type == dtype::f64 ||
                           scales.type == dtype::f8_e8m0;
    if (!is_number)
        throw model_error(errc::unsupported_model, where + ": expected scales in F32, BF16, F16, F64 or " +
                                                       "F8_E8M0, found " + std::string(to_text(scales.type)));
    const block_shape matrix{static_cast<std::size_t>(weight.shape[0]),
                             static_cast<std::size_t>(weight.shape[1])};
    if (matrix.rows != 0 && matrix.columns != 0)
        if (const auto grid = grid_of(scales, matrix, block)) return *grid;
    const std::string blocks = block ? "one a block of " + to_text((*block)[0]) + " x " + to_text((*block)[1])
                                     : "blocks that the config's weight_block_size tells of";
    throw model_error(errc::wrong_shape, where + ": expected scales of " + quoted(weight.name) + " " +
                                             to_text(weight.shape) + ": one, one a row, or " + blocks +
                                             "; found " + to_text(scales.shape));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
