#include "svdlens/directions/detail/consistent_vectors.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

sl::vector_set two_short_layers() {
    return {.name = "set",
            .axes = sl::axes({{"layer", 2}, {"neuron", 2}}),
            .identity = {"neuron", "L{layer}N{neuron}"},
            .layers = {sl::matrix({3, 4, 0, 0}, 2, 2), sl::matrix({0, 3, -4, 0}, 2, 2)}};
}

std::string refusal(const sl::vector_set& set) {
    return message_of([&] { sl::detail::require_consistent(set); });
}

} // namespace

TEST_CASE("vectors, axes, singular values and marks that fit are let through") {
    auto set = two_short_layers();
    sl::detail::require_consistent(set);
    set.singular_values = {{2, 1}, {2, 1}};
    set.null_space = {{false, true}, {false, false}};
    sl::detail::require_consistent(set);
}

TEST_CASE("a layer may lack what others have") {
    auto set = two_short_layers();
    set.layers[0] = sl::matrix();
    sl::detail::require_consistent(set);
    set.singular_values = {{}, {2, 1}};
    set.null_space = {{}, {false, true}};
    sl::detail::require_consistent(set);
    set.singular_values = {{2, 1}, {2, 1}};
    CHECK(refusal(set) == "vector set \"set\": expected a singular value for every vector");
}

TEST_CASE("parts of a vector set that do not fit are told") {
    auto set = two_short_layers();
    SECTION("matrices") {
        set.layers.pop_back();
        CHECK(refusal(set) == "vector set \"set\": expected 2 matrices, one a layer, found 1");
    }
    SECTION("vectors") {
        set.axes = sl::axes({{"layer", 2}, {"neuron", 3}});
        CHECK(refusal(set) == "vector set \"set\": expected 6 vectors by its axes, found 4");
    }
    SECTION("shapes") {
        set.layers[1] = sl::matrix({1, 2, 3, 4, 5, 6}, 2, 3);
        CHECK(refusal(set) == "vector set \"set\": layers differ in shape");
    }
    SECTION("singular values") {
        set.singular_values = {{2, 1}, {2}};
        CHECK(refusal(set) == "vector set \"set\": expected a singular value for every vector");
    }
    SECTION("marks") {
        set.null_space = {{true, true}};
        CHECK(refusal(set) == "vector set \"set\": expected a null-space mark for every vector");
    }
}
