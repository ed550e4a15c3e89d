#include "svdlens/io/pytorch.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "io/refused_texts.hpp"
#include "io/torch_bytes.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/model_config.hpp"
#include "svdlens/io/open_weights.hpp"
#include "svdlens/io/safetensors.hpp"

namespace sl = svdlens;
namespace fs = std::filesystem;
using svdlens_tests::check_refusal;
using svdlens_tests::little;
using svdlens_tests::old_torch_file_of;
using svdlens_tests::refusal_of;
using svdlens_tests::temporary_directory;
using svdlens_tests::torch_file_of;
using svdlens_tests::wide_zip_of;
using svdlens_tests::write_file;
using namespace svdlens_tests::pickled;

namespace {

/// What make_pytorch.py wrote.
fs::path torch_sample(const std::string& name) {
    return fs::path(SVDLENS_TEST_SOURCE_DIR) / "io" / "pytorch" / name;
}

std::vector<std::byte> bytes_of(const sl::state_dict& dict, const std::string& name) {
    const auto bytes = dict.bytes(name);
    return {bytes.begin(), bytes.end()};
}

/// The same names, dtypes, shapes and bytes.
void check_same_tensors(const sl::state_dict& found, const sl::state_dict& expected) {
    CHECK(found.names() == expected.names());
    for (const auto& each : expected.records()) {
        CAPTURE(each.name);
        const auto& record = found.record(each.name);
        CHECK(record.type == each.type);
        CHECK(record.shape == each.shape);
        CHECK(record.end - record.begin == each.end - each.begin);
        CHECK(bytes_of(found, each.name) == bytes_of(expected, each.name));
        if (sl::is_convertible(each.type)) {
            const auto values = found.tensor<double>(each.name), others = expected.tensor<double>(each.name);
            CHECK(std::equal(values.values().begin(), values.values().end(), others.values().begin(),
                             others.values().end()));
        }
    }
}

/// What opening a file of these bytes says.
svdlens_tests::refusal refusal_by(const std::string& bytes, const std::string& key = {}) {
    const temporary_directory folder;
    write_file(folder / "f.pt", bytes);
    return refusal_of([&] { sl::open_pytorch(folder / "f.pt", {.key = key}); });
}

std::vector<std::string> names_in(const std::string& bytes, const std::string& key = {}) {
    const temporary_directory folder;
    write_file(folder / "f.pt", bytes);
    return sl::open_pytorch(folder / "f.pt", {.key = key}).names();
}

using name_list = std::vector<std::string>;

} // namespace

TEST_CASE("files of torch.save are the same tensors in safetensors, bit for bit", "[io][pytorch]") {
    for (const std::string name :
         {"decision_transformer", "transformer_lens", "nanogpt", "module", "dtypes", "strided"}) {
        const auto expected = sl::open_safetensors(torch_sample(name + ".safetensors"));
        for (const char* format : {".pt", ".legacy.pt"})
            for (const auto access : {sl::file_access::map, sl::file_access::read}) {
                CAPTURE(name, format);
                const auto path = torch_sample(name + format);
                CHECK(sl::is_pytorch_file(path));
                const auto found = sl::open_pytorch(path, {.access = access});
                check_same_tensors(found, expected);
                CHECK(found.metadata() == expected.metadata());
                CHECK(found.path() == path);
                REQUIRE(found.files().size() == 1);
                CHECK(found.files()[0].tensors == found.size());
                check_same_tensors(sl::open_weights(path, {.access = access}), expected);
            }
    }
    check_same_tensors(sl::open_pytorch(torch_sample("decision_transformer.protocol4.pt")),
                       sl::open_safetensors(torch_sample("decision_transformer.safetensors")));
}

TEST_CASE("settings beside a state dict reach the config", "[io][pytorch]") {
    const auto decision = sl::read_model_config(sl::open_pytorch(torch_sample("decision_transformer.pt")));
    CHECK(decision.n_heads == 3U);
    CHECK(decision.environment == "MiniGrid-MemoryS7FixedStart-v0");
    const auto nano = sl::read_model_config(sl::open_pytorch(torch_sample("nanogpt.legacy.pt")));
    CHECK(nano.n_layers == 2U); // model_args' and not the training config's 12
    CHECK(nano.n_heads == 3U);
    const auto hooked = sl::read_model_config(sl::open_pytorch(torch_sample("module.pt")));
    CHECK(hooked.n_layers == 2U);
    CHECK(hooked.norm == sl::normalization::layer_norm);
    const auto in_dict = sl::open_pytorch(torch_sample("module_in_dict.pt"));
    CHECK(in_dict.contains("module.blocks.0.attn.W_Q"));
    CHECK(in_dict.metadata().at("epoch") == "3");
}

TEST_CASE("tensors whose elements are in order are views of the file, and tied ones are one",
          "[io][pytorch]") {
    const auto dict = sl::open_pytorch(torch_sample("strided.pt"));
    const auto base = dict.view<float>("base"), tied = dict.view<float>("tied");
    REQUIRE((base && tied));
    CHECK(base->values().data() == tied->values().data());
    CHECK(reinterpret_cast<const std::byte*>(base->values().data()) == dict.bytes("base").data());
    CHECK(dict.view<float>("rows")->values().data() == base->values().data() + 14);
    // Others are put in order once, and outlive the state dict.
    auto other = sl::open_pytorch(torch_sample("strided.pt"));
    CHECK(other.bytes("transposed").data() == other.bytes("transposed").data());
    const auto turned = *other.view<float>("transposed");
    other = {};
    CHECK(turned.values()[1] == base->values()[7]);
    CHECK(dict.record("transposed").strides == std::vector<std::uint64_t>{1, 7});
    CHECK(dict.record("base").strides.empty());
}

TEST_CASE("any number of threads may ask for a tensor that has to be put in order", "[io][pytorch]") {
    const auto dict = sl::open_pytorch(torch_sample("strided.pt"));
    const auto expected = sl::open_safetensors(torch_sample("strided.safetensors"));
    std::atomic<int> differences{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k)
        threads.emplace_back([&] {
            for (const auto& name : expected.names())
                if (bytes_of(dict, name) != bytes_of(expected, name)) ++differences;
        });
    for (auto& each : threads) each.join();
    CHECK(differences == 0);
}

TEST_CASE("a model of several torch files opens by its index and by its folder", "[io][pytorch]") {
    const auto expected = sl::open_safetensors(torch_sample("sharded.safetensors"));
    for (const auto& path :
         {torch_sample("sharded"), torch_sample("sharded") / "pytorch_model.bin.index.json"}) {
        const auto found = sl::open_weights(path);
        check_same_tensors(found, expected);
        CHECK(found.files().size() == 2);
        CHECK(found.label() == "sharded");
    }
    const temporary_directory folder;
    fs::copy(torch_sample("sharded"), folder.path(), fs::copy_options::recursive);
    write_file(folder / "pytorch_model-00002-of-00002.bin", torch_file_of(dict({{"other", row()}})));
    const auto mixed = sl::open_weights(folder.path());
    std::size_t opened = 0;
    for (const auto& name : mixed.names())
        if (refusal_of([&] { mixed.bytes(name); }).message.empty()) ++opened;
    CHECK(opened == 9); // those of the shard that is in order
    CHECK(refusal_of([&] { mixed.records(); }).code == sl::errc::not_in_shard);
    fs::copy_file(torch_sample("strided.pt"), folder / "pytorch_model.bin");
    CHECK(sl::open_weights(folder.path()).contains("tied")); // the single file comes first
}

TEST_CASE("what a file is says its begin, whatever it is called", "[io][pytorch]") {
    const temporary_directory folder;
    for (const std::string name : {"m.safetensors", "m.json", "m", "m.pth.tar"}) {
        CAPTURE(name);
        write_file(folder / name, torch_file_of(dict({{"t", row(1)}})));
        CHECK(sl::open_weights(folder / name).tensor("t").values()[0] == 1.0F);
        write_file(folder / name, old_torch_file_of(dict({{"t", row(2)}})));
        CHECK(sl::open_weights(folder / name).tensor("t").values()[0] == 2.0F);
    }
    sl::write_safetensors(folder / "s.pt", {{"t", sl::tensor({1}, {1})}});
    CHECK_FALSE(sl::is_pytorch_file(folder / "s.pt"));
    CHECK(sl::open_weights(folder / "s.pt").size() == 1);
    CHECK_FALSE(sl::is_pytorch_file(folder.path()));
    check_refusal(refusal_of([&] { sl::open_weights(folder / "s.pt", {.key = "model"}); }),
                  sl::errc::invalid_argument, {"s.pt", "\"model\"", "none"});
    check_refusal(refusal_of([&] { sl::open_pytorch(folder / "s.pt"); }), sl::errc::invalid_archive,
                  {"torch.save"});
}

TEST_CASE("one rule takes the state dict, and a key another", "[io][pytorch]") {
    const auto state = dict({{"a", row()}, {"b.c", row()}});
    const auto other = dict({{"d", row()}});
    const auto optimizer = dict({{"state", dict({{"x", row()}})}, {"param_groups", "]"}});
    const name_list ab{"a", "b.c"};
    const struct {
        std::string value;
        std::string key;
        name_list expected;
    } cases[] = {
        {state, "", ab},
        {call(global("collections", "OrderedDict"), ")") + "(" + text("a") + row() + "u", "", {"a"}},
        {dict({{"model_state_dict", state}, {"optimizer_state_dict", optimizer}}), "", ab},
        {dict({{"state_dict", state}, {"rng_state", row()}}), "", ab},
        {dict({{"model", dict({{"module", state}})}}), "", ab},
        {dict({{"model", state}, {"ema", other}}), "", ab},
        {dict({{"model", state}, {"ema", other}}), "ema", {"d"}},
        {dict({{"anything", state}, {"optimizer", optimizer}}), "", ab},
        {dict({{"anything", dict({{"at", dict({{"all", state}})}})}}), "", ab},
        {dict({{"model", text("gpt2")}, {"weights_of_it", state}}), "", ab},
        {dict({{"model", dict({{"encoder", state}, {"decoder", other}})}}),
         "",
         {"decoder.d", "encoder.a", "encoder.b.c"}},
        {dict({{"model", dict({{"encoder", state}, {"decoder", other}})}}), "model.decoder", {"d"}},
        {dict({{"actor", state}, {"critic", other}}), ".", {"actor.a", "actor.b.c", "critic.d"}},
        {dict({{"actor", state}, {"critic", other}}), "critic", {"d"}},
        {dict({{"a.b", dict({{"c.d", state}})}, {"a", dict({{"b", other}})}}), "a.b.c.d", ab},
        {dict({{"a.b", dict({{"c.d", state}})}, {"a", dict({{"b", other}})}}), "a.b.d", {"tensor"}},
        {row(), "", {"tensor"}},
        {tuple({row(), row()}), "", {"0", "1"}},
        {dict({{"layers", tuple({state, other})}}), ".", {"layers.0.a", "layers.0.b.c", "layers.1.d"}},
        {dict({{"a", row()}, {"epoch", integer(3)}, {"nothing", "N"}}), "", {"a"}},
        {"}(K\3" + row() + "u", "", {"3"}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.value, each.key);
        CHECK(names_in(torch_file_of(each.value), each.key) == each.expected);
        CHECK(names_in(old_torch_file_of(each.value), each.key) == each.expected);
    }
}

TEST_CASE("what the rule took is told, and what it did not", "[io][pytorch]") {
    using namespace svdlens_tests::pickled;
    const auto state = dict({{"a", row()}, {"b", row(2)}}), other = dict({{"d", row()}});
    const auto optimizer = dict({{"state", dict({{"x", row()}})}, {"param_groups", "]"}});
    struct told_case {
        std::string value, key, taken;
        std::vector<std::string> others;
    };
    const std::vector<told_case> cases = {
        {state, "", "", {}},
        {dict({{"anything", state}, {"optimizer", optimizer}, {"epoch", integer(3)}}), "", "anything", {}},
        {dict({{"model", state}, {"ema", other}, {"optimizer", optimizer}}), "", "model", {"ema"}},
        {dict({{"ema", other}, {"model", dict({{"state_dict", state}})}}), "", "model.state_dict", {"ema"}},
        {dict({{"agent", dict({{"model", state}, {"teacher", other}, {"scale", row()}})}}),
         "",
         "agent.model",
         {"agent.teacher"}},
        {dict({{"model", state}, {"ema", other}}), "ema", "", {}},
    };
    const temporary_directory folder;
    for (const auto& each : cases) {
        CAPTURE(each.value);
        write_file(folder / "f.pt", torch_file_of(each.value));
        const auto file = sl::open_pytorch(folder / "f.pt", {.key = each.key});
        CHECK(file.key() == each.taken);
        CHECK(file.other_keys() == each.others);
        CHECK(file.with_aliases().other_keys() == each.others);
    }
}

TEST_CASE("none or several state dicts are refused with the list", "[io][pytorch]") {
    const auto state = dict({{"a", row()}}), other = dict({{"d", row()}});
    const auto code = sl::errc::no_state_dict;
    check_refusal(refusal_by(torch_file_of(dict({{"actor", state}, {"critic", other}}))), code,
                  {"several", "\"actor\", \"critic\"", "--key", "\".\""});
    check_refusal(refusal_by(torch_file_of(dict({{"model", state}, {"module", other}}))), code,
                  {"\"model\", \"module\""});
    check_refusal(refusal_by(torch_file_of(dict({{"x", dict({{"actor", state}, {"critic", other}})}}))), code,
                  {"\"x.actor\", \"x.critic\""});
    check_refusal(refusal_by(torch_file_of(dict({{"w", row()}, {"critic", other}}))), code, {"\"critic\""});
    check_refusal(refusal_by(torch_file_of(dict({{"actor", state}, {"critic", other}})), "actr"), code,
                  {"behind \"actr\"", "\"actor\", \"critic\""});
    check_refusal(refusal_by(torch_file_of(dict({{"epoch", integer(3)}}))), code, {"no tensors"});
    check_refusal(refusal_by(torch_file_of("}")), code, {"no tensors"});
    check_refusal(refusal_by(torch_file_of("N")), code, {"no tensors"});
    check_refusal(refusal_by(torch_file_of(global("my", "Agent") + ")\x81" + dict({{"net", state}}) + "b")),
                  code, {"my.Agent", "state_dict()"});
    check_refusal(refusal_by(torch_file_of(dict({{"x", dict({{"state", state}, {"param_groups", "]"}})}}))),
                  code, {"no tensors"});
    check_refusal(refusal_by(torch_file_of("}(" + text("a") + row() + text("a") + row(1) + "u")),
                  sl::errc::duplicate_key, {"\"a\""});
    check_refusal(refusal_by(torch_file_of("}(\x88" + row() + "u")), sl::errc::unsupported_tensor, {"key"});
}

TEST_CASE("settings become metadata, and nothing else does", "[io][pytorch]") {
    const temporary_directory folder;
    const auto enumeration = call(global("my", "Kind"), tuple({text("gelu")}));
    const auto object =
        global("my", "Config") + ")\x81" + dict({{"n_heads", integer(4)}, {"kind", enumeration}}) + "b";
    write_file(
        folder / "f.pt",
        torch_file_of(
            dict({{"model", dict({{"w", row()}, {"inner", text("i")}, {"both", text("near")}})},
                  {"both", text("far")},
                  {"text", text("as \"it\" is")},
                  {"list", "](" + integer(1) + "G" + std::string("\x7f\xf0\0\0\0\0\0\0", 8) + "N\x88" + "e"},
                  {"cfg", object},
                  {"config", text("configs/a.yaml")},
                  {"none", "N"},
                  {"class", global("os", "system")},
                  {"optimizer", dict({{"state", "}"}, {"param_groups", "]"}})},
                  {"loss", row()}})));
    const auto found = sl::open_pytorch(folder / "f.pt").metadata();
    CHECK(found == sl::metadata_map{{"inner", "i"},
                                    {"both", "near"},
                                    {"text", "as \"it\" is"},
                                    {"list", "[1,Infinity,null,true]"},
                                    {"cfg", R"({"n_heads":4,"kind":"gelu"})"},
                                    {"class", "\"os.system\""}});
    CHECK(sl::read_model_config(sl::open_pytorch(folder / "f.pt")).n_heads == 4U);
    write_file(folder / "f.pt", torch_file_of(dict({{"model", dict({{"w", row()}})},
                                                    {"big", text(std::string((1 << 20) + 1, 'x'))},
                                                    {"not text", text("\xff")}})));
    CHECK(sl::open_pytorch(folder / "f.pt").metadata().empty());
}

TEST_CASE("tensors of other kinds are refused by name, with what to do", "[io][pytorch]") {
    const auto refused = [](const char* name, const std::vector<std::string>& named) {
        CAPTURE(name);
        const auto path = torch_sample(name);
        auto all = named;
        all.push_back(path.string() + ": ");
        check_refusal(refusal_of([&] { sl::open_weights(path); }), sl::errc::unsupported_tensor, all);
    };
    refused("refused_quantised.pt", {"tensor \"bad\"", "quantised", "dequantize()"});
    refused("refused_sparse.pt", {"tensor \"bad\"", "sparse", "to_dense()"});
    refused("refused_numpy.pt", {"tensor \"bad\"", "NumPy", "from_numpy"});
    refused("refused_complex128.pt", {"tensor \"bad\"", "ComplexDoubleStorage"});
    refused("refused_subclass.pt", {"tensor \"bad\"", "__main__.Labelled"});
    refused("refused_meta.pt", {"tensor \"bad\"", "meta"});
    refused("refused_script.pt", {"TorchScript", "state_dict()"});
    // Beside the state dict they are nobody's business.
    const auto bad =
        call(global("torch._utils", "_rebuild_qtensor"), tuple({storage("QInt8Storage", "0", 6)}));
    CHECK(names_in(torch_file_of(dict({{"model", dict({{"a", row()}})}, {"bad", bad}}))) == name_list{"a"});
}

TEST_CASE("how torch 2 writes parameters, new dtypes and notes", "[io][pytorch]") {
    const auto third = [](const std::string& type, const std::string& notes) {
        const auto bytes = tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"),
                                  text("cpu"), integer(24)}) +
                           "Q";
        return call(global("torch._utils", "_rebuild_tensor_v3"),
                    tuple({bytes, integer(1), integers({2}), integers({1}), "\x89", "}",
                           global("torch", type), notes}));
    };
    const auto with_state = [](const std::string& tensor) {
        return call(global("torch._utils", "_rebuild_parameter_with_state"),
                    tuple({tensor, "\x88", "}", "}"}));
    };
    const auto derived = [](const std::string& type) {
        return call(global("torch._tensor", "_rebuild_from_type_v2"),
                    tuple({global("torch._utils", "_rebuild_tensor_v2"), type,
                           tuple({storage("FloatStorage", "0", 6), integer(2), integers({2}), integers({1}),
                                  "\x89", "}"}),
                           dict({{"note", integer(1)}})}));
    };
    const temporary_directory folder;
    write_file(folder / "f.pt", torch_file_of(dict({{"u16", third("uint16", "N")},
                                                    {"f8", third("float8_e4m3fn", "}")},
                                                    {"p", with_state(row(3))},
                                                    {"t", derived(global("torch", "Tensor"))}})));
    const auto found = sl::open_pytorch(folder / "f.pt");
    CHECK(found.record("u16").type == sl::dtype::u16);
    CHECK(found.tensor("u16").values()[1] == 0.0F); // of 0, 0, 0x0000, 0x3f80
    CHECK(found.record("f8").type == sl::dtype::f8_e4m3);
    CHECK(found.tensor("p").values()[0] == 3.0F);
    CHECK(found.tensor("t").values()[1] == 3.0F);
    const auto refused = [](const std::string& value, const char* named) {
        check_refusal(refusal_by(torch_file_of(dict({{"x", value}}))), sl::errc::unsupported_tensor,
                      {"tensor \"x\"", named});
    };
    refused(third("uint16", dict({{"neg", "\x88"}})), "neg");
    refused(third("float4_e2m1fn_x2", "N"), "float4_e2m1fn_x2");
    refused(derived(global("my", "Tensor")), "my.Tensor");
    refused(call(global("torch._utils", "_rebuild_wrapper_subclass"), tuple({row()})), "subclass");
    refused(row() + "}b", "attributes");
    refused(call(global("torch._utils", "_rebuild_parameter"), ")"), "arguments");
    refused(call(global("os", "system"), tuple({row()})), "os.system");
    refused(storage("FloatStorage", "0", 6), "bare storage");
    refused(tensor(tuple({text("storage")}) + "Q", 0, {2}, {1}), "no storage");
    refused(tensor(text("0"), 0, {2}, {1}), "no storage");
    auto deep = row();
    for (int k = 0; k < 10; ++k) deep = with_state(deep);
    refused(deep, "wrapped");
}

TEST_CASE("a hostile pickle does nothing but an error", "[io][pytorch]") {
    const temporary_directory folder;
    const auto marker = (folder / "marker").string();
    const auto run = [&](const std::string& module, const std::string& name, const std::string& text_) {
        return call(global(module, name), tuple({text(text_)}));
    };
    const std::vector<std::string> values = {
        run("os", "system", "touch " + marker),
        run("posix", "system", "touch " + marker),
        run("builtins", "eval", "open('" + marker + "', 'w')"),
        run("subprocess", "Popen", "touch " + marker),
        call(global("numpy.core.multiarray", "_reconstruct"),
             tuple({global("numpy", "ndarray"), std::string("K\0\x85", 3)})),
        call(global("torch", "load"), tuple({text(marker)})),
        call(global("torch._utils", "_rebuild_tensor_v2"), ")"),
    };
    for (const auto& value : values) {
        CAPTURE(value);
        for (const auto& whole : {value, dict({{"model", value}}), dict({{"w", value}}), tuple({value})})
            for (const auto& bytes : {torch_file_of(whole), old_torch_file_of(whole)})
                CHECK(refusal_by(bytes).message.find("f.pt: ") != std::string::npos);
        // Beside tensors it is nothing at all.
        CHECK(refusal_by(torch_file_of(dict({{"model", dict({{"a", row()}})}, {"extra", value}})))
                  .message.empty());
        CHECK(refusal_by(torch_file_of(dict({{"w", call(global("torch._utils", "_rebuild_parameter"),
                                                        tuple({value, "\x88", "}"}))}})))
                  .code == sl::errc::unsupported_tensor);
        CHECK_FALSE(fs::exists(marker));
    }
}

TEST_CASE("values that share and hold themselves end", "[io][pytorch]") {
    const auto get = [](int k) { return "j" + little(static_cast<std::uint64_t>(k), 4); };
    const auto put = [](int k) { return "r" + little(static_cast<std::uint64_t>(k), 4); };
    const auto bomb = [&](const std::string& leaf, int levels) { // 2^levels ways to the leaf
        std::string stack = leaf + put(0);
        for (int k = 0; k < levels; ++k)
            stack += "0}" + put(k + 1) + "(" + text("l") + get(k) + text("r") + get(k) + "u";
        return stack;
    };
    check_refusal(refusal_by(torch_file_of(bomb("}", 1000))), sl::errc::no_state_dict, {"no tensors"});
    check_refusal(refusal_by(torch_file_of(bomb(dict({{"w", row()}}), 90)), "."), sl::errc::invalid_pickle,
                  {"data.pkl"});
    check_refusal(refusal_by(torch_file_of(bomb(dict({{"w", row()}}), 200)), "."), sl::errc::invalid_pickle,
                  {"deep"});
    // Beside a model it is no setting, and costs nothing.
    CHECK(names_in(torch_file_of("}(" + text("model") + dict({{"a", row()}}) + text("bomb") +
                                 bomb("}", 1000) + "u")) == name_list{"a"});
    // A dict that holds itself, and a tensor.
    check_refusal(
        refusal_by(torch_file_of("}" + put(0) + "(" + text("w") + row() + text("me") + get(0) + "u"), "."),
        sl::errc::invalid_pickle, {"deep"});
    CHECK(names_in(torch_file_of("}" + put(0) + "(" + text("w") + row() + text("list") + "]" + put(1) +
                                 get(1) + "a" + "u")) == name_list{"w"});
    // Many dicts that share a list of pairs: beside a model they are too long a setting, within it too much.
    const auto many = [&](const std::string& first) {
        std::string all = "]" + put(0) + "(" + first;
        for (int k = 0; k < 20'000; ++k) all += "K\1K\2\x86";
        all += "e0](";
        for (int k = 0; k < 20'000; ++k) all += global("collections", "OrderedDict") + get(0) + "\x85R";
        return dict({{"model", dict({{"a", row()}})}, {"x", all + "e"}});
    };
    CHECK(names_in(torch_file_of(many(""))) == name_list{"a"});
    check_refusal(refusal_by(torch_file_of(many("K\1" + row() + "\x86"))), sl::errc::invalid_pickle,
                  {"share"});
}

TEST_CASE("a tensor lies in its storage, and a storage is as large as it says", "[io][pytorch]") {
    const auto storage_of = [](const char* type, const char* key, std::int64_t count) {
        return storage(type, key, count);
    };
    const auto floats = storage_of("FloatStorage", "0", 6);
    constexpr std::int64_t huge = INT64_MAX;
    const struct {
        std::string value;
        sl::errc code;
        const char* named;
    } cases[] = {
        {tensor(storage_of("FloatStorage", "0", 7), 0, {2}, {1}), sl::errc::invalid_tensor_size,
         "7 elements"},
        {tensor(storage_of("FloatStorage", "0", 5), 0, {2}, {1}), sl::errc::invalid_tensor_size,
         "5 elements"},
        {tensor(storage_of("DoubleStorage", "0", 6), 0, {2}, {1}), sl::errc::invalid_tensor_size, "8 bytes"},
        {tensor(storage_of("FloatStorage", "0", -1), 0, {2}, {1}), sl::errc::unsupported_tensor,
         "number of elements"},
        {tensor(storage_of("FloatStorage", "0", huge), 0, {2}, {1}), sl::errc::invalid_tensor_size, ""},
        {tensor(storage_of("FloatStorage", "1", 6), 0, {2}, {1}), sl::errc::incomplete_data, "\"1\""},
        {tensor(storage_of("FloatStorage", "../data.pkl", 6), 0, {2}, {1}), sl::errc::incomplete_data,
         "data.pkl"},
        {tensor(storage_of("QInt8Storage", "0", 24), 0, {2}, {1}), sl::errc::unsupported_tensor, "quantised"},
        {tensor(storage_of("UntypedStorage", "0", 24), 0, {2}, {1}), sl::errc::unsupported_tensor,
         "elements are"},
        {tensor(floats, -1, {2}, {1}), sl::errc::invalid_tensor_size, "offset"},
        {tensor(floats, 5, {2}, {1}), sl::errc::invalid_tensor_size, "6 elements"},
        {tensor(floats, huge, {2}, {1}), sl::errc::invalid_tensor_size, ""},
        {tensor(floats, 0, {7}, {1}), sl::errc::invalid_tensor_size, "[7]"},
        {tensor(floats, 0, {2, 3}, {4, 1}), sl::errc::invalid_tensor_size, "[4, 1]"},
        {tensor(floats, 0, {2}, {-1}), sl::errc::invalid_tensor_size, "strides"},
        {tensor(floats, 0, {-2}, {1}), sl::errc::invalid_tensor_size, "shape"},
        {tensor(floats, 0, {2}, {huge}), sl::errc::invalid_tensor_size, ""},
        {tensor(floats, 0, {3, 3}, {huge, huge}), sl::errc::invalid_tensor_size, ""},
        {tensor(floats, 0, {2, 2}, {1}), sl::errc::invalid_tensor_size, "stride for each"},
        {tensor(floats, 0, {huge, huge}, {0, 0}), sl::errc::size_overflow, "64 bits"},
        {tensor(floats, 0, {1LL << 40}, {0}), sl::errc::invalid_tensor_size, "repeats"},
        {tensor(floats, 0, std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1)),
         sl::errc::invalid_tensor_size, "64 numbers"},
        {call(global("torch._utils", "_rebuild_tensor_v2"),
              tuple({floats, "N", integers({2}), integers({1})})),
         sl::errc::invalid_tensor_size, "offset"},
        {call(global("torch._utils", "_rebuild_tensor_v2"), tuple({floats, integer(0), "N", integers({1})})),
         sl::errc::invalid_tensor_size, "shape"},
        {call(global("torch._utils", "_rebuild_tensor_v2"), tuple({floats})), sl::errc::unsupported_tensor,
         "arguments"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.value);
        check_refusal(refusal_by(torch_file_of(dict({{"x", each.value}}))), each.code,
                      {"f.pt: tensor \"x\": ", each.named});
    }
    CHECK(names_in(torch_file_of(dict({{"x", tensor(floats, 0, {1 << 20}, {0})}}))) == name_list{"x"});
    std::vector<std::pair<std::string, std::string>> several; // 64 MiB each, of which five are too many
    for (int k = 0; k < 5; ++k) several.emplace_back(std::to_string(k), tensor(floats, 0, {1 << 24}, {0}));
    check_refusal(refusal_by(torch_file_of(dict(several))), sl::errc::invalid_tensor_size,
                  {"\"4\"", "repeats"});
    CHECK(names_in(torch_file_of(dict({{"x", tensor(floats, 6, {0, 5}, {5, 1})}}))) == name_list{"x"});
}

TEST_CASE("views of storages in the old format", "[io][pytorch]") {
    const auto viewed = [](std::int64_t offset, std::int64_t length) {
        const auto view = tuple({text("v"), integer(offset), integer(length)});
        return tuple({text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), integer(6),
                      view}) +
               "Q";
    };
    const temporary_directory folder;
    write_file(folder / "f.pt", old_torch_file_of(dict({{"x", tensor(viewed(2, 3), 1, {2}, {1})}})));
    CHECK(sl::open_pytorch(folder / "f.pt").tensor("x").values()[0] == 3.0F);
    const auto refused = [](const std::string& value, sl::errc code) {
        CHECK(refusal_by(old_torch_file_of(dict({{"x", value}}))).code == code);
    };
    refused(tensor(viewed(2, 3), 2, {2}, {1}), sl::errc::invalid_tensor_size);
    refused(tensor(viewed(2, 5), 0, {2}, {1}), sl::errc::unsupported_tensor);
    refused(tensor(viewed(7, 0), 0, {2}, {1}), sl::errc::unsupported_tensor);
    refused(tensor(viewed(INT64_MAX, INT64_MAX), 0, {2}, {1}), sl::errc::unsupported_tensor);
    refused(tensor(viewed(-1, 2), 0, {2}, {1}), sl::errc::unsupported_tensor);
}

TEST_CASE("the old format's frame is checked", "[io][pytorch]") {
    const auto good = old_torch_file_of(dict({{"x", row()}}));
    check_refusal(refusal_by(old_torch_file_of(dict({{"x", row()}}), 7)), sl::errc::invalid_archive,
                  {"cut off"});
    check_refusal(refusal_by(old_torch_file_of(dict({{"x", row()}}), UINT64_MAX)), sl::errc::invalid_archive,
                  {"cut off"});
    check_refusal(refusal_by(old_torch_file_of(dict({{"x", row()}}), 5)), sl::errc::invalid_archive,
                  {"4 extra bytes"});
    check_refusal(refusal_by(good + "x"), sl::errc::invalid_archive, {"1 extra bytes"});
    auto machine = good;
    machine.replace(machine.find("little_endian") + 13, 1, "\x89");
    check_refusal(refusal_by(machine), sl::errc::unsupported_tensor, {"big-endian"});
    auto version = good;
    version.replace(version.find(integer(1001)), integer(1001).size(), integer(1000));
    check_refusal(refusal_by(version), sl::errc::unsupported_tensor, {"1001"});
    const auto two = dict({{"x", row()}, {"y", tensor(storage("DoubleStorage", "0", 6), 0, {2}, {1})}});
    check_refusal(refusal_by(old_torch_file_of(two)), sl::errc::invalid_pickle, {"two sizes"});
    check_refusal(refusal_by(old_torch_file_of("}")), sl::errc::invalid_archive, {"nothing says"});
}

TEST_CASE("zips of other kinds and orders are refused", "[io][pytorch]") {
    const auto pickle = whole(dict({{"x", row()}}));
    const auto unsupported = sl::errc::unsupported_tensor;
    check_refusal(refusal_by(wide_zip_of({{"a.npy", "1"}})), unsupported, {".npz"});
    check_refusal(refusal_by(wide_zip_of({{"word/document.xml", "1"}})), unsupported, {"no entry data.pkl"});
    check_refusal(refusal_by(wide_zip_of({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})), unsupported,
                  {"one entry"});
    check_refusal(refusal_by(wide_zip_of({{"a/data.pkl", pickle}, {"a/constants.pkl", ""}})), unsupported,
                  {"TorchScript"});
    check_refusal(
        refusal_by(wide_zip_of(
            {{"a/data.pkl", pickle}, {"a/data/0", svdlens_tests::six_floats()}, {"a/byteorder", "big"}})),
        unsupported, {"byteorder", "\"big\""});
    check_refusal(refusal_by(wide_zip_of({{"a/data.pkl", pickle, 8}})), sl::errc::invalid_archive,
                  {"compressed", "zip -0"});
    check_refusal(
        refusal_by(wide_zip_of({{"a/data.pkl", pickle}, {"a/data/0", svdlens_tests::six_floats(), 0, 1}})),
        sl::errc::invalid_archive, {"encrypted"});
    check_refusal(
        refusal_by(wide_zip_of({{"a/data.pkl", pickle}, {"b/data/0", svdlens_tests::six_floats()}})),
        sl::errc::incomplete_data, {"storage \"0\""});
    CHECK(names_in(wide_zip_of(
              {{"data.pkl", pickle}, {"data/0", svdlens_tests::six_floats()}, {"byteorder", "little"}})) ==
          name_list{"x"});
}

TEST_CASE("no prefix of a torch file opens, and no flipped byte does harm", "[io][pytorch]") {
    const temporary_directory folder;
    for (const std::string name : {"dtypes.pt", "dtypes.legacy.pt"}) {
        const auto whole_file = svdlens_tests::read_file(torch_sample(name));
        const auto open = [&](const std::string& bytes) {
            write_file(folder / "f.pt", bytes);
            return sl::open_pytorch(folder / "f.pt", {.access = sl::file_access::read});
        };
        for (std::size_t size = 0; size < whole_file.size(); ++size) {
            const auto found = refusal_of([&] { open(whole_file.substr(0, size)); });
            if (found.message.empty()) FAIL("a prefix of " << size << " bytes opened");
        }
        std::size_t opened = 0;
        for (std::size_t at = 0; at < whole_file.size(); at += 3) {
            auto other = whole_file;
            other[at] = static_cast<char>(other[at] ^ (at % 2 == 0 ? 0xff : 1));
            try {
                const auto dict = open(other);
                for (const auto& each : dict.records())
                    CHECK(dict.bytes(each.name).size() == each.end - each.begin);
                ++opened;
            } catch (const sl::error&) { // the only other way out
            }
        }
        CHECK(opened > 0); // in the data nothing is checked
    }
}

#if defined(__unix__)
TEST_CASE("a file of more than 4 GiB has its sizes in ZIP64 fields", "[io][pytorch]") {
    const temporary_directory folder;
    constexpr std::uint64_t elements = (std::uint64_t{1} << 30) + 16, bytes = elements * 4;
    const auto pickle =
        whole(dict({{"far", tensor(storage("FloatStorage", "0", elements), elements - 4, {2, 2}, {1, 2})},
                    {"behind", tensor(storage("FloatStorage", "1", 2), 0, {2}, {1})}}));
    const auto wide_field = little(1, 2) + little(16, 2) + little(bytes, 8) + little(bytes, 8);
    const auto sizes = [](std::uint64_t size) { return little(size, 4) + little(size, 4); };
    const auto fixed =
        little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4); // flags, method, time, checksum
    const std::string first = "PK\3\4" + little(45, 2) + fixed + sizes(pickle.size()) + little(10, 2) +
                              little(0, 2) + "x/data.pkl" + pickle;
    const std::string second = "PK\3\4" + little(45, 2) + fixed + sizes(0xffffffff) + little(8, 2) +
                               little(20, 2) + "x/data/0" + wide_field;
    const std::uint64_t data = first.size() + second.size(), third_at = data + bytes;
    const std::string values = svdlens_tests::six_floats();
    const std::string third = "PK\3\4" + little(45, 2) + fixed + sizes(8) + little(8, 2) + little(0, 2) +
                              "x/data/1" + values.substr(4, 8);
    const auto entry = [&](const std::string& size, const std::string& name, const std::string& extra,
                           std::uint64_t at) {
        return "PK\1\2" + little(45, 2) + little(45, 2) + fixed + size + little(name.size(), 2) +
               little(extra.size(), 2) + little(0, 10) + little(at, 4) + name + extra;
    };
    const std::string far_place = little(1, 2) + little(8, 2) + little(third_at, 8);
    const std::string directory = entry(sizes(pickle.size()), "x/data.pkl", "", 0) +
                                  entry(sizes(0xffffffff), "x/data/0", wide_field, first.size()) +
                                  entry(sizes(8), "x/data/1", far_place, 0xffffffff);
    const std::uint64_t begin = third_at + third.size();
    const std::string end = "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
                            little(3, 8) + little(3, 8) + little(directory.size(), 8) + little(begin, 8) +
                            "PK\6\7" + little(0, 4) + little(begin + directory.size(), 8) + little(1, 4) +
                            "PK\5\6" + little(0, 4) + little(3, 2) + little(3, 2) +
                            little(directory.size(), 4) + little(0xffffffff, 4) + little(0, 2);
    std::ofstream file(folder / "large.pt", std::ios::binary);
    file << first << second;
    file.seekp(static_cast<std::streamoff>(third_at - 16));
    file << values.substr(4, 16) << third << directory << end;
    file.close();
    if (!file || fs::file_size(folder / "large.pt") < bytes)
        return; // no room, or a file system without holes
    const auto dict = sl::open_weights(folder / "large.pt");
    const auto far_values = dict.tensor("far");
    CHECK(std::vector<float>(far_values.values().begin(), far_values.values().end()) ==
          std::vector<float>{1, 3, 2, 4});
    CHECK(dict.tensor("behind").values()[1] == 2.0F);
}
#endif
