// compiles
#include <iostream>

#include "svdlens/table/join.hpp"

int main() {
    const svdlens::selection rows(svdlens::axes({{"a", 3}}), {1, 2}, {2.0F, 3.0F});
    std::cout << svdlens::join(rows, rows, svdlens::by("a"));
}
