#include "svdlens/model/scheme_file.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/model/known_schemes.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::errc;

namespace {

failure refusal_of_scheme(std::string_view text) {
    try {
        sl::parse_scheme(text, "scheme.json");
    } catch (const sl::error& e) {
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
        return {e.code(), e.what()};
    }
    return {};
}

/// A scheme with these rows of parts, each on a line of its own from the fourth on.
std::string with_parts(const std::vector<std::string>& rows) {
    std::string text = "{\n\"name\": \"mine\",\n\"parts\": [\n";
    for (const auto& row : rows) text += (&row == &rows.front() ? "" : ",\n") + row;
    return text + "\n]}";
}

/// What is said of the one row.
std::string refusal_of_row(const std::string& row) {
    const auto found = refusal_of_scheme(with_parts({row}));
    CHECK(found.code == errc::invalid_scheme);
    return found.message;
}

} // namespace

TEST_CASE("every known scheme is the same after a way through JSON, and reads every model to the same bits") {
    std::size_t models = 0;
    for (const auto& entry : std::filesystem::directory_iterator(architecture_folder())) {
        const auto name = entry.path().filename().string();
        INFO(name);
        const auto file = open_architecture(name);
        auto options = options_of(name);
        const sl::transformer_weights known(file, options);
        const auto type = known.model_type.empty() ? std::optional<std::string>() : known.model_type;
        const auto found = sl::find_scheme(file.records(), type, sl::known_schemes, {}, options.tower);
        REQUIRE(found.match);
        const auto own = sl::parse_scheme(sl::scheme_json(*found.match->scheme), name);
        auto renamed = own.scheme(); // so that it is told from the one that it was
        const std::string own_name = "own " + std::string(renamed.name);
        renamed.name = own_name;
        options.schemes = {&renamed, 1};
        const sl::transformer_weights w(file, options);
        CHECK(w.scheme == own_name);
        CHECK(difference_to_canonical(w, name) == "");
        CHECK(w.normalization == known.normalization);
        CHECK(w.norm_placement == known.norm_placement);
        CHECK(w.block_order == known.block_order);
        CHECK(w.has_rotary == known.has_rotary);
        CHECK(w.rotary.has_value() == known.rotary.has_value());
        if (w.rotary && known.rotary) {
            CHECK(w.rotary->dimensions == known.rotary->dimensions);
            CHECK(w.rotary->pairing == known.rotary->pairing);
        }
        CHECK(w.tied_unembedding == known.tied_unembedding);
        CHECK(w.unread == known.unread);
        ++models;
    }
    CHECK(models >= 19);
    for (const auto& scheme : sl::known_schemes) {
        INFO(scheme.name);
        const auto text = sl::scheme_json(scheme);
        const auto own = sl::parse_scheme(text, "scheme.json");
        CHECK(sl::scheme_json(own.scheme()) == text);
        REQUIRE(own.scheme().parts.size() == scheme.parts.size());
        // Every byte of the axes: a way to store a tensor that JSON has no form for would be lost.
        static_assert(std::has_unique_object_representations_v<sl::schemes::stored_axes>);
        for (std::size_t k = 0; k < scheme.parts.size(); ++k) {
            INFO(scheme.parts[k].pattern);
            CHECK(std::memcmp(&own.scheme().parts[k].axes, &scheme.parts[k].axes,
                              sizeof(sl::schemes::stored_axes)) == 0);
        }
        CHECK(own.scheme().extras.size() == scheme.extras.size());
        CHECK(own.scheme().hints.size() == scheme.hints.size());
        CHECK(own.scheme().markers.size() == scheme.markers.size());
        CHECK(own.scheme().architecture.norm == scheme.architecture.norm);
        CHECK(own.scheme().architecture.rotary_share == scheme.architecture.rotary_share);
    }
}

TEST_CASE("what is not as usual is written, and read again") {
    using enum sl::schemes::weight_part;
    using enum sl::schemes::model_axis;
    using sl::schemes::fused_slice;
    using sl::schemes::joined;
    static constexpr sl::schemes::part_name parts[] = {
        {W_Q,
         "a.{layer}.{head}\"\\\n.q",
         {joined(fused_slice{2, 3}, d_head), d_model},
         sl::schemes::name_root::file},
        {W_V, "b", {joined(d_head, none, n_heads), {fused_slice{1, 2}, {}, {}}, d_model}}};
    static constexpr sl::schemes::extra_name extras[] = {{"x",
                                                          {any, d_model},
                                                          sl::flow::none,
                                                          "y",
                                                          sl::matrix_role::unembedding,
                                                          sl::schemes::name_root::prefix}};
    static constexpr sl::schemes::hint_name hints[] = {
        {"h", sl::schemes::tensor_hint::unsupported, "why", sl::schemes::name_root::file}};
    static constexpr sl::schemes::scheme_marker markers[] = {
        {"m", sl::schemes::matrix_form::tall, sl::schemes::name_root::file}};
    static constexpr std::string_view prefixes[] = {"p.", ""};
    static constexpr std::string_view types[] = {"t"};
    const sl::naming_scheme scheme = {
        .name = "odd",
        .prefixes = prefixes,
        .parts = parts,
        .extras = extras,
        .hints = hints,
        .markers = markers,
        .model_types = types,
        .namesakes = "others",
        .recognised = sl::schemes::recognition::by_type,
        .architecture = {.norm = sl::normalization::none,
                         .norms = sl::norm_placement::after,
                         .gain = sl::schemes::stored_gain::less_one,
                         .gated_bias = sl::schemes::gated_bias::after_product,
                         .block_order = sl::block_order::parallel,
                         .embedding = sl::schemes::embedding_scale::sqrt_d_model,
                         .unembedding = sl::schemes::missing_unembedding::tied_behind_head,
                         .positions = sl::schemes::position_kind::rotary,
                         .pairing = sl::rotary_pairing::interleaved,
                         .rotary_share = 0.1}};
    const auto text = sl::scheme_json(scheme);
    const auto own = sl::parse_scheme(text, "scheme.json");
    const auto& read = own.scheme();
    CHECK(sl::scheme_json(read) == text);
    CHECK(read.parts[0].pattern == parts[0].pattern);
    CHECK(read.parts[0].root == sl::schemes::name_root::file);
    CHECK(read.parts[0].axes[0].factors[0].slice.index == 2);
    CHECK(read.parts[0].axes[0].factors[0].slice.count == 3);
    CHECK(read.parts[0].axes[0].factors[1].axis == d_head);
    CHECK(read.parts[1].axes[0].factors[1].axis == n_heads); // what is nothing goes
    CHECK(read.parts[1].axes[1].factors[0].slice.index == 1);
    CHECK(read.extras[0].role == sl::matrix_role::unembedding);
    CHECK(read.extras[0].root == sl::schemes::name_root::prefix);
    CHECK(read.hints[0].reason == "why");
    CHECK(read.markers[0].form == sl::schemes::matrix_form::tall);
    CHECK(read.prefixes[1].empty());
    CHECK(read.model_types[0] == "t");
    CHECK(read.namesakes == "others");
    CHECK(read.recognised == sl::schemes::recognition::by_type);
    CHECK(read.architecture.norm == sl::normalization::none);
    CHECK(read.architecture.norms == sl::norm_placement::after);
    CHECK(read.architecture.gain == sl::schemes::stored_gain::less_one);
    CHECK(read.architecture.pairing == sl::rotary_pairing::interleaved);
    CHECK(read.architecture.rotary_share == 0.1);
}

TEST_CASE("a scheme lives as long as a copy of what was read, and comes from a file") {
    const temporary_directory place;
    sl::write_scheme(place / "s.json", sl::known_schemes[2]);
    auto own = sl::read_scheme(place / "s.json");
    const auto copy = own;
    own = sl::parse_scheme(with_parts({}), "other");
    std::filesystem::remove(place / "s.json");
    CHECK(copy.scheme().name == sl::known_schemes[2].name);
    CHECK(copy.scheme().parts.back().pattern == sl::known_schemes[2].parts.back().pattern);
    CHECK(own.scheme().name == "mine");
    CHECK_THROWS_AS(sl::read_scheme(place / "s.json"), sl::file_error);
}

TEST_CASE("a scheme's errors name line and part and the nearest word") {
    CHECK(refusal_of_row(
              R"({"part": "W_Q", "pattern": "a.{layer}", "axes": ["n_haeds", "d_head", "d_model"]})") ==
          "scheme.json:4: part W_Q: unknown axis \"n_haeds\"; did you mean n_heads");
    CHECK(refusal_of_row(R"({"part": "W_q", "pattern": "a.{layer}", "axes": ["d_model"]})") ==
          "scheme.json:4: part W_q: unknown part \"W_q\"; did you mean W_Q");
    CHECK(refusal_of_row(R"({"part": "W_Q", "patern": "a.{layer}", "axes": ["d_model"]})") ==
          "scheme.json:4: part W_Q: unknown key \"patern\"; did you mean pattern");
    CHECK(refusal_of_row(R"({"part": "W_Q", "axes": ["d_model"]})") ==
          "scheme.json:4: part W_Q: \"pattern\" is missing");
    CHECK(refusal_of_row("{\"part\": \"W_Q\", \"pattern\":\n 5, \"axes\": [\"d_model\"]}") ==
          "scheme.json:5: part W_Q: \"pattern\": expected a string, found a number");
    CHECK(refusal_of_row(R"({"part": "b_O", "pattern": "a.{layers}", "axes": ["d_model"]})") ==
          "scheme.json:4: part b_O: unknown number {layers} in the pattern; did you mean {layer}");
    CHECK(refusal_of_row(R"({"part": "b_O", "pattern": "a.{layer", "axes": ["d_model"]})") ==
          "scheme.json:4: part b_O: unknown number {layer in the pattern; did you mean {layer}");
    CHECK(refusal_of_row(R"({"part": "b_Q", "pattern": "a.{layer}{head}", "axes": ["d_head"]})")
              .find("behind {layer}: no name tells where it ends") != std::string::npos);
    CHECK(refusal_of_row(R"({"part": "b_O", "pattern": "a.{layer}0.b", "axes": ["d_model"]})")
              .find("behind {layer}: no name tells where it ends") != std::string::npos);
    CHECK(refusal_of_row(R"({"part": "b_O", "pattern": "", "axes": ["d_model"]})") ==
          "scheme.json:4: part b_O: the pattern is empty");
    CHECK(refusal_of_row("17") == "scheme.json:4: parts: expected an object, found a number");
    CHECK(refusal_of_row(R"({"part": "b_O", "pattern": "a", "axes": ["d_model"], "root": "fiel"})") ==
          "scheme.json:4: part b_O: unknown root \"fiel\"; did you mean file");
    const auto far =
        refusal_of_row(R"({"part": "b_O", "pattern": "a", "axes": ["d_model"], "root": "somewhere"})");
    CHECK(far == "scheme.json:4: part b_O: unknown root \"somewhere\"; there are prefix, file");
}

TEST_CASE("axes that are not those of the part are refused") {
    const auto row = [](const std::string& part, const std::string& axes, const std::string& number = "") {
        return refusal_of_row("{\"part\": \"" + part + "\", \"pattern\": \"a.{layer}" + number +
                              "\", \"axes\": " + axes + "}");
    };
    CHECK(row("W_Q", R"(["n_heads", "d_mlp", "d_model"])") ==
          "scheme.json:4: part W_Q: expected the axes n_heads d_model d_head in any order, found n_heads "
          "d_model d_mlp");
    CHECK(row("W_Q", R"(["n_key_value_heads", "d_head", "d_model"])").find("expected the axes") !=
          std::string::npos);
    CHECK(
        row("W_Q", R"(["n_heads", "d_head", "d_model"])", ".{head}") ==
        "scheme.json:4: part W_Q: expected the axes d_model d_head (one head's) in any order, found n_heads "
        "d_model d_head");
    CHECK(row("W_in", R"(["d_mlp", "d_model"])", ".{head}") ==
          "scheme.json:4: part W_in: {head} stands for heads of attention only");
    CHECK(row("W_in", R"(["d_model", "d_model"])").find("expected the axes d_model d_mlp") !=
          std::string::npos);
    CHECK(row("W_in", "[]").find("expected one to 4 axes, found 0") != std::string::npos);
    CHECK(row("W_in", R"(["a", "b", "c", "d", "e"])").find("expected one to 4 axes, found 5") !=
          std::string::npos);
    CHECK(row("W_in", R"("d_model")").find("\"axes\": expected a list of axes, found the string") !=
          std::string::npos);
    CHECK(row("W_in", R"([["d_mlp", "any"], "d_model"])").find("\"any\" stands in a dimension of its own") !=
          std::string::npos);
    CHECK(row("W_in", R"(["none", "d_model"])").find("unknown axis \"none\"") != std::string::npos);
    CHECK(row("W_in", R"([7, "d_model"])").find("expected the name of an axis or {\"slice\"") !=
          std::string::npos);
    CHECK(row("W_in", R"([[], "d_model"])").find("axes in one dimension, found 0") != std::string::npos);
    for (const char* const slice :
         {R"({"slice": 3, "of": 3})", R"({"slice": -1, "of": 3})", R"({"slice": 0, "of": 1})",
          R"({"slice": 0, "of": 4294967299})", R"({"slice": 0})", R"({"of": 3})",
          R"({"slice": 0.5, "of": 3})", R"({"slice": "0", "of": 3})", R"({"slice": 0, "of": 3, "off": 1})"}) {
        INFO(slice);
        CHECK(row("W_in", "[[" + std::string(slice) + ", \"d_mlp\"], \"d_model\"]")
                  .find("scheme.json:4: part W_in: ") == 0);
    }
    CHECK(refusal_of_scheme(
              with_parts({R"({"part": "W_K", "pattern": "a.{layer}", "axes":
        ["n_key_value_heads", "d_head", "d_model"]})",
                          R"({"part": "W_U", "pattern": "u", "axes": ["d_vocab_out", "d_model"]})",
                          R"({"part": "b_V", "pattern": "v.{layer}.{head}", "axes": ["d_head"]})"}))
              .message == "");
}

TEST_CASE("what else is no scheme is refused by line, and comments are for people") {
    CHECK(refusal_of_scheme("[]").message == "scheme.json:1: expected an object, found a list");
    CHECK(refusal_of_scheme("{\n\"name\": \"a\"}").message == "scheme.json:1: \"parts\" is missing");
    CHECK(refusal_of_scheme("{\"name\": \"\", \"parts\": []}").message == "scheme.json:1: \"name\" is empty");
    CHECK(refusal_of_scheme("{\"name\": \"a\",\n\"parts\": {}}").message ==
          "scheme.json:2: \"parts\": expected a list, found an object");
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\n\"prts\": 1}").message ==
          "scheme.json:3: unknown key \"prts\"; did you mean parts");
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\"architecture\": {\"norms\": \"befor\"}}")
              .message == "scheme.json:2: unknown place of norms \"befor\"; did you mean before");
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\"architecture\": {\"rotary_share\": \"1\"}}")
              .message == "scheme.json:2: \"rotary_share\": expected a number, found the string \"1\"");
    CHECK(refusal_of_scheme(
              "{\"name\": \"a\", \"parts\": [],\n\"hints\": [{\"pattern\": \"m\", \"hint\": \"bufer\"}]}")
              .message == "scheme.json:2: hints \"m\": unknown hint \"bufer\"; did you mean buffer");
    CHECK(refusal_of_scheme(
              "{\"name\": \"a\", \"parts\": [],\n\"extras\": [{\"pattern\": \"m.{layer}\", \"axes\": "
              "[\"any\", \"d_model\"], \"flow\": \"reads\", \"axis\": \"x\"}]}")
              .says("scheme.json:2: extras \"m.{layer}\": the pattern of an extra matrix"));
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\"extras\": [{\"pattern\": \"m\", \"axes\": "
                            "[\"any\"], \"flow\": \"reads\", \"axis\": \"x\"}]}")
              .says("expected d_model, and one other axis"));
    for (const char* const pattern :
         {"mtp.norm", "mtp.{expert}.norm", "layers.{layer}.experts.{expert}.w", "m.{layer}.h.{head}"})
        CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\"hints\": [{\"pattern\": \"" +
                                std::string(pattern) + "\", \"hint\": \"other_layer\"}]}")
                  .says("of an other_layer: expected {layer}, and no number behind it"));
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [],\n\"hints\": [{\"pattern\": \"m.{layer}.e\", "
                            "\"hint\": \"other_layer\"}]}")
              .message == "");
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"name\": \"b\", \"parts\": []}").code == errc::duplicate_key);
    CHECK(refusal_of_scheme("{\"name\": \"a\", \"parts\": [,]}").says("the scheme is not valid JSON"));
    CHECK(refusal_of_scheme(std::string(sl::largest_scheme_file + 1, ' ')).says("at most 1048576 bytes"));
    CHECK(refusal_of_scheme(
              with_parts({R"({"comment": {"a": [1]}, "part": "b_O", "pattern": "a", "axes": ["d_model"]})"}))
              .message == "");
    CHECK(refusal_of_scheme(
              "{\"comment\": [1, \"x\"], \"name\": \"a\", \"parts\": [], \"architecture\": {\"comment\": 1}}")
              .message == "");
}

TEST_CASE("axes of different extents one behind the other are a stack") {
    const auto part = [](const std::string& axes) {
        return R"({"part": "W_K", "pattern": "k", "axes": [)" + axes + "]}";
    };
    const auto own = sl::parse_scheme(
        with_parts(
            {part(R"([{"stack": ["n_heads", "n_key_value_heads", "n_key_value_heads"], "index": 1}, "d_head"],
                           "d_model")"),
             R"({"part": "W_pos", "pattern": "p", "axes": [{"stack": [2, "n_ctx"], "index": 1}, "d_model"]})",
             R"({"part": "W_V", "pattern": "v", "axes": ["n_heads", "d_model", "d_head"]})",
             R"({"part": "W_O", "pattern": "o", "axes": ["n_heads", "d_head", "d_model"]})"}),
        "scheme.json");
    const auto& keys = own.scheme().parts[0].axes[0].factors;
    CHECK(keys[0].is_stacked());
    CHECK(keys[0].index == 1);
    CHECK(keys[0].stack[2].axis == sl::schemes::model_axis::n_key_value_heads);
    CHECK(keys[1].axis == sl::schemes::model_axis::d_head);
    const auto& positions = own.scheme().parts[1].axes[0].factors[0];
    CHECK(positions.stack[0].entries == 2);
    CHECK(positions.axis == sl::schemes::model_axis::n_ctx);
    const auto text = sl::scheme_json(own.scheme());
    CHECK(text.find(R"({"stack": [2, "n_ctx"], "index": 1})") != std::string::npos);
    const auto again = sl::parse_scheme(text, "again");
    CHECK(sl::scheme_json(again.scheme()) == text);
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {R"({"stack": ["n_heads", "d_head"]})", "\"index\" is missing"},
        {R"({"stack": ["n_heads"], "index": 0})", "two or three axes or numbers"},
        {R"({"stack": "n_heads", "index": 0})", "two or three axes or numbers"},
        {R"({"index": 0})", "two or three axes or numbers"},
        {R"({"stack": ["n_heads", 2], "index": 1})", "index 1 of the stack is no axis"},
        {R"({"stack": ["n_heads", "d_head"], "index": 2})", "index 2 of the stack is no axis"},
        {R"({"stack": ["n_heads", 0], "index": 0})", "a whole number from 1 on"},
        {R"({"stack": ["n_heads", -1], "index": 0})", "a whole number from 1 on"},
        {R"({"stack": ["n_heads", 99999999999], "index": 0})", "a whole number from 1 on"},
        {R"({"stack": ["n_heads", "any"], "index": 0})", "stands in a dimension of its own"},
        {R"({"stack": ["n_haeds", "d_head"], "index": 0})", "did you mean n_heads"},
        {R"({"stack": ["n_heads", "d_head"], "indx": 0})", "unknown key \"indx\""},
    };
    for (const auto& [factor, words] : wrong) {
        const auto message = refusal_of_row(part("[" + factor + R"(, "d_head"], "d_model")"));
        INFO(message);
        CHECK(message.find(words) != std::string::npos);
    }
}
