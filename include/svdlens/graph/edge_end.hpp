/// @file
/// How a row of an edge list names the two ends of its edge.
#ifndef SVDLENS_GRAPH_EDGE_END_HPP
#define SVDLENS_GRAPH_EDGE_END_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// One end of the edges of a table: the label column `source` or `target`, resolved to positions of axes.
/// Refers to the axes, which must outlive it.
class edge_end {
  public:
    /// @throws lookup_error (unknown_column) when there is no such label column, or it is computed from no
    /// axis
    edge_end(const svdlens::axes& table, std::string_view column) :
        table_(&table), column_(table.find_label_column(column)) {
        if (column_ == nullptr) fail(column, "has no label column ");
        for (const auto& name : column_->pattern.placeholders()) {
            if (!layer_ && (name == "layer" || name.ends_with("_layer"))) layer_ = axes_.size();
            axes_.push_back(*table.find_axis(name));
        }
        if (axes_.empty()) fail(column, "names no axis in its label column ");
    }

    /// What kind of thing stands at this end.
    const std::string& entity() const { return column_->entity; }

    /// The indices of the axes in the pattern, in the order of the pattern.
    void index(row_number row, std::vector<std::uint64_t>& out) const {
        out.clear();
        for (const auto k : axes_) out.push_back(table_->coordinate(row, k));
    }

    std::string label(row_number row) const {
        std::string out;
        column_->pattern.append(out, [&](std::size_t k, std::string& text) {
            (*table_)[axes_[k]].append_label(text, table_->coordinate(row, axes_[k]));
        });
        return out;
    }

    /// Where the layer stands in `index`, when an axis of the pattern is one.
    std::optional<std::size_t> layer() const { return layer_; }

  private:
    [[noreturn]] void fail(std::string_view column, const std::string& what) const {
        std::string message =
            "graph: table " + quoted(table_->title()) + " " + what + quoted(column) + " (columns:";
        for (const auto& name : table_->column_names()) message += " " + quoted(name);
        throw lookup_error(errc::unknown_column,
                           message +
                               "); name both ends of its edges in the table's axes, such as axes.add({" +
                               quoted(column) + ", \"L{layer}H{head}\", \"head\"})");
    }

    const svdlens::axes* table_;
    const label_column* column_;
    std::vector<std::size_t> axes_; // one per placeholder
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

} // namespace svdlens::inline v0

#endif
