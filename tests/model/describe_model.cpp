#include "svdlens/model/describe_model.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_value_biases.hpp"
#include "svdlens/model/stream_vectors.hpp"

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
std::string fact_of(const sl::basic_transformer_weights<T>& weights, const std::string& name) {
    const auto all = values_of(sl::describe_model(weights), name);
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " lines";
}

/// What is said of one analysis: its note, behind `no: ` where it is refused; nothing where it is not named.
template <class T>
std::string analysis_of(const sl::basic_transformer_weights<T>& weights, const std::string& name) {
    for (const auto& each : sl::analyses_of(weights))
        if (each.name == name) return (each.possible ? "" : "no: ") + each.note;
    return {};
}

sl::transformer_weights architecture_weights(const std::string& name) {
    const auto folder = std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "architectures" / name;
    return sl::transformer_weights(sl::open_safetensors(folder / "model.safetensors"));
}

} // namespace

TEST_CASE("a model that was read says by what it was known") {
    const auto llama = architecture_weights("llama");
    CHECK(fact_of(llama, "known by") == "model.layers.0.self_attn.o_proj.weight");
    CHECK(fact_of(llama, "behind") == "model.");
    CHECK(fact_of(llama, "config") == "config.json");
    const auto gpt2 = architecture_weights("gpt2");
    CHECK(fact_of(gpt2, "known by") == "h.0.attn.c_proj.weight");
    CHECK(values_of(sl::describe_model(gpt2), "behind").empty());
    CHECK(fact_of(architecture_weights("decision_transformer"), "config") == "the file's metadata");
    auto without = gpt2;
    without.config_source.clear();
    CHECK(fact_of(without, "config") == "none beside the file or in its metadata");
}

TEST_CASE("what can be asked of a model is said with how much there is") {
    const auto model = make_random_model<float>({.key_value_heads = 2});
    CHECK(analysis_of(model, "OV circuits") == "2 layers of 4 heads, 3 directions each");
    CHECK(analysis_of(model, "QK circuits") == "2 layers of 4 heads, 3 directions each");
    CHECK(analysis_of(model, "rotary QK circuits").empty());
    CHECK(analysis_of(model, "neurons read") == "2 layers of 20");
    CHECK(analysis_of(model, "gates read") == "2 layers of 20");
    CHECK(analysis_of(model, "neurons write") == "2 layers of 20");
    CHECK(analysis_of(model, "inputs") == "9 tokens");
    CHECK(analysis_of(model, "outputs") == "9 tokens");
    CHECK(analysis_of(model, "copying scores") == "over 9 tokens");
    CHECK(analysis_of(model, "folded norms") == "LayerNorm before attention, MLP and unembedding");
    const sl::stream_vectors probe{
        .name = "probe", .layer = 1, .layers = {sl::matrix(std::vector<float>(12), 1, 12)}};
    CHECK(analysis_of(sl::with_vectors(model, probe), "probe read") == "1 vectors");
    for (const auto& each : sl::analyses_of(model)) CHECK(each.possible);
}

TEST_CASE("of a mixture all that reads and writes is listed, in as many layers as have it") {
    const auto mixtral = architecture_weights("mixtral"); // layer 0 has experts, and no layer an MLP
    CHECK(analysis_of(mixtral, "neurons read").empty());
    CHECK(analysis_of(mixtral, "neurons write").empty());
    CHECK(analysis_of(mixtral, "experts read") == "2 layers of 20");
    CHECK(analysis_of(mixtral, "experts' gates read") == "2 layers of 20");
    CHECK(analysis_of(mixtral, "experts write") == "2 layers of 20");
    CHECK(analysis_of(mixtral, "routers read") == "2 layers of 4");
    const auto llama4 = architecture_weights("llama4"); // every second layer of 4
    CHECK(analysis_of(llama4, "neurons read") == "2 layers of 5");
    CHECK(analysis_of(llama4, "experts write") == "2 layers of 12");
    CHECK(analysis_of(llama4, "shared experts write") == "2 layers of 3");
    const auto qwen = architecture_weights("qwen2_moe");
    CHECK_FALSE(analysis_of(qwen, "neurons write").empty());
    CHECK_FALSE(analysis_of(qwen, "shared experts' gates read").empty());
    CHECK_FALSE(analysis_of(qwen, "shared experts' routers read").empty());
    auto behind_experts = llama4; // layer 0 has experts, a later one an MLP
    std::swap(behind_experts.blocks[0], behind_experts.blocks[1]);
    CHECK(analysis_of(behind_experts, "neurons write") == "2 layers of 5");
}

TEST_CASE("what cannot be asked of a model has its reason") {
    auto model = make_random_model<float>({.layers = 1, .predictors = 1, .mlp = mlp_kind::none});
    model.W_E = {};
    CHECK(analysis_of(model, "later heads") == "no: there is one layer");
    CHECK(analysis_of(model, "neurons read") == "no: there is no MLP");
    CHECK(analysis_of(model, "neurons write") == "no: there is no MLP");
    CHECK(analysis_of(model, "inputs") == "no: there is no embedding");
    CHECK(analysis_of(model, "outputs") == "no: there is no unembedding");
    CHECK(analysis_of(model, "copying scores").find("no: the model has no embedding") == 0);
    model.has_rotary = true;
    CHECK(analysis_of(model, "QK circuits").find("no: queries and keys are rotated by position") == 0);
    CHECK(analysis_of(model, "rotary QK circuits").find("no: nothing says how") == 0);
    model.rotary = sl::rotary_embedding{.dimensions = 2};
    CHECK(analysis_of(model, "rotary QK circuits").find("1 layers of 4 heads") == 0);
    model.norm_placement = sl::norm_placement::after;
    CHECK(analysis_of(model, "folded norms").find("no: its norms stand behind each sum") == 0);
    for (auto& block : model.blocks) block.attention.W_Q.clear();
    CHECK(analysis_of(model, "QK circuits") == "no: there are no queries and keys");
    CHECK(analysis_of(sl::transformer_weights(), "OV circuits") == "no: there are no heads");
    auto reads_only = make_random_model<float>({});
    for (auto& block : reads_only.blocks) block.mlp->W_out = {};
    CHECK(analysis_of(reads_only, "neurons write") == "no: there is no W_out");
}

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
    CHECK(fact_of(sl::transformer_weights(), "MLPs") == "none");
    CHECK(fact_of(sl::transformer_weights(), "unembedding") == "none");
    CHECK(fact_of(sl::transformer_weights(), "norms") == "none");
}

TEST_CASE("norms are described by kind, place and what became of them") {
    auto model = make_random_model<float>({.norm = normalization::rms_norm});
    CHECK(fact_of(model, "norms") == "RMSNorm before attention, MLP and unembedding");
    CHECK(fact_of(sl::fold_norms(model), "norms") == "RMSNorm, weights folded into what reads");
    model.norm_placement = sl::norm_placement::both;
    CHECK(fact_of(model, "norms") ==
          "RMSNorm before attention, MLP and unembedding; and behind attention and MLP");
    model.norm_placement = sl::norm_placement::after;
    CHECK(fact_of(model, "norms") == "RMSNorm behind each sum (post-norm)");
}

TEST_CASE("positions are described with all that a rotary embedding has") {
    auto model = make_random_model<float>({.d_head = 8});
    model.W_pos = {};
    CHECK(fact_of(model, "positions") == "none in the weights");
    model.has_rotary = true;
    CHECK(fact_of(model, "positions") == "rotary, of unknown parameters");
    model.rotary = sl::rotary_embedding{.dimensions = 4, .theta = 500000};
    CHECK(fact_of(model, "positions") == "rotary, half-split pairs, 4 of 8 dimensions, theta 500000");
    model.rotary->pairing = sl::rotary_pairing::interleaved;
    model.rotary->scaling = {.kind = "linear", .factor = 2.5};
    CHECK(fact_of(model, "positions") ==
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
                                            "rotary_qk_circuits", "copying_scores"});
    CHECK(refused[4].find("copying_scores: the model has no unembedding of tokens") == 0);
    CHECK(refused[0].find("RMSNorm keeps the mean") != std::string::npos);
    model.rotary = sl::rotary_embedding{.dimensions = 2};
    CHECK(values_of(sl::describe_model(model), "refused").size() == 4);
    model.norm_placement = sl::norm_placement::after;
    CHECK(values_of(sl::describe_model(model), "refused")[0].find("fold_norms: its norms stand behind") == 0);
    CHECK(values_of(sl::describe_model(make_random_model<float>({})), "refused").empty());
}

TEST_CASE("blocks, MLPs, unembedding and other matrices are described") {
    auto model = make_random_model<float>({.mlp = mlp_kind::plain, .order = sl::block_order::parallel});
    CHECK(fact_of(model, "blocks") == "attention and MLP in parallel");
    CHECK(fact_of(model, "MLPs") == "plain");
    model.tied_unembedding = true;
    CHECK(fact_of(model, "unembedding") == "tied to the embedding");
    model.has_qk_norm = true;
    CHECK(fact_of(model, "queries, keys") == "normalised per token");
    auto other = make_random_model<float>({.predictors = 2});
    other.extras[1].role = sl::matrix_role::unembedding;
    CHECK(fact_of(other, "unembedding") == "a predictor");
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
