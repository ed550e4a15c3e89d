// A little of each package that svdlens needs.
#include <svdlens/adapt/eigen.hpp>
#include <svdlens/core/version.hpp>
#include <svdlens/plot/palette.hpp>
#include <svdlens/table/long_table.hpp>

#include <Eigen/Core>

#include <iostream>

int main() {
    const Eigen::MatrixXf scores = Eigen::MatrixXf::Zero(2, 3);
    std::cout << "svdlens " << svdlens::version << '\n';
    return svdlens::long_table(scores, {"head", "neuron"}).size() == 6 ? 0 : 1;
}
