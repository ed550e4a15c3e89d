#include "svdlens/model/naming_scheme.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::errc;

namespace {

failure read_failure(const sl::state_dict& file, const sl::transformer_options& options = {}) {
    try {
        sl::transformer_weights weights(file, options);
    } catch (const sl::error& e) {
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
        return {e.code(), e.what()};
    }
    return {};
}

bool same(const sl::matrix& a, const sl::matrix& b) {
    if (a.rows() != b.rows() || a.columns() != b.columns() || a.rows() == 0) return false;
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            if (a(i, j) != b(i, j)) return false;
    return true;
}

/// A made-up architecture: one fused tensor [d_head, head, which of v, o, q, k, d_model], in two dimensions.
namespace own {
using enum sl::schemes::weight_part;
using enum sl::schemes::model_axis;
using sl::schemes::fused_slice;
using sl::schemes::joined;

constexpr sl::schemes::part_name parts[] = {
    {W_V, "net/{layer}/mix", {joined(d_head, n_heads), joined(fused_slice{0, 4}, d_model)}},
    {W_O, "net/{layer}/mix", {joined(d_head, n_heads), joined(fused_slice{1, 4}, d_model)}},
    {W_Q, "net/{layer}/mix", {joined(d_head, n_heads), joined(fused_slice{2, 4}, d_model)}},
    {W_K, "net/{layer}/mix", {joined(d_head, n_heads), joined(fused_slice{3, 4}, d_model)}},
    {W_in, "net/{layer}/think", {joined(fused_slice{0, 2}, d_mlp), d_model}},
    {W_gate, "net/{layer}/think", {joined(fused_slice{1, 2}, d_mlp), d_model}},
    {b_out, "net/{layer}/shift", {joined(d_model, fused_slice{1, 2})}},
    {W_out, "net/{layer}/act", {d_model, d_mlp}},
};
constexpr sl::naming_scheme scheme = {.name = "net", .parts = parts};
} // namespace own

/// A file in which every tensor whose name ends so is a tensor a head: its first dimension is cut.
struct head_cut {
    std::string_view ending;
    std::size_t heads;
    std::string_view renamed; ///< `{head}` stands in it
};

sl::state_dict with_heads_apart(const sl::state_dict& file, const std::vector<head_cut>& cuts) {
    const auto owner = std::make_shared<sl::state_dict>(file);
    std::vector<sl::named_tensor> all;
    for (const auto& record : file.records()) {
        const auto cut = std::find_if(cuts.begin(), cuts.end(), [&](const head_cut& each) {
            return record.name.ends_with(each.ending);
        });
        const auto bytes = file.bytes(record.name);
        if (cut == cuts.end()) {
            all.emplace_back(record.name, record.type, record.shape, bytes, owner);
            continue;
        }
        auto shape = record.shape;
        if (shape.front() == cut->heads)
            shape.erase(shape.begin()); // (head, ...)
        else
            shape.front() /= cut->heads; // (head · d_head, ...)
        const std::string before = record.name.substr(0, record.name.size() - cut->ending.size());
        const std::size_t size = bytes.size() / cut->heads;
        for (std::size_t h = 0; h < cut->heads; ++h)
            all.emplace_back(before + sl::detail::filled(std::string(cut->renamed), "{head}", h), record.type,
                             shape, bytes.subspan(h * size, size), owner);
    }
    return sl::state_dict(std::move(all), file.metadata(), "folder/test.safetensors");
}

/// TransformerLens' names with a tensor a head.
namespace apart {
using enum sl::schemes::weight_part;
using enum sl::schemes::model_axis;

constexpr sl::schemes::part_name parts[] = {
    {W_E, "embed.W_E", {d_vocab, d_model}},
    {W_pos, "pos_embed.W_pos", {n_ctx, d_model}},
    {W_U, "unembed.W_U", {d_model, d_vocab_out}},
    {b_U, "unembed.b_U", {d_vocab_out}},
    {ln_final_w, "ln_final.w", {d_model}},
    {ln_final_b, "ln_final.b", {d_model}},
    {ln1_w, "blocks.{layer}.ln1.w", {d_model}},
    {ln1_b, "blocks.{layer}.ln1.b", {d_model}},
    {W_Q, "blocks.{layer}.attn.heads.{head}.W_Q", {d_model, d_head}},
    {W_K, "blocks.{layer}.attn.heads.{head}.W_K", {d_model, d_head}},
    {W_V, "blocks.{layer}.attn.heads.{head}.W_V", {d_model, d_head}},
    {W_O, "blocks.{layer}.attn.heads.{head}.W_O", {d_head, d_model}},
    {b_Q, "blocks.{layer}.attn.heads.{head}.b_Q", {d_head}},
    {b_K, "blocks.{layer}.attn.heads.{head}.b_K", {d_head}},
    {b_V, "blocks.{layer}.attn.heads.{head}.b_V", {d_head}},
    {b_O, "blocks.{layer}.attn.b_O", {d_model}},
    {ln2_w, "blocks.{layer}.ln2.w", {d_model}},
    {ln2_b, "blocks.{layer}.ln2.b", {d_model}},
    {W_in, "blocks.{layer}.mlp.W_in", {d_model, d_mlp}},
    {W_gate, "blocks.{layer}.mlp.W_gate", {d_model, d_mlp}},
    {W_out, "blocks.{layer}.mlp.W_out", {d_mlp, d_model}},
    {b_in, "blocks.{layer}.mlp.b_in", {d_mlp}},
    {b_out, "blocks.{layer}.mlp.b_out", {d_model}},
};
constexpr sl::schemes::hint_name hints[] = {
    {"blocks.{layer}.attn.mask", sl::schemes::tensor_hint::buffer},
    {"blocks.{layer}.attn.IGNORE", sl::schemes::tensor_hint::buffer},
    {"blocks.{layer}.attn.rotary_sin", sl::schemes::tensor_hint::rotary},
    {"blocks.{layer}.attn.rotary_cos", sl::schemes::tensor_hint::rotary},
};
constexpr sl::naming_scheme scheme = {.name = "heads apart",
                                      .parts = parts,
                                      .hints = hints,
                                      .architecture = {.gated_bias = sl::schemes::gated_bias::after_product}};

std::vector<head_cut> cuts(std::size_t heads, std::size_t shared) {
    return {
        {".attn.W_Q", heads, ".attn.heads.{head}.W_Q"},   {".attn.W_O", heads, ".attn.heads.{head}.W_O"},
        {".attn.b_Q", heads, ".attn.heads.{head}.b_Q"},   {".attn.W_K", heads, ".attn.heads.{head}.W_K"},
        {".attn.W_V", heads, ".attn.heads.{head}.W_V"},   {".attn.b_K", heads, ".attn.heads.{head}.b_K"},
        {".attn.b_V", heads, ".attn.heads.{head}.b_V"},   {".attn._W_K", shared, ".attn.heads.{head}.W_K"},
        {".attn._W_V", shared, ".attn.heads.{head}.W_V"}, {".attn._b_K", shared, ".attn.heads.{head}.b_K"},
        {".attn._b_V", shared, ".attn.heads.{head}.b_V"}};
}
} // namespace apart

/// The heads of both kinds of a model that make_architectures.py wrote.
std::pair<std::size_t, std::size_t> heads_of(const std::string& architecture) {
    const auto file = sl::open_safetensors(architecture_folder() / architecture / "canonical.safetensors");
    const auto told = file.metadata();
    return {std::stoul(told.at("n_heads")), std::stoul(told.at("n_key_value_heads"))};
}

} // namespace

TEST_CASE("a tensor a head gives what one tensor of all heads gives, with fewer key/value heads too") {
    for (const std::string name : {"transformer_lens", "transformer_lens_grouped"}) {
        INFO(name);
        const auto [heads, shared] = heads_of(name);
        const auto file = with_heads_apart(open_architecture(name), apart::cuts(heads, shared));
        const auto config = sl::read_model_config(open_architecture(name));
        auto without = config; // names tell how many heads there are
        without.n_heads = without.n_key_value_heads = without.d_head = {};
        for (const auto& given : {config, without}) {
            const sl::transformer_weights w(file, {.config = given, .schemes = {&apart::scheme, 1}});
            CHECK(w.scheme == "heads apart");
            CHECK(w.sizes.n_heads == heads);
            CHECK(w.sizes.n_key_value_heads == shared);
            CHECK(difference_to_canonical(w, name) == "");
            const auto& first = w.blocks[1].attention.W_Q[1];
            CHECK(reinterpret_cast<const std::byte*>(first.data()) ==
                  file.bytes("blocks.1.attn.heads.1.W_Q").data()); // a view
        }
    }
}

TEST_CASE("a tensor a head may stand beside one of all heads, transposed, and in BF16") {
    const auto [heads, shared] = heads_of("mistral_bf16");
    const auto file = with_heads_apart(open_architecture("mistral_bf16"),
                                       {{"q_proj.weight", heads, "q_proj.{head}.weight"},
                                        {"k_proj.weight", shared, "k_proj.{head}.weight"},
                                        {"v_proj.weight", shared, "v_proj.{head}.weight"}});
    auto scheme = sl::detail::llama_scheme;
    std::vector<sl::schemes::part_name> parts(scheme.parts.begin(), scheme.parts.end());
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    for (auto& each : parts) {
        if (each.part == W_Q)
            each = {W_Q, "layers.{layer}.self_attn.q_proj.{head}.weight", {d_head, d_model}};
        if (each.part == W_K)
            each = {W_K, "layers.{layer}.self_attn.k_proj.{head}.weight", {d_head, d_model}};
        if (each.part == W_V)
            each = {W_V, "layers.{layer}.self_attn.v_proj.{head}.weight", {d_head, d_model}};
    }
    scheme.parts = parts;
    scheme.markers = {};
    const auto config = sl::read_model_config(open_architecture("mistral_bf16"));
    const sl::transformer_weights w(file, {.config = config, .schemes = {&scheme, 1}});
    CHECK(w.sizes.n_key_value_heads == shared);
    CHECK(w.blocks[0].attention.W_Q[1].is_deferred());
    CHECK(difference_to_canonical(w, "mistral_bf16") == "");
}

TEST_CASE("heads that names leave out, or of which layers or a config count others, are errors that say so") {
    const auto [heads, shared] = heads_of("transformer_lens");
    const auto file = with_heads_apart(open_architecture("transformer_lens"), apart::cuts(heads, shared));
    const auto without = [&](std::string_view dropped) {
        std::vector<sl::named_tensor> all;
        for (const auto& record : file.records())
            if (record.name != dropped)
                all.emplace_back(record.name, record.type, record.shape, file.bytes(record.name), nullptr);
        return sl::state_dict(std::move(all), {}, "folder/test.safetensors");
    };
    const auto fails = [&](const sl::state_dict& of, const sl::model_config& config = {}) {
        return read_failure(of, {.config = config, .schemes = {&apart::scheme, 1}});
    };
    const auto last = std::to_string(heads - 1);
    const auto gap = fails(without("blocks.1.attn.heads.0.W_V"));
    CHECK(gap.code == errc::unknown_tensor);
    CHECK(gap.says("no tensor \"blocks.1.attn.heads.0.W_V\""));
    const auto fewer = fails(without("blocks.1.attn.heads." + last + ".W_O"));
    CHECK(fewer.code == errc::wrong_shape);
    CHECK(fewer.says("tensors \"blocks.1.attn.heads.{head}.W_O\": expected n_heads = " +
                     std::to_string(heads)));
    CHECK(fewer.says("the number of tensors \"blocks.0.attn.heads.{head}.W_O\""));
    const auto bias = fails(without("blocks.0.attn.heads." + last + ".b_V"));
    CHECK(bias.code == errc::wrong_shape);
    CHECK(bias.says("blocks.0.attn.heads.{head}.b_V"));
    const auto told = fails(file, {.n_heads = heads + 1});
    CHECK(told.code == errc::invalid_config);
    CHECK(told.says("the caller's config has n_heads = " + std::to_string(heads + 1)));
    edited_model odd("transformer_lens");
    odd.add("blocks.0.attn.b_V", {heads, 1});
    CHECK(fails(with_heads_apart(odd.dict(), apart::cuts(heads, shared))).code == errc::wrong_shape);
}

TEST_CASE("only parts of heads may be a tensor a head") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    const std::array parts = {sl::schemes::part_name{W_in, "a.{layer}.{head}.in", {d_model, d_mlp}}};
    const sl::naming_scheme scheme = {.name = "a", .parts = parts};
    const sl::state_dict file({{"a.0.0.in", sl::tensor(std::vector<float>(12), {4, 3})}});
    const auto found = read_failure(file, {.schemes = {&scheme, 1}});
    CHECK(found.code == errc::invalid_argument);
    CHECK(found.says("the pattern \"a.{layer}.{head}.in\" of W_in has {head}"));
}

TEST_CASE("a dimension may be slices alone") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using sl::schemes::fused_slice;
    using sl::schemes::joined;
    std::vector<float> values(2 * 3 * 6 * 5);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k);
    const sl::state_dict file({{"a.0", sl::tensor(values, {2, 30, 3})}});
    const auto slice = [](std::uint32_t k) { return joined(fused_slice{k, 2}, none); };
    const std::array parts = {
        sl::schemes::part_name{W_V, "a.{layer}", {slice(1), joined(n_heads, d_model), d_head}},
        sl::schemes::part_name{W_O, "a.{layer}", {slice(0), joined(n_heads, d_model), d_head}}};
    const sl::naming_scheme scheme = {.name = "a", .parts = parts};
    const sl::transformer_weights w(file, {.config = {.n_heads = 6}, .schemes = {&scheme, 1}});
    CHECK(w.sizes.d_model == 5);
    CHECK(w.blocks[0].attention.W_V[2](4, 1) == 90.0F + (2 * 5 + 4) * 3 + 1);
    CHECK(w.blocks[0].attention.W_O[2](1, 4) == (2 * 5 + 4) * 3 + 1);
}

TEST_CASE("numbers of the caller's take the place of a config") {
    const edited_model llama("llama");
    const auto file = llama.dict();
    const sl::transformer_weights expected(open_architecture("llama"));
    SECTION("heads") {
        const sl::transformer_weights w(file, {.config = {.n_heads = 3}});
        CHECK(w.sizes.n_heads == 3);
        CHECK(w.sizes.n_key_value_heads == 1);
        CHECK(w.sizes.d_head == 2);
        CHECK(same(w.blocks[1].attention.W_O[2], expected.blocks[1].attention.W_O[2]));
        CHECK(w.has_rotary);
        CHECK_FALSE(w.rotary);
        CHECK(w.notes == std::vector<std::string>{
                             "taken as Llama: no config says that it is Gemma or Granite or SmolLM 3"});
    }
    SECTION("width of a head") {
        const sl::transformer_weights w(file, {.config = {.d_head = 2, .model_type = "llama"}});
        CHECK(w.sizes.n_heads == 3);
        CHECK(w.notes.empty());
    }
    SECTION("before those of the file") {
        const sl::transformer_weights w(open_architecture("llama"), {.config = {.rotary_theta = 7.0}});
        CHECK(w.rotary->theta == 7.0);
        CHECK(w.sizes.n_heads == 3);
    }
    SECTION("none: an error that says what is needed and how to give it") {
        const auto found = read_failure(file);
        CHECK(found.code == errc::invalid_config);
        CHECK(
            found.says("folder/test.safetensors: tensor \"model.layers.0.self_attn.o_proj.weight\" of shape "
                       "[6, 6] is [d_model = 6, n_heads x d_head]"));
        CHECK(found.says("config.json beside the file"));
        CHECK(found.says("transformer_weights(file, {.config = {.n_heads = ...}})"));
    }
}

TEST_CASE("a Gemma is a Llama until somebody says so") {
    const edited_model gemma("gemma");
    const sl::transformer_weights as_llama(gemma.dict(), {.config = {.n_heads = 2}});
    CHECK(as_llama.scheme == "Llama");
    const sl::transformer_weights w(gemma.dict(), {.config = {.n_heads = 2, .model_type = "gemma"}});
    CHECK(w.scheme == "Gemma");
    CHECK(w.ln_final->w[0] == as_llama.ln_final->w[0] + 1);
    CHECK_FALSE(as_llama.has_unembed());
    CHECK(w.has_unembed());
}

TEST_CASE("a config of another model type is refused, and taken when the caller says so") {
    edited_model llama("llama");
    auto config = llama.config;
    config.model_type = "minicpm";
    const auto found = read_failure(llama.dict(), {.config = config});
    CHECK(found.code == errc::unsupported_model);
    CHECK(found.says("named as by Llama, but the config has model_type \"minicpm\", expected one of llama"));
    CHECK(found.says("{.config = {.model_type = ...}}"));
}

TEST_CASE("contradictions between config and tensors name both") {
    const auto expect = [](const edited_model& model, const sl::model_config& config, errc code,
                           const std::vector<std::string>& texts) {
        const auto found = read_failure(model.dict(), {.config = config});
        CHECK(found.code == code);
        for (const auto& text : texts) CHECK(found.says(text));
    };
    const edited_model llama("llama");
    auto config = llama.config;
    SECTION("heads that do not divide") {
        config.n_heads = 4;
        expect(llama, config, errc::invalid_config,
               {"tensor \"model.layers.0.self_attn.o_proj.weight\": expected shape [d_model = 6, n_heads = 4 "
                "x d_head], found [6, 6]; the caller's config has n_heads = 4"});
    }
    SECTION("heads and width of a head") {
        config.d_head = 3;
        expect(llama, config, errc::invalid_config, {"n_heads = 3 x d_head = 3", "found [6, 6]"});
    }
    SECTION("key/value heads") {
        config.n_key_value_heads = 3;
        expect(llama, config, errc::invalid_config,
               {"v_proj.weight", "n_key_value_heads = 3 x d_head = 2", "found [2, 6]"});
    }
    SECTION("layers, width, vocabulary") {
        config.n_layers = 3;
        expect(llama, config, errc::invalid_config, {"n_layers = 3", "of 2 layers"});
        config = llama.config;
        config.d_mlp = 6;
        expect(llama, config, errc::invalid_config, {"up_proj.weight", "d_mlp = 6", "found [5, 6]"});
        config = llama.config;
        config.d_vocab = 8;
        expect(llama, config, errc::invalid_config, {"embed_tokens.weight", "d_vocab = 8", "found [7, 6]"});
    }
    SECTION("no heads, too many") {
        config.n_heads = 0;
        expect(llama, config, errc::invalid_config, {"n_heads = 0"});
        config.n_heads = 0xffffffffffffffffU;
        config.d_head = 2;
        expect(llama, config, errc::invalid_config, {"n_heads = 18446744073709551615"});
    }
    SECTION("tensors among themselves") {
        edited_model odd("llama");
        odd.add("model.layers.1.self_attn.q_proj.weight", {8, 6});
        expect(odd, odd.config, errc::invalid_config, {"layers.1.self_attn.q_proj", "found [8, 6]"});
        edited_model fused("gpt_neox");
        fused.add("gpt_neox.layers.1.attention.query_key_value.weight", {35, 12});
        expect(fused, {.n_heads = 3}, errc::invalid_config, {"n_heads = 3 x 3 x d_head = 4", "[35, 12]"});
        edited_model norms("llama");
        norms.add("model.norm.weight", {5});
        expect(norms, norms.config, errc::wrong_shape, {"model.norm.weight", "[d_model = 6], found [5]"});
    }
}

TEST_CASE("the config.json beside a file is named where it contradicts") {
    const temporary_directory place;
    for (const char* const name : {"model.safetensors", "config.json"})
        std::filesystem::copy(architecture_folder() / "llama" / name, place / name);
    CHECK(sl::transformer_weights(sl::open_safetensors(place / "model.safetensors")).sizes.n_heads == 3);
    write_file(place / "config.json", R"({"model_type": "llama", "num_attention_heads": 5})");
    const auto found = read_failure(sl::open_safetensors(place / "model.safetensors"));
    CHECK(found.code == errc::invalid_config);
    CHECK(found.says("config.json has n_heads = 5"));
    write_file(place / "config.json", "no JSON");
    CHECK(read_failure(sl::open_safetensors(place / "model.safetensors"))
              .says("config.json: the text is not valid JSON at byte 2 of it, near \"no\""));
}

TEST_CASE("a scheme of the caller's own is a table") {
    std::vector<float> mix(2 * 3 * 4 * 5), think(2 * 7 * 5), act(5 * 7), shift(5 * 2);
    float next = 0;
    for (auto* const all : {&mix, &think, &act, &shift})
        for (auto& each : *all) each = next++;
    const sl::state_dict file({{"net/0/mix", sl::tensor(mix, {2 * 3, 4 * 5})},
                               {"net/0/think", sl::tensor(think, {2 * 7, 5})},
                               {"net/0/act", sl::tensor(act, {5, 7})},
                               {"net/0/shift", sl::tensor(shift, {5 * 2})}});
    CHECK(read_failure(file).code == errc::unknown_scheme);
    const sl::transformer_weights w(file,
                                    {.config = {.n_heads = 3, .d_model = 5, .norm = sl::normalization::none},
                                     .schemes = {&own::scheme, 1}});
    CHECK(w.scheme == "net");
    CHECK(w.sizes.d_head == 2);
    CHECK(w.sizes.d_mlp == 7);
    CHECK(w.is_gated());
    const auto element = [&](std::size_t i, std::size_t h, std::size_t which, std::size_t m) {
        return mix[((i * 3 + h) * 4 + which) * 5 + m];
    };
    for (std::size_t h = 0; h < 3; ++h)
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t m = 0; m < 5; ++m) {
                const auto& a = w.blocks[0].attention;
                CHECK(a.W_V[h](m, i) == element(i, h, 0, m));
                CHECK(a.W_O[h](i, m) == element(i, h, 1, m));
                CHECK(a.W_Q[h](m, i) == element(i, h, 2, m));
                CHECK(a.W_K[h](m, i) == element(i, h, 3, m));
            }
    const auto& mlp = *w.blocks[0].mlp;
    for (std::size_t n = 0; n < 7; ++n)
        for (std::size_t m = 0; m < 5; ++m) {
            CHECK(mlp.W_in(m, n) == think[n * 5 + m]);
            CHECK(mlp.W_gate(m, n) == think[(7 + n) * 5 + m]);
            CHECK(mlp.W_out(n, m) == act[m * 7 + n]);
            CHECK(mlp.b_out[m] == shift[m * 2 + 1]);
        }
}

TEST_CASE("any tensor of a caller's scheme tells sizes, whatever order tensors are read in") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using sl::schemes::joined;
    const auto tensor = [](std::vector<std::uint64_t> shape) {
        std::uint64_t size = 1;
        for (const auto extent : shape) size *= extent;
        std::vector<float> values(size);
        for (std::size_t k = 0; k < size; ++k) values[k] = static_cast<float>(k);
        return sl::tensor(std::move(values), std::move(shape));
    };
    const auto read = [&](const std::vector<sl::schemes::part_name>& parts, const sl::state_dict& file) {
        const sl::naming_scheme scheme = {.name = "a", .parts = parts};
        return sl::transformer_weights(file, {.schemes = {&scheme, 1}});
    };
    const sl::schemes::stored_axes fused = {joined(n_heads, d_head), d_model};
    const sl::state_dict file({{"q/0", tensor({3, 5, 2})},
                               {"k/0", tensor({3, 5, 2})},
                               {"v/0", tensor({6, 5})},
                               {"o/0", tensor({6, 5})}});
    const auto by_queries = read({{W_O, "o/{layer}", fused},
                                  {W_V, "v/{layer}", fused},
                                  {W_Q, "q/{layer}", {n_heads, d_model, d_head}},
                                  {W_K, "k/{layer}", {n_heads, d_model, d_head}}},
                                 file);
    CHECK(by_queries.sizes.n_heads == 3);
    CHECK(by_queries.sizes.d_head == 2);
    CHECK(by_queries.blocks[0].attention.W_O[2](1, 4) == 29.0F);
    const sl::state_dict biased(
        {{"v/0", tensor({6, 5})}, {"o/0", tensor({6, 5})}, {"bias/0", tensor({3, 2})}});
    const auto by_bias =
        read({{W_O, "o/{layer}", fused}, {W_V, "v/{layer}", fused}, {b_V, "bias/{layer}", {n_heads, d_head}}},
             biased);
    CHECK(by_bias.sizes.n_heads == 3);
    CHECK(by_bias.blocks[0].attention.W_V[1](4, 1) == 19.0F);
}

TEST_CASE("a table whose axes make no matrix is the caller's error") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    const sl::state_dict file({{"a/0", sl::tensor(std::vector<float>(12), {2, 2, 3})}});
    const auto read = [&](const sl::schemes::stored_axes& axes) {
        const std::array parts = {sl::schemes::part_name{W_O, "a/{layer}", axes}};
        const sl::naming_scheme scheme = {.name = "a", .parts = parts};
        return read_failure(file, {.schemes = {&scheme, 1}});
    };
    CHECK(read({n_heads, d_head, d_mlp}).code == errc::invalid_argument);
    CHECK(read({d_vocab, d_head, d_model}).code == errc::invalid_argument);
    CHECK(read({n_heads, sl::schemes::joined(n_key_value_heads, d_head), d_model}).code ==
          errc::invalid_config);
    CHECK(read({n_heads, d_model, d_model}).code == errc::wrong_shape);
    CHECK(read({n_heads, n_key_value_heads, d_model}).message.find("naming scheme \"a\"") == 0);
    CHECK(read({n_heads, d_head}).code == errc::wrong_shape);
    const auto lacking = read({n_heads, d_head, d_model});
    CHECK(lacking.code == errc::invalid_argument);
    CHECK(lacking.says("naming scheme \"a\": no row names W_V"));
}

TEST_CASE("an unknown scheme says what was found and how to describe it") {
    edited_model model("llama");
    model.rename([](const std::string& name) {
        const auto at = name.find("layers.");
        return at == std::string::npos ? "odd-" + name
                                       : "odd." + name.substr(0, at) + "blocks" + name.substr(at + 6);
    });
    auto config = model.config;
    config.model_type = "odd";
    const auto found = read_failure(model.dict(), {.config = config});
    CHECK(found.code == errc::unknown_scheme);
    CHECK(found.says("\"odd.model.blocks.{layer}.mlp.down_proj.weight\" [6, 5] (2 tensors)"));
    INFO(found.message);
    CHECK(found.says("\"odd-lm_head.weight\" [7, 6]"));
    CHECK(found.says("has model_type \"odd\""));
    CHECK(
        found.says("; nearest known scheme: Llama, of whose names 11 end as names here do, but W_O would be "
                   "\"layers.{layer}.self_attn.o_proj.weight\""));
    CHECK(found.says("{.schemes = ...}"));
    CHECK(found.says("--suggest-scheme"));
    const auto own = read_failure(model.dict(), {.schemes = {&own::scheme, 1}});
    CHECK(own.says("known schemes: net, "));
    edited_model lacking("llama");
    lacking.rename([](const std::string& name) {
        const auto at = name.find(".o_proj");
        return at == std::string::npos ? "student." + name
                                       : "student." + name.substr(0, at) + ".out_proj.weight";
    });
    CHECK(read_failure(lacking.dict())
              .says("end as names here do, but there is no \"layers.{layer}.self_attn.o_proj.weight\""));
}

TEST_CASE("an unknown scheme's message is short, however large the file") {
    std::vector<sl::named_tensor> all;
    const float value = 1;
    for (int k = 0; k < 20'000; ++k)
        all.emplace_back(
            "part" + std::to_string(k % 3000) + std::string(300, 'x') + "." + std::to_string(k) + ".w",
            sl::dtype::f32, std::vector<std::uint64_t>{1}, std::as_bytes(std::span(&value, 1)), nullptr);
    all.emplace_back("long", sl::dtype::f32, std::vector<std::uint64_t>(1000, 1),
                     std::as_bytes(std::span(&value, 1)), nullptr);
    const auto found = read_failure(sl::state_dict(std::move(all), {}, "large"));
    CHECK(found.code == errc::unknown_scheme);
    CHECK(found.says("its 20001 tensors"));
    CHECK(found.says(" and 2987 more patterns"));
    CHECK(found.message.size() < 4000);
}

TEST_CASE("an unknown scheme says what its tensors tell of the weights") {
    const auto reading = [](const std::vector<std::string>& names) {
        std::vector<sl::named_tensor> all;
        for (const auto& name : names) all.emplace_back(name, sl::tensor({1.0F}, {1}));
        return read_failure(sl::state_dict(std::move(all), {}, "file"));
    };
    const auto adapter =
        reading({"base_model.model.x.0.q.lora_A.weight", "base_model.model.x.0.q.lora_B.weight"});
    CHECK(adapter.says("this is an adapter and no model"));
    const auto beside = reading({"x.0.q.lora_A.weight", "x.0.q.weight"});
    CHECK(beside.says("tells of an adapter that changes the weights beside it"));
    CHECK_FALSE(beside.says("no model"));
    CHECK(reading({"x.0.q.qweight", "x.0.q.scales"})
              .says("tells of quantised weights, by GPTQ or AWQ: dequantise"));
    CHECK(reading({"x.0.q.weight", "x.0.q.weight.absmax"}).says("by bitsandbytes, to 4 bits"));
    CHECK(reading({"x.0.q.weight", "x.0.q.weight_scale"}).says("tells of quantised weights: dequantise"));
}

TEST_CASE("in a scheme of the caller's own too a tensor in its blocks is read, listed or the end of it") {
    std::vector<float> mix(2 * 3 * 4 * 5);
    const sl::state_dict file({{"net/0/mix", sl::tensor(mix, {2 * 3, 4 * 5})},
                               {"net/0/step", sl::tensor(std::vector<float>(4), {2, 2})},
                               {"other/0/step", sl::tensor(std::vector<float>(4), {2, 2})}});
    const sl::model_config config = {.n_heads = 3, .d_model = 5, .norm = sl::normalization::none};
    const auto found = read_failure(file, {.config = config, .schemes = {&own::scheme, 1}});
    CHECK(found.code == errc::unsupported_model);
    CHECK(found.says("nothing reads \"net/0/step\" F32 [2, 2] among the tensors named as by net"));
    static constexpr sl::schemes::hint_name hints[] = {
        {"net/{layer}/step", sl::schemes::tensor_hint::buffer}};
    auto listed = own::scheme;
    listed.hints = hints;
    const sl::transformer_weights w(file, {.config = config, .schemes = {&listed, 1}});
    CHECK(w.unread == std::vector<std::string>{"other/0/step"});
}
