// A user of svdlens::compiled: what it calls is declared here and defined in a unit that the package made.
#include <svdlens/io/open_weights.hpp>

#include <cstdlib>
#include <iostream>

#ifndef SVDLENS_COMPILED
#error "svdlens::compiled hands no definition on"
#endif

int main() {
    try {
        svdlens::open_weights("not there.safetensors");
    } catch (const svdlens::file_error& e) {
        std::cout << e.what() << '\n';
        return EXIT_SUCCESS;
    }
    return EXIT_FAILURE;
}
