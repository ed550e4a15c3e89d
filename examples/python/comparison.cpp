/// @file
/// Two checkpoints compared, in Python.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <svdlens/circuit/compare_checkpoints.hpp>
#include <svdlens/circuit/edge_changes.hpp>
#include <svdlens/circuit/found_edges.hpp>

#include "running.hpp"
#include "table.hpp"

namespace binding {

namespace {

using lists = std::vector<std::vector<double>>;

/// What was compared, and what came of it.
struct comparison {
    sl::transformer_weights before, after;
    std::shared_ptr<const sl::checkpoint_comparison> changes;
};

/// One circuit of it; shares the comparison.
struct circuit {
    std::shared_ptr<const sl::checkpoint_comparison> all;
    const sl::circuit_change* change;
};

comparison diff(const sl::transformer_weights& before, const sl::transformer_weights& after,
                std::int64_t offset) {
    return run([&](const sl::execution& execution) {
        return comparison{before, after,
                          std::make_shared<const sl::checkpoint_comparison>(
                              sl::compare_checkpoints(before, after, {.rotary_offset = offset}, execution))};
    });
}

/// The axes of the first `count` of a circuit's layers, heads, directions.
sl::axes axes_of(const sl::circuit_change& of, std::size_t count) {
    const auto& all = of.before.directions.left().axes;
    std::vector<sl::axis> some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    sl::axes axes(std::move(some), {{"head", "L{layer}H{head}"}});
    axes.set_title(of.before.set.name + (count == 2 ? ": heads" : ": directions"));
    axes.set_provenance(of.before.set.provenance);
    return axes;
}

/// Every head: how much it changed.
table heads_of(const circuit& of) {
    std::vector<sl::row_number> rows;
    lists values(8);
    for (const auto& head : of.change->heads) {
        rows.push_back(rows.size());
        std::size_t k = 0;
        for (const double value :
             {head.relative(), head.cosine, head.norm_before, head.norm_after, head.change,
              static_cast<double>(head.directions), head.first_share, static_cast<double>(head.dead)})
            values[k++].push_back(value);
    }
    return table::of(sl::score_columns(
        axes_of(*of.change, 2), std::move(rows),
        {"change", "cosine", "norm_before", "norm_after", "norm_of_change", "rank", "first_share", "dead"},
        std::move(values)));
}

/// Every direction that has a match: which it is after, and how well they overlap.
table matches_of(const circuit& of) {
    const auto& directions = of.change->before.directions;
    std::vector<sl::row_number> rows;
    lists values(5);
    for (std::size_t k = 0; k < of.change->matches.size(); ++k) {
        const auto& match = of.change->matches[k];
        rows.push_back((match.layer * directions.heads() + match.head) * directions.directions() +
                       match.direction);
        std::size_t column = 0;
        for (const double value : {static_cast<double>(match.other), match.overlap(), match.left, match.right,
                                   of.change->log_p[k] / std::numbers::ln10})
            values[column++].push_back(value);
    }
    return table::of(sl::score_columns(axes_of(*of.change, 3), std::move(rows),
                                       {"matched", "overlap", "left", "right", "log10_p"},
                                       std::move(values)));
}

/// The edges of a family that were found before, after, or both.
table edges_of(const sl::edge_family_changes& of) {
    std::vector<sl::row_number> rows;
    lists values(8);
    for (const auto& edge : of.edges) {
        rows.push_back(edge.before);
        std::size_t k = 0;
        for (const double value :
             {static_cast<double>(edge.found_before), static_cast<double>(edge.found_after), edge.dot_before,
              edge.dot_after, edge.error_before, edge.error_after, edge.z(),
              static_cast<double>(edge.is_churned())})
            values[k++].push_back(value);
    }
    return table::of(sl::score_columns(
        of.axes, std::move(rows),
        {"found_before", "found_after", "dot_before", "dot_after", "se_before", "se_after", "z", "churned"},
        std::move(values)));
}

std::vector<sl::edge_family_changes> edge_changes(const comparison& of, double q, double noise) {
    const auto sides = [&](auto member) {
        const auto& ov = (of.changes->ov.*member).directions;
        sl::head_sides heads{ov.reading(), ov.writing()};
        if (!of.changes->qk) return heads;
        heads.query = (of.changes->qk.value().*member).directions.query();
        heads.key = (of.changes->qk.value().*member).directions.key();
        return heads;
    };
    return run([&](const sl::execution& execution) {
        const auto before =
            sl::find_edges(of.before, sides(&sl::circuit_change::before), {.q = q}, execution);
        const auto after = sl::find_edges(of.after, sides(&sl::circuit_change::after), {.q = q}, execution);
        return sl::compare_edges(*of.changes, before, after, {.noise = noise}, execution);
    });
}

py::dict basis_of(const comparison& of) {
    const auto& basis = of.changes->basis;
    py::dict all;
    all["pairs"] = basis.pairs;
    all["matched"] = basis.matched;
    all["hits"] = basis.hits;
    all["other_matched"] = basis.other_matched;
    all["other_hits"] = basis.other_hits;
    all["largest_overlap"] = basis.largest_overlap;
    return all;
}

/// By name how much the matrices outside the heads changed, of their norm.
py::dict others_of(const comparison& of) {
    py::dict all;
    for (const auto& each : of.changes->others) all[py::str(each.name)] = each.relative();
    return all;
}

std::string text_of(const comparison& of) {
    std::size_t changed = 0;
    for (const auto& head : of.changes->ov.heads) changed += head.change != 0;
    return "<svdlens.Comparison " + of.before.provenance() + " with " + of.after.provenance() + ": " +
           sl::to_text(changed) + " of " + sl::to_text(of.changes->ov.heads.size()) + " heads changed>";
}

void add_circuit_change(py::module_& module) {
    py::class_<circuit>(module, "CircuitChange",
                        "The heads of two checkpoints by one circuit, and their difference.")
        .def_property_readonly("before", [](const circuit& of) { return of.change->before.directions; })
        .def_property_readonly("after", [](const circuit& of) { return of.change->after.directions; })
        .def_property_readonly(
            "change", [](const circuit& of) { return of.change->change.directions; },
            "The directions of W' - W of every head, to project as any others.")
        .def_property_readonly("heads", heads_of, "How much each head changed.")
        .def_property_readonly("matches", matches_of, "Which direction is which.");
    py::class_<sl::edge_family_changes>(module, "EdgeChanges",
                                        "The edges of one table, found in either checkpoint.")
        .def_readonly("name", &sl::edge_family_changes::name)
        .def_readonly("found_before", &sl::edge_family_changes::found_before)
        .def_readonly("found_after", &sl::edge_family_changes::found_after)
        .def_property_readonly("found_in_both", &sl::edge_family_changes::found_in_both)
        .def_property_readonly("churned", &sl::edge_family_changes::churned)
        .def_readonly("unmatched", &sl::edge_family_changes::unmatched)
        .def_property_readonly("rows", edges_of)
        .def("__len__", [](const sl::edge_family_changes& of) { return of.edges.size(); });
}

} // namespace

void add_comparison(py::module_& module) {
    add_circuit_change(module);
    py::class_<comparison>(module, "Comparison", "What changed between two checkpoints of one model.")
        .def_property_readonly("ov",
                               [](const comparison& of) {
                                   return circuit{of.changes, &of.changes->ov};
                               })
        .def_property_readonly("qk",
                               [](const comparison& of) -> py::object {
                                   if (!of.changes->qk) return py::none();
                                   return py::cast(circuit{of.changes, &*of.changes->qk});
                               })
        .def_property_readonly("basis", basis_of, "How far the two share a basis.")
        .def_property_readonly("others", others_of)
        .def_property_readonly("left_out", [](const comparison& of) { return of.changes->left_out; })
        .def("edges", edge_changes, py::arg("q") = 0.05, py::arg("noise") = 0.01,
             "Which edges were found before, after, or both, and whether they changed beyond their error.")
        .def("__repr__", text_of);
    module.def("diff", diff, py::arg("before"), py::arg("after"), py::arg("offset") = std::int64_t{0},
               "What changed between two checkpoints of one model, processed alike.");
}

} // namespace binding
