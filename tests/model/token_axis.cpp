#include "svdlens/model/token_axis.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using strings = std::vector<std::string>;

TEST_CASE("labels come onto the token axis of what embeds and unembeds") {
    const auto model = svdlens_tests::make_random_model<float>({.vocab = 4});
    for (const auto& set : {model.embed(), model.unembed()}) {
        const auto labelled = sl::with_token_labels(set, {" the", "a", "\\n", "!"});
        CHECK(labelled.axes.label(0, "token") == " the");
        CHECK(labelled.axes.label(2, "token") == "\\n");
        CHECK(labelled.axes.shape_rows() == 4);
        CHECK(labelled.layers[0].data() == set.layers[0].data());
        CHECK(labelled.identity.entity == set.identity.entity);
        CHECK(set.axes.label(0, "token") == "0");
    }
}

TEST_CASE("a padded vocabulary keeps its numbers, and no labels are numbers") {
    const auto set = svdlens_tests::make_random_model<float>({.vocab = 4}).unembed();
    CHECK(sl::with_token_labels(set, {"a", "b"}).axes.label(1, "token") == "b");
    CHECK(sl::with_token_labels(set, {"a", "b"}).axes.label(3, "token") == "3");
    CHECK(sl::with_token_labels(set, {}).axes.label(3, "token") == "3");
}

TEST_CASE("labels of another model, or of what has no tokens, are refused") {
    const auto model = svdlens_tests::make_random_model<float>({.vocab = 2});
    CHECK_THROWS_AS(sl::with_token_labels(model.unembed(), {"a", "b", "c"}), sl::argument_error);
    CHECK(message_of([&] {
              sl::with_token_labels(model.unembed(), {"a", "b", "c"});
          }) == "vector set \"unembed\": expected labels of at most 2 tokens, found 3; if the tokenizer is "
                "this model's, "
                "shorten the list");
    CHECK_THROWS_AS(sl::with_token_labels(model.mlp_in(), {"a"}), sl::lookup_error);
}
