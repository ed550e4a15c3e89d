#include "svdlens/tensor/tensor.hpp"

#include <cstdint>
#include <memory>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a tensor owns what it is given and copies share it") {
    std::vector<float> values{1, 2, 3, 4, 5, 6};
    const float* data = values.data();
    const sl::tensor t(std::move(values), {2, 3});
    const auto copy = t;
    CHECK(t.data() == data);
    CHECK(copy.data() == data);
    CHECK(copy.size() == 6);
    CHECK(copy.shape()[1] == 3);
    CHECK(t.owner() != nullptr);
}

TEST_CASE("a view keeps its owner alive") {
    auto owner = std::make_shared<const std::vector<double>>(4, 1.5);
    const std::weak_ptr<const std::vector<double>> watch = owner;
    {
        const sl::basic_tensor<double> t(*owner, {2, 2}, owner);
        owner.reset();
        CHECK_FALSE(watch.expired());
        CHECK(t.values()[3] == 1.5);
    }
    CHECK(watch.expired());
}

TEST_CASE("a shape that does not hold the values is refused, also one whose size overflows") {
    REQUIRE_THROWS_AS(sl::tensor(std::vector<float>(5), {2, 3}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::tensor(std::vector<float>(), {std::uint64_t{1} << 33, std::uint64_t{1} << 33}),
                      sl::argument_error);
}

TEST_CASE("a shape of no extents is one value and the default tensor has none") {
    CHECK(sl::tensor(std::vector<float>{7}, {}).size() == 1);
    CHECK(sl::tensor().size() == 0);
    CHECK(sl::tensor().shape().size() == 1);
}
