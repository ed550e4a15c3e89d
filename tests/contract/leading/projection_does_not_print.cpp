// error: collect\(source\)
// needs Eigen
#include <iostream>

#include "svdlens/projection/projection.hpp"

void print(const svdlens::projection& scores) { std::cout << scores; }

int main() {}
