// A user of a little of each package: Eigen, nlohmann/json and threads. Compiles in seconds, whole.cpp
// in many.
#include <svdlens/adapt/eigen.hpp>
#include <svdlens/plot/figure.hpp>
#include <svdlens/table/top_k.hpp>

#include <Eigen/Core>

#include <iostream>

int main() {
    Eigen::MatrixXf scores = Eigen::MatrixXf::Zero(2, 3);
    scores(1, 2) = 1;
    const auto table = svdlens::long_table(scores, {"head", "neuron"});
    const auto best = svdlens::top_k(table, 1);
    svdlens::plot::figure figure;
    figure.title = "parts";
    const auto maker = svdlens::plot::to_json(figure)["layout"]["meta"]["maker"].get<std::string>();
    std::cout << maker << '\n';
    return best.rows()[0] == 5 && maker == "svdlens " + std::string(svdlens::version) ? 0 : 1;
}
