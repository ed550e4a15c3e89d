/// @file
/// Which rows of a projection are present: causal or not, indices asked for along its axes, and null space.
#ifndef SVDLENS_PROJECTION_RESTRICTION_HPP
#define SVDLENS_PROJECTION_RESTRICTION_HPP

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// Whether directions of numerically zero singular value, whose vectors are arbitrary, take part.
enum class null_space { left_out, included };

/// Which pairs of a direction and a target are rows.
enum class projected_rows {
    causal,    ///< what one end writes comes before what the other reads
    acausal,   ///< all others, by the same ports: no computation uses them, so what they show is chance
    wrong_side ///< every pair of two sets that both write, or both read: no computation uses these either
};

/// `causal`, `acausal` or `wrong_side`.
inline std::string_view to_text(projected_rows rows) {
    switch (rows) {
    case projected_rows::causal:
        return "causal";
    case projected_rows::acausal:
        return "acausal";
    case projected_rows::wrong_side:
        return "wrong_side";
    }
    return "";
}

/// Indices along an axis: all (as when made without a list), or those listed, which may be none.
class index_list {
  public:
    index_list() = default;
    /// These indices; an empty list keeps all.
    index_list(std::initializer_list<std::uint64_t> indices) :
        indices_(std::vector<std::uint64_t>(indices)) {}
    /// These indices and no others: an empty vector keeps none.
    index_list(std::vector<std::uint64_t> indices) : indices_(std::move(indices)) {}

    /// Whether nothing is left out.
    bool all() const { return !indices_.has_value(); }

    /// Those listed; empty where all are meant.
    std::span<const std::uint64_t> listed() const {
        return indices_ ? std::span<const std::uint64_t>(*indices_) : std::span<const std::uint64_t>();
    }

  private:
    std::optional<std::vector<std::uint64_t>> indices_;
};

/// Indices along axes of a projection, by the axes' names in the result: `.only = {{"head", {0, 3}},
/// {"target_layer", {2}}}`. An axis that is not named is kept whole; one that is named twice keeps what both
/// lists have. Row numbers and axes stay those of the full shape.
///
/// `where` asks the same of any table. This is beside it because it is known before the rows are cut into
/// tiles: lines and columns that are kept are packed into full tiles, however scattered they are, layers of
/// targets that are left out are not looked at, and the table has no other rows (`max_rows`, and `store`
/// keeps no room for them).
class projection_restriction {
  public:
    /// Indices along one axis.
    struct part {
        std::string axis;
        index_list indices = {};
    };

    /// All rows.
    projection_restriction() = default;
    /// `{{"layer", {0, 1}}, {"head", {3}}}`
    projection_restriction(std::initializer_list<part> parts) : parts_(parts) {}
    /// The same of a list that is made while the program runs.
    explicit projection_restriction(std::vector<part> parts) : parts_(std::move(parts)) {}

    /// The axes that are narrowed, each with its indices.
    const std::vector<part>& parts() const { return parts_; }

  private:
    std::vector<part> parts_;
};

} // namespace svdlens::inline v0_2

#endif
