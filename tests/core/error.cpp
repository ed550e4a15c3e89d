#include "svdlens/core/error.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("every error can be caught as the family and as a runtime_error and keeps its code and message") {
    try {
        throw sl::format_error(sl::errc::duplicate_key, "model.safetensors: \"a\" stands twice");
    } catch (const sl::error& e) {
        CHECK(e.code() == sl::errc::duplicate_key);
        CHECK(std::string(e.what()) == "model.safetensors: \"a\" stands twice");
    }
    REQUIRE_THROWS_AS(throw sl::file_error(sl::errc::cannot_open, ""), std::runtime_error);
    REQUIRE_THROWS_AS(throw sl::lookup_error(sl::errc::unknown_column, ""), sl::error);
    REQUIRE_THROWS_AS(throw sl::model_error(sl::errc::unknown_scheme, ""), sl::error);
    REQUIRE_THROWS_AS(throw sl::numeric_error(sl::errc::non_finite, ""), sl::error);
    REQUIRE_THROWS_AS(throw sl::argument_error(sl::errc::invalid_argument, ""), sl::error);
    REQUIRE_THROWS_AS(throw sl::cancelled_error(), sl::error);
}

TEST_CASE("the numbers of codes are those that programs were told") {
    CHECK(static_cast<int>(sl::errc::cannot_open) == 101);
    CHECK(static_cast<int>(sl::errc::header_too_small) == 201);
    CHECK(static_cast<int>(sl::errc::unknown_tensor) == 301);
    CHECK(static_cast<int>(sl::errc::non_finite) == 401);
    CHECK(static_cast<int>(sl::errc::underflow) == 402);
    CHECK(static_cast<int>(sl::errc::unknown_column) == 501);
    CHECK(static_cast<int>(sl::errc::unknown_label) == 502);
    CHECK(static_cast<int>(sl::errc::ambiguous_label) == 503);
    CHECK(static_cast<int>(sl::errc::cancelled) == 601);
}
