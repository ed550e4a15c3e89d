/// @file
/// A model's tokens called by their labels.
#ifndef SVDLENS_MODEL_TOKEN_AXIS_HPP
#define SVDLENS_MODEL_TOKEN_AXIS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// The set with labels on its axis `token`: `with_token_labels(weights.unembed(), token_labels("model"))`.
/// No labels: the tokens stay numbers. Fewer than tokens (a vocabulary that is padded to a round number):
/// the rest are numbers. O(labels); vectors are shared.
/// @throws lookup_error (unknown_column) when the set has no axis `token`
/// @throws argument_error (wrong_label_count) when there are more labels than tokens
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

} // namespace svdlens::inline v0_2

#endif
