#include "svdlens/tensor/axis.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

std::string label(const sl::axis& a, std::uint64_t index) {
    std::string out;
    a.append_label(out, index);
    return out;
}

} // namespace

TEST_CASE("an axis calls its indices by numbers, a list or a format") {
    CHECK(label(sl::axis("a"), 7) == "7");
    CHECK(label(sl::axis("a", {"x", "y"}), 1) == "y");
    CHECK(label(sl::axis("a", sl::label_format{"N{}"}), 1) == "N1");
}

TEST_CASE("a list gives the extent and a format leaves it open") {
    CHECK(sl::axis("a", std::vector<std::string>{"x", "y"}).extent == 2);
    CHECK(sl::axis("a", {"x"}).extent == 1);
    CHECK(sl::axis("a", sl::label_format{"N{}"}).extent == sl::from_shape);
    CHECK(sl::axis("a", 4, sl::label_format{"N{}"}).extent == 4);
}

TEST_CASE("the entity of a label column is its name unless said otherwise") {
    CHECK(sl::label_column("head", "L{layer}H{head}").entity == "head");
    CHECK(sl::label_column("source", "L{layer}H{head}", "head").entity == "head");
}
