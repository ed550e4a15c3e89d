// A user of svdlens::compiled: what it calls is declared here and defined in a unit that the package made.
#include <svdlens/tensor/axes.hpp>

#include <cstdlib>
#include <iostream>

#ifndef SVDLENS_COMPILED
#error "svdlens::compiled hands no definition on"
#endif

int main() {
    svdlens::axes axes({{"layer", 2}, {"head", 3}});
    axes.add({"node", "L{layer}H{head}"});
    std::cout << axes.label(4, "node") << '\n';
    return axes.label(4, "node") == "L1H1" ? EXIT_SUCCESS : EXIT_FAILURE;
}
