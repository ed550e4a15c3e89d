// compiles
#include <iostream>

#include "svdlens/table/group_by.hpp"

int main() {
    const svdlens::selection rows(svdlens::axes({{"a", 3}}), {1, 2}, {2.0F, 3.0F});
    std::cout << svdlens::group_by(rows, svdlens::by("a"), svdlens::aggregates::mean{});
}
