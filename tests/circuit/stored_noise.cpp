#include "svdlens/circuit/stored_noise.hpp"

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

TEST_CASE("stored noise is that of the coarsest dtype") {
    sl::transformer_weights weights;
    weights.dtypes = "BF16, F32";
    CHECK(sl::stored_noise(weights) == 0x1p-9);
    weights.dtypes = "F32, F16";
    CHECK(sl::stored_noise(weights) == 0x1p-12);
    weights.dtypes = "F32";
    CHECK(sl::stored_noise(weights) == 0x1p-25);
    weights.dtypes = "F8_E4M3, BF16";
    CHECK(sl::stored_noise(weights) == 0x1p-5);
    weights.dtypes = "F32, I8";
    CHECK(svdlens_tests::message_of([&] { sl::stored_noise(weights); }).find("found \"I8\"") !=
          std::string::npos);
    weights.dtypes = "";
    CHECK_THROWS_AS(sl::stored_noise(weights), sl::model_error);
}
