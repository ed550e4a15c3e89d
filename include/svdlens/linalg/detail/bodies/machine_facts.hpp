/// @file
/// The bodies of linalg/machine_facts.hpp.
#ifndef SVDLENS_LINALG_DETAIL_BODIES_MACHINE_FACTS_HPP
#define SVDLENS_LINALG_DETAIL_BODIES_MACHINE_FACTS_HPP

#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../machine_facts.hpp"
#include "../eigen.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY std::vector<std::pair<std::string, std::string>> machine_facts() {
    const auto number = [](auto value) { return to_text(static_cast<long long>(value)); };
    const std::string caches = number(Eigen::l1CacheSize()) + "/" + number(Eigen::l2CacheSize()) + "/" +
                               number(Eigen::l3CacheSize());
    return {{"instruction set", Eigen::SimdInstructionSetsInUse()},
            {"Eigen", number(EIGEN_WORLD_VERSION) + "." + number(EIGEN_MAJOR_VERSION) + "." +
                          number(EIGEN_MINOR_VERSION)},
            {"Eigen's cache sizes", caches}};
}

} // namespace svdlens::inline v0_2

#endif
