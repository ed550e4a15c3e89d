/// @file
/// Which way round a file stores its matrices, by what kind of module they are of.
#ifndef SVDLENS_MODEL_DETAIL_LINEAR_ORDER_HPP
#define SVDLENS_MODEL_DETAIL_LINEAR_ORDER_HPP

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Which way round a matrix is stored that maps d_model to something else or back.
enum class linear_order { out_in, in_out };

/// The orders of matrices that tell theirs, by the last component of their names.
class linear_orders {
  public:
    /// Whether it is the first of its kind.
    bool note(const std::string& kind, linear_order order) {
        auto& known = orders_[kind];
        known.push_back(order);
        return known.size() == 1;
    }

    /// That of a kind of which all are alike.
    std::optional<linear_order> agreed(const std::string& kind) const {
        const auto at = orders_.find(kind);
        if (at == orders_.end() || contradict(kind, at->second.front())) return std::nullopt;
        return at->second.front();
    }

    /// Whether any of its kind is stored the other way round.
    bool contradict(const std::string& kind, linear_order order) const {
        const auto at = orders_.find(kind);
        return at != orders_.end() && std::any_of(at->second.begin(), at->second.end(),
                                                  [&](linear_order each) { return each != order; });
    }

  private:
    std::map<std::string, std::vector<linear_order>> orders_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
