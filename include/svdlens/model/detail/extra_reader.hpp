/// @file
/// Reads the matrices of a model besides the usual ones: what embeds patches, states and classes of tokens, and what
/// predicts classes and actions.
#ifndef SVDLENS_MODEL_DETAIL_EXTRA_READER_HPP
#define SVDLENS_MODEL_DETAIL_EXTRA_READER_HPP

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../../linalg/matrix.hpp"
#include "../naming_scheme.hpp"
#include "../transformer_parts.hpp"
#include "label_givers.hpp"
#include "part_finder.hpp"
#include "part_reader.hpp"
#include "scheme_rows.hpp"
#include "tensor_layout.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Reads row by row of a scheme's extras; a tensor that the file has not is passed over.
template <std::floating_point T>
class extra_reader {
  public:
    /// All must outlive this.
    extra_reader(const state_dict& file, const model_config& config, const part_finder& parts,
                 part_reader<T>& tensors) :
        file_(file),
        config_(config), parts_(parts), tensors_(tensors) {}

    /// @throws as part_reader
    std::vector<basic_named_matrix<T>> all() {
        std::vector<basic_named_matrix<T>> result;
        for (const auto& row : parts_.scheme().extras)
            if (file_.contains(parts_.name_of(row))) result.push_back(extra(row));
        return result;
    }

  private:
    basic_named_matrix<T> extra(const extra_name& row) {
        const std::string name = parts_.name_of(row);
        const auto bias = parts_.bias_of(row);
        auto axes = row.axes;
        if (row.flow == flow::writes && stored_rank(axes) == 2 && (bias || is_linear(name)))
            axes = {model_axis::d_model, model_axis::any};
        basic_named_matrix<T> result;
        result.name = parts_.unwrapped_name_of(row);
        result.vectors = stored_rank(axes) == 1 ? one_row(tensors_.vector({name, axes}))
                                                : tensors_.matrix({name, axes}, false);
        result.flow = row.flow;
        result.axis = std::string(row.axis);
        result.labels =
            labels_of({row.axis, result.vectors.rows(), config_.environment, predicted(row.axis)});
        if (result.labels.empty()) result.labels = grid_labels(file_.record(name).shape, axes);
        result.role = row.role;
        if (bias)
            result.bias =
                bias_of(*bias, row.flow == flow::reads ? result.vectors.rows() : result.vectors.columns());
        return result;
    }

    static basic_matrix<T> one_row(std::vector<T> values) {
        const auto kept = std::make_shared<const std::vector<T>>(std::move(values));
        return {kept->data(), 1, kept->size(), kept};
    }

    /// Whether a matrix is stored (d_model, n) by its shape alone.
    bool is_linear(const std::string& name) const {
        const auto& shape = file_.record(name).shape;
        const std::size_t d_model = tensors_.sizes()[model_axis::d_model];
        return shape.size() == 2 && shape[0] == d_model && shape[1] != d_model;
    }

    /// How many rows what predicts such an axis has; 0 where nothing does.
    std::size_t predicted(std::string_view axis) const {
        for (const auto& row : parts_.scheme().extras)
            if (row.axis == axis && row.flow == flow::reads && file_.contains(parts_.name_of(row)))
                return static_cast<std::size_t>(file_.record(parts_.name_of(row)).shape.front());
        return 0;
    }

    std::vector<T> bias_of(const std::string& name, std::size_t expected) {
        auto values = tensors_.vector({name, {model_axis::any}});
        if (values.size() != expected)
            throw model_error(errc::wrong_shape, file_.path().string() + ": tensor " + quoted(name) +
                                                     ": expected shape [" + to_text(expected) + "], found [" +
                                                     to_text(values.size()) + "]");
        return values;
    }

    const state_dict& file_;
    const model_config& config_;
    const part_finder& parts_;
    part_reader<T>& tensors_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
