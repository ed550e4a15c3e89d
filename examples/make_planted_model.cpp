/// @file
/// Writes a small transformer with a known circuit: make_planted_model PATH [SEED]

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "planted_model.hpp"

int main(int count, char** arguments) {
    if (count < 2 || count > 3) {
        std::cerr << "usage: make_planted_model PATH [SEED]\n";
        return 2;
    }
    try {
        const std::uint64_t seed = count == 3 ? std::stoull(arguments[2]) : 0;
        planted::write(planted::make({.seed = seed}), arguments[1]);
    } catch (const std::exception& failure) {
        std::cerr << "make_planted_model: " << failure.what() << "\n";
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
