#include "svdlens/directions/detail/finite_factors.hpp"

#include <atomic>
#include <cstddef>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
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
