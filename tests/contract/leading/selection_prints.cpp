// compiles
#include <iostream>

#include "svdlens/table/selection.hpp"

int main() { std::cout << svdlens::selection(svdlens::axes({{"a", 3}}), {1}, {2.0F}); }
