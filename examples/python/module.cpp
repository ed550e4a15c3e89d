/// @file
/// The Python module `svdlens`: the library's errors, and what the other units add.

#include <pybind11/pybind11.h>

#include <svdlens/core/error.hpp>
#include <svdlens/core/version.hpp>

#include "running.hpp"
#include "table.hpp"

namespace py = pybind11;
namespace sl = svdlens;

namespace {

/// `svdlens.Error` and a class for each of the library's.
struct error_classes {
    py::object base, file, format, lookup, model, numeric, argument;
};

error_classes& classes() {
    static auto* all = new error_classes; // never let go of: the interpreter may end first
    return *all;
}

py::object add_class(py::module_& module, const char* name, py::object base) {
    const auto full = std::string("svdlens.") + name;
    auto made = py::reinterpret_steal<py::object>(PyErr_NewException(full.c_str(), base.ptr(), nullptr));
    module.attr(name) = made;
    return made;
}

const py::object& class_of(const sl::error& problem) {
    const auto is = [&](auto* kind) { return dynamic_cast<decltype(kind)>(&problem) != nullptr; };
    if (is(static_cast<const sl::file_error*>(nullptr))) return classes().file;
    if (is(static_cast<const sl::format_error*>(nullptr))) return classes().format;
    if (is(static_cast<const sl::lookup_error*>(nullptr))) return classes().lookup;
    if (is(static_cast<const sl::model_error*>(nullptr))) return classes().model;
    if (is(static_cast<const sl::numeric_error*>(nullptr))) return classes().numeric;
    if (is(static_cast<const sl::argument_error*>(nullptr))) return classes().argument;
    return classes().base;
}

void translate(std::exception_ptr problem) {
    try {
        if (problem) std::rethrow_exception(problem);
    } catch (const sl::error& e) {
        const auto& kind = class_of(e);
        py::object raised = kind(e.what());
        raised.attr("code") = static_cast<int>(e.code());
        PyErr_SetObject(kind.ptr(), raised.ptr());
    }
}

void add_errors(py::module_& module) {
    auto& all = classes();
    const auto builtin = [](PyObject* type) { return py::reinterpret_borrow<py::object>(type); };
    all.base = add_class(module, "Error", builtin(PyExc_Exception));
    all.base.attr("code") = 0;
    const auto both = [&](PyObject* type) { return py::make_tuple(all.base, builtin(type)); };
    all.file = add_class(module, "FileError", both(PyExc_OSError));
    all.format = add_class(module, "FormatError", both(PyExc_ValueError));
    all.lookup = add_class(module, "NameError", both(PyExc_LookupError));
    all.model = add_class(module, "ModelError", both(PyExc_ValueError));
    all.numeric = add_class(module, "NumericError", both(PyExc_ArithmeticError));
    all.argument = add_class(module, "ArgumentError", both(PyExc_ValueError));
    py::register_exception_translator(translate);
}

} // namespace

PYBIND11_MODULE(svdlens, module) {
    module.doc() =
        "Which attention heads read what, write what and feed what, from a transformer's weights alone.";
    module.attr("__version__") = std::string(sl::version);
    add_errors(module);
    module.def(
        "set_threads", [](unsigned count) { binding::threads() = count; }, py::arg("count"),
        "How many threads work; 0 (the default): one per hardware thread. Results do not depend on it.");
    binding::add_tables(module);
    binding::add_models(module);
    binding::add_analysis(module);
    binding::add_comparison(module);
}
