// The umbrella alone.
#include <svdlens/svdlens.hpp>
int main() {}
