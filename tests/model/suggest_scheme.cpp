#include "svdlens/model/suggest_scheme.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "svdlens/model/known_schemes.hpp"
#include "svdlens/model/scheme_file.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using renaming = std::string (*)(const std::string&);

/// What replaces a word of a name by another.
std::string replaced(std::string name, std::string_view word, std::string_view by) {
    for (auto at = name.find(word); at != std::string::npos; at = name.find(word, at + by.size()))
        name.replace(at, word.size(), by);
    return name;
}

std::string with_slashes(const std::string& name) { return "net/" + replaced(name, ".", "/"); }

/// Other words for modules and matrices, and slashes.
std::string with_other_words(const std::string& name) {
    auto changed = replaced(replaced(name, "self_attn", "attention"), "mlp", "ffn");
    return with_slashes(replaced(replaced(changed, "_proj", "_lin"), ".weight", ".kernel"));
}

/// `selfAttn` for `self_attn`.
std::string with_capitals(const std::string& name) {
    std::string changed;
    bool capital = false;
    for (const char c : with_slashes(name)) {
        const bool small = c >= 'a' && c <= 'z';
        if (c != '_') changed += capital && small ? static_cast<char>(c - 'a' + 'A') : c;
        capital = c == '_';
    }
    return changed;
}

/// The same words, other components: `model.layers.0.self_attn.q_proj.weight` is `my.blk_0.att.q_proj.weight`.
std::string with_other_components(const std::string& name) {
    auto changed = name;
    for (const auto* const stack :
         {"model.layers.", "gpt_neox.layers.", "transformer.h.", "transformer.blocks.", "bert.encoder.layer.",
          "roberta.encoder.layer.", "encoder.layer.", "encoder.h.", "distilbert.transformer.layer.",
          "transformer.layer.", "language_model.model.layers.", "model.decoder.layers.", "decoder.layers.",
          "_orig_mod.transformer.h.", "_orig_mod.layers.", "layers.", "blocks.", "h."})
        if (changed.starts_with(stack)) return "my.blk_" + changed.substr(std::string_view(stack).size());
    for (const auto* const stack :
         {"text_model.encoder.layers.", "vit.encoder.layer.", "transformer.resblocks."})
        if (changed.starts_with(stack)) return "my.blk_" + changed.substr(std::string_view(stack).size());
    for (const auto* const stack : // another tower
         {"vision_model.encoder.layers.", "visual.transformer.resblocks.", "model.encoder.layers."})
        if (changed.starts_with(stack)) return "my.eye_" + changed.substr(std::string_view(stack).size());
    return "my." + changed;
}

/// How far a suggestion for a renamed architecture goes: read to the same bits, read otherwise, or refused.
struct outcome {
    std::string difference; ///< the part that is another; empty where all are the same
    bool untied = false;    ///< read without the unembedding, which no config says is W_E
    failure refusal;
    sl::scheme_suggestion made;
};

outcome outcome_of(const std::string& architecture, renaming rename) {
    edited_model model(architecture);
    model.rename(rename);
    const auto file = model.dict();
    outcome result;
    result.made = sl::suggest_scheme(file, model.config, model.tower);
    const auto own = sl::parse_scheme(result.made.json, "scheme.json");
    auto config = model.config;
    config.model_type = {};
    try {
        const sl::transformer_weights w(file, {.config = config, .schemes = {&own.scheme(), 1}});
        CHECK(w.scheme == own.scheme().name);
        result.untied = w.W_U.rows() == 0 && !config.tied_embeddings;
        const bool projects = architecture == "clip_text" && w.extras.empty(); // beside the tower
        result.difference = difference_to_canonical(w, architecture,
                                                    projects        ? "extra.text_projection.weight"
                                                    : result.untied ? "W_U"
                                                                    : "");
    } catch (const sl::error& e) {
        result.refusal = {e.code(), e.what()};
    }
    return result;
}

} // namespace

namespace {

/// A stored axis as far as two tables may differ in it: key/value heads that are as many as the others, and
/// positions that the config counts with the rows before them (RoBERTa), which the suggestion says it takes for
/// positions.
sl::schemes::model_axis same_axis(sl::schemes::model_axis axis, bool grouped) {
    using enum sl::schemes::model_axis;
    if (axis == n_key_value_heads && !grouped) return n_heads;
    if (axis == n_positions) return n_ctx;
    return axis == d_vocab_out ? d_vocab : axis;
}

/// Whether what is read of a stack is read of one here, too; of a whole dimension, but for n_positions.
bool same_stack(const sl::schemes::axis_factor& a, const sl::schemes::axis_factor& b) {
    if (a.axis == sl::schemes::model_axis::n_positions) return true;
    return a.is_stacked() == b.is_stacked() && a.index == b.index;
}

bool same_axes(const sl::schemes::stored_axes& a, const sl::schemes::stored_axes& b, bool grouped) {
    for (std::size_t k = 0; k < a.size(); ++k)
        for (std::size_t i = 0; i < a[k].factors.size(); ++i) {
            const auto &x = a[k].factors[i], &y = b[k].factors[i];
            if (!same_stack(x, y) || same_axis(x.axis, grouped) != same_axis(y.axis, grouped) ||
                x.slice.index != y.slice.index || x.slice.count != y.slice.count)
                return false;
        }
    return true;
}

/// Whether the known scheme has a suggested row: for the first tensor that the row names, the same part, stored the same way.
bool is_right(const sl::schemes::part_name& row, const sl::scheme_match& known, const edited_model& original,
              renaming rename, bool grouped) {
    for (const auto& name : original.names()) {
        if (!sl::detail::numbers_of(rename(name), "", row.pattern)) continue;
        const auto seen = sl::detail::seen_name(name, sl::detail::dropped_components(*known.scheme));
        for (const auto& right : known.scheme->parts) {
            const bool is_name =
                sl::detail::any_behind(right, known.prefix, seen, [&](std::string_view rest) {
                    return sl::detail::names_tensor(right, "", rest);
                });
            if (right.part == row.part && is_name) return same_axes(right.axes, row.axes, grouped);
        }
        return false;
    }
    return false;
}

/// Whether what is suggested of a file with several towers is right for one of them, and mixes none.
bool is_of_one_tower(const sl::naming_scheme& suggested, const edited_model& original, renaming rename) {
    const auto towers = sl::find_scheme(original.dict().records(), original.config.model_type).rivals;
    CHECK(towers.size() > 1);
    return std::any_of(towers.begin(), towers.end(), [&](const sl::scheme_match& tower) {
        return std::all_of(suggested.parts.begin(), suggested.parts.end(),
                           [&](const auto& row) { return is_right(row, tower, original, rename, false); });
    });
}

} // namespace

TEST_CASE("what a suggestion places is right for every architecture under other names, and nothing is read "
          "wrongly") {
    std::size_t placed = 0, models = 0;
    for (const renaming rename : {&with_slashes, &with_other_components, &with_other_words, &with_capitals})
        for (const auto& entry : std::filesystem::directory_iterator(architecture_folder())) {
            const auto name = entry.path().filename().string();
            INFO(name);
            const edited_model original(name);
            const auto known = sl::find_scheme(original.dict().records(), original.config.model_type,
                                               sl::known_schemes, {}, original.tower);
            REQUIRE(known.match);
            const auto found = outcome_of(name, rename);
            const auto own = sl::parse_scheme(found.made.json, "scheme.json");
            if (found.made.known.empty()) CHECK(own.scheme().name == "suggested");
            const bool grouped =
                original.config.n_key_value_heads.value_or(0) != original.config.n_heads.value_or(0);
            placed += own.scheme().parts.size();
            CHECK(found.made.parts == own.scheme().parts.size());
            if (original.tower && found.made.known.empty()) { // of one tower, whichever it is
                CHECK(is_of_one_tower(own.scheme(), original, rename));
                ++models;
                continue;
            }
            for (const auto& row : own.scheme().parts) {
                INFO(row.pattern << " as " << sl::detail::part_label(row.part));
                CHECK(is_right(row, *known.match, original, rename, grouped));
            }
            CHECK(found.difference == "");
            if (found.untied) CHECK(found.made.json.find("no unembedding is placed") != std::string::npos);
            ++models;
        }
    CHECK(models >= 312);
    CHECK(placed > 2500);
}

namespace {

using tensor_shapes = std::map<std::string, std::vector<std::uint64_t>>;

/// A file of these tensors, whose numbers are all different.
sl::state_dict file_of(const tensor_shapes& shapes, const sl::metadata_map& metadata = {}) {
    std::vector<sl::named_tensor> all;
    float next = 0;
    for (const auto& [name, shape] : shapes) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        std::vector<float> values(size);
        for (auto& each : values) each = ++next;
        all.emplace_back(name, sl::tensor(std::move(values), shape));
    }
    return sl::state_dict(std::move(all), metadata, "folder/test.safetensors");
}

/// Two layers of a model with plain names, (out, in), d_model 6, square attention.
tensor_shapes plain_shapes() {
    tensor_shapes shapes = {{"tok_emb.weight", {9, 6}},
                            {"pos_emb.weight", {4, 6}},
                            {"final_norm.weight", {6}},
                            {"final_norm.bias", {6}}};
    for (const std::string at : {"enc.blk.0.", "enc.blk.1."}) {
        for (const std::string name : {"query", "key", "value", "out"})
            shapes[at + "att." + name + ".weight"] = {6, 6};
        shapes[at + "ffn.up.weight"] = {10, 6};
        shapes[at + "ffn.down.weight"] = {6, 10};
        shapes[at + "norm1.weight"] = shapes[at + "norm2.weight"] = {6};
        shapes[at + "norm1.bias"] = shapes[at + "norm2.bias"] = {6};
    }
    return shapes;
}

/// The row of a part; null where none is placed.
const sl::schemes::part_name* row_of(const sl::scheme_file& own, sl::schemes::weight_part part) {
    const auto& parts = own.scheme().parts;
    const auto at =
        std::find_if(parts.begin(), parts.end(), [&](const auto& row) { return row.part == part; });
    return at == parts.end() ? nullptr : &*at;
}

bool is_open(const sl::scheme_suggestion& made, const std::string& pattern, const std::string& why) {
    return std::any_of(made.open.begin(), made.open.end(), [&](const std::string& each) {
        return each.starts_with(pattern + " ") && each.find(why) != std::string::npos;
    });
}

} // namespace

TEST_CASE("a plainly named model is read by its suggestion as it is") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    const auto file = file_of(plain_shapes());
    const auto made = sl::suggest_scheme(file);
    CHECK(made.known.empty());
    CHECK(made.open == std::vector<std::string>{});
    const auto own = sl::parse_scheme(made.json, "scheme.json");
    const sl::transformer_weights w(file, {.config = {.n_heads = 3}, .schemes = {&own.scheme(), 1}});
    CHECK(w.sizes.n_layers == 2);
    CHECK(w.sizes.d_head == 2);
    CHECK(w.sizes.d_mlp == 10);
    const auto query = file.tensor("enc.blk.1.att.query.weight"),
               out = file.tensor("enc.blk.1.att.out.weight");
    const auto& a = w.blocks[1].attention;
    for (std::size_t h = 0; h < 3; ++h)
        for (std::size_t i = 0; i < 6; ++i)
            for (std::size_t k = 0; k < 2; ++k) {
                CHECK(a.W_Q[h](i, k) == query.data()[(h * 2 + k) * 6 + i]);
                CHECK(a.W_O[h](k, i) == out.data()[i * 6 + h * 2 + k]);
            }
    CHECK(w.blocks[0].mlp->W_in(5, 9) == file.tensor("enc.blk.0.ffn.up.weight").data()[9 * 6 + 5]);
    CHECK(w.ln_final->w[0] == file.tensor("final_norm.weight").data()[0]);
}

TEST_CASE("square matrices that nothing tells the order of, or of which others tell two, are left open") {
    using enum sl::schemes::weight_part;
    auto shapes = plain_shapes();
    for (const std::string at : {"enc.blk.0.", "enc.blk.1."})
        shapes[at + "ffn.up.weight"] = shapes[at + "ffn.down.weight"] = {6, 6};
    const auto made = sl::suggest_scheme(file_of(shapes));
    const auto own = sl::parse_scheme(made.json, "scheme.json");
    CHECK(is_open(made, "enc.blk.{layer}.att.query.weight", "it is square"));
    CHECK(row_of(own, W_Q) == nullptr);
    CHECK(row_of(own, W_in) == nullptr);
    CHECK(made.json.find("nothing can be read before W_V and W_O are placed") != std::string::npos);
    auto torn = plain_shapes();
    torn["enc.blk.0.ffn.up.weight"] = torn["enc.blk.1.ffn.up.weight"] = {6, 10}; // in, out; `down` is out, in
    CHECK(is_open(sl::suggest_scheme(file_of(torn)), "enc.blk.{layer}.att.value.weight", "it is square"));
    // A name that says W_out of a matrix that is stored as W_in is would exchange the two.
    auto swapped = plain_shapes();
    for (const std::string at : {"enc.blk.0.", "enc.blk.1."}) {
        swapped[at + "att.query.weight"] = {4, 6};
        swapped[at + "ffn.up.weight"] = {6, 10};
        swapped[at + "ffn.down.weight"] = {10, 6};
    }
    const auto exchanged = sl::suggest_scheme(file_of(swapped));
    CHECK(is_open(exchanged, "enc.blk.{layer}.ffn.up.weight", "stored the other way round"));
    CHECK(is_open(exchanged, "enc.blk.{layer}.ffn.down.weight", "stored the other way round"));
    tensor_shapes kernels;
    for (const auto& [name, shape] : plain_shapes())
        kernels[replaced(name, "ffn.up.weight", "ffn.up.kernel")] = shape;
    CHECK(is_open(sl::suggest_scheme(file_of(kernels)), "enc.blk.{layer}.att.out.weight", "it is square") ==
          false);
}

TEST_CASE("what stands in two places, in other layers or in a mixture is left open") {
    using enum sl::schemes::weight_part;
    auto shapes = plain_shapes();
    shapes["enc.blk.0.att2.query.weight"] = {6, 6};
    shapes["enc.blk.0.ffn.experts.0.up.weight"] = {10, 6};
    shapes["enc.blk.0.cross_attn.key.weight"] = {6, 6};
    shapes["enc.blk.0.odd"] = {3};
    shapes["dec.blk.0.att.query.weight"] = {6, 6};
    const auto made = sl::suggest_scheme(file_of(shapes));
    const auto own = sl::parse_scheme(made.json, "scheme.json");
    CHECK(is_open(made, "enc.blk.{layer}.att.query.weight", "one of 2 that by their names may be W_Q"));
    CHECK(is_open(made, "enc.blk.{layer}.att2.query.weight", "one of 2"));
    CHECK(is_open(made, "enc.blk.{layer}.ffn.experts.{expert}.up.weight", "a mixture of experts"));
    CHECK(is_open(made, "enc.blk.{layer}.cross_attn.key.weight", "another model's output"));
    CHECK(is_open(made, "enc.blk.{layer}.odd", "its name does not say what it is"));
    CHECK(row_of(own, W_Q) == nullptr);
    REQUIRE(row_of(own, W_K) != nullptr);
    CHECK(row_of(own, W_K)->pattern == "enc.blk.{layer}.att.key.weight");
    CHECK(made.json.find("not behind \\\"dec.blk.\\\"") != std::string::npos);
    CHECK_THROWS_AS(
        sl::transformer_weights(file_of(shapes), {.config = {.n_heads = 3}, .schemes = {&own.scheme(), 1}}),
        sl::error);
}

TEST_CASE("norms of layers are placed where a final norm tells that they stand before what reads") {
    using enum sl::schemes::weight_part;
    auto shapes = plain_shapes();
    shapes.erase("final_norm.weight");
    shapes.erase("final_norm.bias");
    const auto made = sl::suggest_scheme(file_of(shapes));
    CHECK(row_of(sl::parse_scheme(made.json, "s"), ln1_w) == nullptr);
    CHECK(is_open(made, "enc.blk.{layer}.norm1.weight", "there is no final norm"));
    shapes["cls.transform.norm.weight"] = {6};
    CHECK(row_of(sl::parse_scheme(sl::suggest_scheme(file_of(shapes)).json, "s"), ln_final_w) == nullptr);
    shapes["enc.norm.weight"] = {6};
    CHECK(row_of(sl::parse_scheme(sl::suggest_scheme(file_of(shapes)).json, "s"), ln_final_w)->pattern ==
          "enc.norm.weight");
}

TEST_CASE(
    "heads in a dimension of their own are placed when their number is known, a tensor a head at once") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    auto shapes = plain_shapes();
    for (const std::string at : {"enc.blk.0.", "enc.blk.1."}) {
        for (const std::string name : {"query", "key", "value", "out"})
            shapes.erase(at + "att." + name + ".weight");
        shapes[at + "att.W_Q"] = {6, 2, 3};
        shapes[at + "att.W_K"] = shapes[at + "att.W_V"] = {6, 2, 3};
        shapes[at + "att.W_O"] = {3, 2, 6};
    }
    const auto file = file_of(shapes);
    CHECK(is_open(sl::suggest_scheme(file), "enc.blk.{layer}.att.W_Q", "say --n-heads"));
    const auto own = sl::parse_scheme(sl::suggest_scheme(file, {.n_heads = 3}).json, "s");
    REQUIRE(row_of(own, W_Q) != nullptr);
    CHECK(row_of(own, W_Q)->axes[1].factors[0].axis == d_head);
    CHECK(row_of(own, W_Q)->axes[2].factors[0].axis == n_heads);
    const auto two = sl::parse_scheme(sl::suggest_scheme(file, {.n_heads = 2}).json, "s");
    CHECK(row_of(two, W_O)->axes[1].factors[0].axis == n_heads);
    auto apart = plain_shapes();
    for (const std::string at : {"enc.blk.0.att.", "enc.blk.1.att."}) {
        for (const std::string name : {"query", "key", "value", "out"}) apart.erase(at + name + ".weight");
        for (const std::string h : {"heads.0.", "heads.1.", "heads.2."})
            for (const std::string name : {"W_Q", "W_K", "W_V"}) apart[at + h + name] = {6, 2};
        for (const std::string h : {"heads.0.", "heads.1.", "heads.2."}) apart[at + h + "W_O"] = {2, 6};
    }
    const auto made = sl::suggest_scheme(file_of(apart));
    CHECK(made.open == std::vector<std::string>{});
    const auto each = sl::parse_scheme(made.json, "s");
    const sl::transformer_weights w(file_of(apart), {.schemes = {&each.scheme(), 1}});
    CHECK(w.sizes.n_heads == 3);
    CHECK(w.sizes.d_head == 2);
}

TEST_CASE("keys and values of fewer numbers are of key/value heads, and what is fused is perhaps thirds") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    auto shapes = plain_shapes();
    for (const std::string at : {"enc.blk.0.att.", "enc.blk.1.att."})
        shapes[at + "key.weight"] = shapes[at + "value.weight"] = {2, 6};
    const auto own = sl::parse_scheme(sl::suggest_scheme(file_of(shapes)).json, "s");
    CHECK(row_of(own, W_K)->axes[0].factors[0].axis == n_key_value_heads);
    CHECK(row_of(own, W_Q)->axes[0].factors[0].axis == n_heads);
    const sl::transformer_weights w(file_of(shapes),
                                    {.config = {.n_heads = 3}, .schemes = {&own.scheme(), 1}});
    CHECK(w.sizes.n_key_value_heads == 1);
    auto fused = plain_shapes();
    for (const std::string at : {"enc.blk.0.att.", "enc.blk.1.att."}) {
        for (const std::string name : {"query", "key", "value"}) fused.erase(at + name + ".weight");
        fused[at + "qkv.weight"] = {18, 6};
    }
    const auto made = sl::suggest_scheme(file_of(fused));
    CHECK(is_open(made, "enc.blk.{layer}.att.qkv.weight", "no name tells their order"));
    CHECK(
        made.json.find(
            R"({"part": "W_V", "pattern": "enc.blk.{layer}.att.qkv.weight", "axes": [[{"slice": 2, "of": 3}, )") !=
        std::string::npos);
}

TEST_CASE("a suggestion is a scheme for any names, and a known scheme where it is one") {
    for (const tensor_shapes& shapes :
         {tensor_shapes{}, tensor_shapes{{"a", {}}}, tensor_shapes{{"0", {3}}, {"1", {3, 0}}},
          tensor_shapes{{"h.0.attn.q.weight", {4, 4}}, {"\"{layer}\\", {2}}, {"x.{head}.0", {1}}}}) {
        const auto made = sl::suggest_scheme(file_of(shapes));
        const auto own = sl::parse_scheme(made.json, "s");
        CHECK(made.parts == own.scheme().parts.size());
    }
    CHECK(is_open(sl::suggest_scheme(file_of({{"tok_{x}.weight", {9, 6}}, {"final_norm.weight", {6}}})),
                  "tok_{x}.weight", "brace"));
    // As long as d_model only, and called by heads that have none.
    for (const auto& [name, shape] : tensor_shapes{
             {"h.0.mlp.up.weight", {6}}, {"head.0.lm_head", {9, 6}}, {"h.0.heads.0.mlp.up", {9, 6}}}) {
        const auto made = sl::suggest_scheme(file_of({{name, shape}, {"final_norm.weight", {6}}}));
        const auto own = sl::parse_scheme(made.json, "s");
        CHECK(own.scheme().parts.size() == 1); // the norm's
    }
    const auto known = sl::suggest_scheme(open_architecture("llama"));
    CHECK(known.known == "Llama");
    const auto own = sl::parse_scheme(known.json, "s");
    const sl::transformer_weights w(open_architecture("llama"), {.schemes = {&own.scheme(), 1}});
    CHECK(difference_to_canonical(w, "llama") == "");
    const auto other = sl::suggest_scheme(open_architecture("llama"), {.model_type = "of_nobody"});
    CHECK(other.known == "Llama");
    CHECK(other.json.find("model_type \\\"of_nobody\\\"") != std::string::npos);
}

namespace {

/// Every layer of the plain model with these tensors besides, or instead.
tensor_shapes plain_with(const tensor_shapes& in_layers, const tensor_shapes& outside = {}) {
    auto shapes = plain_shapes();
    for (const std::string at : {"enc.blk.0.", "enc.blk.1."})
        for (const auto& [name, shape] : in_layers) shapes[at + name] = shape;
    for (const auto& [name, shape] : outside) shapes[name] = shape;
    return shapes;
}

/// Whether a suggestion places a part by this pattern.
bool places(const sl::scheme_suggestion& made, sl::schemes::weight_part part, const std::string& pattern) {
    const auto own = sl::parse_scheme(made.json, "s");
    const auto* const row = row_of(own, part);
    return row != nullptr && row->pattern == pattern;
}

} // namespace

TEST_CASE("a gate is an MLP's where it has an entry for each neuron, and a bias where its matrix is beside") {
    using enum sl::schemes::weight_part;
    const auto gated = sl::suggest_scheme(file_of(plain_with(
        {{"ffn.gate_proj.weight", {10, 6}}, {"ffn.gate_proj.bias", {10}}, {"ffn.up.bias", {10}}})));
    CHECK(places(gated, W_gate, "enc.blk.{layer}.ffn.gate_proj.weight"));
    CHECK(places(gated, b_gate, "enc.blk.{layer}.ffn.gate_proj.bias"));
    CHECK(places(gated, b_in, "enc.blk.{layer}.ffn.up.bias"));
    for (const tensor_shapes& routed :
         {tensor_shapes{{"ffn.gate_w", {4, 6}}}, tensor_shapes{{"ffn.gate_proj.weight", {6, 4}}}}) {
        const auto made = sl::suggest_scheme(file_of(plain_with(routed)));
        CHECK(is_open(made, "enc.blk.{layer}." + routed.begin()->first, "of experts"));
        CHECK(row_of(sl::parse_scheme(made.json, "s"), W_gate) == nullptr);
    }
    // A gate in other layers than the matrix that reads beside it.
    auto some = plain_shapes();
    some["enc.blk.1.ffn.gate_w"] = {10, 6};
    CHECK(is_open(sl::suggest_scheme(file_of(some)), "enc.blk.{layer}.ffn.gate_w", "of experts"));
    // Both a gate and a router: the one with an entry for each neuron is the gate.
    const auto both = sl::suggest_scheme(file_of(plain_with({{"ffn.gate_proj.weight", {10, 6}},
                                                             {"ffn.gate_w", {4, 6}},
                                                             {"ffn.gate_score_bias", {4}},
                                                             {"ffn.up.correction.bias", {10}},
                                                             {"att.query.bias", {5}}})));
    CHECK(places(both, W_gate, "enc.blk.{layer}.ffn.gate_proj.weight"));
    CHECK(is_open(both, "enc.blk.{layer}.ffn.gate_score_bias", "without a matrix"));
    CHECK(is_open(both, "enc.blk.{layer}.ffn.up.correction.bias", "without a matrix"));
    CHECK(is_open(both, "enc.blk.{layer}.att.query.bias", "without a matrix"));
}

TEST_CASE("queries and keys that may have parts are left open") {
    using enum sl::schemes::weight_part;
    const auto without_keys = [](tensor_shapes shapes) {
        for (const std::string at : {"enc.blk.0.att.", "enc.blk.1.att."}) shapes.erase(at + "key.weight");
        return sl::suggest_scheme(file_of(shapes));
    };
    const auto latent = without_keys(plain_with({{"att.kv_b.weight", {14, 5}}}));
    CHECK(is_open(latent, "enc.blk.{layer}.att.query.weight", "no keys are placed"));
    CHECK(places(latent, W_O, "enc.blk.{layer}.att.out.weight"));
    const auto longer =
        sl::suggest_scheme(file_of(plain_with({{"att.query.weight", {9, 6}}, {"att.key.weight", {9, 6}}})));
    CHECK(is_open(longer, "enc.blk.{layer}.att.query.weight", "may have parts"));
    CHECK(is_open(longer, "enc.blk.{layer}.att.key.weight", "may have parts"));
    const auto shorter = sl::suggest_scheme(file_of(plain_with({{"att.key.weight", {2, 6}}})));
    CHECK(is_open(shorter, "enc.blk.{layer}.att.key.weight", "may have parts"));
    CHECK(places(shorter, W_V, "enc.blk.{layer}.att.value.weight"));
    for (const std::string name : {"att.k_rope.weight", "att.q_a_proj.weight", "att.k_down", "att.wv_up"}) {
        const auto made = sl::suggest_scheme(file_of(plain_with({{name, {6, 6}}})));
        CHECK(is_open(made, "enc.blk.{layer}." + name, "one of two steps"));
        CHECK(made.open.size() == 1);
    }
    const auto norm = sl::suggest_scheme(file_of(plain_with({{"att.kv_a_norm.weight", {6}}})));
    CHECK(is_open(norm, "enc.blk.{layer}.att.kv_a_norm.weight", "a norm within attention"));
    CHECK(places(norm, ln1_w, "enc.blk.{layer}.norm1.weight"));
}

TEST_CASE("positions are placed where tokens are, and where the config counts as many rows") {
    using enum sl::schemes::weight_part;
    const auto file = file_of(plain_shapes());
    const auto plain = sl::suggest_scheme(file, {.n_ctx = 4});
    CHECK(places(plain, W_pos, "pos_emb.weight"));
    CHECK(plain.json.find("assumed: the first row of W_pos") != std::string::npos);
    const auto behind = sl::suggest_scheme(file, {.n_ctx = 2});
    CHECK(is_open(behind, "pos_emb.weight", "it has 4 rows, and the config says n_ctx 2"));
    CHECK(behind.json.find(R"("axes": [{"stack": [2, "n_ctx"], "index": 1}, "d_model"])") !=
          std::string::npos);
    CHECK(is_open(sl::suggest_scheme(file, {.n_ctx = 9}), "pos_emb.weight", "n_ctx 9"));
    const auto rivals = sl::suggest_scheme(file_of(plain_with({}, {{"embed_state.weight", {9, 6}}})));
    CHECK(is_open(rivals, "pos_emb.weight", "no embedding of tokens is placed"));
    auto shapes = plain_shapes();
    shapes.erase("tok_emb.weight");
    CHECK(is_open(sl::suggest_scheme(file_of(shapes)), "pos_emb.weight", "no embedding of tokens is placed"));
}

TEST_CASE("a final norm is called so, or stands beside the layers and is of nothing else") {
    using enum sl::schemes::weight_part;
    for (const std::string name : {"norm.weight", "enc.ln_f.weight", "enc.output_norm.weight",
                                   "rms_norm.scale", "out.final_layer_norm.weight"}) {
        auto shapes = plain_with({}, {{name, {6}}});
        shapes.erase("final_norm.weight");
        shapes.erase("final_norm.bias");
        INFO(name);
        CHECK(places(sl::suggest_scheme(file_of(shapes)), ln_final_w, name));
    }
    for (const std::string name : {"vocab_layer_norm.weight", "enc.lm_norm.weight", "score_norm_w",
                                   "cls.final_norm.weight", "enc.norm_state.weight", "away.norm.weight"}) {
        auto shapes = plain_with({}, {{name, {6}}});
        INFO(name);
        const auto made = sl::suggest_scheme(file_of(shapes));
        CHECK(places(made, ln_final_w, "final_norm.weight"));
        CHECK(is_open(made, name, "a norm of embeddings, of an output head"));
    }
}

TEST_CASE("what a config says that it multiplies is multiplied, and no other says so") {
    using sl::schemes::config_multipliers;
    const auto said = [](const sl::model_config& config) {
        const auto made = sl::suggest_scheme(file_of(plain_shapes()), config);
        const auto own = sl::parse_scheme(made.json, "s");
        return own.scheme().architecture.multipliers;
    };
    CHECK(said({}) == config_multipliers::none);
    CHECK(said({.logit_multiplier = 2.0}) == config_multipliers::logits);
    CHECK(said({.embedding_multiplier = 2.0}) == config_multipliers::everything);
    CHECK(said({.residual_multiplier = 2.0}) == config_multipliers::everything);
    const auto made = sl::suggest_scheme(file_of(plain_shapes()));
    CHECK(made.json.find("no unembedding is placed") != std::string::npos);
    const auto tied = sl::suggest_scheme(file_of(plain_shapes()), {.tied_embeddings = true});
    CHECK(tied.json.find("no unembedding is placed") == std::string::npos);
}
