/// @file
/// Nested JSON arrays as tensors: shape and values.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_TENSOR_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_TENSOR_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/checked.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../dtype.hpp"
#include "../../tensor_record.hpp"
#include "../short_text.hpp"
#include "../small_float.hpp"
#include "json_events.hpp"
#include "json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Follows arrays that open and close and the numbers in them. Each call gives what is wrong with it, or
/// nothing: all arrays of one depth must have one length, and numbers stand at one depth only.
class nested_shape {
  public:
    using problem = std::optional<std::string>;

    problem open() {
        const std::size_t depth = counts_.size();
        if (numbers_at_ && *numbers_at_ == depth) return expected_at("expected a number, found an array");
        if (depth != 0) ++counts_.back();
        counts_.push_back(0);
        if (extents_.size() < counts_.size()) extents_.emplace_back();
        return std::nullopt;
    }

    problem number() {
        const std::size_t depth = counts_.size();
        if (extents_.size() > depth) return expected_at("expected an array, found a number");
        numbers_at_ = depth;
        ++counts_.back();
        return std::nullopt;
    }

    problem close() {
        const std::uint64_t count = counts_.back();
        counts_.pop_back();
        auto& extent = extents_[counts_.size()];
        if (!extent) extent = count;
        if (*extent == count) return std::nullopt;
        auto at = counts_;
        for (auto& index : at) --index;
        return "at " + to_text(at) + ": expected " + to_text(*extent) +
               " elements as in the arrays before, found " + to_text(count);
    }

    /// Whether all arrays are closed.
    bool closed() const { return counts_.empty(); }

    /// The element that comes next, for messages.
    std::string expected_at(const std::string& what) const {
        auto at = counts_;
        for (std::size_t k = 0; k + 1 < at.size(); ++k) --at[k];
        return "at " + to_text(at) + ": " + what;
    }

    /// The extents of closed arrays, outermost first.
    std::vector<std::uint64_t> shape() const {
        std::vector<std::uint64_t> all;
        for (const auto& each : extents_) all.push_back(*each);
        return all;
    }

  private:
    std::vector<std::uint64_t> counts_;                 ///< of each open array: its elements so far
    std::vector<std::optional<std::uint64_t>> extents_; ///< of each depth, from its first closed array
    std::optional<std::size_t> numbers_at_;             ///< how many arrays are around each number
};

} // namespace detail

namespace detail {

/// One tensor of JSON weights, as far as it is read.
struct json_tensor {
    std::string name;
    std::optional<dtype> type;
    std::optional<std::vector<std::uint64_t>> shape;
    std::optional<nested_shape> data; ///< the form of the numbers
    std::vector<json_number> numbers;
};

/// Numbers, and the words for those that JSON has not; nothing for other values.
inline std::optional<json_number> number_of(const json_scalar& value) {
    using kind = json_scalar::kind;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (value.type == kind::unsigned_integer) return json_number(value.magnitude);
    if (value.type == kind::real) return json_number(value.real);
    if (value.type == kind::negative_integer) {
        if (value.magnitude == 0) return json_number(-0.0);
        return json_number(static_cast<std::int64_t>(0 - value.magnitude));
    }
    if (value.type != kind::string) return std::nullopt;
    if (*value.text == "nan") return json_number(std::numeric_limits<double>::quiet_NaN());
    if (*value.text == "inf") return json_number(infinity);
    if (*value.text == "-inf") return json_number(-infinity);
    return std::nullopt;
}

/// Where element `k` stands, for messages.
inline std::string position_text(std::size_t k, std::span<const std::uint64_t> shape) {
    std::vector<std::uint64_t> at(shape.size());
    std::uint64_t rest = k;
    for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) at[axis] = rest % shape[axis];
    return short_text(at);
}

/// Whether data of this form are of that shape: nested as it is, or flat; without elements, the arrays that
/// there can be.
inline bool has_shape(const nested_shape& data, std::size_t count, std::span<const std::uint64_t> shape) {
    if (checked_product(shape) != std::optional<std::uint64_t>(count)) return false;
    const auto found = data.shape();
    if (found.size() == 1) return true;
    if (found.size() > shape.size() || (found.size() < shape.size() && count != 0)) return false;
    return std::equal(found.begin(), found.end(), shape.begin());
}

/// Checks a tensor that is read whole and gives its bytes. Bare arrays are F64.
inline named_tensor finished_tensor(json_tensor& tensor, const json_source& source) {
    const std::string prefix = "tensor " + quoted(tensor.name) + ": ";
    const dtype type = tensor.type.value_or(dtype::f64);
    const auto found = tensor.data->shape();
    auto shape = tensor.shape ? std::move(*tensor.shape) : found;
    if (!tensor_bits(type, shape)) {
        source.fail(errc::size_overflow, prefix + "shape " + short_text(shape) + " is larger than 2^64 bits");
    }
    if (!has_shape(*tensor.data, tensor.numbers.size(), shape)) {
        source.fail(errc::invalid_tensor_size, prefix + "expected numbers of shape " + short_text(shape) +
                                                   ", or as many in one array, found shape " +
                                                   to_text(found));
    }
    auto bytes = std::make_shared<std::vector<std::byte>>();
    bytes->reserve(tensor.numbers.size() * (bits_of(type) / 8));
    for (std::size_t k = 0; k < tensor.numbers.size(); ++k) {
        const auto pattern = element_pattern(type, tensor.numbers[k]);
        if (!pattern) {
            source.fail(prefix + "at " + position_text(k, shape) + ": the number " +
                        to_text(to_double(tensor.numbers[k])) + " has no place in " +
                        std::string(to_text(type)));
        }
        append_little(*bytes, *pattern, bits_of(type) / 8);
    }
    const std::span<const std::byte> all = *bytes;
    return {std::move(tensor.name), type, std::move(shape), all, std::move(bytes)};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
