// error: collect\(source\)
#include <iostream>

#include "svdlens/table/where.hpp"

int main() {
    const svdlens::float_table table = svdlens::long_table(std::vector<float>(6), {2, 3}, {"a", "b"});
    std::cout << svdlens::where(table, svdlens::score() > 1);
}
