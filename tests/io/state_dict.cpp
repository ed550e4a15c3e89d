#include "svdlens/io/state_dict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Bytes of any dtype as a named tensor that owns them.
sl::named_tensor owned(const std::string& name, sl::dtype type, std::vector<std::uint64_t> shape,
                       const std::vector<unsigned char>& bytes) {
    const auto copy = std::make_shared<const std::vector<unsigned char>>(bytes);
    return {name, type, std::move(shape), std::as_bytes(std::span(*copy)), copy};
}

sl::state_dict example() {
    return sl::state_dict({sl::named_tensor("w", sl::tensor({1, 2, 3, 4, 5, 6}, {2, 3})),
                           sl::named_tensor("b", sl::basic_tensor<double>({0.1, -0.0}, {2})),
                           owned("half", sl::dtype::f16, {2}, {0x00, 0x3c, 0x00, 0xc0}),
                           owned("eight", sl::dtype::f8_e4m3, {3}, {0x38, 0xc0, 0x7e}),
                           sl::named_tensor("s", sl::tensor({7}, {})),
                           sl::named_tensor("none", sl::tensor({}, {0, 4}))},
                          {{"format", "pt"}}, "example");
}

template <class Error, class Action>
std::string checked_message(sl::errc code, Action action) {
    try {
        action();
    } catch (const Error& failure) {
        CHECK(failure.code() == code);
        CHECK(std::string(failure.what()).find('\n') == std::string::npos);
        return failure.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("tensors in memory come from no file", "[io][state_dict]") {
    CHECK(example().files().empty());
    CHECK(sl::state_dict().files().empty());
}

TEST_CASE("names come in ascending order, with their records", "[io][state_dict]") {
    const auto dict = example();
    CHECK(dict.size() == 6);
    CHECK(dict.names() == std::vector<std::string>{"b", "eight", "half", "none", "s", "w"});
    CHECK(dict.records().size() == 6);
    CHECK(dict.records()[5].name == "w");
    CHECK(dict.path() == "example");
    CHECK(dict.metadata().at("format") == "pt");
    CHECK(dict.record("w").shape == std::vector<std::uint64_t>{2, 3});
    CHECK(dict.record("half").type == sl::dtype::f16);
    CHECK(dict.contains("w"));
    CHECK_FALSE(dict.contains("W"));
    CHECK_FALSE(dict.contains(""));
}

TEST_CASE("values of the stored dtype are viewed, others converted", "[io][state_dict]") {
    const auto dict = example();
    const auto w = dict.tensor<float>("w");
    CHECK(static_cast<const void*>(w.data()) == static_cast<const void*>(dict.bytes("w").data()));
    CHECK(std::vector<float>(w.values().begin(), w.values().end()) == std::vector<float>{1, 2, 3, 4, 5, 6});
    const auto wide = dict.tensor<double>("w");
    CHECK(wide.values()[5] == 6.0);
    CHECK(wide.shape()[1] == 3);
    const auto b = dict.tensor<double>("b");
    CHECK(static_cast<const void*>(b.data()) == static_cast<const void*>(dict.bytes("b").data()));
    CHECK(b.values()[0] == 0.1);
    CHECK(dict.tensor<float>("b").values()[0] == 0.1F);
    CHECK(dict.tensor("half").values()[0] == 1.0F);
    CHECK(dict.tensor("half").values()[1] == -2.0F);
    CHECK(dict.tensor("eight").values()[0] == 1.0F);
    CHECK(dict.tensor("eight").values()[1] == -2.0F);
    CHECK(dict.tensor<double>("eight").values()[2] == 448.0);
    CHECK(dict.tensor("s").shape().empty());
    CHECK(dict.tensor("s").values()[0] == 7.0F);
    CHECK(dict.tensor("none").size() == 0);
    CHECK(dict.tensor<double>("none").shape()[1] == 4);
}

TEST_CASE("unaligned values are copied, not viewed", "[io][state_dict]") {
    alignas(8) std::array<unsigned char, 13> memory{};
    memory[5 + 3] = 0x3f; // 1.0F behind five bytes, then a quarter of it
    memory[5 + 2] = 0x80;
    memory[5 + 7] = 0x3e;
    memory[5 + 6] = 0x80;
    const auto bytes = std::as_bytes(std::span(memory)).subspan(5);
    const sl::state_dict dict({sl::named_tensor("t", sl::dtype::f32, {2}, bytes, nullptr)});
    const auto values = dict.tensor<float>("t");
    CHECK(static_cast<const void*>(values.data()) != static_cast<const void*>(bytes.data()));
    CHECK(values.values()[0] == 1.0F);
    CHECK(values.values()[1] == 0.25F);
}

TEST_CASE("a tensor outlives its state dict", "[io][state_dict]") {
    auto owned = std::make_shared<const std::vector<float>>(std::vector<float>{1, 2});
    const std::weak_ptr<const std::vector<float>> watch = owned;
    auto dict = sl::state_dict({sl::named_tensor("t", sl::tensor(*owned, {2}, owned))});
    owned.reset();
    auto copy = dict;
    auto values = dict.tensor("t");
    dict = {};
    copy = {};
    CHECK(values.values()[1] == 2.0F);
    CHECK_FALSE(watch.expired());
    values = {};
    CHECK(watch.expired());
}

TEST_CASE("an unknown name says which ones are near", "[io][state_dict]") {
    const sl::state_dict dict({sl::named_tensor("transformer.wte.weight", sl::tensor({1}, {1})),
                               sl::named_tensor("blocks.0.attn.W_Q", sl::tensor({1}, {1})),
                               sl::named_tensor("blocks.0.attn.W_K", sl::tensor({1}, {1}))},
                              {}, "model.safetensors");
    const auto typed =
        checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { dict.tensor("blocks.0.atn.W_Q"); });
    CHECK(typed.find("model.safetensors: no tensor \"blocks.0.atn.W_Q\" among its 3 tensors; nearest: "
                     "\"blocks.0.attn.W_Q\", \"blocks.0.attn.W_K\"") == 0);
    const auto prefix =
        checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { dict.record("wte.weight"); });
    CHECK(prefix.find("\"transformer.wte.weight\"") != std::string::npos);
    const auto far =
        checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { dict.bytes("lm_head\n"); });
    CHECK(far.find("nearest") == std::string::npos);
    checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [] { sl::state_dict().tensor("x"); });
}

TEST_CASE("dtypes that are not read say so with file, tensor and dtype", "[io][state_dict]") {
    using enum sl::dtype;
    for (const auto type : {c64, f4, f6_e2m3, f6_e3m2}) {
        const std::string name(sl::to_text(type));
        CAPTURE(name);
        const sl::state_dict dict({owned("c", type, {4}, std::vector<unsigned char>(sl::bits_of(type) / 2))},
                                  {}, "example");
        CHECK(checked_message<sl::format_error>(sl::errc::unsupported_dtype, [&] { dict.tensor("c"); }) ==
              "example: tensor \"c\": cannot read " + name +
                  " as real numbers; its bytes can be read as they are stored");
        checked_message<sl::format_error>(sl::errc::unsupported_dtype, [&] { dict.tensor<double>("c"); });
        CHECK(dict.record("c").type == type);
        CHECK(dict.bytes("c").size() == sl::bits_of(type) / 2);
    }
}

TEST_CASE("tensors in memory that contradict themselves are refused", "[io][state_dict]") {
    const sl::named_tensor one("t", sl::tensor({1}, {1}));
    checked_message<sl::argument_error>(sl::errc::duplicate_key, [&] { sl::state_dict({one, one}); });
    const auto wrong = checked_message<sl::argument_error>(sl::errc::invalid_tensor_size, [] {
        sl::state_dict({owned("t", sl::dtype::f16, {2}, {1, 2, 3})});
    });
    CHECK(wrong.find("\"t\"") != std::string::npos);
    CHECK(checked_message<sl::argument_error>(sl::errc::invalid_tensor_size, [] {
              sl::state_dict({owned("t", sl::dtype::f4, {3}, {1})});
          }) != "no error");
}

TEST_CASE("a checkpoint is called by its file, and by its folder where the file is an index",
          "[io][state_dict]") {
    const auto label = [](const std::filesystem::path& path) { return sl::state_dict({}, {}, path).label(); };
    CHECK(sl::state_dict().label().empty());
    CHECK(label("(in memory)") == "(in memory)");
    CHECK(label("models/tiny/model.safetensors") == "model.safetensors");
    CHECK(label("models/tiny/model.safetensors.index.json") == "tiny");
    CHECK(label("model.safetensors.index.json") == "model.safetensors.index.json"); // of no folder
}

TEST_CASE("what a temporary gives away outlives it", "[io][state_dict]") {
    std::weak_ptr<const void> watch;
    const auto passing = [&] {
        auto memory = std::make_shared<const std::vector<float>>(std::vector<float>{1, 2});
        watch = memory;
        return sl::state_dict({sl::named_tensor("t", sl::tensor(*memory, {2}, memory))}, {{"k", "v"}}, "p");
    };
    std::size_t walked = 0;
    for (const auto& each : passing().records()) {
        CHECK(watch.expired());
        CHECK(each.name == "t");
        ++walked;
    }
    for (const auto& each : passing().record("t").shape) {
        CHECK(each == 2);
        ++walked;
    }
    for (const auto& [key, text] : passing().metadata()) {
        CHECK(key + text == "kv");
        ++walked;
    }
    for (const auto& part : passing().path()) {
        CHECK(part == "p");
        ++walked;
    }
    for (const auto each : passing().bytes("t")) walked += each == std::byte{0x3f} ? 1U : 0U;
    CHECK(walked == 5); // 1.0F ends in 0x3f
    const auto& tensor = passing().record("t");
    CHECK(tensor.name == "t");
    const std::vector<std::byte> bytes = passing().bytes("t");
    CHECK(bytes.size() == 8);
    checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { passing().record("x"); });
}

TEST_CASE("a state dict that was moved from has no tensors", "[io][state_dict]") {
    auto dict = example();
    const auto taken = std::move(dict);
    CHECK(taken.size() == 6);
    const auto check_empty = [](const sl::state_dict& nothing) {
        CHECK(nothing.size() == 0);
        CHECK(nothing.names().empty());
        CHECK(nothing.records().empty());
        CHECK(nothing.metadata().empty());
        CHECK(nothing.path().empty());
        CHECK(nothing.files().empty());
        CHECK_FALSE(nothing.contains("w"));
        checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { nothing.tensor("w"); });
        checked_message<sl::lookup_error>(sl::errc::unknown_tensor, [&] { nothing.bytes("w"); });
    };
    check_empty(dict); // NOLINT
    check_empty(sl::state_dict());
    dict = taken;
    CHECK(dict.size() == 6);
    sl::state_dict other;
    other = std::move(dict);
    check_empty(dict); // NOLINT
    CHECK(other.tensor("w").values()[5] == 6.0F);
}

TEST_CASE("metadata may call tensors by second names", "[io][state_dict]") {
    const sl::tensor a({1, 2}, {2}), b({3}, {1});
    const sl::state_dict dict({{"a", a}, {"b", b}},
                              {{"c", "a"}, {"d", "b"}, {"b", "a"}, {"e", "x"}, {"f", "c"}, {"format", "pt"}});
    const auto both = dict.with_aliases();
    CHECK(both.names() == std::vector<std::string>{"a", "b", "c", "d"}); // b stays, x is nothing
    CHECK(both.tensor("b").values()[0] == 3.0F);
    CHECK(both.tensor("c").data() == a.data());
    CHECK(both.record("d").shape == std::vector<std::uint64_t>{1});
    CHECK(both.metadata() == dict.metadata());
    CHECK(both.path() == dict.path());
    CHECK(dict.size() == 2);
    CHECK(both.with_aliases().size() == 5); // what f is called after is a tensor now
    CHECK(sl::state_dict().with_aliases().size() == 0);
}
