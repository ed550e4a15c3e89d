#include "svdlens/directions/detail/factor_checks.hpp"

#include <atomic>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using svdlens_tests::random_factors;

TEST_CASE("the first head that is not finite is named, whatever the number of threads") {
    auto set = random_factors<double>({4, 5, 6, 3});
    sl::detail::require_finite_factors(set, {});
    for (const std::size_t k : {19U, 7U, 12U})
        set.matrices[k].a =
            svdlens_tests::with_entry(set.matrices[k].a, 2, 1, std::numeric_limits<double>::quiet_NaN());
    for (const unsigned threads : {1U, 2U, 5U}) {
        std::string message;
        try {
            sl::detail::require_finite_factors(set, {.threads = threads});
        } catch (const sl::numeric_error& problem) {
            message = problem.what();
        }
        CHECK(message == "model.safetensors: ov of L1H2, tensor \"W_V\": expected finite weights, found nan "
                         "at row 2, column 1");
    }
}

TEST_CASE("the check can be stopped") {
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(
        sl::detail::require_finite_factors(random_factors<float>({1, 1, 2, 1}), {.stop = &stop}),
        sl::cancelled_error);
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

TEST_CASE("only square circuits compose") {
    auto set = random_factors<float>({1, 2, 5, 2});
    sl::detail::require_composable(set, {});
    sl::detail::require_composable(sl::factored_set(), {}); // none at all
    for (auto& each : set.matrices) each.b = sl::matrix(std::vector<float>(8), 2, 4);
    CHECK(message_of([&] { sl::detail::require_composable(set, {}); }) ==
          "model.safetensors: ov: expected square circuits, found 5 x 4");
}
