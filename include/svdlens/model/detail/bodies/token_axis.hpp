/// @file
/// The bodies of model/token_axis.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_TOKEN_AXIS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_TOKEN_AXIS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../tensor/axes.hpp"
#include "../../token_axis.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_vector_set<T> with_token_labels(basic_vector_set<T> set, std::vector<std::string> labels) {
    const std::size_t k = set.axes.axis_number("token");
    const auto tokens = static_cast<std::size_t>(set.axes[k].extent);
    if (labels.size() > tokens)
        throw argument_error(errc::wrong_label_count,
                             "vector set " + quoted(set.name) + ": expected labels of at most " +
                                 to_text(tokens) + " tokens, found " + to_text(labels.size()) +
                                 "; if the tokenizer is this model's, shorten the list");
    if (labels.empty()) return set;
    while (labels.size() < tokens) labels.push_back(to_text(labels.size()));
    std::vector<axis> list(set.axes.begin(), set.axes.end());
    list[k] = axis("token", std::move(labels));
    axes labelled(std::move(list), set.axes.label_columns());
    labelled.set_title(set.axes.title());
    labelled.set_provenance(set.axes.provenance());
    set.axes = std::move(labelled);
    return set;
}

#ifdef SVDLENS_COMPILED
template basic_vector_set<float> with_token_labels(basic_vector_set<float> set,
                                                   std::vector<std::string> labels);
template basic_vector_set<double> with_token_labels(basic_vector_set<double> set,
                                                    std::vector<std::string> labels);
#endif

} // namespace svdlens::inline v0_2

#endif
