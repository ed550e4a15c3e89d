/// @file
/// Biases of attention as one more row of the matrix that they are added behind.
#ifndef SVDLENS_CIRCUIT_DETAIL_BIAS_ROWS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BIAS_ROWS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/factored_set.hpp"
#include "../../linalg/matrix.hpp"
#include "../../model/transformer_weights.hpp"
#include "head_tensors.hpp"

namespace svdlens::inline v0_2::detail {

/// A matrix with a row below it, part by part.
template <std::floating_point T>
struct appended_row {
    basic_matrix<T> above;
    std::vector<T> row;

    basic_matrix<T> operator()(const matrix_part& part) const {
        const std::size_t end = part.row + part.rows;
        const std::size_t count = (std::min)(end, above.rows()) - (std::min)(part.row, above.rows());
        if (count == part.rows)
            return above.row_range((std::min)(part.row, above.rows()), count)
                .column_range(part.column, part.columns);
        std::shared_ptr<T[]> values(new T[part.rows * part.columns]);
        T* const out = values.get();
        if (count != 0) {
            const auto from =
                above.row_range(part.row, count).column_range(part.column, part.columns).resident();
            for (std::size_t i = 0; i < count; ++i)
                for (std::size_t j = 0; j < part.columns; ++j) out[i * part.columns + j] = from(i, j);
        }
        for (std::size_t j = 0; j < part.columns; ++j) out[count * part.columns + j] = row[part.column + j];
        return basic_matrix<T>(values.get(), part.rows, part.columns, values);
    }
};

/// The matrix with the row below it, deferred.
template <std::floating_point T>
basic_matrix<T> with_row(basic_matrix<T> above, std::vector<T> row) {
    const std::size_t rows = above.rows() + 1, columns = above.columns();
    return deferred_matrix<T>(rows, columns, appended_row<T>{std::move(above), std::move(row)});
}

enum class attention_bias { query, key, value };

/// The biases of a layer, one for each head or key/value head; empty where it has none.
template <std::floating_point T>
const std::vector<std::vector<T>>& biases_of(const basic_attention<T>& attention, attention_bias kind) {
    if (kind == attention_bias::query) return attention.b_Q;
    return kind == attention_bias::key ? attention.b_K : attention.b_V;
}

/// A head's bias, zeros where there is none. @throws model_error (wrong_shape) when it does not fit
template <std::floating_point T>
std::vector<T> bias_of_head(const basic_transformer_weights<T>& weights, std::size_t layer, std::size_t head,
                            attention_bias kind, std::size_t width) {
    const auto& all = biases_of(weights.blocks[layer].attention, kind);
    const bool is_query = kind == attention_bias::query;
    const std::size_t count = is_query ? weights.sizes.n_heads : weights.sizes.n_key_value_heads;
    const std::string name = is_query ? "b_Q" : kind == attention_bias::key ? "b_K" : "b_V";
    if (all.empty()) return std::vector<T>(width);
    if (all.size() != count)
        throw model_error(errc::wrong_shape, weights.file + ": " + quoted(tensor_label("", layer, name)) +
                                                 ": expected " + to_text(count) + " heads, found " +
                                                 to_text(all.size()));
    const auto& bias = all[is_query ? head : key_value_head(weights.sizes, head)];
    if (bias.empty()) return std::vector<T>(width);
    if (bias.size() != width)
        throw model_error(errc::wrong_shape, weights.file + ": " + quoted(tensor_label("", layer, name)) +
                                                 ": expected " + to_text(width) + " values a head, found " +
                                                 to_text(bias.size()));
    return bias;
}

/// Puts a kind of bias below the matrix of every head that it is added behind.
template <std::floating_point T>
void add_bias_rows(const basic_transformer_weights<T>& weights, basic_factored_set<T>& set,
                   attention_bias kind) {
    for (std::size_t k = 0; k < set.matrices.size(); ++k) {
        auto& each = set.matrices[k];
        const auto bias = bias_of_head(weights, k / set.heads(), k % set.heads(), kind, each.a.columns());
        if (kind == attention_bias::key)
            each.b = with_row(each.b.transposed(), bias).transposed();
        else
            each.a = with_row(each.a, bias);
    }
    // Their means are no means of the stream's coordinates any more.
    (kind == attention_bias::key ? set.right_centered : set.left_centered) = false;
}

template <std::floating_point T>
void say_biases(basic_factored_set<T>& set) {
    set.name += "_with_biases";
    set.provenance += "; biases as a last row";
}

} // namespace svdlens::inline v0_2::detail

#endif
