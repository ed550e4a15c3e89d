/// @file
/// Which rows of directions × targets are present: restrictions, null space and causality.
#ifndef SVDLENS_PROJECTION_RESTRICTION_HPP
#define SVDLENS_PROJECTION_RESTRICTION_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// Whether directions of numerically zero singular value, whose vectors are arbitrary, take part.
enum class null_space { left_out, included };

/// Indices along an axis: all (as when left out), or those listed, which may be none.
class index_list {
  public:
    index_list() = default;
    index_list(std::initializer_list<std::uint64_t> indices) :
        indices_(std::vector<std::uint64_t>(indices)) {}
    index_list(std::vector<std::uint64_t> indices) : indices_(std::move(indices)) {}

    bool all() const { return !indices_.has_value(); }

    /// Those listed; empty where all are meant.
    std::span<const std::uint64_t> listed() const {
        return indices_ ? std::span<const std::uint64_t>(*indices_) : std::span<const std::uint64_t>();
    }

  private:
    std::optional<std::vector<std::uint64_t>> indices_;
};

/// Which rows of a projection are present. Row numbers and axes stay those of the full shape.
struct projection_restriction {
    index_list layers = {};        ///< layers of the directions
    index_list heads = {};         ///< heads of the directions
    index_list directions = {};    ///< direction numbers
    index_list target_layers = {}; ///< layers of the targets
    index_list targets = {};       ///< positions among the targets of a layer
    svdlens::null_space null_space = svdlens::null_space::left_out;
};

namespace detail {

/// Membership in a list of indices. @throws argument_error (invalid_argument) when one is outside the extent
class index_filter {
  public:
    index_filter(const index_list& wanted, std::uint64_t extent, std::string_view what) : all_(wanted.all()) {
        if (all_) return;
        kept_.assign(static_cast<std::size_t>(extent), false);
        for (const auto index : wanted.listed()) {
            if (index >= extent)
                throw argument_error(errc::invalid_argument, "projection: " + std::string(what) + " " +
                                                                 to_text(index) + " is outside the extent " +
                                                                 to_text(extent));
            kept_[static_cast<std::size_t>(index)] = true;
        }
    }
    bool keeps(std::uint64_t index) const { return all_ || kept_[static_cast<std::size_t>(index)]; }

  private:
    bool all_;
    std::vector<bool> kept_;
};

/// As above, on the axis of that name; a set that lacks it can only be asked for all.
inline index_filter axis_filter(const index_list& wanted, const axes& a, std::string_view name) {
    const auto k = a.find_axis(name);
    if (!k && !wanted.all())
        throw argument_error(errc::invalid_argument,
                             "projection: the directions have no axis " + quoted(name));
    return index_filter(wanted, k ? a[*k].extent : 0, name);
}

/// The present lines (position layer · size + k among all directions), ascending.
template <std::floating_point T>
std::vector<std::uint64_t> present_lines(const basic_vector_set<T>& directions,
                                         const projection_restriction& only) {
    const auto& a = directions.axes;
    const auto layers = axis_filter(only.layers, a, "layer");
    const auto heads = axis_filter(only.heads, a, "head");
    const auto numbers = axis_filter(only.directions, a, "direction");
    const auto keeps = [&](const index_filter& filter, std::uint64_t line, std::string_view name) {
        const auto k = a.find_axis(name);
        return !k || filter.keeps(a.coordinate(line, *k));
    };
    std::vector<std::uint64_t> lines;
    for (std::size_t layer = 0; layer < directions.layers.size(); ++layer) {
        for (std::size_t k = 0; k < directions.size(); ++k) {
            const std::uint64_t line = layer * directions.size() + k;
            if (only.null_space == null_space::left_out && directions.is_null(layer, k)) continue;
            if (keeps(layers, line, "layer") && keeps(heads, line, "head") &&
                keeps(numbers, line, "direction"))
                lines.push_back(line);
        }
    }
    return lines;
}

/// The present targets of one layer as ranges of columns.
template <std::floating_point T>
std::vector<tiling::range> present_columns(const basic_vector_set<T>& targets, std::size_t layer,
                                           const index_filter& wanted, null_space null_targets) {
    std::vector<tiling::range> ranges;
    for (std::size_t k = 0; k < targets.size(); ++k) {
        if (!wanted.keeps(k) || (null_targets == null_space::left_out && targets.is_null(layer, k))) continue;
        if (ranges.empty() || ranges.back().end != k) ranges.push_back({k, k});
        ++ranges.back().end;
    }
    return ranges;
}

/// Whether what one port writes is seen by what the other reads; always, where one of them does neither. Not
/// for two that both read or both write.
inline bool reaches(const residual_port& a, std::uint64_t a_layer, const residual_port& b,
                    std::uint64_t b_layer) {
    if (a.flow == flow::none || b.flow == flow::none) return true;
    if (a.flow == flow::writes) return a.at(a_layer) < b.at(b_layer);
    return b.at(b_layer) < a.at(a_layer);
}

/// A tile of at most 2^18 scores, which is scanned while it is in cache: 256 lines of 1024 columns, where
/// there are as many, and more lines of fewer. Measured on the shape of a GPT-2 small: whole lines of 3072
/// columns lose a fifth of the product's speed, 512 lines of 512 columns gather twice as much.
inline tiling::tile_size projection_tile(std::size_t length) {
    constexpr std::size_t scores = std::size_t{1} << 18, multiple = 64;
    const std::size_t columns = (std::clamp<std::size_t>)(length, 1, 1024);
    return {(std::min<std::size_t>)(scores / columns / multiple * multiple, 512), columns};
}

} // namespace detail

/// The present rows of directions × targets and their cut into tiles. Causal: a row is there only when what
/// one end writes comes before what the other end reads; that is a range of lines for each target layer.
/// @throws argument_error (invalid_argument) when a restriction names an index that there is not
template <std::floating_point T>
tiling projection_rows(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets,
                       const projection_restriction& only) {
    const auto lines = detail::present_lines(directions, only);
    const detail::index_filter layers(only.target_layers, targets.layers.size(), "target layer");
    const detail::index_filter columns(only.targets, targets.size(), "target");
    const std::uint64_t section_rows =
        static_cast<std::uint64_t>(directions.layers.size()) * directions.size() * targets.size();
    std::vector<tiling::section> sections;
    for (std::size_t m = 0; m < targets.layers.size(); ++m) {
        if (!layers.keeps(m)) continue;
        const auto sees = [&](std::uint64_t line) {
            return detail::reaches(directions.port, line / directions.size(), targets.port, m);
        };
        const auto first = std::find_if(lines.begin(), lines.end(), sees);
        const auto last = std::find_if_not(first, lines.end(), sees);
        const tiling::range range{static_cast<std::size_t>(first - lines.begin()),
                                  static_cast<std::size_t>(last - lines.begin())};
        sections.push_back(
            {m * section_rows, range, detail::present_columns(targets, m, columns, only.null_space)});
    }
    return tiling(targets.size(), lines, sections, detail::projection_tile(targets.size()));
}

} // namespace svdlens::inline v0_2

#endif
