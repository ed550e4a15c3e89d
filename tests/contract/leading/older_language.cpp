// error: svdlens needs C\+\+20
// flags: -std=c++17
#include "svdlens/table/score_key.hpp"

int main() {}
