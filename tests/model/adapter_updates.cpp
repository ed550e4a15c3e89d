#include "svdlens/model/adapter_updates.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/edited_model.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/low_rank_adapter.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/projection/projection.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

std::filesystem::path adapters_folder() {
    return std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "compounds" / "adapters";
}

/// The sets of an adapter by name.
std::map<std::string, sl::factored_set> sets_of(const std::string& name) {
    std::map<std::string, sl::factored_set> all;
    for (auto& each : sl::adapter_updates(sl::open_adapter(adapters_folder() / name)))
        all.emplace(each.name, each);
    return all;
}

/// Those of an adapter that updates these modules.
std::map<std::string, sl::factored_set> sets_of_modules(const std::vector<std::string>& modules) {
    const sl::tensor A(std::vector<float>{1, 2}, {1, 2}), B(std::vector<float>{1, 2}, {2, 1});
    sl::low_rank_adapter adapter;
    adapter.file = sl::state_dict({sl::named_tensor("A", A), sl::named_tensor("B", B)});
    for (const auto& module : modules) adapter.updates.push_back({module, "A", "B"});
    std::map<std::string, sl::factored_set> all;
    for (auto& each : sl::adapter_updates(adapter)) all.emplace(each.name, each);
    return all;
}

/// One entry of a b, summed in double.
double entry(const sl::factored_matrix& m, std::size_t i, std::size_t j) {
    const auto a = m.a.resident(), b = m.b.resident();
    double sum = 0;
    for (std::size_t q = 0; q < a.columns(); ++q) sum += double{a(i, q)} * double{b(q, j)};
    return sum;
}

/// Whether x -> x (a b) is what the merged model's tensor, stored (out, in) or turned, has more than the base's.
void check_difference(const sl::factored_matrix& m, const std::string& adapter, const std::string& base,
                      const std::string& weight, bool turned) {
    INFO(weight);
    const auto merged = sl::open_safetensors(adapters_folder() / adapter / "merged").tensor(weight);
    const auto plain = open_architecture(base).tensor(weight);
    const auto columns = static_cast<std::size_t>(plain.shape()[1]);
    REQUIRE((turned ? m.a.rows() : m.b.columns()) == plain.shape()[0]);
    for (std::size_t i = 0; i < m.a.rows(); ++i)
        for (std::size_t j = 0; j < m.b.columns(); ++j) {
            const std::size_t k = turned ? i * columns + j : j * columns + i;
            CHECK(entry(m, i, j) == Approx(merged.values()[k] - plain.values()[k]).margin(2e-6));
        }
}

} // namespace

TEST_CASE("an adapter's factors are what the merged model has more than the base") {
    const auto llama = sets_of("llama_everything");
    CHECK(llama.size() == 6);
    const auto& gates = llama.at("mlp.gate_proj+mlp.up_proj");
    CHECK(gates.head_label(3) == "L1.mlp.up_proj");
    const std::string at = "model.layers.1.";
    check_difference(gates(1, 0), "llama_everything", "llama", at + "mlp.gate_proj.weight", false);
    check_difference(gates(1, 1), "llama_everything", "llama", at + "mlp.up_proj.weight", false);
    check_difference(llama.at("self_attn.q_proj")(1, 0), "llama_everything", "llama",
                     at + "self_attn.q_proj.weight", false);
    check_difference(llama.at("self_attn.k_proj+self_attn.v_proj")(0, 0), "llama_everything", "llama",
                     "model.layers.0.self_attn.k_proj.weight", false);
    check_difference(llama.at("lm_head")(0, 0), "llama_everything", "llama", "lm_head.weight", false);
    check_difference(sets_of("gpt2_one_layer").at("attn.c_attn")(1, 0), "gpt2_one_layer", "gpt2",
                     "h.1.attn.c_attn.weight", true);
    check_difference(sets_of("embeddings_and_saved").at("model.embed_tokens")(0, 0), "embeddings_and_saved",
                     "llama", "model.embed_tokens.weight", true);
}

TEST_CASE("a side of an update has a port where schemes know the module, and none elsewhere") {
    using sl::flow;
    const auto llama = sets_of("llama_everything");
    CHECK(llama.at("self_attn.q_proj").left.flow == flow::reads);
    CHECK(llama.at("self_attn.q_proj").right.flow == flow::none);
    CHECK(llama.at("self_attn.o_proj").left.flow == flow::none);
    CHECK(llama.at("self_attn.o_proj").right.flow == flow::writes);
    CHECK(llama.at("self_attn.o_proj").right.at(1) == 9);
    CHECK(llama.at("lm_head").left.at(0) == 14);
    CHECK(llama.at("lm_head").head_label(0) == "lm_head");
    CHECK(sets_of("embeddings_and_saved").at("model.embed_tokens").right.at(0) == -1);
    const auto fused = sets_of("fused_queries");
    CHECK(fused.at("attention.query_key_value").left.at(1) == 8);
}

TEST_CASE("where schemes of one name differ in the order of a block, a side reads early and writes late") {
    const auto unsure = [](const sl::factored_set& set) {
        return set.provenance.find("differ in where") != std::string::npos;
    };
    const auto llama = sets_of("llama_everything"); // Llama's names are Cohere's, whose blocks are parallel
    CHECK(llama.at("mlp.gate_proj+mlp.up_proj").left.at(1) == 8);
    CHECK(llama.at("mlp.down_proj").right.at(1) == 12);
    CHECK(unsure(llama.at("mlp.down_proj")));
    CHECK_FALSE(unsure(llama.at("self_attn.o_proj")));
    const auto fused = sets_of("fused_queries");
    CHECK(fused.at("mlp.dense_h_to_4h").left.at(1) == 8); // GPT-NeoX's and Phi's: all parallel
    const auto falcon =
        sets_of_modules({"transformer.h.1.mlp.dense_h_to_4h", "transformer.h.1.mlp.dense_4h_to_h"});
    CHECK(falcon.at("mlp.dense_h_to_4h").left.at(1) == 8); // BLOOM's, too: sequential
    CHECK(falcon.at("mlp.dense_4h_to_h").right.at(1) == 12);
    CHECK(unsure(falcon.at("mlp.dense_h_to_4h")));
    const auto gpt2 = sets_of_modules({"transformer.h.1.mlp.c_fc"});
    CHECK(gpt2.at("mlp.c_fc").left.at(1) == 11); // all sequential
    CHECK_FALSE(unsure(gpt2.at("mlp.c_fc")));
}

TEST_CASE("a latent reads from the stream, and what is made from it does not") {
    const std::string at = "model.layers.1.self_attn.";
    const auto sets = sets_of_modules({at + "kv_a_proj_with_mqa", at + "kv_b_proj", at + "o_proj"});
    CHECK(sets.at("self_attn.kv_a_proj_with_mqa").left.at(1) == 8);
    CHECK(sets.at("self_attn.kv_b_proj").left.flow == sl::flow::none);
    CHECK(sets.at("self_attn.kv_b_proj").right.flow == sl::flow::none);
    CHECK(sets.at("self_attn.o_proj").right.flow == sl::flow::writes);
}

TEST_CASE("layers without an update are null space, and so is what a lower rank lacks") {
    const auto gpt2 = sl::singular_directions(sets_of("gpt2_one_layer").at("attn.c_attn"));
    CHECK(gpt2.layers() == 2);
    for (std::size_t k = 0; k < gpt2.directions(); ++k) {
        CHECK(gpt2.is_null(0, 0, k));
        CHECK_FALSE(gpt2.is_null(1, 0, k));
    }
    const auto llama = sl::singular_directions(sets_of("llama_everything").at("mlp.gate_proj+mlp.up_proj"));
    CHECK(llama.directions() == 2);
    CHECK_FALSE(llama.is_null(1, 0, 1));
    CHECK_FALSE(llama.is_null(1, 1, 0));
    CHECK(llama.is_null(1, 1, 1)); // rank 1
}

TEST_CASE("what an update writes meets what a later one reads") {
    const auto llama = sets_of("llama_everything");
    const auto writers = sl::singular_directions(llama.at("self_attn.o_proj"));
    const auto readers = sl::singular_directions(llama.at("mlp.gate_proj+mlp.up_proj"));
    const auto scores = sl::project(writers.writing(), readers.reading(), {.score = sl::score_kind::cosine});
    CHECK(scores.max_rows() ==
          2 * 3); // two directions in layer 0 reach layer 1: its own MLP may stand beside
}

TEST_CASE("layers beyond all reason are refused") {
    const sl::tensor A(std::vector<float>{1, 2}, {1, 2}), B(std::vector<float>{1, 2}, {2, 1});
    sl::low_rank_adapter adapter;
    adapter.file = sl::state_dict({sl::named_tensor("A", A), sl::named_tensor("B", B)});
    adapter.updates = {{"model.layers.999999999.self_attn.q_proj", "A", "B"}};
    CHECK(message_of([&] { (void)sl::adapter_updates(adapter); }).find("999999999") != std::string::npos);
    adapter.updates = {{"strange", "A", "B"}};
    const auto sets = sl::adapter_updates(adapter);
    REQUIRE(sets.size() == 1);
    CHECK(sets[0].left.flow == sl::flow::none);
    CHECK(sets[0].head_label(0) == "strange");
}
