// A user of a little of each package, Eigen, nlohmann/json and threads. What takes long to compile is left out: that it
// compiles is seen elsewhere; here it is found.
#include <svdlens/adapt/eigen.hpp>
#include <svdlens/core/execution.hpp>
#include <svdlens/core/version.hpp>
#include <svdlens/plot/palette.hpp>
#include <svdlens/table/long_table.hpp>

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <iostream>

int main() {
    Eigen::MatrixXf scores = Eigen::MatrixXf::Zero(2, 3);
    scores(1, 2) = 1;
    const auto table = svdlens::long_table(scores, {"head", "neuron"});
    std::size_t sum = 0;
    svdlens::for_blocks_in_order<std::size_t>(
        10, 10, {.threads = 2}, [](std::size_t i, std::size_t& slot) { slot = i; },
        [&](std::size_t, std::size_t& slot) { sum += slot; });
    const nlohmann::json* nothing = nullptr;
    std::cout << "svdlens " << svdlens::version << '\n';
    return table.size() == 6 && sum == 45 && nothing == nullptr ? 0 : 1;
}
