/// @file
/// Checkpoints, weights, circuits and directions in Python.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/token_labels.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/token_axis.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "arrays.hpp"
#include "running.hpp"
#include "table.hpp"

namespace binding {

namespace {

using weights = sl::transformer_weights;
using vectors = sl::vector_set;
using directions = sl::float_directions;

weights open(const std::string& path) {
    return run([&](const sl::execution&) { return weights(sl::open_weights(path)); });
}

/// A config as Hugging Face's or TransformerLens' dictionaries are.
weights from_dict(const py::dict& tensors, const py::object& config) {
    std::vector<sl::named_tensor> named;
    for (const auto& [name, value] : tensors)
        named.push_back(tensor_of(py::str(name), py::reinterpret_borrow<py::object>(value)));
    sl::metadata_map metadata;
    if (!config.is_none())
        metadata.emplace("config", std::string(py::str(py::module_::import("json").attr("dumps")(config))));
    const sl::state_dict state(std::move(named), std::move(metadata));
    return run([&](const sl::execution&) { return weights(state); });
}

py::dict sizes_of(const weights& of) {
    py::dict sizes;
    sizes["n_layers"] = of.sizes.n_layers;
    sizes["n_heads"] = of.sizes.n_heads;
    sizes["d_model"] = of.sizes.d_model;
    sizes["d_head"] = of.sizes.d_head;
    sizes["d_mlp"] = of.sizes.d_mlp;
    sizes["n_ctx"] = of.sizes.n_ctx;
    sizes["d_vocab"] = of.sizes.d_vocab;
    return sizes;
}

/// The vectors of a layer, or of a set without layers, as rows.
py::array vectors_of(const vectors& of, std::size_t layer) {
    if (layer >= of.layers.size())
        throw sl::argument_error(sl::errc::invalid_argument, of.name + ": no layer " + sl::to_text(layer) +
                                                                 " of " + sl::to_text(of.layers.size()));
    return array_of(of.layers[layer]);
}

py::array singular_values(const directions& of) {
    const auto held = std::make_shared<const directions>(of);
    const auto& values = held->singular_values();
    std::vector<py::ssize_t> shape;
    for (const auto extent : values.shape()) shape.push_back(static_cast<py::ssize_t>(extent));
    return array_of(values.data(), std::move(shape), held);
}

void add_weights(py::module_& module) {
    py::class_<weights>(module, "Weights", "A transformer's weights, recognised by their names.")
        .def_property_readonly("provenance", &weights::provenance)
        .def_property_readonly("scheme", [](const weights& of) { return of.scheme; })
        .def_property_readonly("sizes", sizes_of)
        .def_property_readonly("unread", [](const weights& of) { return of.unread; })
        .def_property_readonly("notes", [](const weights& of) { return of.notes; })
        .def("mlp_in", &weights::mlp_in, "What the neurons read.")
        .def("mlp_gate", &weights::mlp_gate, "What their gates read.")
        .def("mlp_out", &weights::mlp_out, "What they write.")
        .def("embed", &weights::embed, "What the input tokens, or features, write.")
        .def("unembed", &weights::unembed, "What the output tokens, or actions, read.")
        .def("__repr__", [](const weights& of) { return "<svdlens.Weights " + of.provenance() + ">"; });
    module.def("open", open, py::arg("path"),
               "The transformer of a checkpoint: a file or a folder, safetensors or torch's.");
    module.def("from_dict", from_dict, py::arg("tensors"), py::arg("config") = py::none(),
               "The transformer of tensors in memory, which are not copied: arrays of NumPy's or tensors of "
               "torch's by name.");
    module.def(
        "fold_norms",
        [](const weights& of) {
            return run([&](const sl::execution& execution) { return sl::fold_norms(of, execution); });
        },
        py::arg("weights"), "With the norms folded into what reads behind them.");
}

void add_directions(py::module_& module) {
    py::class_<vectors>(module, "Vectors", "Vectors at a place of the residual stream.")
        .def_readonly("name", &vectors::name)
        .def_property_readonly("layers", [](const vectors& of) { return of.layers.size(); })
        .def_property_readonly("d_model", &vectors::d_model)
        .def("to_numpy", vectors_of, py::arg("layer") = 0,
             "The vectors of a layer as rows, without a copy where they lie in memory.")
        .def(
            "with_labels",
            [](const vectors& of, std::vector<std::string> labels) {
                return sl::with_token_labels(of, std::move(labels));
            },
            py::arg("labels"), "With these texts for its tokens.")
        .def("__len__", &vectors::size)
        .def("__repr__", [](const vectors& of) {
            return "<svdlens.Vectors " + of.name + ": " + sl::to_text(of.size()) + " a layer>";
        });
    py::class_<sl::factored_set>(module, "Circuits", "The matrices of all heads, as factors.");
    py::class_<directions>(module, "Directions", "Singular directions of every head.")
        .def_property_readonly("name", &directions::name)
        .def_property_readonly("singular_values", singular_values, "By layer, head and direction.")
        .def_property_readonly("null_directions", &directions::null_directions)
        .def(
            "reading", [](const directions& of) { return of.reading(); }, "What the heads read (OV).")
        .def(
            "writing", [](const directions& of) { return of.writing(); }, "What the heads write (OV).")
        .def(
            "query", [](const directions& of) { return of.query(); }, "What their queries read (QK).")
        .def(
            "key", [](const directions& of) { return of.key(); }, "What their keys read (QK).")
        .def("__repr__", [](const directions& of) {
            return "<svdlens.Directions " + of.name() + ": " + sl::to_text(of.layers()) + " layers, " +
                   sl::to_text(of.heads()) + " heads, " + sl::to_text(of.directions()) + " directions>";
        });
    module.def(
        "ov_circuits", [](const weights& of) { return sl::ov_circuits(of); }, py::arg("weights"),
        "W_V W_O of every head.");
    module.def(
        "qk_circuits", [](const weights& of) { return sl::qk_circuits(of); }, py::arg("weights"),
        "W_Q W_K^T of every head.");
    module.def(
        "singular_directions",
        [](const sl::factored_set& of) {
            return run(
                [&](const sl::execution& execution) { return sl::singular_directions(of, execution); });
        },
        py::arg("circuits"), "U S V of every matrix, without forming it.");
    module.def(
        "token_labels", [](const std::string& path) { return sl::token_labels(path); }, py::arg("path"),
        "What the tokens of the model in a folder are called; empty: nobody says.");
}

} // namespace

void add_models(py::module_& module) {
    add_weights(module);
    add_directions(module);
}

} // namespace binding
