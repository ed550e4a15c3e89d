/// @file
/// `svdlens planted`: writes a small transformer with a known circuit.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PLANTED_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PLANTED_HPP

#include <cstdlib>
#include <iostream>

#include <svdlens/core/text.hpp>

#include "json_text.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "planted_model.hpp"

namespace program {

inline int planted_command(options o) {
    if (o.out.empty()) o.out = "planted.safetensors";
    output_file place(o.out, planted_mark);
    planted::write(planted::make({.seed = o.seed}), place.path());
    place.commit();
    if (o.json) print_json(std::cout, {{"file", o.out.string()}, {"seed", o.seed}});
    if (!o.json && !o.quiet) std::cout << "Written to " << svdlens::shown_bytes(o.out.string()) << "\n";
    return EXIT_SUCCESS;
}

} // namespace program

#endif
