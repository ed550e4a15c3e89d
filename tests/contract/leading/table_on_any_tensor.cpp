// compiles
// needs Eigen
#include <array>
#include <iostream>
#include <span>
#include <vector>

#include "svdlens/adapt/eigen.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/top_k.hpp"
namespace sl = svdlens;

// README's second program, on all that holds numbers.
template <class Tensor>
void run(const Tensor& t) {
    auto table = sl::long_table(t, {{{"layer", 12}, {"head", 12}}, {{"head", "L{layer}H{head}"}}});
    for (auto row : sl::top_k(table, 1).rows()) std::cout << table.axes().label(row, "head") << "\n";
}

int main() {
    static float c_array[144];
    std::vector<float> vector(144);
    run(vector);
    run(c_array);
    run(std::array<float, 144>());
    run(std::span<float, 144>(vector));
    run(std::span<const float>(vector));
    run(Eigen::MatrixXf(12, 12));
    run(Eigen::Matrix<double, 12, 12, Eigen::RowMajor>());
}
