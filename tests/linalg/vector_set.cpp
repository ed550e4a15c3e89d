#include "support/catch.hpp"

#include <cmath>

#include "svdlens/linalg/vector_set.hpp"

namespace sl = svdlens;

namespace {

sl::vector_set two_layers() {
    return {.name = "set",
            .axes = sl::axes({{"layer", 2}, {"neuron", 2}}),
            .identity = {"neuron", "L{layer}N{neuron}"},
            .layers = {sl::matrix({3, 4, 0, 0}, 2, 2), sl::matrix({0, 3, -4, 0}, 2, 2).transposed()},
            .port = {sl::flow::reads, 2, 4}};
}

} // namespace

TEST_CASE("a vector set knows its layers, sizes and ports") {
    const auto set = two_layers();
    CHECK(set.layered());
    CHECK(set.size() == 2);
    CHECK(set.d_model() == 2);
    CHECK(set.port.at(3) == 14);
    CHECK(set.singular_value(1, 1) == 1);
    CHECK_FALSE(set.is_null(1, 1));
    auto flat = set;
    flat.axes = sl::axes({{"token", 2}});
    CHECK_FALSE(flat.layered());
    flat.layers.clear();
    CHECK(flat.size() == 0);
    CHECK(flat.d_model() == 0);
}

TEST_CASE("singular values and null marks are by layer") {
    auto set = two_layers();
    set.singular_values = {{5, 4}, {3, 2}};
    set.null_space = {{false, false}, {false, true}};
    CHECK(set.singular_value(1, 0) == 3);
    CHECK(set.is_null(1, 1));
    CHECK_FALSE(set.is_null(0, 1));
}

TEST_CASE("normalising gives unit vectors, leaves zero vectors and the original alone") {
    const auto set = two_layers();
    const auto unit = sl::normalized(set);
    CHECK(unit.layers[0](0, 0) == Approx(0.6));
    CHECK(unit.layers[0](0, 1) == Approx(0.8));
    CHECK(unit.layers[0](1, 0) == 0);
    CHECK(unit.layers[0](1, 1) == 0);
    CHECK(unit.layers[1](0, 1) == -1); // of a transposed view: rows (0, -4) and (3, 0)
    CHECK(unit.layers[1](1, 0) == 1);
    CHECK(set.layers[0](0, 0) == 3);
    CHECK(unit.port.at(1) == set.port.at(1));
}
