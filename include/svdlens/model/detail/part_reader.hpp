/// @file
/// One tensor of a checkpoint as matrices or vectors, oriented by the meaning of its axes.
#ifndef SVDLENS_MODEL_DETAIL_PART_READER_HPP
#define SVDLENS_MODEL_DETAIL_PART_READER_HPP

#include <concepts>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/state_dict.hpp"
#include "../../linalg/matrix.hpp"
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
    part_reader(const state_dict& file, std::string_view scheme, size_book sizes) :
        file_(file), scheme_(scheme), sizes_(std::move(sizes)) {}

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
        return oriented(part, layout, layout.offset(), reads);
    }

    /// The matrix of each head.
    std::vector<basic_matrix<T>> heads(const located_part& part, bool reads) {
        if (!part.heads.empty())
            return of_each_head(part, [&](const located_part& one) { return matrix(one, reads); });
        const auto layout = lay_out(part);
        const auto* const head = layout.heads();
        if (head == nullptr || layout.steps().size() != 3) throw_bad_table(part);
        std::vector<basic_matrix<T>> result;
        for (std::size_t h = 0; h < head->extent; ++h)
            result.push_back(oriented(part, layout, layout.offset() + h * head->stride, reads));
        return result;
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
        const auto tensor = file_.template tensor<T>(part.name);
        const auto* const head = layout.heads();
        const auto* const inner = layout.other();
        if (head == nullptr || inner == nullptr || layout.steps().size() != 2) throw_bad_table(part);
        std::vector<std::vector<T>> result;
        for (std::size_t h = 0; h < head->extent; ++h)
            result.push_back(strided_vector(tensor.data() + layout.offset() + h * head->stride, *inner));
        return result;
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

    /// Where a tensor's axes lie, which are held against the sizes known so far.
    tensor_layout lay_out(const located_part& part) {
        const auto& record = file_.record(part.name);
        sizes_.fit(record, part.axes);
        dtypes_.insert(to_text(record.type));
        return tensor_layout(part.axes, record.shape, sizes_);
    }

    basic_matrix<T> oriented(const located_part& part, const tensor_layout& layout, std::size_t offset,
                             bool reads) const {
        const auto* const stream = layout.find({model_axis::d_model});
        const auto* const inner = layout.other();
        if (stream == nullptr || inner == nullptr) throw_bad_table(part);
        const auto& rows = reads ? *stream : *inner;
        const auto& columns = reads ? *inner : *stream;
        if (const auto tensor = file_.template view<T>(part.name))
            return strided_matrix(tensor->data() + offset, rows, columns, tensor->owner());
        return converted_matrix<T>({file_, part.name, file_.record(part.name).type, offset, rows, columns});
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
    std::set<std::string_view> dtypes_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
