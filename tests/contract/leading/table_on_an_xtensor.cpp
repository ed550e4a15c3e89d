// compiles
// needs xtensor
#include <iostream>

#include "svdlens/adapt/xtensor.hpp"
#include "svdlens/table/top_k.hpp"
#include <xtensor/xtensor.hpp>
namespace sl = svdlens;

int main() {
    const xt::xtensor<float, 2> t({12, 12}, 1.0F);
    auto table = sl::long_table(t, {{{"layer", 12}, {"head", 12}}, {{"head", "L{layer}H{head}"}}});
    for (auto row : sl::top_k(table, 1).rows()) std::cout << table.axes().label(row, "head") << "\n";
}
