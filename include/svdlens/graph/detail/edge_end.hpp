/// @file
/// How a row of an edge list names the two ends of its edge.
#ifndef SVDLENS_GRAPH_DETAIL_EDGE_END_HPP
#define SVDLENS_GRAPH_DETAIL_EDGE_END_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// One end of the edges of a table: the label column `source` or `target`, resolved to positions of axes.
/// Refers to the axes, which must outlive it.
class edge_end {
  public:
    /// @throws lookup_error (unknown_column) when there is no such label column, or it is computed from
    /// no axis
    edge_end(const svdlens::axes& table, std::string_view column) :
        table_(&table), column_(table.find_label_column(column)), text_(look_up(column)) {
        const auto& names = column_->pattern.placeholders();
        const auto layer = std::find_if(names.begin(), names.end(), [](const std::string& name) {
            return name == "layer" || name.ends_with("_layer");
        });
        if (layer != names.end()) layer_ = static_cast<std::size_t>(layer - names.begin());
    }

    /// What kind of thing stands at this end.
    const std::string& entity() const { return column_->entity; }

    /// The indices of the axes in the pattern, in the order of the pattern.
    void index(row_number row, std::vector<std::uint64_t>& out) const {
        out.clear();
        for (const auto k : text_.axis_numbers()) out.push_back(table_->coordinate(row, k));
    }

    std::string label(row_number row) const { return text_.text(row); }

    /// Where the layer stands in `index`, when an axis of the pattern is one.
    std::optional<std::size_t> layer() const { return layer_; }

  private:
    resolved_column look_up(std::string_view column) const {
        if (column_ == nullptr) fail(column, "has no label column ");
        if (column_->pattern.placeholders().empty()) fail(column, "names no axis in its label column ");
        return resolved_column(*table_, column);
    }

    [[noreturn]] void fail(std::string_view column, const std::string& what) const {
        std::string message =
            "graph: table " + quoted(table_->title()) + " " + what + quoted(column) + " (columns:";
        for (const auto& name : table_->column_names()) message += " " + quoted(name);
        const bool named = table_->find_label_column("head") != nullptr;
        throw lookup_error(
            errc::unknown_column,
            message + "); name both ends of its edges in the table's axes, such as axes.add({" +
                quoted(column) + (named ? ", \"{head}\"" : ", \"L{layer}H{head}\"") + ", \"head\"})");
    }

    const svdlens::axes* table_;
    const label_column* column_;
    resolved_column text_;
    std::optional<std::size_t> layer_;
};

/// Hash of a node's identity: what it is and its indices.
inline std::size_t node_hash(std::string_view entity, std::span<const std::uint64_t> index) {
    std::uint64_t hash = std::hash<std::string_view>{}(entity);
    for (const auto k : index) {
        hash = (hash ^ k) * 0x9e3779b97f4a7c15U; // 2^64 / golden ratio: spreads neighbouring indices
        hash ^= hash >> 32;
    }
    return static_cast<std::size_t>(hash);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
