// A user of svdlens::xtensor, who needs core and xtensor and nothing else.
#include <svdlens/adapt/xtensor.hpp>
#include <svdlens/core/version.hpp>

#include <iostream>

int main() { std::cout << "svdlens " << svdlens::version << '\n'; }
