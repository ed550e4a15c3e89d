// compiles
#include <iostream>

#include "svdlens/table/pivot.hpp"

int main() {
    const svdlens::selection rows(svdlens::axes({{"a", 2}, {"b", 3}}), {1, 2}, {2.0F, 3.0F});
    std::cout << svdlens::pivot(rows, svdlens::by("a"), svdlens::by("b"), svdlens::aggregates::single{});
}
