/// @file
/// Contiguous row-major values with a shape, sharing the ownership of their memory.
#ifndef SVDLENS_TENSOR_TENSOR_HPP
#define SVDLENS_TENSOR_TENSOR_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "../core/detail/checked.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"

namespace svdlens::inline v0_2 {

/// Immutable row-major values with a shape. Copying is cheap: copies share the memory, and a tensor read from
/// a file keeps the mapping alive. A shape of no extents is a scalar: one value. A tensor that was moved from
/// has no values, as a new one.
template <class T>
class basic_tensor {
  public:
    using value_type = T;

    /// No values: shape `[0]`.
    basic_tensor() = default;

    /// Takes the values over. @throws argument_error (invalid_axes) when they are not as many as the
    /// shape says
    basic_tensor(std::vector<T> values, std::vector<std::uint64_t> shape) : shape_(std::move(shape)) {
        auto owned = std::make_shared<const std::vector<T>>(std::move(values));
        values_ = {owned->data(), owned->size()};
        owner_ = std::move(owned);
        check();
    }

    /// Views values that `owner` keeps alive; a null owner means that the caller does.
    /// @throws argument_error (invalid_axes) when they are not as many as the shape says
    basic_tensor(std::span<const T> values, std::vector<std::uint64_t> shape,
                 std::shared_ptr<const void> owner) :
        values_(values),
        shape_(std::move(shape)), owner_(std::move(owner)) {
        check();
    }

    /// Copies share what is viewed, and copy what is owned.
    basic_tensor(const basic_tensor&) = default;
    /// Leaves an empty tensor.
    basic_tensor(basic_tensor&& other) noexcept :
        values_(std::exchange(other.values_, {})), shape_(std::exchange(other.shape_, {})),
        owner_(std::exchange(other.owner_, {})) {}
    /// By value, so that one does for both kinds.
    basic_tensor& operator=(basic_tensor other) noexcept {
        values_ = other.values_;
        shape_ = std::move(other.shape_);
        owner_ = std::move(other.owner_);
        return *this;
    }
    ~basic_tensor() = default;

    /// Extents, outermost first.
    std::span<const std::uint64_t> shape() const& {
        static constexpr std::uint64_t nothing[] = {0};
        return is_nothing() ? std::span<const std::uint64_t>(nothing) : shape_;
    }
    /// As a copy of its own, which outlives a temporary tensor.
    std::vector<std::uint64_t> shape() && {
        const auto extents = std::as_const(*this).shape();
        return {extents.begin(), extents.end()};
    }
    /// All values, row-major.
    std::span<const T> values() const& { return values_; }
    /// As a copy of its own, which outlives a temporary tensor. O(elements)
    std::vector<T> values() && { return {values_.begin(), values_.end()}; }
    std::size_t size() const { return values_.size(); }
    /// The first value's address.
    const T* data() const { return values_.data(); }

    /// What keeps the values alive; null when the caller does.
    const std::shared_ptr<const void>& owner() const& { return owner_; }
    std::shared_ptr<const void> owner() && { return std::move(owner_); }

  private:
    void check() const {
        const auto expected = detail::checked_product(shape_);
        if (expected && *expected == values_.size()) return;
        throw argument_error(errc::invalid_axes, "tensor: shape " + to_text(shape_) + " does not hold " +
                                                     to_text(values_.size()) + " values");
    }

    /// A scalar has no extents either, but a value.
    bool is_nothing() const { return shape_.empty() && values_.empty(); }

    std::span<const T> values_;
    std::vector<std::uint64_t> shape_; ///< empty for no values, too
    std::shared_ptr<const void> owner_;
};

using tensor = basic_tensor<float>;

} // namespace svdlens::inline v0_2

#endif
