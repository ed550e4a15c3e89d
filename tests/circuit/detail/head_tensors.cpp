#include "svdlens/circuit/detail/head_tensors.hpp"

#include "support/catch.hpp"
#include "support/random_model.hpp"

namespace detail = svdlens::detail;

TEST_CASE("heads share key/value heads in groups of consecutive heads") {
    svdlens::model_sizes sizes;
    sizes.n_heads = 8;
    sizes.n_key_value_heads = 2;
    CHECK(detail::key_value_head(sizes, 3) == 0);
    CHECK(detail::key_value_head(sizes, 4) == 1);
    sizes.n_key_value_heads = 8;
    CHECK(detail::key_value_head(sizes, 7) == 7);
    sizes.n_key_value_heads = 1;
    CHECK(detail::key_value_head(sizes, 7) == 0);
}

TEST_CASE("a set without matrices has the model's axes, name and provenance") {
    const auto model = svdlens_tests::make_random_model({.layers = 3, .heads = 5, .key_value_heads = 5});
    const auto set = detail::empty_circuits(model, "ov");
    CHECK(set.name == "ov");
    CHECK(set.layers() == 3);
    CHECK(set.heads() == 5);
    CHECK(set.axes.label(14, "head") == "L2H4");
    CHECK(set.file == "random");
    CHECK(set.provenance == model.provenance());
    CHECK(detail::tensor_label("", 2, "W_V") == "blocks.2.attn.W_V");
}
