/// @file
/// The axes of directions that neurons read: a small table for graph files.
#ifndef SVDLENS_TESTS_EXPORT_NEURON_TABLE_HPP
#define SVDLENS_TESTS_EXPORT_NEURON_TABLE_HPP

#include <string>

#include "svdlens/tensor/axes.hpp"

namespace svdlens_tests {

inline svdlens::axes to_neurons(const std::string& title) {
    svdlens::axes result({{"target_layer", 2}, {"layer", 2}, {"direction", 2}, {"neuron", 2}},
                         {{"source", "L{layer}H0.{direction}", "direction"},
                          {"target", "L{target_layer}N{neuron}", "neuron"}});
    result.set_title(title);
    result.set_provenance("model, folded");
    return result;
}

} // namespace svdlens_tests

#endif
