// error: svdlens needs exceptions
// flags: -fno-exceptions
#include "svdlens/plot/palette.hpp"

int main() {}
