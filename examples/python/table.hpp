/// @file
/// Any table of the library as one class of Python.
#ifndef SVDLENS_EXAMPLES_PYTHON_TABLE_HPP
#define SVDLENS_EXAMPLES_PYTHON_TABLE_HPP

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <pybind11/pybind11.h>

#include <svdlens/core/error.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/score_columns.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/wide_table.hpp>

namespace binding {

namespace py = pybind11;
namespace sl = svdlens;

template <class... X>
using any_of = std::variant<std::shared_ptr<const X>...>;

/// A table that Python and what is made of it share.
struct table {
    any_of<sl::basic_projection<float>, sl::float_table, sl::selection, sl::basic_selection<double>,
           sl::score_columns, sl::wide_table>
        held;

    template <class X>
    static table of(X value) {
        return {std::make_shared<const X>(std::move(value))};
    }

    const sl::axes& axes() const {
        return std::visit([](const auto& each) -> const sl::axes& { return each->axes(); }, held);
    }
};

/// Calls `use(source)` with the scores of a table, of float or double.
template <class Use>
auto with_scores(const table& of, Use use) {
    using result = decltype(use(std::declval<sl::score_source_ref<float>>()));
    return std::visit(
        [&](const auto& each) -> result {
            if constexpr (sl::score_source<std::decay_t<decltype(*each)>>)
                return use(sl::score_source_ref(*each));
            else
                throw sl::argument_error(
                    sl::errc::invalid_argument,
                    "this table has several columns of numbers: take one, table.column(name)");
        },
        of.held);
}

/// The classes and functions of each unit. @{
void add_tables(py::module_& module);
void add_models(py::module_& module);
void add_analysis(py::module_& module);
void add_comparison(py::module_& module);
/// @}

} // namespace binding

#endif
