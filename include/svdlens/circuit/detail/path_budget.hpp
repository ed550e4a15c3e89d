/// @file
/// What a search for paths may hold, and the error of one that would hold more.
#ifndef SVDLENS_CIRCUIT_DETAIL_PATH_BUDGET_HPP
#define SVDLENS_CIRCUIT_DETAIL_PATH_BUDGET_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../circuit_path.hpp"
#include "../path_places.hpp"

namespace svdlens::inline v0_2::detail {

/// How many nodes of each kind paths may have.
struct path_counts {
    template <std::floating_point T>
    explicit path_counts(const basic_path_places<T>& places) : target_sets(places.targets.size()) {
        const auto count = [](const basic_vector_set<T>& set) {
            return static_cast<std::uint64_t>(set.layers.size()) * set.size();
        };
        for (const auto& each : places.through) {
            inner += count(each.reads);
            largest_stage = (std::max)(largest_stage, count(each.reads));
        }
        for (const auto& each : places.sources) {
            sources += count(each);
            largest_source = (std::max)(largest_source, count(each));
        }
        for (const auto& each : places.targets) {
            targets += count(each);
            largest_target = (std::max)(largest_target, count(each));
        }
    }

    std::uint64_t inner = 0, sources = 0, targets = 0, target_sets = 0;
    std::uint64_t largest_stage = 0, largest_source = 0, largest_target = 0;
};

/// Counts bytes against `execution::memory_budget`.
class path_budget {
  public:
    explicit path_budget(const execution& run) : have_(run.memory_budget) {}

    /// What is held from the beginning to the end.
    /// @throws argument_error (invalid_argument) when it is more than the budget
    void take(std::uint64_t bytes) { require(held_ += bytes); }

    /// What is held now besides. @throws as `take`
    void require_more(std::uint64_t bytes) const { require(held_ + bytes); }

  private:
    void require(std::uint64_t need) const {
        if (need <= have_) return;
        throw argument_error(errc::invalid_argument,
                             "top_paths: over budget: paths need " + to_text(need) +
                                 " bytes, over the memory budget of " + to_text(have_) +
                                 "; take fewer paths, sources or targets, or shorter paths, or raise "
                                 "execution::memory_budget");
    }

    std::uint64_t have_;
    std::uint64_t held_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#endif
