#include "svdlens/model/detail/unread_tensors.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/tensor_record.hpp"

namespace sl = svdlens;

TEST_CASE("a word of a name begins a component") {
    using sl::detail::has_word;
    CHECK(has_word("SCB", "SCB"));
    CHECK(has_word("h.0.mlp.c_fc.SCB", "SCB"));
    CHECK(has_word("net/0/SCB", "SCB"));
    CHECK(has_word("h.0.mlp.gate.weight", "gate."));
    CHECK(has_word("lora_A.default.weight", "lora_"));
    CHECK(has_word("x.weight._data", "weight._data"));
    CHECK_FALSE(has_word("h.0.mlp.gate_proj.weight", "gate."));
    CHECK_FALSE(has_word("h.0.mlp.not_SCB", "SCB"));
    CHECK_FALSE(has_word("h.0.explora_A", "lora_"));
    CHECK_FALSE(has_word("h.0.gate", "gate."));
    CHECK_FALSE(has_word("", "SCB"));
    CHECK_FALSE(has_word("a.", "SCB"));
}

TEST_CASE("a name tells of one thing at most, of the weights beside it first") {
    namespace d = sl::detail;
    CHECK(d::telling_of("layers.0.mlp.down_proj.weight_scale") == &d::of_quantised);
    CHECK(d::telling_of("layers.0.mlp.down_proj.weight.quant_state.bitsandbytes__nf4") == &d::of_quantised);
    CHECK(d::telling_of("layers.0.mlp.experts.0.w1.qweight") == &d::of_quantised);
    CHECK(d::telling_of("layers.0.mlp.experts.0.w1.weight") == &d::of_experts);
    CHECK(d::telling_of("layers.0.self_attn.q_proj.base_layer.weight") == &d::of_adapter);
    CHECK(d::telling_of("encoder.relative_attention_bias.weight") == &d::of_positions);
    CHECK(d::telling_of("h.0.crossattention.c_attn.weight") == &d::of_cross_attention);
    CHECK(d::telling_of_weights("layers.0.mlp.experts.0.w1.weight") == nullptr);
    for (const std::string_view plain :
         {"model.layers.0.self_attn.q_proj.weight", "h.0.attn.bias", "blocks.0.attn.W_Q", "lm_head.weight",
          "logit_scale", "layers.0.input_layernorm.weight", "quant_conv.weight", "encoder.adaptive.weight"})
        CHECK(d::telling_of(plain) == nullptr);
}

TEST_CASE("a name tells which tool quantised, where it does") {
    using sl::detail::quantised_by;
    CHECK(quantised_by("layers.0.q.qweight") == "GPTQ or AWQ");
    CHECK(quantised_by("layers.0.q.weight.quant_state.bitsandbytes__nf4") == "bitsandbytes, to 4 bits");
    CHECK(quantised_by("layers.0.q.SCB") == "bitsandbytes, to 8 bits");
    CHECK(quantised_by("layers.0.q.weight_packed") == "compressed-tensors");
    CHECK(quantised_by("layers.0.q.weight_scale") == "");
    CHECK(quantised_by("layers.0.q.weight") == "");
}

TEST_CASE("what is left out is named by where it stands") {
    const std::vector<std::string> names = {"vision.layers.0.q", "vision.layers.1.q", "vision.norm", "x",
                                            "score.weight"};
    CHECK(sl::detail::shown_unread(names) == "score.weight, vision.layers (2), vision.norm, x");
    CHECK(sl::detail::shown_unread({}).empty());
    const std::vector<std::string> many = {"a", "b", "c", "d", "e", "f", "g"};
    CHECK(sl::detail::shown_unread(many) == "a, b, c, d, e, f, ...");
    CHECK(sl::detail::shown_unread({many.data(), 6}) == "a, b, c, d, e, f");
}

TEST_CASE("of many tensors the first are shown") {
    std::vector<sl::tensor_record> records(5);
    std::vector<const sl::tensor_record*> all;
    for (auto& each : records) {
        each.name = std::string(1, static_cast<char>('a' + all.size()));
        each.type = sl::dtype::i8;
        each.shape = {2, 3};
        all.push_back(&each);
    }
    CHECK(sl::detail::shown_tensors({all.data(), 1}) == "\"a\" I8 [2, 3]");
    CHECK(sl::detail::shown_tensors({all.data(), 3}) == "\"a\" I8 [2, 3], \"b\" I8 [2, 3], \"c\" I8 [2, 3]");
    CHECK(sl::detail::shown_tensors(all) == "\"a\" I8 [2, 3], \"b\" I8 [2, 3], \"c\" I8 [2, 3] and 2 more");
}
