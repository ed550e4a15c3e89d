#include "svdlens/model/stream_vectors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/graph/circuit_graph.hpp"
#include "svdlens/model/center_weights.hpp"
#include "svdlens/model/describe_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using Catch::Matchers::Contains;
using sl::errc;
using sl::flow;
using sl::norm_output;
using sl::residual_site;

namespace {

/// d_model × n or n × d_model floats in memory.
sl::state_dict stored(const std::string& name, std::vector<std::uint64_t> shape) {
    std::uint64_t size = 1;
    for (const auto extent : shape) size *= extent;
    std::vector<float> values(static_cast<std::size_t>(size));
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k);
    return sl::state_dict({sl::named_tensor(name, sl::basic_tensor<float>(std::move(values), shape))}, {},
                          "dictionary.safetensors");
}

/// Five vectors in each of two layers of the random model, whose d_model is 12.
sl::stream_vectors five_vectors(flow flow, residual_site site) {
    random_numbers random(7);
    sl::stream_vectors vectors{.name = "sae", .flow = flow, .site = site};
    for (int layer = 0; layer < 2; ++layer) {
        std::vector<float> values(5 * 12);
        for (auto& value : values) value = static_cast<float>(random.next());
        vectors.layers.emplace_back(std::move(values), 5, 12);
    }
    return vectors;
}

bool same_values(const sl::matrix& a, const sl::matrix& b) {
    if (a.rows() != b.rows() || a.columns() != b.columns()) return false;
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            if (a(i, j) != b(i, j)) return false;
    return true;
}

double mean_of_row(const sl::matrix& m, std::size_t i) {
    double sum = 0;
    for (std::size_t j = 0; j < m.columns(); ++j) sum += static_cast<double>(m(i, j));
    return sum / static_cast<double>(m.columns());
}

template <class Call>
errc code_of(Call call) {
    try {
        call();
    } catch (const sl::error& failure) {
        return failure.code();
    }
    return errc::cancelled;
}

std::string refusal(const sl::transformer_weights& model, const sl::stream_vectors& vectors) {
    return message_of([&] { (void)sl::with_vectors(model, vectors); });
}

} // namespace

TEST_CASE("which axis of stored vectors is d_model is found from the shape") {
    const auto wide = sl::stored_vectors(stored("W_enc", {3, 5}), "W_enc", 3);
    REQUIRE(wide.rows() == 5);
    REQUIRE(wide.columns() == 3);
    CHECK(wide(4, 1) == 9); // element (1, 4) of the file
    const auto tall = sl::stored_vectors(stored("W_dec", {5, 3}), "W_dec", 3);
    REQUIRE(tall.rows() == 5);
    CHECK(tall(4, 1) == 13);
    const auto alone = sl::stored_vectors(stored("probe", {3}), "probe", 3);
    REQUIRE(alone.rows() == 1);
    CHECK(alone(0, 2) == 2);
    for (const auto& shape : {std::vector<std::uint64_t>{1, 3}, {3, 1}}) {
        const auto one = sl::stored_vectors(stored("probe", shape), "probe", 3);
        REQUIRE(one.rows() == 1);
        CHECK(one(0, 2) == 2);
    }
}

TEST_CASE("of a square tensor the caller says which axis is d_model") {
    const auto file = stored("W", {3, 3});
    CHECK_THAT(message_of([&] { (void)sl::stored_vectors(file, "W", 3); }),
               Contains("dictionary.safetensors: tensor \"W\": both axes are d_model = 3") &&
                   Contains("[d_model,n] or [n,d_model]"));
    CHECK(sl::stored_vectors(file, "W", 3, sl::vector_axes::d_model_last)(0, 1) == 1);
    CHECK(sl::stored_vectors(file, "W", 3, sl::vector_axes::d_model_first)(0, 1) == 3);
    CHECK_THAT(message_of([&] {
                   (void)sl::stored_vectors(stored("W", {4, 3}), "W", 3, sl::vector_axes::d_model_first);
               }),
               Contains("expected the first axis to be d_model = 3, found [4, 3]"));
    CHECK_THAT(message_of([&] {
                   (void)sl::stored_vectors(stored("W", {3, 4}), "W", 3, sl::vector_axes::d_model_last);
               }),
               Contains("expected the last axis to be d_model = 3, found [3, 4]"));
}

TEST_CASE("stored vectors that are none of the model's say what was expected") {
    const auto message = [](std::vector<std::uint64_t> shape, const char* name = "W_enc") {
        const auto file = stored("W_enc", std::move(shape));
        return message_of([&] { (void)sl::stored_vectors(file, name, 3); });
    };
    CHECK_THAT(message({4, 5}), Contains("expected one axis of d_model = 3, found [4, 5]"));
    CHECK_THAT(message({4}), Contains("expected a vector of d_model = 3, found [4]"));
    CHECK_THAT(message({2, 3, 4}), Contains("found 3 axes [2, 3, 4]"));
    CHECK_THAT(message({}), Contains("found 0 axes"));
    CHECK_THAT(message({3, 0}), Contains("there is no vector in it"));
    CHECK_THAT(message({3, 5}, "W_enk"), Contains("no tensor \"W_enk\"") && Contains("nearest: \"W_enc\""));
    const std::vector<std::byte> bytes(15);
    const sl::state_dict quantised({sl::named_tensor("W_enc", sl::dtype::i8, {3, 5}, bytes, nullptr)});
    CHECK_THAT(message_of([&] { (void)sl::stored_vectors(quantised, "W_enc", 3); }),
               Contains("expected F16, BF16, F32 or F64, found I8"));
}

TEST_CASE("stored vectors of 16 bits are converted when they are asked for") {
    std::vector<std::byte> bytes(2 * 3 * 4);
    for (std::size_t k = 0; k < 12; ++k) { // the upper halves of the floats 0, 1, ...
        const auto value = static_cast<float>(k);
        std::memcpy(bytes.data() + 2 * k, reinterpret_cast<const char*>(&value) + 2, 2);
    }
    const sl::state_dict file({sl::named_tensor("W", sl::dtype::bf16, {3, 4}, bytes, nullptr)});
    const auto vectors = sl::stored_vectors(file, "W", 3);
    CHECK(vectors.is_deferred());
    CHECK(vectors.rows() == 4);
    CHECK(vectors(2, 1) == 6);
}

TEST_CASE("what reads behind the MLP's norm is processed as the neurons are, bit for bit") {
    random_model_options options;
    using enum sl::normalization;
    options.norm = GENERATE(layer_norm, rms_norm, none, layer_norm_folded, rms_norm_folded);
    options.order = GENERATE(sl::block_order::sequential, sl::block_order::parallel);
    auto model = make_random_model<float>(options);
    sl::stream_vectors neurons{.name = "copy", .site = residual_site::mlp_in};
    for (const auto& block : model.blocks) neurons.layers.push_back(block.mlp->W_in.transposed());
    model = sl::with_vectors(std::move(model), neurons);
    for (const auto& weights : {model, sl::fold_norms(model), sl::fold_norms(sl::fold_norms(model))}) {
        const auto expected = weights.mlp_in(), found = weights.vectors(weights.added.front());
        CHECK(found.port.flow == expected.port.flow);
        for (std::size_t l = 0; l < 2; ++l) {
            CHECK(found.port.at(l) == expected.port.at(l));
            CHECK(same_values(found.layers[l], expected.layers[l]));
        }
    }
    const auto heads = sl::singular_directions(sl::ov_circuits(sl::fold_norms(model)));
    const auto folded = sl::fold_norms(model);
    const auto expected = sl::store(sl::project(heads.writing(), folded.mlp_in()));
    const auto found = sl::store(sl::project(heads.writing(), folded.vectors(folded.added.front())));
    REQUIRE(found.values().size() == expected.values().size());
    REQUIRE(found.values().size() != 0);
    for (std::size_t k = 0; k < found.values().size(); ++k) CHECK(found.values()[k] == expected.values()[k]);
}

TEST_CASE("what reads behind attention's norm is processed as the value weights are") {
    auto model = make_random_model<float>({});
    sl::stream_vectors values{.name = "copy", .site = residual_site::attention_in, .layer = 1};
    values.layers.push_back(model.blocks[1].attention.W_V[2].transposed());
    const auto folded = sl::fold_norms(sl::with_vectors(model, values));
    CHECK(same_values(folded.added.front().layers.front(), folded.blocks[1].attention.W_V[2].transposed()));
    CHECK_FALSE(same_values(folded.added.front().layers.front(), values.layers.front()));
}

TEST_CASE("what reads a normalised stream before the gain is centred under LayerNorm only") {
    random_model_options options;
    options.norm = GENERATE(sl::normalization::layer_norm, sl::normalization::rms_norm);
    auto vectors = five_vectors(flow::reads, residual_site::mlp_in);
    vectors.behind = norm_output::normalized;
    const auto folded = sl::fold_norms(sl::with_vectors(make_random_model<float>(options), vectors));
    const auto& found = folded.added.front().layers[1];
    const bool is_centred = options.norm == sl::normalization::layer_norm;
    for (std::size_t i = 0; i < 5; ++i) {
        const double mean = is_centred ? mean_of_row(vectors.layers[1], i) : 0;
        for (std::size_t j = 0; j < 12; ++j)
            CHECK(found(i, j) == Approx(static_cast<double>(vectors.layers[1](i, j)) - mean).margin(1e-7));
    }
}

TEST_CASE("what reads or writes the stream itself stays as it is stored") {
    const auto site = GENERATE(residual_site::resid_pre, residual_site::resid_mid, residual_site::resid_post);
    const auto flows = GENERATE(flow::reads, flow::writes);
    const auto vectors = five_vectors(flows, site);
    const auto folded = sl::fold_norms(sl::with_vectors(make_random_model<float>({}), vectors));
    for (std::size_t l = 0; l < 2; ++l) CHECK(same_values(folded.added.front().layers[l], vectors.layers[l]));
    // and may be added after the norms were folded
    const auto late = sl::with_vectors(sl::fold_norms(make_random_model<float>({})), vectors);
    CHECK(same_values(late.added.front().layers[1], vectors.layers[1]));
}

TEST_CASE("every table says how vectors were taken") {
    const auto provenance = [](flow flow, residual_site site, std::optional<std::size_t> layer = {}) {
        auto vectors = five_vectors(flow, site);
        vectors.source = "sae.safetensors: W";
        vectors.layer = layer;
        if (layer) vectors.layers.resize(1);
        const auto weights = sl::fold_norms(sl::with_vectors(make_random_model<float>({}), vectors));
        CHECK_THAT(sl::to_string(sl::describe_model(weights)), Contains("vectors sae"));
        return weights.vectors(weights.added.front()).provenance;
    };
    CHECK_THAT(
        provenance(flow::reads, residual_site::resid_mid),
        Contains("vectors sae (sae.safetensors: W) read the stream itself at resid_mid of every layer, "
                 "before any norm: as stored, not centred"));
    CHECK_THAT(provenance(flow::reads, residual_site::mlp_in, 1),
               Contains("read behind ln2 of layer 1, gain included"));
    CHECK_THAT(provenance(flow::writes, residual_site::mlp_out), Contains("write at mlp_out of every layer"));
}

TEST_CASE("vectors of one layer have its port and no layer axis") {
    auto vectors = five_vectors(flow::writes, residual_site::resid_pre);
    vectors.layer = 1;
    vectors.layers.resize(1);
    vectors.labels = {"a", "b", "c", "d", "e"};
    const auto weights = sl::with_vectors(make_random_model<float>({}), vectors);
    const auto set = weights.vectors(weights.added.front());
    CHECK(set.axes.rank() == 1);
    CHECK_FALSE(set.layered());
    CHECK(set.axes.label(2, "vector") == "sae.L1.c");
    const auto scores = sl::project(set, weights.mlp_in());
    CHECK(scores.max_rows() == 5 * 20); // the neurons of layer 1 only
    CHECK(scores.axes().title() == "sae_to_mlp_in");
}

TEST_CASE("features that read and write are one node, and reach later layers only") {
    auto weights = make_random_model<float>({});
    weights = sl::with_vectors(weights, five_vectors(flow::reads, residual_site::resid_pre));
    weights = sl::with_vectors(weights, five_vectors(flow::writes, residual_site::resid_pre));
    const auto reads = weights.vectors(weights.added[0]), writes = weights.vectors(weights.added[1]);
    const auto scores = sl::project(writes, reads);
    CHECK(scores.axes().title() == "sae_to_sae");
    CHECK(scores.max_rows() == 25); // layer 0 on layer 1, none on itself
    const auto graph = sl::circuit_graph(sl::store(scores));
    CHECK(graph.nodes().size() == 10);
    const auto into = sl::circuit_graph(sl::store(sl::project(weights.mlp_out(), reads)));
    const auto feature = std::find_if(into.nodes().begin(), into.nodes().end(),
                                      [](const auto& node) { return node.label == "sae.L1.4"; });
    REQUIRE(feature != into.nodes().end());
    CHECK(feature->entity == "sae");
    CHECK(feature->index == std::vector<std::uint64_t>{1, 4});
    CHECK(feature->layer == 1);
}

TEST_CASE("a name with braces stays what it is") {
    auto vectors = five_vectors(flow::reads, residual_site::resid_pre);
    vectors.name = "a{b}";
    const auto weights = sl::with_vectors(make_random_model<float>({}), vectors);
    CHECK(weights.vectors(weights.added.front()).axes.label(3, "vector") == "a{b}.L0.3");
}

TEST_CASE("vectors that do not fit the model are refused with the reason") {
    const auto model = make_random_model<float>({});
    auto vectors = five_vectors(flow::reads, residual_site::resid_mid);
    vectors.source = "f: W";
    SECTION("a name that is taken") {
        for (const char* name : {"ov", "mlp_in", "unembed", "neuron", "input_token", ""}) {
            vectors.name = name;
            CHECK(code_of([&] { (void)sl::with_vectors(model, vectors); }) == errc::invalid_argument);
        }
    }
    SECTION("a place that flows the other way") {
        vectors.site = residual_site::mlp_out;
        CHECK_THAT(refusal(model, vectors), Contains("f: W: vectors \"sae\": mlp_out is written only"));
        vectors.flow = flow::writes;
        vectors.site = residual_site::mlp_in;
        CHECK_THAT(refusal(model, vectors), Contains("ln2 is read only"));
        vectors.site = residual_site::embedding;
        CHECK_THAT(refusal(model, vectors), Contains("extras"));
    }
    SECTION("the middle of a parallel block") {
        random_model_options options;
        options.order = sl::block_order::parallel;
        const auto parallel = make_random_model<float>(options);
        CHECK_THAT(refusal(parallel, vectors),
                   Contains("blocks are parallel, so that there is no resid_mid"));
        vectors.site = residual_site::resid_pre;
        CHECK(refusal(parallel, vectors).empty());
    }
    SECTION("a layer that there is not") {
        vectors.layer = 2;
        vectors.layers.resize(1);
        CHECK_THAT(refusal(model, vectors), Contains("no layer 2: the model has layers 0 to 1"));
    }
    SECTION("too few layers") {
        vectors.layers.resize(1);
        CHECK_THAT(refusal(model, vectors), Contains("expected 2 matrices, one a layer, found 1"));
    }
    SECTION("another d_model") {
        vectors.layers[1] = sl::matrix(std::vector<float>(5 * 11), 5, 11);
        CHECK_THAT(refusal(model, vectors), Contains("expected vectors of d_model = 12, found 5 of 11"));
    }
    SECTION("another number of vectors") {
        vectors.layers[1] = sl::matrix(std::vector<float>(4 * 12), 4, 12);
        CHECK_THAT(refusal(model, vectors), Contains("as many vectors in every layer, found 5 and 4"));
    }
    SECTION("labels that are too many") {
        vectors.labels.resize(6, "x");
        CHECK(code_of([&] { (void)sl::with_vectors(model, vectors); }) == errc::wrong_label_count);
    }
    SECTION("norms that were folded already, or stand elsewhere, or are missing") {
        vectors.site = residual_site::mlp_in;
        CHECK_THAT(refusal(sl::fold_norms(model), vectors), Contains("before the norms are folded"));
        auto other = model;
        other.norm_placement = sl::norm_placement::after;
        CHECK_THAT(refusal(other, vectors), Contains("norms stand behind each sum"));
        other = model;
        other.blocks[1].ln2.reset();
        CHECK_THAT(refusal(other, vectors), Contains("layer 1 has no ln2"));
    }
    SECTION("two sets of one name") {
        const auto one = sl::with_vectors(model, vectors);
        CHECK_THAT(refusal(one, vectors), Contains("of that name that read already"));
        auto writers = five_vectors(flow::writes, residual_site::resid_post);
        CHECK(refusal(one, writers).empty());
        writers.labels = {"a", "b", "c", "d", "e"};
        CHECK_THAT(refusal(one, writers), Contains("are the same features"));
    }
}

TEST_CASE("no vectors are called as anything of the model is") {
    const auto refuses = [](const std::string& model, const std::string& name) {
        const auto folder =
            std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "architectures" / model;
        const sl::transformer_weights weights(sl::open_safetensors(folder / "model.safetensors"));
        const auto d = weights.sizes.d_model;
        const sl::stream_vectors probe{
            .name = name, .layer = 0, .layers = {sl::matrix(std::vector<float>(d), 1, d)}};
        return code_of([&] { (void)sl::with_vectors(weights, probe); }) == errc::invalid_argument;
    };
    for (const char* name : {"expert", "shared", "expert_neuron", "shared_neuron", "expert_in", "shared_out",
                             "router", "shared_router", "mlp_gate", "embed"})
        CHECK(refuses("qwen2_moe", name));
    for (const char* name : {"return", "state_number", "action_number", "embed_return.weight"})
        CHECK(refuses("hf_decision_transformer", name));
    CHECK_FALSE(refuses("qwen2_moe", "return"));
    CHECK_FALSE(refuses("hf_decision_transformer", "expert"));
}

TEST_CASE("writing weights are not centred where the stream's mean is read") {
    const auto reads =
        sl::with_vectors(make_random_model<float>({}), five_vectors(flow::reads, residual_site::resid_post));
    CHECK_THAT(message_of([&] { (void)sl::center_writing_weights(reads); }),
               Contains("the vectors \"sae\" read the stream before its norm"));
    const auto behind =
        sl::with_vectors(make_random_model<float>({}), five_vectors(flow::reads, residual_site::mlp_in));
    CHECK_NOTHROW(sl::center_writing_weights(behind));
    const auto writes = sl::center_writing_weights(sl::with_vectors(
        make_random_model<float>({}), five_vectors(flow::writes, residual_site::resid_post)));
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(std::abs(mean_of_row(writes.added.front().layers[0], i)) < 1e-7);
}

TEST_CASE("vectors of the user's own are centred where a step made them so, or the user says it") {
    const auto centered = [](const sl::transformer_weights& weights) {
        const auto set = weights.vectors(weights.added.back());
        return set.centered;
    };
    const auto model = [](sl::normalization norm) { return make_random_model<float>({.norm = norm}); };
    using enum sl::normalization;
    auto behind = five_vectors(flow::reads, residual_site::mlp_in);
    for (const auto norm : {layer_norm, layer_norm_folded, rms_norm, none}) {
        CHECK_FALSE(centered(sl::with_vectors(model(norm), behind)));
        const bool is_layer_norm = norm == layer_norm || norm == layer_norm_folded;
        CHECK(centered(sl::fold_norms(sl::with_vectors(model(norm), behind))) == is_layer_norm);
        auto said = behind;
        said.centered = true; // which a gain undoes
        CHECK(centered(sl::fold_norms(sl::with_vectors(model(norm), said))) == (norm != rms_norm));
        said.behind = norm_output::normalized;
        CHECK(centered(sl::fold_norms(sl::with_vectors(model(norm), said))));
    }
    auto at_stream = five_vectors(flow::reads, residual_site::resid_mid);
    CHECK_FALSE(centered(sl::fold_norms(sl::with_vectors(model(layer_norm), at_stream))));
    at_stream.centered = true;
    CHECK(centered(sl::fold_norms(sl::with_vectors(model(layer_norm), at_stream))));
    const auto writes = five_vectors(flow::writes, residual_site::resid_mid);
    CHECK(centered(sl::center_writing_weights(sl::with_vectors(model(layer_norm), writes))));
    // What came later was not there to be centred.
    CHECK_FALSE(centered(sl::with_vectors(sl::center_writing_weights(model(layer_norm)), writes)));
    CHECK_FALSE(centered(sl::with_vectors(model(layer_norm), writes)));
}
