#include "svdlens/model/describe_model.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_value_biases.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

namespace {

/// All values of a name, in their order.
std::vector<std::string> values_of(const sl::model_description& d, const std::string& name) {
    std::vector<std::string> result;
    for (const auto& line : d.lines)
        if (line.first == name) result.push_back(line.second);
    return result;
}

template <class T>
std::string value_of(const sl::basic_transformer_weights<T>& weights, const std::string& name) {
    const auto all = values_of(sl::describe_model(weights), name);
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " lines";
}

} // namespace

TEST_CASE("a model's description prints as aligned lines") {
    auto model = make_random_model<float>({.key_value_heads = 2});
    model.scheme = "TransformerLens";
    model.model_type = "gpt2";
    model.activation = "gelu";
    model.dtypes = "BF16, F32";
    model.notes = {"norms without bias taken as RMSNorm"};
    model.unread = {"rope.freqs", "x"};
    const auto folded = sl::fold_value_biases(sl::fold_norms(model));
    std::ostringstream out;
    out << sl::describe_model(folded);
    CHECK(out.str() == R"(random
  names            TransformerLens
  model type       gpt2
  layers           2
  heads            4
  key/value heads  2
  d_model          12
  d_head           3
  d_mlp            20
  vocabulary       9
  context          16
  blocks           attention, then MLP
  norms            LayerNorm, weights folded into what reads
  positions        learned
  MLPs             gated, gelu
  unembedding      of its own
  stored as        BF16, F32
  assumed          norms without bias taken as RMSNorm
  processing       norms folded, reading weights centred
                   value biases folded into b_O
  unread           2 tensors: rope.freqs, x
)");
}

TEST_CASE("an empty model can be described") {
    const auto d = sl::describe_model(sl::transformer_weights());
    CHECK(d.title == "(in memory)");
    CHECK(values_of(d, "layers").empty());
    CHECK(values_of(d, "processing") == std::vector<std::string>{"none, weights as stored"});
    CHECK(value_of(sl::transformer_weights(), "MLPs") == "none");
    CHECK(value_of(sl::transformer_weights(), "unembedding") == "none");
    CHECK(value_of(sl::transformer_weights(), "norms") == "none");
}

TEST_CASE("norms are described by kind, place and what became of them") {
    auto model = make_random_model<float>({.norm = normalization::rms_norm});
    CHECK(value_of(model, "norms") == "RMSNorm before attention, MLP and unembedding");
    CHECK(value_of(sl::fold_norms(model), "norms") == "RMSNorm, weights folded into what reads");
    model.norm_placement = sl::norm_placement::both;
    CHECK(value_of(model, "norms") ==
          "RMSNorm before attention, MLP and unembedding; and behind attention and MLP");
    model.norm_placement = sl::norm_placement::after;
    CHECK(value_of(model, "norms") == "RMSNorm behind each sum (post-norm)");
}

TEST_CASE("positions are described with all that a rotary embedding has") {
    auto model = make_random_model<float>({.d_head = 8});
    model.W_pos = {};
    CHECK(value_of(model, "positions") == "none in the weights");
    model.has_rotary = true;
    CHECK(value_of(model, "positions") == "rotary, of unknown parameters");
    model.rotary = sl::rotary_embedding{.dimensions = 4, .theta = 500000};
    CHECK(value_of(model, "positions") == "rotary, half-split pairs, 4 of 8 dimensions, theta 500000");
    model.rotary->pairing = sl::rotary_pairing::interleaved;
    model.rotary->scaling = {.kind = "linear", .factor = 2.5};
    CHECK(value_of(model, "positions") ==
          "rotary, interleaved pairs, 4 of 8 dimensions, theta 500000, scaling linear by 2.5");
}

TEST_CASE("a description says what is refused, and why") {
    auto model = make_random_model<float>({.predictors = 1, .norm = normalization::rms_norm});
    model.has_rotary = true;
    model.tied_unembedding = true;
    const auto refused = values_of(sl::describe_model(model), "refused");
    const auto step = [](const std::string& line) { return line.substr(0, line.find(':')); };
    std::vector<std::string> steps;
    std::transform(refused.begin(), refused.end(), std::back_inserter(steps), step);
    CHECK(steps == std::vector<std::string>{"center_writing_weights", "center_unembed", "qk_circuits",
                                            "rotary_qk_circuits"});
    CHECK(refused[0].find("RMSNorm keeps the mean") != std::string::npos);
    model.rotary = sl::rotary_embedding{.dimensions = 2};
    CHECK(values_of(sl::describe_model(model), "refused").size() == 3);
    model.norm_placement = sl::norm_placement::after;
    CHECK(values_of(sl::describe_model(model), "refused")[0].find("fold_norms: its norms stand behind") == 0);
    CHECK(values_of(sl::describe_model(make_random_model<float>({})), "refused").empty());
}

TEST_CASE("blocks, MLPs, unembedding and other matrices are described") {
    auto model = make_random_model<float>({.mlp = mlp_kind::plain, .order = sl::block_order::parallel});
    CHECK(value_of(model, "blocks") == "attention and MLP in parallel");
    CHECK(value_of(model, "MLPs") == "plain");
    model.tied_unembedding = true;
    CHECK(value_of(model, "unembedding") == "tied to the embedding");
    model.has_qk_norm = true;
    CHECK(value_of(model, "queries, keys") == "normalised per token");
    auto other = make_random_model<float>({.predictors = 2});
    other.extras[1].role = sl::matrix_role::unembedding;
    CHECK(value_of(other, "unembedding") == "a predictor");
    CHECK(values_of(sl::describe_model(other), "also") ==
          std::vector<std::string>{"predictor 0 (3 x 12)", "predictor 1 (4 x 12)"});
}

TEST_CASE("control characters of names do not break the lines of a description") {
    auto model = make_random_model<float>({});
    model.file = "a\nb";
    model.activation = "ge\tlu";
    const auto text = to_string(sl::describe_model(model));
    CHECK(text.find("a\\nb\n") == 0);
    CHECK(text.find("ge\\tlu") != std::string::npos);
}
