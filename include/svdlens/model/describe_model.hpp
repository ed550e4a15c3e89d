/// @file
/// What a model is, in lines for people: sizes, kinds, what was done to its weights, and what it refuses.
#ifndef SVDLENS_MODEL_DESCRIBE_MODEL_HPP
#define SVDLENS_MODEL_DESCRIBE_MODEL_HPP

#include <concepts>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// A model in lines of a name and a value. Names repeat where there are several values (`processing`).
struct model_description {
    std::string title; ///< the file's name
    std::vector<std::pair<std::string, std::string>> lines;
};

/// The title, then one line a value, values aligned; a name that repeats is written once. What cannot be
/// seen is escaped as in labels of tokens. O(text)
std::string to_string(const model_description& d);

std::ostream& operator<<(std::ostream& out, const model_description& d);

/// What can be asked of a model, or why it cannot.
struct model_analysis {
    std::string name; ///< `OV circuits`, `neurons read`
    bool possible = true;
    std::string note = {}; ///< how much there is of it, or the reason
};

/// The analyses of a model, each with what there is or why there is nothing: OV and QK circuits, what neurons,
/// gates and later heads read, what neurons write, input and output tokens, copying, folding of norms. O(layers)
template <std::floating_point T>
std::vector<model_analysis> analyses_of(const basic_transformer_weights<T>& weights);

/// What a model is: naming scheme and by what it was known, sizes, norms, positions, blocks, MLPs, unembedding, dtypes, what was
/// assumed when it was read, what was done to the weights, which steps and circuits are refused and why,
/// and where the tensors stand that were left unread. Prints through `operator<<`. O(layers + text)
template <std::floating_point T>
model_description describe_model(const basic_transformer_weights<T>& weights);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/describe_model.hpp"
#endif

#endif
