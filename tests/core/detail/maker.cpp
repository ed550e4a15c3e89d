#include "svdlens/core/detail/maker.hpp"

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

namespace {

template <std::integral T>
class guarded {
  public:
    T value() const { return *value_; }

  private:
    friend svdlens::detail::maker;
    explicit guarded(std::unique_ptr<T> value) : value_(std::move(value)) {}

    std::unique_ptr<T> value_;
};

} // namespace

TEST_CASE("a class that nobody else can make is made by its friend, from what is moved in") {
    static_assert(!std::is_constructible_v<guarded<int>, std::unique_ptr<int>>);
    CHECK(svdlens::detail::maker::make<guarded<int>>(std::make_unique<int>(3)).value() == 3);
}
