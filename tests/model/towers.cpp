// A model of several towers: one is read when the caller says which, and none when nobody does.
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/known_schemes.hpp"
#include "svdlens/model/scheme_file.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using word_list = std::vector<std::string>;

/// What is said when a model is read with a tower.
failure tower_refusal(const sl::state_dict& file, const std::optional<std::string>& tower = {},
                      sl::transformer_options options = {}) {
    options.tower = tower;
    try {
        sl::transformer_weights weights(file, options);
    } catch (const sl::error& e) {
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
        return {e.code(), e.what()};
    }
    return {};
}

void check_says(const failure& found, const word_list& all) {
    INFO(found.message);
    CHECK(found.code == sl::errc::ambiguous_model);
    for (const auto& each : all) CHECK(found.says(each));
}

/// The tensors of several models in one file.
sl::state_dict united(const std::vector<std::pair<std::string, std::string>>& models) {
    std::vector<sl::named_tensor> all;
    for (const auto& [wrapper, name] : models) {
        const auto file = open_architecture(name);
        for (const auto& record : file.records())
            all.emplace_back(wrapper + record.name, record.type, record.shape, file.bytes(record.name),
                             std::make_shared<sl::state_dict>(file));
    }
    return sl::state_dict(std::move(all), {}, "folder/test.safetensors");
}

} // namespace

TEST_CASE("each tower of a model is what it is alone, with the sizes of its own config") {
    for (const auto& [file, tower, alone] :
         {std::tuple{"clip", "text", "clip_text"}, std::tuple{"clip", "vision", "clip_vision"},
          std::tuple{"siglip", "vision", "siglip_vision"}, std::tuple{"siglip", "text", "siglip"},
          std::tuple{"whisper", "decoder", "whisper"},
          std::tuple{"whisper_encoder", "encoder", "whisper_encoder"}}) {
        INFO(file << " " << tower);
        const sl::transformer_weights w(open_architecture(file), {.tower = tower});
        CHECK(difference_to_canonical(w, alone) == "");
        CHECK_FALSE(w.unread.empty());
        CHECK(w.config_source == "config.json");
    }
    const sl::transformer_weights eyes(open_architecture("openai_clip"),
                                       {.config = {.n_heads = 2}, .tower = "vision"});
    CHECK(difference_to_canonical(eyes, "openai_clip_vision") == "");
    CHECK(eyes.wrapper == "visual.");
}

TEST_CASE("the numbers of layers and heads are the tower's own, whatever the whole says") {
    // num_hidden_layers is the encoder's, of which there are three, as the heads are two
    const auto file = open_architecture("whisper_encoder");
    const sl::transformer_weights decoder(file, {.tower = "decoder"});
    CHECK(decoder.sizes.n_layers == 1);
    CHECK(decoder.sizes.n_heads == 3);
    const sl::transformer_weights encoder(file, {.tower = "encoder"});
    CHECK(encoder.sizes.n_layers == 3);
    CHECK(encoder.sizes.n_heads == 2);
    CHECK(decoder.notes ==
          word_list{"left out: attention to what the encoder gives, which reads and writes between "
                    "attention and MLP"});
    CHECK(encoder.notes == word_list{"left out: the convolutions that make what is embedded of sound"});
}

TEST_CASE("several towers and nobody who says which are refused with the remedy") {
    check_says(tower_refusal(open_architecture("clip")),
               {"several towers", "text (CLIP text)", "vision (CLIP vision)", ".tower = ", "--tower"});
    check_says(tower_refusal(open_architecture("openai_clip")),
               {"text (OpenAI CLIP text)", "vision (OpenAI CLIP vision)", "--tower"});
    check_says(tower_refusal(open_architecture("whisper")),
               {"decoder (Whisper decoder)", "encoder (Whisper encoder)", "--tower"});
    check_says(tower_refusal(open_architecture("siglip"), "audio"),
               {"\"audio\"", "text (CLIP text), vision"});
    check_says(tower_refusal(open_architecture("clip_text"), "vision"),
               {"\"vision\"", "found text (CLIP text)"});
    check_says(tower_refusal(open_architecture("gpt2"), "text"), {"\"text\"", "found none; leave it out"});
}

TEST_CASE("a tower of a model that is read as it is without one is left out, or chosen") {
    // a language model that sees: names of Llama's, and of a vision tower beside them
    const auto both = united({{"language_model.", "llama"}, {"vision_tower.", "clip_vision"}});
    const sl::model_config heads{.n_heads = 3};
    const sl::transformer_weights text(both, {.config = heads});
    CHECK(text.scheme == "Llama");
    CHECK(difference_to_canonical(text, "llama") == "");
    const sl::transformer_weights eyes(both, {.config = {.n_heads = 2}, .tower = "vision"});
    CHECK(eyes.scheme == "CLIP vision");
    CHECK(difference_to_canonical(eyes, "clip_vision") == "");
}

TEST_CASE("the config of a tower is read, and no other's in its place") {
    const temporary_directory folder;
    const auto config = [](int text_heads, int vision_heads, const std::string& more = "") {
        return "{\"model_type\": \"clip\", " + more +
               "\"text_config\": {\"num_attention_heads\": " + std::to_string(text_heads) +
               "}, \"vision_config\": {\"num_attention_heads\": " + std::to_string(vision_heads) + "}}";
    };
    SECTION("one tower alone beside a config of both") {
        const auto file = edited_model("clip_vision").written(folder.path(), config(1, 2));
        const sl::transformer_weights w(file); // nobody says a tower: the file has one
        CHECK(w.sizes.n_heads == 2);
        CHECK(difference_to_canonical(w, "clip_vision") == "");
    }
    SECTION("heads of each") {
        const auto file =
            edited_model("clip").written(folder.path(), config(2, 4, "\"num_attention_heads\": 1, "));
        CHECK(sl::transformer_weights(file, {.tower = "text"}).sizes.n_heads == 2);
        CHECK(sl::transformer_weights(file, {.tower = "vision"}).sizes.n_heads == 4);
    }
    SECTION("the caller's word comes first") {
        const auto file = edited_model("clip").written(folder.path(), config(2, 4));
        CHECK(sl::transformer_weights(file, {.config = {.n_heads = 8}, .tower = "vision"}).sizes.n_heads ==
              8);
    }
    SECTION("a tower that is no object") {
        const auto file = edited_model("clip").written(
            folder.path(), R"({"model_type": "clip", "text_config": {}, "vision_config": [8]})");
        const auto found = tower_refusal(file, "vision");
        CHECK(found.code == sl::errc::invalid_config);
        CHECK(found.says("\"vision_config\": expected an object"));
    }
    SECTION("another model's vision") {
        const auto file = edited_model("clip").written(
            folder.path(), R"({"text_config": {"model_type": "clip_text_model", "num_attention_heads": 3},
                               "vision_config": {"model_type": "dinov2", "num_attention_heads": 2}})");
        CHECK(sl::transformer_weights(file, {.tower = "text"}).sizes.n_heads == 3);
        const auto found = tower_refusal(file, "vision");
        CHECK(found.code == sl::errc::unsupported_model);
        CHECK(found.says("\"dinov2\""));
    }
}

TEST_CASE("a scheme of the user's own may have towers, in a file too") {
    using namespace sl::schemes;
    using enum weight_part;
    using enum model_axis;
    static constexpr part_name hears[] = {{W_V, "ear.{layer}.v", {joined(n_heads, d_head), d_model}},
                                          {W_O, "ear.{layer}.o", {d_model, joined(n_heads, d_head)}}};
    static constexpr part_name sees[] = {{W_V, "eye.{layer}.v", {joined(n_heads, d_head), d_model}},
                                         {W_O, "eye.{layer}.o", {d_model, joined(n_heads, d_head)}}};
    std::vector<sl::naming_scheme> own = {{.name = "ears", .parts = hears, .tower = "audio"},
                                          {.name = "eyes", .parts = sees, .tower = "image"}};
    std::vector<sl::named_tensor> tensors;
    for (const char* const name : {"ear.0.v", "ear.0.o", "eye.0.v", "eye.0.o", "eye.1.v", "eye.1.o"})
        tensors.emplace_back(name, sl::tensor(std::vector<float>(16, name[1] == 'a' ? 1.0F : 2.0F), {4, 4}));
    const sl::state_dict file(std::move(tensors), {}, "folder/test.safetensors");
    const sl::transformer_options options{.config = {.n_heads = 2}, .schemes = own};
    check_says(tower_refusal(file, {}, options), {"audio (ears)", "image (eyes)"});
    auto image = options;
    image.tower = "image";
    CHECK(sl::transformer_weights(file, image).sizes.n_layers == 2);

    const auto text = sl::scheme_json(own[1]);
    CHECK(text.find("\"tower\": \"image\"") != std::string::npos);
    const auto again = sl::parse_scheme(text, "scheme.json");
    CHECK(again.scheme().tower == "image");
}

TEST_CASE("one wrong tensor of a tower gives one line that names it") {
    const std::map<std::string, word_list> wrong = {
        {"clip_vision",
         {"vision_model.embeddings.patch_embedding.weight", "vision_model.encoder.layers.1.mlp.fc1.weight",
          "vision_model.embeddings.class_embedding", "vision_model.pre_layrnorm.weight"}},
        {"vit",
         {"vit.embeddings.cls_token", "vit.embeddings.position_embeddings",
          "vit.encoder.layer.1.attention.attention.key.bias", "classifier.weight"}},
        {"timm_vit", {"pos_embed", "blocks.1.attn.qkv.weight", "head.weight", "norm.bias"}},
        {"openai_clip",
         {"ln_final.bias", "positional_embedding", "transformer.resblocks.1.attn.in_proj_bias"}},
        {"whisper",
         {"model.decoder.embed_positions.weight", "model.decoder.layers.1.self_attn.k_proj.weight",
          "model.decoder.layers.0.fc2.weight"}},
        {"modernbert",
         {"model.layers.2.attn.Wqkv.weight", "model.layers.3.mlp.Wi.weight",
          "model.layers.1.attn_norm.weight", "decoder.bias"}},
        {"trajectory_transformer", {"pos_emb", "head.weight", "blocks.1.l1.weight", "tok_emb.weight"}},
        {"min_gpt", {"blocks.0.attn.query.weight", "head.weight", "blocks.1.mlp.2.bias"}},
    };
    for (const auto& [name, tensors] : wrong)
        for (const auto& tensor : tensors) {
            INFO(name << ": " << tensor);
            edited_model model(name);
            REQUIRE(model.has(tensor));
            auto shape = model.shape(tensor);
            (shape.size() == 4 ? shape.front() : shape.back()) += 1; // a patch may have any sides
            model.add(tensor, shape);
            sl::transformer_options options{.config = model.config};
            const auto found = tower_refusal(model.dict(), model.tower, options);
            INFO(found.message);
            CHECK(found.code != sl::errc{});
            CHECK(found.says("\"" + tensor + "\""));
        }
}

TEST_CASE(
    "a first attention without a norm is the architecture's, and a norm that is lost elsewhere is not") {
    edited_model model("modernbert");
    model.erase("model.layers.2.attn_norm.weight");
    const auto found = tower_refusal(model.dict(), {}, {.config = model.config});
    CHECK(found.code == sl::errc::unknown_tensor);
    CHECK(found.says("\"model.layers.2.attn_norm.weight\""));
    const sl::transformer_weights w(open_architecture("modernbert"));
    CHECK(w.blocks[0].attention_reads_stream);
    CHECK_FALSE(w.blocks[1].attention_reads_stream);
    CHECK(w.has_output_head);
    CHECK(w.rotary_conflict == "local_rope_theta 10000 for some layers only");
    CHECK_FALSE(w.rotary);
    edited_model alike("modernbert");
    alike.config.rotary_conflict.clear();
    CHECK(sl::transformer_weights(alike.dict(), {.config = alike.config})
              .rotary_conflict.starts_with("no theta, of which layers that see all"));
    alike.config.rotary_theta = 160000; // all turn alike
    CHECK(sl::transformer_weights(alike.dict(), {.config = alike.config}).rotary->theta == 160000);
}

TEST_CASE("numbers of a patch and predictions of a dimension are called by their places") {
    const sl::transformer_weights w(open_architecture("vit"));
    CHECK(w.embed().size() == 12);
    CHECK(w.embed().axes.label(0, "pixel") == "0,0,0");
    CHECK(w.embed().axes.label(11, "pixel") == "2,1,1");
    CHECK(w.unembed().size() == 4);
    const sl::transformer_weights t(open_architecture("trajectory_transformer"));
    CHECK(t.unembed().axes.label(8, "prediction") == "1,1");
}
