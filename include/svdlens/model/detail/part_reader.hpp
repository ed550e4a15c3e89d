/// @file
/// One tensor of a checkpoint as matrices or vectors, oriented by the meaning of its axes.
#ifndef SVDLENS_MODEL_DETAIL_PART_READER_HPP
#define SVDLENS_MODEL_DETAIL_PART_READER_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/state_dict.hpp"
#include "../../io/tensor_record.hpp"
#include "../../linalg/matrix.hpp"
#include "compound_matrix.hpp"
#include "part_finder.hpp"
#include "scheme_rows.hpp"
#include "size_book.hpp"
#include "stored_matrix.hpp"
#include "tensor_layout.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Reads tensor by tensor, and holds each against the sizes of those before it. Matrices that have to be
/// converted are so when they are asked for, vectors at once.
template <std::floating_point T>
class part_reader {
  public:
    /// @param scheme its name, for messages; outlives this
    part_reader(const state_dict& file, std::string_view scheme, size_book sizes, matrix_terms terms = {}) :
        file_(file), scheme_(scheme), sizes_(std::move(sizes)), terms_(std::move(terms)) {}

    /// The sizes of what has been read so far, and those that a config promises.
    const size_book& sizes() const { return sizes_; }

    /// The dtypes of what has been read so far: `BF16, F32`.
    std::string dtypes() const {
        std::string text;
        for (const auto name : dtypes_) text += (text.empty() ? "" : ", ") + std::string(name);
        return text;
    }

    /// @param reads whether the matrix is d_model × n; otherwise it is n × d_model
    basic_matrix<T> matrix(const located_part& part, bool reads) {
        const auto layout = lay_out(part);
        if (layout.steps().size() != 2) throw_bad_table(part);
        return source(part, layout, reads)(layout.offset());
    }

    /// The matrix of each head.
    std::vector<basic_matrix<T>> heads(const located_part& part, bool reads) {
        if (!part.heads.empty())
            return of_each_head(part, [&](const located_part& one) { return matrix(one, reads); });
        const auto layout = lay_out(part);
        if (layout.heads() == nullptr) throw_bad_table(part);
        return along(*layout.heads(), part, layout, reads);
    }

    /// The matrix of each expert that a tensor holds: of all, or of one.
    std::vector<basic_matrix<T>> experts(const located_part& part, bool reads) {
        const auto layout = lay_out(part);
        if (layout.experts() == nullptr) return {matrix(part, reads)};
        return along(*layout.experts(), part, layout, reads);
    }

    std::vector<T> vector(const located_part& part) {
        const auto layout = lay_out(part);
        if (layout.steps().size() != 1) throw_bad_table(part);
        const auto tensor = file_.template tensor<T>(part.name);
        return strided_vector(tensor.data() + layout.offset(), layout.steps().front());
    }

    /// The vector of each head.
    std::vector<std::vector<T>> head_vectors(const located_part& part) {
        if (!part.heads.empty())
            return of_each_head(part, [&](const located_part& one) { return vector(one); });
        const auto layout = lay_out(part);
        if (layout.heads() == nullptr) throw_bad_table(part);
        return vectors_along(*layout.heads(), part, layout);
    }

    /// The vector of each expert that a tensor holds: of all, or of one.
    std::vector<std::vector<T>> expert_vectors(const located_part& part) {
        const auto layout = lay_out(part);
        if (layout.experts() == nullptr) return {vector(part)};
        return vectors_along(*layout.experts(), part, layout);
    }

  private:
    /// What `read` makes of the tensor of each head.
    template <class Read>
    auto of_each_head(const located_part& part, Read read) {
        sizes_.count(part.head_axis, part.heads.size(), part.name);
        std::vector<decltype(read(part))> result;
        for (const auto& name : part.heads) result.push_back(read({name, part.axes}));
        return result;
    }

    /// Where the pieces along an axis begin; of heads in groups, group after group.
    static std::vector<std::size_t> offsets_along(const axis_step& outer, const tensor_layout& layout) {
        const auto* const group = &outer == layout.heads() ? layout.group() : nullptr;
        std::vector<std::size_t> offsets;
        for (std::size_t k = 0; k < outer.extent; ++k)
            for (std::size_t g = 0; g < (group == nullptr ? 1 : group->extent); ++g)
                offsets.push_back(layout.offset() + k * outer.stride +
                                  (group == nullptr ? 0 : g * group->stride));
        return offsets;
    }

    std::vector<basic_matrix<T>> along(const axis_step& outer, const located_part& part,
                                       const tensor_layout& layout, bool reads) const {
        if (layout.steps().size() != (layout.group() == nullptr ? 3U : 4U)) throw_bad_table(part);
        std::vector<basic_matrix<T>> result;
        const auto matrix_at = source(part, layout, reads);
        for (const auto offset : offsets_along(outer, layout)) result.push_back(matrix_at(offset));
        return result;
    }

    std::vector<std::vector<T>> vectors_along(const axis_step& outer, const located_part& part,
                                              const tensor_layout& layout) const {
        if (layout.steps().size() != (layout.group() == nullptr ? 2U : 3U)) throw_bad_table(part);
        const auto is_inner = [&](const axis_step& step) {
            return &step != &outer && &step != layout.group();
        };
        const auto& inner = *std::find_if(layout.steps().begin(), layout.steps().end(), is_inner);
        const auto tensor = file_.template tensor<T>(part.name);
        std::vector<std::vector<T>> result;
        for (const auto offset : offsets_along(outer, layout))
            result.push_back(strided_vector(tensor.data() + offset, inner));
        return result;
    }

    /// Where a tensor's axes lie, which are held against the sizes known so far.
    tensor_layout lay_out(const located_part& part) {
        const auto& record = file_.record(part.name);
        sizes_.fit(record, part.axes);
        dtypes_.insert(to_text(record.type));
        return tensor_layout(part.axes, record.shape, sizes_);
    }

    /// What makes the matrix at an offset in the tensor.
    using matrix_source = std::function<basic_matrix<T>(std::size_t offset)>;

    matrix_source source(const located_part& part, const tensor_layout& layout, bool reads) const {
        const auto* const stream = layout.stream();
        const auto* const inner = layout.other();
        if (stream == nullptr || inner == nullptr) throw_bad_table(part);
        const auto rows = reads ? *stream : *inner;
        const auto columns = reads ? *inner : *stream;
        const auto& record = file_.record(part.name);
        if (has_terms(record, terms_)) return compound(part, record, rows, columns);
        if (const auto tensor = file_.template view<T>(part.name))
            return [=, file = file_, name = part.name, type = record.type](std::size_t offset) {
                auto view = strided_view(tensor->data() + offset, rows, columns, tensor->owner());
                if (view) return *std::move(view);
                return converted_matrix<T>({file, name, type, offset, rows, columns});
            };
        return [=, file = file_, name = part.name, type = record.type](std::size_t offset) {
            return converted_matrix<T>({file, name, type, offset, rows, columns});
        };
    }

    /// Of a tensor with scales or updates: the rows are what goes in, the columns what comes out. Matrices
    /// besides the usual ones are linear layers', which store (out, in), whatever their rows are.
    matrix_source compound(const located_part& part, const tensor_record& record, const axis_step& rows,
                           const axis_step& columns) const {
        if (stored_rank(part.axes) != 2 || rows.dimension == columns.dimension) throw_bad_table(part);
        const bool is_extra = rows.axis == model_axis::any || columns.axis == model_axis::any;
        const compound_matrix<T> whole(file_, record, terms_, !is_extra && rows.dimension == 0);
        return [=](std::size_t offset) { return whole.part(offset, rows, columns); };
    }

    [[noreturn]] void throw_bad_table(const located_part& part) const {
        throw argument_error(errc::invalid_argument,
                             "naming scheme " + quoted(scheme_) + ": the axes of " + quoted(part.name) +
                                 " are not those of the part: expected d_model and one more of a matrix, "
                                 "with heads besides in attention, and one of a vector");
    }

    state_dict file_;
    std::string_view scheme_;
    size_book sizes_;
    matrix_terms terms_;
    std::set<std::string_view> dtypes_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
