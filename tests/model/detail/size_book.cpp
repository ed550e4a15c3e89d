#include "svdlens/model/detail/size_book.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using enum sl::schemes::model_axis;
using sl::errc;
using sl::schemes::fused_slice;
using sl::schemes::joined;

namespace {

sl::tensor_record tensor(const std::string& name, const std::vector<std::uint64_t>& shape) {
    sl::tensor_record record;
    record.name = name;
    record.shape = shape;
    return record;
}

struct outcome {
    errc code = {};
    std::string message;
};

outcome fit(sl::detail::size_book& book, const std::string& name, const std::vector<std::uint64_t>& shape,
            const sl::schemes::stored_axes& axes) {
    try {
        book.fit(tensor(name, shape), axes);
    } catch (const sl::model_error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

} // namespace

TEST_CASE("the last unknown axis of a dimension is what divides it") {
    sl::detail::size_book book("f");
    book.promise({.n_heads = 3}, "the config");
    CHECK(book[n_heads] == 0); // no tensor has it yet
    CHECK(fit(book, "a", {5, 6}, {d_model, joined(n_heads, d_head)}).code == errc{});
    CHECK(book[d_model] == 5);
    CHECK(book[n_heads] == 3);
    CHECK(book[d_head] == 2);
    CHECK(fit(book, "b", {4, 5}, {joined(n_key_value_heads, d_head), d_model}).code == errc{});
    CHECK(book[n_key_value_heads] == 2);
    CHECK(fit(book, "c", {18}, {joined(fused_slice{2, 3}, n_heads, d_head)}).code == errc{});
    CHECK(fit(book, "d", {14}, {joined(fused_slice{0, 2}, d_mlp)}).code == errc{});
    CHECK(book[d_mlp] == 7);
    CHECK(book[d_vocab] == 0);
}

TEST_CASE("of stacked axes one may be unknown, however often it stands there") {
    const sl::schemes::stored_axes fused = {
        joined(sl::schemes::stacked_axes{1, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head),
        d_model};
    const sl::schemes::stored_axes shifted = {sl::schemes::stacked_axes{1, {2, n_ctx}}, d_model};
    SECTION("key/value heads") {
        sl::detail::size_book book("f");
        book.promise({.n_heads = 4, .d_head = 2}, "the config");
        CHECK(fit(book, "qkv", {16, 5}, fused).code == errc{});
        CHECK(book[n_key_value_heads] == 2);
        CHECK(book[d_head] == 2);
        CHECK(fit(book, "qkv2", {14, 5}, fused).code == errc::invalid_config);
    }
    SECTION("the width of a head") {
        sl::detail::size_book book("f");
        book.promise({.n_heads = 4, .n_key_value_heads = 2}, "the config");
        CHECK(fit(book, "qkv", {24, 5}, fused).code == errc{});
        CHECK(book[d_head] == 3);
    }
    SECTION("two of them are not told apart") {
        sl::detail::size_book book("f");
        book.promise({.n_heads = 4}, "the config");
        CHECK(fit(book, "qkv", {16, 5}, fused).code == errc::invalid_config);
        sl::detail::size_book other("f");
        other.promise({.d_head = 2}, "the config");
        CHECK(fit(other, "qkv", {16, 5}, fused).code == errc::invalid_config);
    }
    SECTION("what leaves nothing, or a half, is no size") {
        sl::detail::size_book book("f");
        book.promise({.n_heads = 4, .d_head = 2}, "the config");
        for (const std::uint64_t rows : {8U, 6U, 10U, 15U})
            CHECK(fit(book, "qkv", {rows, 5}, fused).message.find("(n_heads = 4 + n_key_value_heads") !=
                  std::string::npos);
        sl::detail::size_book positions("f");
        CHECK(fit(positions, "p", {2, 5}, shifted).message ==
              "f: tensor \"p\": expected shape [(2 + n_ctx), d_model], found [2, 5]");
        CHECK(fit(positions, "p", {9, 5}, shifted).code == errc{});
        CHECK(positions[n_ctx] == 7);
        CHECK(fit(positions, "p2", {8, 5}, shifted).code == errc::wrong_shape);
    }
    SECTION("more than a number can say") {
        sl::detail::size_book book("f");
        book.promise({.n_heads = UINT64_MAX, .n_key_value_heads = UINT64_MAX}, "the config");
        CHECK(fit(book, "qkv", {16, 5}, fused).code == errc::invalid_config);
        sl::detail::size_book positions("f");
        positions.promise({.n_ctx = UINT64_MAX}, "the config");
        CHECK(fit(positions, "p", {1, 5}, shifted).code == errc::invalid_config);
    }
}

TEST_CASE("what comes first counts: one config before another, tensors behind both") {
    sl::detail::size_book book("f");
    book.promise({.n_heads = 3}, "the caller's config");
    book.promise({.n_heads = 5, .d_model = 4}, "config.json");
    CHECK(fit(book, "a", {3, 4, 2}, {n_heads, d_model, d_head}).code == errc{});
    CHECK(fit(book, "b", {5, 4, 2}, {n_heads, d_model, d_head}).code == errc::wrong_shape);
    CHECK(fit(book, "b", {5, 4, 2}, {n_heads, d_model, d_head}).message ==
          "f: tensor \"b\": expected shape [n_heads = 3, d_model = 4, d_head = 2], found [5, 4, 2]; tensor "
          "\"a\" has n_heads = 3");
}

TEST_CASE("sizes that do not go with a dimension are named, a config's before a tensor's") {
    sl::detail::size_book book("f");
    book.promise({.n_heads = 3, .d_vocab = 9}, "config.json");
    REQUIRE(fit(book, "a", {2}, {d_head}).code == errc{});
    const auto product = fit(book, "b", {8}, {joined(n_heads, d_head)});
    CHECK(product.code == errc::invalid_config);
    CHECK(product.message ==
          "f: tensor \"b\": expected shape [n_heads = 3 x d_head = 2], found [8]; config.json "
          "has n_heads = 3");
    CHECK(fit(book, "b", {8}, {d_vocab}).message ==
          "f: tensor \"b\": expected shape [d_vocab = 9], found [8]; config.json has d_vocab = 9");
    CHECK(fit(book, "b", {7}, {joined(d_head, d_mlp)}).code == errc::wrong_shape);
    const auto slices = fit(book, "b", {7}, {joined(fused_slice{0, 3}, d_model)});
    CHECK(slices.code == errc::wrong_shape);
    CHECK(slices.message == "f: tensor \"b\": expected shape [3 x d_model], found [7]");
}

TEST_CASE("two unknown axes in one dimension are an error that says what is needed") {
    sl::detail::size_book book("f");
    const auto found = fit(book, "a", {12}, {joined(n_heads, d_head)});
    CHECK(found.code == errc::invalid_config);
    CHECK(found.message.find("f: tensor \"a\" of shape [12] is [n_heads x d_head]") == 0);
    CHECK(found.message.find("{.config = {.n_heads = ...}}") != std::string::npos);
}

TEST_CASE("ranks, empty extents and products beyond 64 bits are errors") {
    sl::detail::size_book book("f");
    book.promise({.n_heads = 0x8000000000000000U, .n_key_value_heads = 0, .d_head = 4}, "config.json");
    CHECK(fit(book, "a", {2, 2}, {d_model}).code == errc::wrong_shape);
    CHECK(fit(book, "a", {}, {d_model}).code == errc::wrong_shape);
    CHECK(fit(book, "a", {0}, {d_model}).message ==
          "f: tensor \"a\": expected shape [d_model], found [0]; no "
          "extent may be 0");
    CHECK(fit(book, "a", {4}, {joined(n_heads, d_head)}).code == errc::invalid_config);
    CHECK(fit(book, "a", {4}, {joined(n_key_value_heads, d_mlp)}).code == errc::invalid_config);
    CHECK(fit(book, "a", {7, 1}, {any, any}).code == errc{});
    CHECK(fit(book, "b", {8, 2}, {any, any}).code == errc{});
}

TEST_CASE("a dimension that does not tell its axes apart asks what other tensors tell") {
    const sl::schemes::stored_axes fused = {joined(n_heads, d_head), d_model};
    const auto book =
        [](const std::vector<std::pair<sl::tensor_record, sl::schemes::stored_axes>>& witnesses) {
            sl::detail::size_book result("f");
            for (const auto& [record, axes] : witnesses) result.witness(record, axes);
            return result;
        };
    auto none = book({});
    CHECK(fit(none, "W_O", {12, 5}, fused).code == errc::invalid_config);
    auto by_matrix = book({{tensor("W_Q", {3, 5, 4}), {n_heads, d_model, d_head}}});
    CHECK(fit(by_matrix, "W_O", {12, 5}, fused).message.empty());
    CHECK(by_matrix[n_heads] == 3);
    CHECK(by_matrix[d_head] == 4);
    auto by_bias = book({{tensor("W_Q", {12, 5}), fused}, {tensor("b_K", {4}), {d_head}}});
    CHECK(fit(by_bias, "W_O", {12, 5}, fused).message.empty());
    CHECK(by_bias[n_heads] == 3);
    auto wrong = book({{tensor("b_K", {5}), {d_head}}});
    CHECK(fit(wrong, "W_O", {12, 5}, fused).message.find("tensor \"b_K\" has d_head = 5") !=
          std::string::npos);
    auto other_rank = book({{tensor("b_K", {4, 1}), {d_head}}});
    CHECK(fit(other_rank, "W_O", {12, 5}, fused).code == errc::invalid_config);
    // What is told without them is not held to them.
    auto unneeded = book({{tensor("b_K", {7}), {d_head}}});
    CHECK(fit(unneeded, "W_Q", {3, 5, 4}, {n_heads, d_model, d_head}).message.empty());
    CHECK(fit(unneeded, "W_O", {12, 5}, fused).message.empty());
}
