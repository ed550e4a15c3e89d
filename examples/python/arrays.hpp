/// @file
/// Memory that both sides see: NumPy arrays of what the library holds, tensors of what Python holds.
#ifndef SVDLENS_EXAMPLES_PYTHON_ARRAYS_HPP
#define SVDLENS_EXAMPLES_PYTHON_ARRAYS_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <svdlens/core/error.hpp>
#include <svdlens/io/dtype.hpp>
#include <svdlens/io/state_dict.hpp>
#include <svdlens/linalg/matrix.hpp>

namespace binding {

namespace py = pybind11;
namespace sl = svdlens;

/// What keeps memory alive as long as an array of it.
inline py::capsule capsule_of(std::shared_ptr<const void> owner) {
    return py::capsule(new std::shared_ptr<const void>(std::move(owner)),
                       [](void* held) { delete static_cast<std::shared_ptr<const void>*>(held); });
}

/// A read-only array of values that `owner` keeps alive. Strides in values; none: row-major.
template <class T>
py::array array_of(const T* values, std::vector<py::ssize_t> shape, std::shared_ptr<const void> owner,
                   std::vector<py::ssize_t> strides = {}) {
    for (auto& stride : strides) stride *= static_cast<py::ssize_t>(sizeof(T));
    py::array result(py::dtype::of<T>(), std::move(shape), std::move(strides), values,
                     capsule_of(std::move(owner)));
    result.attr("setflags")(py::arg("write") = false);
    return result;
}

template <class T>
py::array array_of(const T* values, std::size_t size, std::shared_ptr<const void> owner) {
    return array_of(values, std::vector<py::ssize_t>{static_cast<py::ssize_t>(size)}, std::move(owner));
}

/// A matrix, rows by columns, without a copy unless its values are made when they are asked for.
inline py::array array_of(const sl::basic_matrix<float>& matrix) {
    const auto held = std::make_shared<const sl::basic_matrix<float>>(matrix.resident());
    return array_of(
        held->data(), {static_cast<py::ssize_t>(held->rows()), static_cast<py::ssize_t>(held->columns())},
        held,
        {static_cast<py::ssize_t>(held->row_stride()), static_cast<py::ssize_t>(held->column_stride())});
}

/// A Python object as the owner of its memory. It may be let go of by any thread.
inline std::shared_ptr<const void> owner_of(py::object object) {
    const auto let_go = [](PyObject* held) {
        if (!Py_IsInitialized()) return;
        const py::gil_scoped_acquire lock;
        Py_DECREF(held);
    };
    PyObject* const held = object.release().ptr();
    return std::shared_ptr<const void>(held, [let_go, held](const void*) { let_go(held); });
}

/// A tensor of torch's as an array, and whether its elements are bfloat16, which NumPy does not know: those come as the 16
/// bits that they are. Nothing is copied, unless the tensor lies on a device.
inline std::pair<py::object, bool> array_of_torch(py::object tensor) {
    tensor = tensor.attr("detach")().attr("cpu")().attr("contiguous")();
    const auto torch = py::module_::import("torch");
    const bool is_bfloat16 = tensor.attr("dtype").is(torch.attr("bfloat16"));
    if (is_bfloat16) tensor = tensor.attr("view")(torch.attr("int16"));
    return {tensor.attr("numpy")(), is_bfloat16};
}

inline sl::dtype dtype_of(const py::array& array, const std::string& name) {
    const auto type = array.dtype();
    const char kind = type.kind();
    const std::string spelled = (kind == 'f'   ? "F"
                                 : kind == 'i' ? "I"
                                 : kind == 'u' ? "U"
                                               : "?") +
                                std::to_string(type.itemsize() * 8);
    const auto found = kind == 'b' ? sl::dtype::boolean : sl::parse_dtype(spelled).value_or(sl::dtype::c64);
    if (found != sl::dtype::c64) return found;
    throw sl::argument_error(sl::errc::unsupported_dtype,
                             "from_dict: " + sl::quoted(name) + ": cannot read elements of " +
                                 std::string(py::str(py::object(type))) +
                                 "; expected floats or integers (bfloat16 as torch or ml_dtypes has it)");
}

/// An array of NumPy's or a tensor of torch's as a tensor of the library. Copied only where it is not contiguous or its
/// bytes are the wrong way round.
inline sl::named_tensor tensor_of(const std::string& name, py::object value) {
    bool is_bfloat16 = false;
    if (py::hasattr(value, "data_ptr")) std::tie(value, is_bfloat16) = array_of_torch(value);
    const auto numpy = py::module_::import("numpy");
    auto array = py::array(numpy.attr("ascontiguousarray")(value));
    const auto shape = py::array(numpy.attr("asarray")(value));           // a scalar would have got an axis
    if (std::string(py::str(array.dtype().attr("name"))) == "bfloat16") { // of ml_dtypes
        array = array.attr("view")("u2");
        is_bfloat16 = true;
    }
    array = array.attr("astype")(array.dtype().attr("newbyteorder")("<"), py::arg("copy") = false);
    const auto type = is_bfloat16 ? sl::dtype::bf16 : dtype_of(array, name);
    std::vector<std::uint64_t> extents(shape.shape(), shape.shape() + shape.ndim());
    const std::span<const std::byte> bytes(static_cast<const std::byte*>(array.data()),
                                           static_cast<std::size_t>(array.nbytes()));
    return {name, type, std::move(extents), bytes, owner_of(std::move(array))};
}

} // namespace binding

#endif
