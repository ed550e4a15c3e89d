// A user of a little of each package, Eigen, nlohmann/json and threads, that compiles in seconds.
#include <svdlens/adapt/eigen.hpp>
#include <svdlens/core/execution.hpp>
#include <svdlens/plot/figure.hpp>
#include <svdlens/table/long_table.hpp>

#include <Eigen/Core>

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
    svdlens::plot::figure figure;
    figure.title = "parts";
    const auto maker = svdlens::plot::to_json(figure)["layout"]["meta"]["maker"].get<std::string>();
    std::cout << maker << '\n';
    return table.size() == 6 && sum == 45 && maker == "svdlens " + std::string(svdlens::version) ? 0 : 1;
}
