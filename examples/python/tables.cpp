/// @file
/// Tables in Python, and what is asked of them.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <svdlens/export/arrow.hpp>
#include <svdlens/export/csv.hpp>
#include <svdlens/export/csv_tables.hpp>
#include <svdlens/table/aggregates.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/group_by.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/quantiles.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/top_k.hpp>
#include <svdlens/table/value_counts.hpp>
#include <svdlens/table/where.hpp>

#include "arrays.hpp"
#include "batches.hpp"
#include "running.hpp"
#include "table.hpp"

namespace binding {

namespace {

using names = std::vector<std::string>;

template <class... F>
struct overloaded : F... {
    using F::operator()...;
};

std::size_t size_of(const table& of) {
    return std::visit(
        overloaded{[](const std::shared_ptr<const sl::wide_table>& wide) { return wide->row_count(); },
                   [](const std::shared_ptr<const sl::basic_projection<float>>& scores) {
                       return static_cast<std::size_t>(scores->max_rows());
                   },
                   [](const auto& each) { return each->size(); }},
        of.held);
}

bool is_lazy(const table& of) {
    return std::holds_alternative<std::shared_ptr<const sl::basic_projection<float>>>(of.held);
}

names columns_of(const table& of) {
    auto columns = of.axes().column_names();
    if (const auto* wide = std::get_if<std::shared_ptr<const sl::wide_table>>(&of.held)) {
        columns = {(*wide)->row_name()};
        for (std::size_t k = 0; k < (*wide)->column_count(); ++k) columns.push_back((*wide)->column_label(k));
    } else if (const auto* several = std::get_if<std::shared_ptr<const sl::score_columns>>(&of.held)) {
        columns.insert(columns.end(), (*several)->names().begin(), (*several)->names().end());
    } else {
        columns.emplace_back("score");
    }
    return columns;
}

/// A long table with all its rows has the shape of its axes, a wide one that of its cells, all others one axis.
py::array scores_of(const table& of) {
    return std::visit(
        overloaded{[](const std::shared_ptr<const sl::float_table>& each) {
                       std::vector<py::ssize_t> shape;
                       for (const auto& axis : each->axes())
                           shape.push_back(static_cast<py::ssize_t>(axis.extent));
                       if (each->size() != each->axes().shape_rows())
                           shape = {static_cast<py::ssize_t>(each->size())};
                       return array_of(each->values().data(), std::move(shape), each);
                   },
                   [](const std::shared_ptr<const sl::wide_table>& each) {
                       return array_of(each->values().data(),
                                       {static_cast<py::ssize_t>(each->row_count()),
                                        static_cast<py::ssize_t>(each->column_count())},
                                       each);
                   },
                   [](const std::shared_ptr<const sl::score_columns>&) -> py::array {
                       throw sl::argument_error(sl::errc::invalid_argument,
                                                "this table has several columns of numbers: take one, "
                                                "table.column(name).to_numpy()");
                   },
                   [](const std::shared_ptr<const sl::basic_projection<float>>&) -> py::array {
                       throw sl::argument_error(
                           sl::errc::invalid_argument,
                           "these scores are computed as they are read: store(scores).to_numpy()");
                   },
                   [](const auto& each) { return array_of(each->scores().data(), each->size(), each); }},
        of.held);
}

py::array rows_of(const table& of) {
    return std::visit(
        overloaded{[](const std::shared_ptr<const sl::wide_table>& each) {
                       return array_of(each->rows().data(), each->rows().size(), each);
                   },
                   [&](const std::shared_ptr<const sl::basic_projection<float>>&) -> py::array {
                       throw sl::argument_error(sl::errc::invalid_argument,
                                                "rows of scores that are computed as they are read: "
                                                "store(scores).rows()");
                   },
                   [](const std::shared_ptr<const sl::float_table>& each) {
                       auto numbers = std::make_shared<std::vector<std::uint64_t>>(each->size());
                       for (std::size_t k = 0; k < numbers->size(); ++k) (*numbers)[k] = each->row_at(k);
                       return array_of(numbers->data(), numbers->size(), numbers);
                   },
                   [](const auto& each) { return array_of(each->rows().data(), each->size(), each); }},
        of.held);
}

sl::arrow_options options_of(names columns, std::uint64_t batch_bytes) {
    return {.columns = std::move(columns), .batch_bytes = batch_bytes};
}

constexpr std::uint64_t one_batch = std::uint64_t{1} << 62;
constexpr std::uint64_t rows_of_a_batch = std::uint64_t{1} << 30; ///< Arrow's labels and texts have 31 bits

/// Codes become categories, all else the column that it is: nothing is copied.
py::object to_pandas(const table& of, names columns) {
    if (size_of(of) > rows_of_a_batch)
        throw sl::argument_error(sl::errc::invalid_argument,
                                 "to_pandas: expected at most " + sl::to_text(rows_of_a_batch) +
                                     " rows, found " + sl::to_text(size_of(of)) +
                                     "; read them in batches (table.batches()), or select some first");
    const auto pandas = py::module_::import("pandas");
    py::dict whole;
    batches all(of, options_of(std::move(columns), one_batch));
    try {
        whole = all.next();
    } catch (const py::stop_iteration&) {
        whole = all.none();
    }
    py::dict frame;
    for (const auto& [name, column] : whole)
        frame[name] =
            py::isinstance<py::tuple>(column)
                ? pandas.attr("Categorical").attr("from_codes")(column[py::int_(0)], column[py::int_(1)])
                : py::reinterpret_borrow<py::object>(column);
    return pandas.attr("DataFrame")(frame, py::arg("copy") = false);
}

std::string text_of(const table& of) {
    const auto summary = [&] {
        return of.axes().title() + ": " + sl::to_text(size_of(of)) + " rows, computed as they are read\n";
    };
    return std::visit(
        [&](const auto& each) {
            if constexpr (std::is_same_v<std::decay_t<decltype(*each)>, sl::basic_projection<float>>)
                return summary();
            else
                return sl::to_string(*each);
        },
        of.held);
}

void append_cell(std::string& html, const char* tag, const std::string& text) {
    ((html += '<') += tag) += '>';
    for (const char c : text)
        if (c == '&')
            html += "&amp;";
        else if (c == '<')
            html += "&lt;";
        else
            html += c;
    ((html += "</") += tag) += '>';
}

/// The first and the last rows, through pandas' own table where there is no pandas a text.
std::string html_of(const table& of) {
    std::string html = "<div><b>svdlens</b> ";
    append_cell(html, "span",
                of.axes().title() + (of.axes().title().empty() ? "" : ", ") + sl::to_text(size_of(of)) +
                    " rows");
    append_cell(html += " ", "small", of.axes().provenance());
    if (is_lazy(of)) {
        std::string columns;
        for (const auto& name : columns_of(of)) columns += (columns.empty() ? "" : ", ") + name;
        append_cell(html, "div", "computed as they are read: " + columns);
    } else {
        append_cell(html, "pre", text_of(of));
    }
    return html += "</div>";
}

table column_of(const table& of, const std::string& name) {
    if (const auto* several = std::get_if<std::shared_ptr<const sl::score_columns>>(&of.held))
        return table::of((*several)->column(name));
    throw sl::argument_error(sl::errc::invalid_argument, "this table has one column of scores");
}

void write_csv(const table& of, const std::string& path) {
    std::visit(
        [&](const auto& each) {
            run([&](const sl::execution& execution) {
                if constexpr (sl::score_source<std::decay_t<decltype(*each)>>)
                    sl::write_csv(path, *each, execution);
                else
                    sl::write_csv(path, *each);
            });
        },
        of.held);
}

table store(const table& of) {
    if (const auto* lazy = std::get_if<std::shared_ptr<const sl::basic_projection<float>>>(&of.held))
        return table::of(run([&](const sl::execution& execution) { return sl::store(**lazy, execution); }));
    return of;
}

py::dict describe(const table& of, const std::vector<double>& probabilities) {
    const auto summary = with_scores(of, [&](const auto& source) {
        return run(
            [&](const sl::execution& execution) { return sl::describe(source, probabilities, execution); });
    });
    py::dict result;
    result["count"] = summary.count;
    if (summary.nan_count != 0) result["nan"] = summary.nan_count;
    result["mean"] = summary.mean;
    result["std"] = summary.std;
    result["min"] = summary.min;
    for (const auto& each : summary.percentiles)
        result[py::str(sl::percent_name(each.probability))] = each.value;
    result["max"] = summary.max;
    return result;
}

template <class Verb>
table selected(const table& of, Verb verb) {
    return with_scores(of, [&](const auto& source) {
        return table::of(run([&](const sl::execution& execution) { return verb(source, execution); }));
    });
}

table edges(const table& of, double tail) {
    return selected(of, [&](const auto& source, const sl::execution& execution) {
        return sl::outside_quantiles(source, tail, 1 - tail, execution);
    });
}

table top_k(const table& of, std::uint64_t k, const names& groups, bool highest) {
    return selected(of, [&](const auto& source, const sl::execution& execution) {
        const sl::by_columns by{groups};
        if (groups.empty())
            return highest ? sl::top_k(source, k, execution) : sl::bottom_k(source, k, execution);
        return highest ? sl::top_k(source, k, by, execution) : sl::bottom_k(source, k, by, execution);
    });
}

table where(const table& of, const std::map<std::string, names>& labels) {
    if (labels.empty()) throw sl::argument_error(sl::errc::invalid_argument, "where: expected a condition");
    auto condition = sl::predicate(sl::column(labels.begin()->first).in(labels.begin()->second));
    for (auto each = std::next(labels.begin()); each != labels.end(); ++each)
        condition = condition && sl::column(each->first).in(each->second);
    return selected(of, [&](const auto& source, const sl::execution& execution) {
        using S = std::decay_t<decltype(source)>;
        return sl::collect(sl::where(S(source), condition), execution);
    });
}

py::dict value_counts(const table& of, const names& columns) {
    const auto counts = with_scores(of, [&](const auto& source) {
        return run([&](const sl::execution& execution) {
            return sl::value_counts(source, sl::by_columns{columns}, execution);
        });
    });
    py::dict result;
    for (const auto& each : counts) result[py::str(each.label)] = each.count;
    return result;
}

template <class A>
sl::score_columns grouped(const table& of, const names& groups, const A& aggregate) {
    return with_scores(of, [&](const auto& source) {
        return run([&](const sl::execution& execution) -> sl::score_columns {
            return sl::group_by(source, sl::by_columns{groups}, aggregate, execution);
        });
    });
}

sl::score_columns grouped(const table& of, const names& groups, const std::string& aggregate) {
    namespace agg = sl::aggregates;
    if (aggregate == "mean") return grouped(of, groups, agg::mean{});
    if (aggregate == "abs_mean") return grouped(of, groups, agg::abs_mean{});
    if (aggregate == "abs_max") return grouped(of, groups, agg::abs_max{});
    if (aggregate == "energy") return grouped(of, groups, agg::energy{});
    if (aggregate == "std") return grouped(of, groups, agg::std_dev{});
    if (aggregate == "count") return grouped(of, groups, agg::count{});
    throw sl::argument_error(sl::errc::invalid_argument,
                             "no aggregate " + sl::quoted(aggregate) +
                                 "; there are mean, abs_mean, abs_max, energy, std, count");
}

/// One pass an aggregate; their groups are the same.
table group_by(const table& of, const names& groups, const names& aggregates) {
    std::vector<std::vector<double>> values;
    std::vector<std::string> labels;
    sl::score_columns last({}, {}, {}, {});
    for (const auto& aggregate : aggregates) {
        last = grouped(of, groups, aggregate);
        const auto column = last.values(std::size_t{0});
        values.emplace_back(column.begin(), column.end());
        labels.push_back(last.names().front());
    }
    if (aggregates.empty())
        throw sl::argument_error(sl::errc::invalid_argument, "group_by: expected an aggregate");
    const auto rows = last.rows();
    return table::of(
        sl::score_columns(last.axes(), {rows.begin(), rows.end()}, std::move(labels), std::move(values)));
}

table pivot(const table& of, const names& rows, const names& columns, const std::string& aggregate) {
    auto groups = rows;
    groups.insert(groups.end(), columns.begin(), columns.end());
    const auto cells = grouped(of, groups, aggregate).column(std::size_t{0});
    return table::of(sl::wide_table(cells, sl::by_columns{rows}, sl::by_columns{columns}));
}

void add_table_class(py::module_& module) {
    py::class_<batches>(module, "Batches", "Batches of a table: dictionaries of columns.")
        .def("__iter__", [](py::object self) { return self; })
        .def("__next__", &batches::next);
    py::class_<table>(module, "Table", "Rows with labels and scores, in memory or computed as they are read.")
        .def("__len__", size_of)
        .def_property_readonly("title", [](const table& of) { return of.axes().title(); })
        .def_property_readonly("provenance", [](const table& of) { return of.axes().provenance(); })
        .def_property_readonly("columns", columns_of)
        .def_property_readonly("extents",
                               [](const table& of) {
                                   py::dict extents;
                                   for (const auto& axis : of.axes())
                                       extents[py::str(axis.name)] = axis.extent;
                                   return extents;
                               })
        .def_property_readonly("is_lazy", is_lazy)
        .def(
            "label",
            [](const table& of, std::uint64_t row, const std::string& column) {
                if (row >= of.axes().shape_rows())
                    throw sl::argument_error(sl::errc::invalid_argument,
                                             "row " + sl::to_text(row) + " is outside the shape");
                return of.axes().label(row, column);
            },
            py::arg("row"), py::arg("column"))
        .def("to_numpy", scores_of, "The scores, without a copy.")
        .def("rows", rows_of, "The row numbers, without a copy where they are listed.")
        .def("column", column_of, py::arg("name"), "A column of numbers as the scores of a table of its own.")
        .def("to_pandas", to_pandas, py::arg("columns") = names{}, "A data frame, labels as categories.")
        .def("write_csv", write_csv, py::arg("path"))
        .def(
            "batches",
            [](const table& of, names columns, std::uint64_t bytes) {
                return std::make_unique<batches>(of, options_of(std::move(columns), bytes));
            },
            py::arg("columns") = names{}, py::arg("batch_bytes") = sl::arrow_options().batch_bytes,
            "The rows a batch at a time, each a dictionary of columns.")
        .def(
            "__arrow_c_stream__",
            [](const table& of, const py::object&) {
                return capsule_of(stream_of(of, {}, {.threads = threads()}));
            },
            py::arg("requested_schema") = py::none(), "For pyarrow, polars, DuckDB, pandas 3.")
        .def(
            "arrow_c_stream",
            [](const table& of, names columns, std::uint64_t bytes) {
                return capsule_of(
                    stream_of(of, options_of(std::move(columns), bytes), {.threads = threads()}));
            },
            py::arg("columns") = names{}, py::arg("batch_bytes") = sl::arrow_options().batch_bytes,
            "The same of some columns, in batches of a size.")
        .def("__repr__", text_of)
        .def("_repr_html_", html_of);
}

} // namespace

void add_tables(py::module_& module) {
    add_table_class(module);
    module.def("store", store, py::arg("scores"), "Scores computed once and held.");
    module.def("describe", describe, py::arg("scores"),
               py::arg("quantiles") = std::vector<double>{0.25, 0.5, 0.75});
    module.def("edges", edges, py::arg("scores"), py::arg("tail") = 0.001,
               "The rows strictly beyond the quantiles `tail` and 1 - `tail`.");
    module.def(
        "top_k", [](const table& of, std::uint64_t k, const names& by) { return top_k(of, k, by, true); },
        py::arg("scores"), py::arg("k"), py::arg("by") = names{});
    module.def(
        "bottom_k", [](const table& of, std::uint64_t k, const names& by) { return top_k(of, k, by, false); },
        py::arg("scores"), py::arg("k"), py::arg("by") = names{});
    module.def("where", where, py::arg("scores"), py::arg("labels"),
               "The rows whose columns have one of these labels.");
    module.def("value_counts", value_counts, py::arg("scores"), py::arg("columns"));
    module.def("group_by", group_by, py::arg("scores"), py::arg("by"), py::arg("aggregates"));
    module.def("pivot", pivot, py::arg("scores"), py::arg("rows"), py::arg("columns"), py::arg("aggregate"));
}

} // namespace binding
