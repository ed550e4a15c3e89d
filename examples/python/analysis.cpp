/// @file
/// Projections, discoveries, the map, graphs and the report in Python.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <svdlens/circuit/channel_map.hpp>
#include <svdlens/graph/circuit_graph.hpp>
#include <svdlens/graph/components.hpp>
#include <svdlens/plot/page.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/report/report.hpp>
#include <svdlens/significance/discoveries.hpp>

#include "running.hpp"
#include "table.hpp"

namespace binding {

namespace {

using projection = sl::basic_projection<float>;

sl::score_kind kind_of(const std::string& name) {
    for (const auto kind : {sl::score_kind::dot, sl::score_kind::cosine, sl::score_kind::scaled,
                            sl::score_kind::centered_cosine, sl::score_kind::share})
        if (sl::to_text(kind) == name) return kind;
    throw sl::argument_error(sl::errc::invalid_argument,
                             "no score " + sl::quoted(name) +
                                 "; there are dot, cosine, scaled, centered_cosine, share");
}

table project(const sl::vector_set& from, const sl::vector_set& to, const std::string& score) {
    const sl::projection_options options{.score = kind_of(score)};
    return table::of(
        run([&](const sl::execution& execution) { return sl::project(from, to, options, execution); }));
}

sl::findings discoveries(const table& scores, double q, std::uint64_t control_rows) {
    const auto* lazy = std::get_if<std::shared_ptr<const projection>>(&scores.held);
    if (lazy == nullptr)
        throw sl::argument_error(sl::errc::invalid_argument, "discoveries takes what `project` gives");
    return run([&](const sl::execution& execution) {
        return sl::discoveries(**lazy, {.q = q, .control_rows = control_rows}, execution);
    });
}

sl::channel_map chart(const sl::transformer_weights& weights, double q, std::uint64_t control_rows) {
    return run([&](const sl::execution& execution) {
        return sl::chart_channels(weights, {.q = q, .control_rows = control_rows}, execution);
    });
}

/// A number's value where there is one.
template <class X>
py::object or_none(const X& value) {
    return value ? py::cast(*value) : py::none();
}

void add_edges(const py::object& graph, const sl::float_graph& of) {
    const auto components = sl::connected_components(of);
    for (std::size_t k = 0; k < of.nodes().size(); ++k) {
        const auto& node = of.nodes()[k];
        graph.attr("add_node")(k, py::arg("label") = node.label, py::arg("entity") = node.entity,
                               py::arg("index") = py::tuple(py::cast(node.index)),
                               py::arg("layer") = or_none(node.layer),
                               py::arg("component") = components.component[k]);
    }
    for (const auto& edge : of.edges())
        graph.attr("add_edge")(edge.source, edge.target,
                               py::arg("section") = of.sections()[edge.section].title,
                               py::arg("score") = edge.score, py::arg("weight") = std::abs(edge.score),
                               py::arg("row") = edge.row);
}

/// The rows of tables of edges as a MultiDiGraph of networkx.
py::object graph(const py::args& tables) {
    sl::float_graph all;
    for (const auto& each : tables) {
        const auto* held = std::get_if<std::shared_ptr<const sl::selection>>(&each.cast<const table&>().held);
        if (held == nullptr)
            throw sl::argument_error(sl::errc::invalid_argument,
                                     "graph takes rows that were chosen: edges(scores), top_k(scores, k)");
        all.add(**held);
    }
    py::object result = py::module_::import("networkx").attr("MultiDiGraph")();
    result.attr("graph")["provenance"] = all.provenance();
    add_edges(result, all);
    return result;
}

void report(const sl::transformer_weights& weights, const std::string& path,
            std::vector<std::string> tokens) {
    run([&](const sl::execution& execution) {
        sl::write_html(path, sl::report(weights, {.tokens = std::move(tokens)}, execution));
    });
}

void add_findings(py::module_& module) {
    py::class_<sl::findings>(module, "Findings",
                             "Rows that are more than chance, and what a control says of them.")
        .def_property_readonly("rows", [](const sl::findings& of) { return table::of(of.rows); })
        .def_readonly("q", &sl::findings::q)
        .def_readonly("tested", &sl::findings::tested)
        .def_property_readonly("decoy_rate",
                               [](const sl::findings& of) -> py::object {
                                   return of.control ? py::cast(of.control->decoy_rate) : py::none();
                               })
        .def_property_readonly("doubtful", &sl::findings::doubtful)
        .def("__len__", &sl::findings::size)
        .def("__repr__", [](const sl::findings& of) { return sl::summary_text(of); });
    py::class_<sl::channel_table>(module, "ChannelTable", "One table of a class of channels.")
        .def_property_readonly("name", [](const sl::channel_table& of) { return sl::to_text(of.of); })
        .def_readonly("found", &sl::channel_table::found)
        .def_property_readonly("strongest",
                               [](const sl::channel_table& of) { return table::of(of.strongest); })
        .def_property_readonly("counts", &sl::channel_table::counts,
                               "Whether what is found counts as found.");
    py::class_<sl::channel_map>(module, "ChannelMap", "What a model's weights connect beyond chance.")
        .def_readonly("tables", &sl::channel_map::tables)
        .def_readonly("left_out", &sl::channel_map::left_out)
        .def_property_readonly("tested", &sl::channel_map::tested)
        .def_property_readonly("found", &sl::channel_map::found)
        .def("__len__", [](const sl::channel_map& of) { return of.tables.size(); })
        .def("__getitem__",
             [](const sl::channel_map& of, std::size_t k) {
                 if (k >= of.tables.size()) throw py::index_error();
                 return of.tables[k];
             })
        .def("__repr__", [](const sl::channel_map& of) {
            return "<svdlens.ChannelMap " + sl::to_text(of.found()) + " of " + sl::to_text(of.tested()) +
                   " found>";
        });
}

} // namespace

void add_analysis(py::module_& module) {
    add_findings(module);
    module.def("project", project, py::arg("directions"), py::arg("targets"), py::arg("score") = "scaled",
               "The scores of all directions with all targets that can see them, computed as they are read.");
    module.def("discoveries", discoveries, py::arg("scores"), py::arg("q") = 0.05,
               py::arg("control_rows") = std::uint64_t{10'000'000}, "The rows that are more than chance.");
    module.def("map", chart, py::arg("weights"), py::arg("q") = 0.05,
               py::arg("control_rows") = std::uint64_t{10'000'000},
               "Every class of channel, and what of it is more than chance.");
    module.def("graph", graph, "The rows of tables as a MultiDiGraph of networkx.");
    module.def("report", report, py::arg("weights"), py::arg("path"),
               py::arg("tokens") = std::vector<std::string>{}, "A page of all of it.");
}

} // namespace binding
