/// @file
/// The names in torch files that mean something here: element types, and functions that make tensors. What
/// stands in no list means nothing.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_NAMES_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_NAMES_HPP

#include <optional>
#include <string_view>

#include "../../dtype.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A storage class: the type of its elements, where tensors of it are read, and how many bytes they take.
struct torch_storage_class {
    std::string_view name;
    std::optional<dtype> type;
    unsigned width;
};

inline constexpr torch_storage_class torch_storage_classes[] = {
    {"DoubleStorage", dtype::f64, 8},       {"FloatStorage", dtype::f32, 4},
    {"HalfStorage", dtype::f16, 2},         {"BFloat16Storage", dtype::bf16, 2},
    {"LongStorage", dtype::i64, 8},         {"IntStorage", dtype::i32, 4},
    {"ShortStorage", dtype::i16, 2},        {"CharStorage", dtype::i8, 1},
    {"ByteStorage", dtype::u8, 1},          {"BoolStorage", dtype::boolean, 1},
    {"ComplexFloatStorage", dtype::c64, 8}, {"UntypedStorage", dtype::u8, 1},
    {"_UntypedStorage", dtype::u8, 1},      {"ComplexDoubleStorage", std::nullopt, 16},
    {"QInt8Storage", std::nullopt, 1},      {"QUInt8Storage", std::nullopt, 1},
    {"QUInt4x2Storage", std::nullopt, 1},   {"QUInt2x4Storage", std::nullopt, 1},
    {"QInt32Storage", std::nullopt, 4},
};

/// The class of that name; null for others.
constexpr const torch_storage_class* find_storage_class(std::string_view name) {
    for (const auto& each : torch_storage_classes)
        if (each.name == name) return &each;
    return nullptr;
}

/// An element type by the name of torch's dtype.
struct torch_element {
    std::string_view name;
    dtype type;
};

inline constexpr torch_element torch_dtypes[] = {
    {"float64", dtype::f64},
    {"double", dtype::f64},
    {"float32", dtype::f32},
    {"float", dtype::f32},
    {"float16", dtype::f16},
    {"half", dtype::f16},
    {"bfloat16", dtype::bf16},
    {"int64", dtype::i64},
    {"long", dtype::i64},
    {"int32", dtype::i32},
    {"int", dtype::i32},
    {"int16", dtype::i16},
    {"short", dtype::i16},
    {"int8", dtype::i8},
    {"uint8", dtype::u8},
    {"uint16", dtype::u16},
    {"uint32", dtype::u32},
    {"uint64", dtype::u64},
    {"bool", dtype::boolean},
    {"complex64", dtype::c64},
    {"cfloat", dtype::c64},
    {"float8_e4m3fn", dtype::f8_e4m3},
    {"float8_e5m2", dtype::f8_e5m2},
    {"float8_e4m3fnuz", dtype::f8_e4m3fnuz},
    {"float8_e5m2fnuz", dtype::f8_e5m2fnuz},
    {"float8_e8m0fnu", dtype::f8_e8m0},
};

/// The element type of that name, or nothing.
constexpr std::optional<dtype> torch_type(std::string_view name) {
    for (const auto& each : torch_dtypes)
        if (each.name == name) return each.type;
    return std::nullopt;
}

/// How the arguments of a function that makes a tensor are to be read.
enum class tensor_maker {
    strided, ///< storage, offset, shape, strides, whether it learns, hooks, and perhaps notes
    typed,   ///< as `strided`, with the dtype before the notes
    wrapped, ///< the tensor itself comes first
    derived, ///< another of these functions, the class, its arguments, attributes
};

struct torch_function {
    std::string_view name; ///< with its module
    tensor_maker maker;
};

inline constexpr torch_function torch_functions[] = {
    {"torch._utils._rebuild_tensor", tensor_maker::strided},
    {"torch._utils._rebuild_tensor_v2", tensor_maker::strided},
    {"torch._utils._rebuild_tensor_v3", tensor_maker::typed},
    {"torch._utils._rebuild_parameter", tensor_maker::wrapped},
    {"torch._utils._rebuild_parameter_with_state", tensor_maker::wrapped},
    {"torch._tensor._rebuild_from_type_v2", tensor_maker::derived},
};

/// What the function of that name makes, or nothing.
constexpr std::optional<tensor_maker> maker_of(std::string_view name) {
    for (const auto& each : torch_functions)
        if (each.name == name) return each.maker;
    return std::nullopt;
}

/// Why tensors that some other function makes are not read, by a part of its name, and what to do.
struct torch_refusal {
    std::string_view part;
    std::string_view reason;
};

inline constexpr torch_refusal torch_refusals[] = {
    {"_rebuild_qtensor", "is quantised: save it after dequantize()"},
    {"sparse", "is sparse: save it after to_dense()"},
    {"_rebuild_nested_tensor", "is nested: save its parts"},
    {"meta_tensor", "has no values (device meta): save it after loading them"},
    {"numpy", "is an array of NumPy: save it as a tensor (torch.from_numpy) or as .npy"},
    {"_load_from_bytes", "was written by pickle itself: save the tensors with torch.save"},
    {"_rebuild_wrapper_subclass", "is of a subclass of tensors: save it as a plain tensor"},
    {"_rebuild_from_type", "is of a subclass of tensors: save it as a plain tensor"},
};

/// The reason for a function that is in no list of makers.
constexpr std::string_view refusal_of(std::string_view name) {
    for (const auto& each : torch_refusals)
        if (name.find(each.part) != std::string_view::npos) return each.reason;
    return "is no plain tensor: save it as one";
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
