#include "svdlens/directions/factored_set.hpp"

#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using svdlens_tests::random_factors;

TEST_CASE("a factored set finds its matrices by layer and head") {
    const auto set = random_factors<float>({2, 3, 5, 2});
    CHECK(set.layers() == 2);
    CHECK(set.heads() == 3);
    CHECK(&set(1, 2) == &set.matrices[5]);
    CHECK(set.head_label(5) == "L1H2");
    const sl::factored_set none;
    CHECK(none.layers() == 0);
    CHECK(none.heads() == 0);
}

TEST_CASE("factors of another shape than the first head's are refused by name") {
    auto set = random_factors<float>({2, 3, 5, 2});
    set.matrices[4].b = sl::matrix(std::vector<float>(15), 3, 5);
    CHECK(message_of([&] { sl::detail::require_uniform(set); }) ==
          "model.safetensors: ov of L1H1, tensor \"W_O\": expected the shape of the first head, 2 x 5, found "
          "3 x 5");
    REQUIRE_THROWS_AS(sl::detail::require_uniform(set), sl::model_error);
}

TEST_CASE("factors that do not fit each other are refused by name") {
    auto set = random_factors<float>({1, 1, 5, 2});
    set.matrices[0].b = sl::matrix(std::vector<float>(15), 3, 5);
    CHECK(message_of([&] { sl::detail::require_uniform(set); }) ==
          "model.safetensors: ov of L0H0, tensor \"W_O\": expected 2 rows, found 3 x 5");
}

TEST_CASE("a set needs a matrix for every layer and head") {
    auto set = random_factors<float>({1, 2, 5, 2});
    sl::detail::require_uniform(set);
    set.matrices.pop_back();
    REQUIRE_THROWS_AS(sl::detail::require_uniform(set), sl::argument_error);
    set.axes = sl::axes({{"head", 1}});
    REQUIRE_THROWS_AS(sl::detail::require_uniform(set), sl::argument_error);
}
