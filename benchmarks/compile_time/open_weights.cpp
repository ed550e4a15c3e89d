// A checkpoint opened.
#include <svdlens/io/open_weights.hpp>
int main(int, char** v) { return static_cast<int>(svdlens::open_weights(v[1]).size()); }
