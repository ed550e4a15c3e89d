// Mixtures of experts as vector sets: what they are called, which rows there are, what is refused, and that nothing
// of them is in memory.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/dead_parts_of.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/describe_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_value_biases.hpp"
#include "svdlens/model/transformer_weights.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::errc;

namespace {

sl::transformer_weights weights_of(const std::string& name) {
    return sl::transformer_weights(open_architecture(name));
}

std::vector<std::string> names_of(const std::vector<sl::vector_set>& sets) {
    std::vector<std::string> names;
    for (const auto& each : sets) names.push_back(each.name);
    return names;
}

/// Which rows of a set each layer has.
std::vector<std::size_t> rows_by_layer(const sl::vector_set& set) {
    std::vector<std::size_t> rows;
    for (const auto& each : set.layers) rows.push_back(each.rows());
    return rows;
}

failure reading(const edited_model& model) {
    try {
        const sl::transformer_weights w(model.dict(), {.config = model.config});
    } catch (const sl::error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

using list = std::vector<std::string>;
using counts = std::vector<std::size_t>;

} // namespace

TEST_CASE("each family has the sets that its layers have") {
    CHECK(names_of(weights_of("mixtral").mlp_readers()) == list{"expert_in", "expert_gate", "router"});
    CHECK(names_of(weights_of("mixtral").mlp_writers()) == list{"expert_out"});
    CHECK(names_of(weights_of("qwen2_moe").mlp_readers()) == list{"mlp_in", "mlp_gate", "expert_in",
                                                                  "expert_gate", "shared_in", "shared_gate",
                                                                  "router", "shared_router"});
    CHECK(names_of(weights_of("qwen3_moe").mlp_readers()) == list{"expert_in", "expert_gate", "router"});
    CHECK(names_of(weights_of("gpt_oss").mlp_readers()) == list{"expert_in", "expert_gate", "router"});
    CHECK(names_of(weights_of("deepseek_v3").mlp_readers()) ==
          list{"mlp_in", "mlp_gate", "expert_in", "expert_gate", "shared_in", "shared_gate", "router"});
    CHECK(names_of(weights_of("llama4").mlp_writers()) == list{"mlp_out", "expert_out", "shared_out"});
    CHECK(names_of(weights_of("llama").mlp_readers()) == list{"mlp_in", "mlp_gate"});
    CHECK(names_of(weights_of("gpt2").mlp_readers()) == list{"mlp_in"});
}

TEST_CASE("experts are one more axis, and each neuron is called by all") {
    const auto w = weights_of("deepseek_v3");
    const auto label = [](const sl::vector_set& set, std::vector<std::uint64_t> index) {
        auto axes = set.axes;
        axes.add(set.identity);
        return axes.label(axes.row(index), set.identity.name);
    };
    CHECK(label(w.expert_in(), {2, 1, 0}) == "L2E1N0");
    CHECK(label(w.expert_out(), {1, 3, 2}) == "L1E3N2");
    CHECK(label(w.shared_gate(), {1, 5}) == "L1S5");
    CHECK(label(w.router(), {2, 3}) == "L2E3");
    CHECK(label(w.mlp_in(), {0, 4}) == "L0N4");
    CHECK(label(weights_of("qwen2_moe").shared_router(), {1, 0}) == "L1S");
    std::set<std::string> entities;
    for (const auto& set : weights_of("qwen2_moe").mlp_readers())
        entities.insert(set.axes.resolved(set.identity).entity);
    CHECK(entities == std::set<std::string>{"neuron", "expert_neuron", "shared_neuron", "expert", "shared"});
}

TEST_CASE("a vector of an expert is that of its own tensors") {
    const auto w = weights_of("mixtral");
    const auto file = open_architecture("mixtral");
    const auto in = w.expert_in();
    const auto tensor = file.tensor<float>("model.layers.1.block_sparse_moe.experts.3.w3.weight");
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t i = 0; i < 6; ++i) CHECK(in.layers[1](3 * 5 + n, i) == tensor.values()[n * 6 + i]);
    const auto out = w.expert_out();
    const auto down = file.tensor<float>("model.layers.0.block_sparse_moe.experts.2.w2.weight");
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t i = 0; i < 6; ++i) CHECK(out.layers[0](2 * 5 + n, i) == down.values()[i * 5 + n]);
}

TEST_CASE("layers that lack a part have no rows of it") {
    const auto w = weights_of("llama4");
    CHECK(rows_by_layer(w.mlp_in()) == counts{5, 0, 5, 0});
    CHECK(rows_by_layer(w.expert_in()) == counts{0, 12, 0, 12});
    CHECK(rows_by_layer(w.shared_in()) == counts{0, 3, 0, 3});
    CHECK(rows_by_layer(w.router()) == counts{0, 4, 0, 4});
    CHECK(w.mlp_in().axes.shape_rows() == 20);
    CHECK(w.expert_in().axes.shape_rows() == 48);
    CHECK(w.sizes.d_mlp == 5);
    CHECK(w.sizes.d_expert == 3);
    CHECK(w.sizes.d_shared == 3);
    CHECK(w.sizes.n_experts == 4);
}

TEST_CASE("a table of a set that layers lack has the rows of those that have it, each with its own score") {
    const auto name = GENERATE(as<std::string>(), "llama4", "deepseek_v3", "qwen2_moe", "gpt_oss_bf16");
    const auto w = sl::fold_norms(weights_of(name));
    const auto heads = sl::singular_directions(sl::ov_circuits(w));
    const auto writing = heads.writing();
    for (const auto& targets : w.mlp_readers()) {
        INFO(name << ": " << targets.name);
        const auto table = sl::project(writing, targets);
        std::uint64_t expected = 0;
        const auto at = [&](sl::row_number row, const char* axis) {
            return static_cast<std::size_t>(table.axes().coordinate(row, *table.axes().find_axis(axis)));
        };
        for (std::size_t m = 0; m < targets.layers.size(); ++m)
            for (std::size_t l = 0; l <= m; ++l)
                for (std::size_t k = 0; k < writing.layers[l].rows(); ++k)
                    expected += writing.is_null(l, k) ? 0 : targets.layers[m].rows();
        CHECK(table.max_rows() == expected);
        const auto stored = sl::store(table);
        CHECK(stored.size() == expected);
        const std::size_t lines = writing.size(), columns = targets.size();
        for (std::size_t i = 0; i < stored.size(); ++i) {
            const auto row = stored.row_at(i);
            const std::size_t m = at(row, "target_layer"), l = at(row, "layer");
            const std::size_t k = row / columns % lines, n = row % columns;
            double sum = 0;
            for (std::size_t c = 0; c < writing.d_model(); ++c)
                sum += double{writing.layers[l](k, c)} * double{targets.layers[m](n, c)};
            CHECK(stored.score_at(i) == Approx(sum * double{writing.singular_value(l, k)}).margin(1e-5));
        }
    }
}

TEST_CASE("a label names one neuron of one expert, and what is not there has no rows") {
    const auto w = weights_of("deepseek_v3");
    const auto heads = sl::singular_directions(sl::ov_circuits(w));
    const auto table = sl::project(heads.writing(), w.expert_in());
    const std::uint64_t lines = heads.writing().size();
    CHECK(sl::where(table, sl::column("target") == "L2E1N0").max_rows() == 3 * lines);
    CHECK(sl::where(table, sl::column("target") == "L1E1N0").max_rows() == 2 * lines);
    CHECK(sl::where(table, sl::column("target") == "L0E1N0").max_rows() == 0); // the first layer has none
    CHECK(sl::where(table, sl::axis_index("expert") == 1).max_rows() == 3 * 5 * lines);
    const auto dense = sl::project(heads.writing(), w.mlp_in());
    CHECK(dense.max_rows() == 5 * lines);
    CHECK(sl::where(dense, sl::column("target") == "L1N0").max_rows() == 0);
}

TEST_CASE(
    "experts are deferred: none of their values are in memory, and a part of one is a view of the file") {
    for (const auto* const name : {"mixtral", "gpt_oss", "llama4", "mixtral_bf16"}) {
        INFO(name);
        const auto w = sl::fold_norms(weights_of(name));
        for (const auto& block : w.blocks) {
            if (!block.mixture) continue;
            for (const auto* const m : {&block.mixture->experts.W_in, &block.mixture->experts.W_gate,
                                        &block.mixture->experts.W_out})
                CHECK(m->is_deferred());
        }
    }
    const auto file = open_architecture("mixtral");
    const sl::transformer_weights w(file);
    const auto part = w.expert_in().layers[1].row_range(2 * 5, 5).resident();
    const auto bytes = file.bytes("model.layers.1.block_sparse_moe.experts.2.w3.weight");
    CHECK(reinterpret_cast<const std::byte*>(part.data()) == bytes.data());
}

TEST_CASE("dead parts count what there is") {
    const auto w = sl::fold_norms(weights_of("llama4"));
    const auto heads = sl::singular_directions(sl::ov_circuits(w));
    std::vector<std::pair<std::string, std::uint64_t>> found;
    for (const auto& each : sl::dead_parts_of(w, heads.writing())) {
        found.emplace_back(each.kind, each.parts());
        CHECK(each.rows.size() < each.parts());
    }
    CHECK(found == std::vector<std::pair<std::string, std::uint64_t>>{{"ov heads", 12},
                                                                      {"mlp_in", 10},
                                                                      {"mlp_gate", 10},
                                                                      {"expert_in", 24},
                                                                      {"expert_gate", 24},
                                                                      {"shared_in", 6},
                                                                      {"shared_gate", 6},
                                                                      {"router", 8},
                                                                      {"mlp_out", 10},
                                                                      {"expert_out", 24},
                                                                      {"shared_out", 6}});
}

TEST_CASE("sets that a model lacks are refused, with the sets that it has") {
    const auto mixtral = weights_of("mixtral"), llama = weights_of("llama");
    const auto said = [](const std::function<void()>& use) { return message_of(use); };
    CHECK(said([&] { (void)mixtral.mlp_in(); }).find("no MLP but experts (expert_in, shared_in)") !=
          std::string::npos);
    CHECK(said([&] { (void)mixtral.shared_in(); }).find("no shared experts") != std::string::npos);
    CHECK(said([&] { (void)mixtral.shared_router(); }).find("no router of shared experts") !=
          std::string::npos);
    CHECK(said([&] { (void)llama.expert_in(); }).find("no mixture of experts") != std::string::npos);
    CHECK(said([&] { (void)llama.expert_gate(); }).find("no gated experts") != std::string::npos);
    CHECK(said([&] { (void)llama.router(); }).find("no mixture of experts") != std::string::npos);
    CHECK_FALSE(mixtral.has_mlp());
    CHECK(mixtral.has_experts());
    CHECK_FALSE(llama.has_experts());
}

TEST_CASE("circuits and steps that a mixture's attention makes wrong are refused with the reason") {
    const auto said = [](const std::function<void()>& use) { return message_of(use); };
    const auto oss = weights_of("gpt_oss");
    CHECK(oss.has_attention_sinks);
    CHECK(said([&] { (void)sl::fold_value_biases(oss); }).find("attention sinks") != std::string::npos);
    CHECK_FALSE(sl::rotary_qk_circuits(oss, 0).matrices.empty());
    for (const auto* const name : {"deepseek_v2", "deepseek_v3"}) {
        const auto w = weights_of(name);
        CHECK(said([&] { (void)sl::qk_circuits(w); }).find("normalised per token") != std::string::npos);
        CHECK(said([&] { (void)sl::rotary_qk_circuits(w, 1); }).find("normalised per token") !=
              std::string::npos);
        CHECK(w.provenance().find("left out (approximate)") != std::string::npos);
        CHECK_FALSE(w.rotary);
        CHECK_FALSE(w.attention_scale);
    }
    CHECK(said([] { (void)sl::rotary_qk_circuits(weights_of("llama4"), 1); }).find("no_rope_layers") !=
          std::string::npos);
    CHECK(said([] { (void)sl::rotary_qk_circuits(weights_of("qwen3_moe"), 1); }).find("normalised") !=
          std::string::npos);
    const auto text = to_string(sl::describe_model(oss));
    CHECK(text.find("in 2 of 2 layers, gated") != std::string::npos);
    CHECK(text.find("with a sink a head") != std::string::npos);
    CHECK(text.find("fold_value_biases: its heads have attention sinks") != std::string::npos);
    CHECK(to_string(sl::describe_model(weights_of("deepseek_v3")))
              .find("in 2 of 3 layers, gated, and shared ones") != std::string::npos);
}

TEST_CASE("a tensor of an expert that is missing or wrong is named in one line") {
    struct wrong {
        std::string architecture;
        std::function<void(edited_model&)> edit;
        errc code;
        std::vector<std::string> words;
    };
    const std::string mixtral = "model.layers.1.block_sparse_moe.", qwen = "model.layers.1.mlp.";
    const auto without = [](const std::string& name) { return [=](edited_model& m) { m.erase(name); }; };
    const auto shaped = [](const std::string& name, const std::vector<std::uint64_t>& shape) {
        return [=](edited_model& m) { m.add(name, shape); };
    };
    const std::vector<wrong> all = {
        {"mixtral",
         without(mixtral + "experts.2.w1.weight"),
         errc::unknown_tensor,
         {"\"" + mixtral + "experts.2.w1.weight\"", "nearest"}},
        {"mixtral",
         without(mixtral + "experts.3.w2.weight"),
         errc::unknown_tensor,
         {"\"" + mixtral + "experts.3.w2.weight\""}},
        {"mixtral",
         without(mixtral + "gate.weight"),
         errc::unknown_tensor,
         {"\"" + mixtral + "gate.weight\""}},
        {"mixtral",
         shaped(mixtral + "experts.4.w1.weight", {5, 6}),
         errc::wrong_shape,
         {"\"" + mixtral.substr(0, 13) + "0.block_sparse_moe.gate.weight\"", "5 experts", "found 4"}},
        {"mixtral",
         shaped(mixtral + "experts.1.w3.weight", {4, 6}),
         errc::wrong_shape,
         {"\"" + mixtral + "experts.1.w3.weight\"", "d_mlp = 5", "found [4, 6]"}},
        {"mixtral",
         shaped(mixtral + "gate.weight", {3, 6}),
         errc::wrong_shape,
         {"\"" + mixtral + "gate.weight\"", "n_experts = 4"}},
        {"mixtral",
         [&](edited_model& m) {
             for (const auto& name : m.names())
                 if (name.starts_with(mixtral)) m.erase(name);
         },
         errc::unknown_tensor,
         {"\"" + mixtral + "gate.weight\""}},
        {"mixtral",
         [&](edited_model& m) {
             for (const char* const name : {"gate_proj", "up_proj"})
                 m.add("model.layers.1.mlp." + std::string(name) + ".weight", {5, 6});
             m.add("model.layers.1.mlp.down_proj.weight", {6, 5});
         },
         errc::unsupported_model,
         {"layer 1 has an MLP and a mixture of experts"}},
        {"qwen2_moe",
         without(qwen + "shared_expert.up_proj.weight"),
         errc::unknown_tensor,
         {"\"" + qwen + "shared_expert.up_proj.weight\""}},
        {"qwen2_moe",
         without(qwen + "shared_expert_gate.weight"),
         errc::unknown_tensor,
         {"\"" + qwen + "shared_expert_gate.weight\""}},
        {"gpt_oss",
         shaped(qwen + "experts.gate_up_proj", {4, 6, 9}),
         errc::invalid_config,
         {"\"" + qwen + "experts.gate_up_proj\"", "[n_experts = 4, d_model = 6, d_mlp = 5 x 2]",
          "found [4, 6, 9]"}},
        {"gpt_oss",
         shaped(qwen + "experts.down_proj", {3, 5, 6}),
         errc::wrong_shape,
         {"\"" + qwen + "experts.down_proj\"", "n_experts = 4"}},
        {"gpt_oss",
         shaped(qwen + "experts.down_proj_bias", {4, 5}),
         errc::wrong_shape,
         {"\"" + qwen + "experts.down_proj_bias\"", "d_model = 6"}},
        {"deepseek_v3",
         without("model.layers.2.self_attn.kv_a_layernorm.weight"),
         errc::unknown_tensor,
         {"\"model.layers.2.self_attn.kv_a_layernorm.weight\""}},
        {"deepseek_v3",
         shaped("model.layers.2.self_attn.kv_b_proj.weight", {12, 5}),
         errc::invalid_config,
         {"\"model.layers.2.self_attn.kv_b_proj.weight\"", "(d_unrotated = 3 + d_head = 4)"}},
        {"llama4",
         without("language_model.model.layers.2.feed_forward.up_proj.weight"),
         errc::unknown_tensor,
         {"\"language_model.model.layers.2.feed_forward.up_proj.weight\""}},
    };
    for (const auto& each : all) {
        edited_model model(each.architecture);
        each.edit(model);
        const auto found = reading(model);
        INFO(each.architecture << ": " << each.words.front() << ": " << found.message);
        CHECK(found.code == each.code);
        CHECK_FALSE(found.says("\n"));
        for (const auto& word : each.words) CHECK(found.says(word));
    }
}

TEST_CASE("fused heads that a config divides otherwise are refused") {
    edited_model model("falcon_40b");
    model.config.n_key_value_heads = 1;
    CHECK(reading(model).says("expected queries of 4 heads, found 6"));
    model.config.n_key_value_heads = 3;
    CHECK(reading(model).says("query_key_value.weight"));
    const sl::transformer_weights w(edited_model("falcon_7b").dict(),
                                    {.config = edited_model("falcon_7b").config});
    CHECK(w.sizes.n_key_value_heads == 1);
    const auto bloom = weights_of("bloom");
    CHECK(bloom.has_alibi);
    CHECK_FALSE(sl::qk_circuits(bloom).matrices.empty());
    CHECK(bloom.provenance().find("ALiBi") != std::string::npos);
    CHECK(bloom.provenance().find("norm of the embedding left out") != std::string::npos);
}

TEST_CASE("layers that predict further tokens are left out and listed") {
    const auto with_one_more = [](const char* telling) {
        edited_model model("deepseek_v3");
        for (const auto& name : model.names())
            if (name.starts_with("model.layers.2."))
                model.add("model.layers.3." + name.substr(15), model.shape(name));
        for (const char* const part : {"eh_proj", "enorm", "hnorm", "shared_head.norm", "shared_head.head"})
            model.add("model.layers.3." + std::string(part) + ".weight", {6, 6});
        model.add("model.layers.3.embed_tokens.weight", {7, 6});
        if (*telling == '\0') model.erase("model.layers.3.eh_proj.weight");
        return model;
    };
    const auto model = with_one_more("eh_proj");
    const sl::transformer_weights w(model.dict(), {.config = model.config});
    CHECK(w.blocks.size() == 3);
    CHECK(w.unread.size() == 6 + 26);
    for (const auto& name : w.unread) CHECK(name.starts_with("model.layers.3."));
    CHECK(reading(with_one_more("")).says("nothing reads"));
}

TEST_CASE("numbers of experts that no file has take no memory") {
    edited_model model("mixtral");
    model.add("model.layers.1.block_sparse_moe.experts.999999999.w1.weight", {5, 6});
    CHECK(reading(model).says("1000000000 experts"));
}

TEST_CASE("a scheme of the caller's may have experts, a tensor each or all in one") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using sl::schemes::joined;
    static constexpr sl::schemes::part_name parts[] = {
        {W_E, "tokens", {d_vocab, d_model}},
        {W_V, "net.{layer}.v", {joined(n_heads, d_head), d_model}},
        {W_O, "net.{layer}.o", {d_model, joined(n_heads, d_head)}},
        {W_router, "net.{layer}.choose", {d_model, n_experts}},
        {expert_W_in, "net.{layer}.in.{expert}", {d_model, d_expert}},
        {expert_W_out, "net.{layer}.out", {n_experts, d_expert, d_model}},
    };
    static constexpr sl::naming_scheme scheme = {.name = "my net", .parts = parts};
    std::vector<sl::named_tensor> tensors;
    float next = 0;
    const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        std::vector<float> values(size);
        for (float& each : values) each = next += 0.25F;
        tensors.push_back(sl::named_tensor(name, sl::tensor(std::move(values), shape)));
    };
    add("tokens", {7, 4});
    add("net.0.v", {6, 4});
    add("net.0.o", {4, 6});
    add("net.0.choose", {4, 3});
    for (int e = 0; e < 3; ++e) add("net.0.in." + std::to_string(e), {4, 2});
    add("net.0.out", {3, 2, 4});
    const sl::state_dict file(std::move(tensors), {}, "my.safetensors");
    const sl::transformer_weights w(file, {.config = {.n_heads = 2}, .schemes = {&scheme, 1}});
    REQUIRE(w.blocks.front().mixture);
    CHECK_FALSE(w.blocks.front().mixture->experts.gated());
    const auto in = w.expert_in(), out = w.expert_out();
    CHECK(in.axes[1].extent == 3);
    CHECK(in.axes[2].extent == 2);
    CHECK(in.layers[0](2 * 2 + 1, 3) == file.tensor<float>("net.0.in.2").values()[3 * 2 + 1]);
    CHECK(out.layers[0](1 * 2 + 1, 2) == file.tensor<float>("net.0.out").values()[(1 * 2 + 1) * 4 + 2]);
    CHECK(names_of(w.mlp_readers()) == list{"expert_in", "router"});
}

TEST_CASE("what experts write is multiplied as all that is written, shared ones and biases too") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using sl::schemes::joined;
    static constexpr sl::schemes::part_name parts[] = {
        {W_E, "tokens", {d_vocab, d_model}},
        {W_V, "net.{layer}.v", {joined(n_heads, d_head), d_model}},
        {W_O, "net.{layer}.o", {d_model, joined(n_heads, d_head)}},
        {W_router, "net.{layer}.choose", {d_model, n_experts}},
        {expert_W_in, "net.{layer}.in", {n_experts, d_expert, d_model}},
        {expert_W_out, "net.{layer}.out", {n_experts, d_expert, d_model}},
        {expert_b_out, "net.{layer}.bias", {n_experts, d_model}},
        {shared_W_in, "net.{layer}.shared_in", {d_shared, d_model}},
        {shared_W_out, "net.{layer}.shared_out", {d_model, d_shared}},
    };
    constexpr auto everything = sl::schemes::config_multipliers::everything;
    static constexpr sl::naming_scheme plain = {.name = "plain", .parts = parts};
    static constexpr sl::naming_scheme scaled = {
        .name = "scaled", .parts = parts, .architecture = {.multipliers = everything}};
    std::vector<sl::named_tensor> tensors;
    const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        std::vector<float> values(size);
        for (std::size_t k = 0; k < size; ++k) values[k] = static_cast<float>(k + 1);
        tensors.push_back(sl::named_tensor(name, sl::tensor(std::move(values), shape)));
    };
    add("tokens", {7, 4});
    add("net.0.v", {6, 4});
    add("net.0.o", {4, 6});
    add("net.0.choose", {4, 3});
    add("net.0.in", {3, 2, 4});
    add("net.0.out", {3, 2, 4});
    add("net.0.bias", {3, 4});
    add("net.0.shared_in", {5, 4});
    add("net.0.shared_out", {4, 5});
    const sl::state_dict file(std::move(tensors), {}, "my.safetensors");
    const auto read = [&](const sl::naming_scheme& scheme) {
        return sl::transformer_weights(file, {.config = {.n_heads = 2,
                                                         .embedding_multiplier = 1.0,
                                                         .residual_multiplier = 0.25,
                                                         .logit_multiplier = 1.0},
                                              .schemes = {&scheme, 1}});
    };
    const auto stored = read(plain), quartered = read(scaled);
    const auto& bias = quartered.blocks.front().mixture->b_out;
    REQUIRE(bias.size() == 3);
    for (std::size_t e = 0; e < 3; ++e)
        for (std::size_t i = 0; i < 4; ++i) CHECK(bias[e][i] == static_cast<float>(e * 4 + i + 1) / 4);
    const auto before = stored.mlp_writers(), after = quartered.mlp_writers();
    REQUIRE(after.size() == 2);
    for (std::size_t k = 0; k < after.size(); ++k)
        for (std::size_t n = 0; n < after[k].size(); ++n)
            for (std::size_t i = 0; i < 4; ++i)
                CHECK(after[k].layers[0](n, i) == before[k].layers[0](n, i) / 4);
    CHECK(quartered.shared_in().layers[0](1, 2) == stored.shared_in().layers[0](1, 2));
}

TEST_CASE("the row that tells of further layers has the layer's number") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using enum sl::schemes::tensor_hint;
    using sl::schemes::joined;
    static constexpr sl::schemes::part_name parts[] = {
        {W_V, "net.{layer}.v", {joined(n_heads, d_head), d_model}},
        {W_O, "net.{layer}.o", {d_model, joined(n_heads, d_head)}},
    };
    static constexpr sl::schemes::hint_name bare[] = {{"mtp", other_layer}};
    static constexpr sl::schemes::hint_name numbered[] = {{"net.{layer}.e.{expert}", other_layer}};
    for (const std::span<const sl::schemes::hint_name> hints : {std::span(bare), std::span(numbered)}) {
        const sl::naming_scheme scheme = {.name = "my net", .parts = parts, .hints = hints};
        const auto tensor = [](const char* name, std::vector<std::uint64_t> shape) {
            return sl::named_tensor(name, sl::tensor(std::vector<float>(24, 1.0F), std::move(shape)));
        };
        const sl::state_dict file({tensor("net.0.v", {6, 4}), tensor("net.0.o", {4, 6})}, {}, "my");
        const auto message = message_of([&] {
            (void)sl::transformer_weights(file, {.config = {.n_heads = 2}, .schemes = {&scheme, 1}});
        });
        CHECK(message.find("of an other_layer: expected {layer}") != std::string::npos);
    }
}
