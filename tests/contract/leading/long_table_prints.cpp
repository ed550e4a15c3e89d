// compiles
#include <iostream>

#include "svdlens/table/long_table.hpp"

int main() { std::cout << svdlens::long_table(std::vector<float>(6), {2, 3}, {"a", "b"}); }
