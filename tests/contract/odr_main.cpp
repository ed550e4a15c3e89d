// The other unit of the program that odr.cpp is linked into: both header-only.
#include "svdlens/svdlens.hpp"

int main() {}
