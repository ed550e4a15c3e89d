#include "svdlens/tensor/tensor.hpp"

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
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

TEST_CASE("a tensor that was moved from has no values, as a new one") {
    const auto check_nothing = [](const sl::tensor& t) {
        CHECK(t.size() == 0);
        CHECK(t.values().empty());
        CHECK(t.data() == nullptr);
        CHECK(t.shape().size() == 1);
        CHECK(t.shape()[0] == 0);
        CHECK(t.owner() == nullptr);
    };
    for (const std::vector<std::uint64_t>& shape : {std::vector<std::uint64_t>{1, 1}, {}}) {
        sl::tensor from(std::vector<float>{7}, shape);
        sl::tensor to(std::move(from));
        check_nothing(from); // NOLINT
        CHECK(to.values()[0] == 7.0F);
        CHECK(to.shape().size() == shape.size());
        from = std::move(to);
        check_nothing(to); // NOLINT
        CHECK(from.values()[0] == 7.0F);
        auto& self = from;
        from = std::move(self);
        CHECK(from.values()[0] == 7.0F);
        from = {};
        check_nothing(from);
    }
    check_nothing({});
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<sl::tensor>);
    STATIC_REQUIRE(std::is_nothrow_move_assignable_v<sl::tensor>);
}

TEST_CASE("what a temporary tensor gives away outlives it") {
    const auto passing = [] { return sl::tensor(std::vector<float>{1, 2}, {1, 2}); };
    std::uint64_t sum = 0;
    for (const auto extent : passing().shape()) sum += extent;
    CHECK(sum == 3);
    const std::vector<std::uint64_t> shape = passing().shape();
    CHECK(shape == std::vector<std::uint64_t>{1, 2});
    const auto owner = passing().owner();
    CHECK(owner.use_count() == 1);
    CHECK(sl::tensor(passing()).values() == std::vector<float>{1, 2});
}
