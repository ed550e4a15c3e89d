/// @file
/// The matrix that a model computes with, where it is made of several stored tensors: values times scales, and
/// low-rank updates of adapters.
#ifndef SVDLENS_MODEL_DETAIL_COMPOUND_MATRIX_HPP
#define SVDLENS_MODEL_DETAIL_COMPOUND_MATRIX_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../io/state_dict.hpp"
#include "../../linalg/block_scaled_matrix.hpp"
#include "../../linalg/low_rank_sum.hpp"
#include "../../linalg/matrix.hpp"
#include "stored_matrix.hpp"
#include "tensor_layout.hpp"
#include "weight_scales.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Which way round an update B A is added to the stored matrix.
enum class update_side {
    either, ///< B A is (out, in), as linear layers store their weight: the scheme tells how this one is stored
    turned, ///< the stored matrix is (B A)ᵀ's, whatever it means: a table of embeddings
};

/// scale · B A.
struct low_rank_term {
    state_dict file; ///< of the adapter
    std::string A;   ///< r × in
    std::string B;   ///< out × r
    double scale;
    update_side side;
};

/// What the matrices of a checkpoint have beside their own elements.
struct matrix_terms {
    bool scaled = false;                                    ///< 8-bit floats are multiplied by their scales
    std::optional<std::array<std::uint64_t, 2>> block = {}; ///< of scales, as the config says
    std::map<std::string, std::vector<low_rank_term>> updates = {}; ///< by the tensor that they are added to
};

/// A tensor of one or two dimensions, or a number, as rows × columns in its own order: a view, or converted when
/// it is asked for.
template <std::floating_point T>
basic_matrix<T> stored_table(const state_dict& file, const std::string& name, std::size_t rows,
                             std::size_t columns) {
    if (const auto tensor = file.template view<T>(name))
        return basic_matrix<T>(tensor->data(), rows, columns, tensor->owner());
    using enum schemes::model_axis;
    return converted_matrix<T>(
        {file, name, file.record(name).type, 0, {any, rows, columns}, {any, columns, 1}});
}

/// A matrix of the file as it is stored.
template <std::floating_point T>
basic_matrix<T> stored_table(const state_dict& file, const tensor_record& record) {
    return stored_table<T>(file, record.name, static_cast<std::size_t>(record.shape[0]),
                           static_cast<std::size_t>(record.shape[1]));
}

/// `count` rows, `step` apart from `first` on. Those that are apart are gathered when they are asked for.
template <std::floating_point T>
basic_matrix<T> spaced_rows(const basic_matrix<T>& m, std::size_t first, std::size_t count,
                            std::size_t step) {
    if (step == 1 || count <= 1) return m.row_range(first, count);
    return deferred_matrix<T>(count, m.columns(), [=](const matrix_part& part) {
        std::vector<T> values;
        values.reserve(part.rows * part.columns);
        for (std::size_t i = 0; i < part.rows; ++i) {
            const auto row = m.row_range(first + (part.row + i) * step, 1)
                                 .column_range(part.column, part.columns)
                                 .resident();
            for (std::size_t j = 0; j < part.columns; ++j) values.push_back(row(0, j));
        }
        return basic_matrix<T>(std::move(values), part.rows, part.columns);
    });
}

/// A stored matrix with its terms, in the order of its elements. Deferred; O(terms).
template <std::floating_point T>
class compound_matrix {
  public:
    /// @param is_in_out whether the tensor is stored (in, out), where square updates do not tell it
    /// @throws as `checked_grid`
    compound_matrix(const state_dict& file, const tensor_record& record, const matrix_terms& terms,
                    bool is_in_out) :
        whole_(stored_table<T>(file, record)) {
        if (terms.scaled && is_small_float(record.type)) {
            const auto& scales = *find_scales(file, record.name);
            const auto grid = checked_grid(file, record, scales, terms.block);
            whole_ = block_scaled_matrix(whole_, stored_table<T>(file, scales.name, grid.rows, grid.columns),
                                         grid.block);
        }
        if (const auto found = terms.updates.find(record.name); found != terms.updates.end())
            for (const auto& term : found->second) whole_ = updated(whole_, term, is_in_out);
    }

    /// Elements from `offset` on, as the axes of the stored tensor lie.
    basic_matrix<T> part(std::size_t offset, const axis_step& rows, const axis_step& columns) const {
        if (rows.dimension != 0) return part_of(offset, columns, rows).transposed();
        return part_of(offset, rows, columns);
    }

  private:
    /// @param down lies along the tensor's columns, @param across along its rows
    basic_matrix<T> part_of(std::size_t offset, const axis_step& down, const axis_step& across) const {
        const std::size_t width = whole_.columns();
        const auto rows = spaced_rows(whole_, offset / width, down.extent, down.stride / width);
        return spaced_rows(rows.transposed(), offset % width, across.extent, across.stride).transposed();
    }

    static basic_matrix<T> updated(const basic_matrix<T>& W, const low_rank_term& term, bool is_in_out) {
        const auto B = stored_table<T>(term.file, term.file.record(term.B));
        const auto A = stored_table<T>(term.file, term.file.record(term.A));
        const bool fits = B.rows() == W.rows() && A.columns() == W.columns();
        const bool fits_turned = A.columns() == W.rows() && B.rows() == W.columns();
        const bool turned = term.side == update_side::turned || !fits || (fits_turned && is_in_out);
        if (turned) return low_rank_sum(W, A.transposed(), B.transposed(), term.scale);
        return low_rank_sum(W, B, A, term.scale);
    }

    basic_matrix<T> whole_;
};

/// Whether a tensor's matrix is more than its elements.
inline bool has_terms(const tensor_record& record, const matrix_terms& terms) {
    return (terms.scaled && is_small_float(record.type)) || terms.updates.contains(record.name);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
