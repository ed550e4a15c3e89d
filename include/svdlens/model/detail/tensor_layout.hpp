/// @file
/// Matrices and vectors inside a stored tensor, by the meaning of its axes: strided views wherever they
/// can be.
#ifndef SVDLENS_MODEL_DETAIL_TENSOR_LAYOUT_HPP
#define SVDLENS_MODEL_DETAIL_TENSOR_LAYOUT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../linalg/matrix.hpp"
#include "scheme_rows.hpp"
#include "size_book.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Where an axis lies in a stored tensor.
struct axis_step {
    model_axis axis;
    std::size_t extent;
    std::size_t stride;
    std::size_t dimension = 0; ///< of the tensor, the outermost first
};

/// A stored tensor's axes with their extents and strides, and where the slices that are read begin.
class tensor_layout {
  public:
    /// @param sizes have been held against the tensor's shape
    tensor_layout(const stored_axes& axes, std::span<const std::uint64_t> shape, const size_book& sizes) {
        std::size_t stride = 1;
        for (std::size_t k = stored_rank(axes); k-- > 0;) {
            const auto& factors = axes[k].factors;
            const bool alone = axes[k].is_single();
            for (std::size_t i = factors.size(); i-- > 0;) {
                const auto& factor = factors[i];
                std::size_t extent = factor.slice.count;
                if (factor.is_axis()) {
                    extent = alone ? static_cast<std::size_t>(shape[k]) : sizes[factor.axis];
                    if (factor.axis != model_axis::one) steps_.push_back({factor.axis, extent, stride, k});
                } else {
                    offset_ += factor.slice.index * stride;
                }
                if (factor.is_stacked()) {
                    offset_ += extent_of(factor, factor.index, sizes) * stride;
                    extent = extent_of(factor, factor.stack.size(), sizes);
                }
                stride *= extent;
            }
        }
        join_neighbours();
    }

    /// Elements before the first one that is read.
    std::size_t offset() const { return offset_; }

    /// All axes, innermost first.
    const std::vector<axis_step>& steps() const { return steps_; }

    /// The first of the axes that the tensor has; null when it has none of them.
    const axis_step* find(std::initializer_list<model_axis> wanted) const {
        for (const auto axis : wanted)
            for (const auto& step : steps_)
                if (step.axis == axis) return &step;
        return nullptr;
    }

    /// The axis over heads of either kind; null where there is none.
    const axis_step* heads() const { return find({model_axis::n_heads, model_axis::n_key_value_heads}); }

    /// The axis over the heads that share a key/value head; null where heads are one axis.
    const axis_step* group() const { return find({model_axis::n_group}); }

    /// The axis over the experts of a mixture; null where there is none.
    const axis_step* experts() const { return find({model_axis::n_experts}); }

    /// The stream that a matrix reads from or writes to: d_model, else the latent that values are made from.
    const axis_step* stream() const { return find({model_axis::d_model, model_axis::d_latent}); }

    /// The axis that is neither the stream nor heads nor, besides another, experts; null where there is none,
    /// or more than one.
    const axis_step* other() const {
        const axis_step* result = nullptr;
        for (const auto& step : steps_) {
            if (&step == stream() || &step == heads() || &step == group() || &step == experts()) continue;
            if (result != nullptr) return nullptr;
            result = &step;
        }
        return result != nullptr ? result : experts();
    }

  private:
    /// Dimensions of any extent side by side are one: the rows of one matrix.
    void join_neighbours() {
        for (std::size_t k = 1; k < steps_.size();) {
            auto& inner = steps_[k - 1];
            const auto& outer = steps_[k];
            const bool joined = inner.axis == model_axis::any && outer.axis == model_axis::any &&
                                outer.stride == inner.stride * inner.extent;
            if (!joined) {
                ++k;
                continue;
            }
            inner.extent *= outer.extent;
            inner.dimension = outer.dimension;
            steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(k));
        }
    }

    /// How many entries the first parts of a stack have.
    static std::size_t extent_of(const axis_factor& factor, std::size_t parts, const size_book& sizes) {
        std::size_t extent = 0;
        for (std::size_t i = 0; i < parts; ++i) {
            const auto& part = factor.stack[i];
            extent += part.axis == model_axis::none ? part.entries : sizes[part.axis];
        }
        return extent;
    }

    std::vector<axis_step> steps_;
    std::size_t offset_ = 0;
};

/// Elements `data[i · rows.stride + j · columns.stride]` as a view that shares the owner; nothing where
/// neither of the strides is 1.
template <class T>
std::optional<basic_matrix<T>> strided_view(const T* data, const axis_step& rows, const axis_step& columns,
                                            const std::shared_ptr<const void>& owner) {
    const auto is_view = [](const axis_step& outer, const axis_step& inner) {
        return (inner.stride == 1 || inner.extent == 1) &&
               (outer.stride >= inner.extent || outer.extent == 1);
    };
    const auto view = [&](const axis_step& outer, const axis_step& inner) {
        const std::size_t pitch = (std::max)(outer.stride, inner.extent);
        return basic_matrix<T>(data, outer.extent, pitch, owner).column_range(0, inner.extent);
    };
    if (is_view(rows, columns)) return view(rows, columns);
    if (is_view(columns, rows)) return view(columns, rows).transposed();
    return std::nullopt;
}

/// The labels of rows that lie in several dimensions of any extent: `2,0,14` is the place of a number of a patch.
/// None where they lie in one. O(rows)
inline std::vector<std::string> grid_labels(std::span<const std::uint64_t> shape, const stored_axes& axes) {
    std::vector<std::uint64_t> extents;
    for (std::size_t k = 0; k < stored_rank(axes); ++k)
        if (axes[k].is_single() && axes[k].factors[0].axis == model_axis::any) extents.push_back(shape[k]);
    if (extents.size() < 2) return {};
    std::vector<std::string> labels = {""};
    for (const auto extent : extents) {
        std::vector<std::string> longer;
        for (const auto& label : labels)
            for (std::uint64_t i = 0; i < extent; ++i)
                longer.push_back(label + (label.empty() ? "" : ",") + to_text(i));
        labels = std::move(longer);
    }
    return labels;
}

/// Elements at a stride, copied.
template <class T>
std::vector<T> strided_vector(const T* data, const axis_step& step) {
    std::vector<T> values(step.extent);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = data[i * step.stride];
    return values;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
