/// @file
/// What is in a checkpoint: files, dtypes, tensors, and the transformer that they are. Works on any
/// safetensors file, also one that holds no transformer. `inspect_checkpoint --help` says how.

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/io/open_weights.hpp>

#include "checkpoint_report.hpp"

namespace {

constexpr std::string_view usage_text =
    R"(usage: inspect_checkpoint PATH [--all]

Prints what a checkpoint holds: a safetensors file, the index or the folder of a model of several, or JSON weights.
Tensors that differ only in the number of their layer are one line; after them the transformer that they are, or why
they are read as none. The exit status is 0 where the file is valid, 1 where it is not.

  --all  a line for every tensor
)";

struct command {
    std::optional<std::filesystem::path> path = {};
    checkpoint_report::listing listing = checkpoint_report::listing::grouped;
    bool help = false;
    std::string wrong = {}; ///< what is wrong with the arguments
};

command parse(const std::vector<std::string_view>& arguments) {
    command result;
    for (const auto argument : arguments) {
        if (argument == "-h" || argument == "--help")
            result.help = true;
        else if (argument == "--all")
            result.listing = checkpoint_report::listing::single;
        else if (argument.starts_with("-"))
            result.wrong = "unknown option " + std::string(argument);
        else if (result.path)
            result.wrong = "more than one path: " + std::string(argument);
        else
            result.path = argument;
    }
    if (!result.path && result.wrong.empty()) result.wrong = "a path is missing";
    return result;
}

} // namespace

int main(int count, char** arguments) {
    try {
        const auto asked = parse({arguments + 1, arguments + count});
        if (asked.help) {
            std::cout << usage_text;
            return EXIT_SUCCESS;
        }
        if (!asked.wrong.empty()) {
            std::cerr << "inspect_checkpoint: " << asked.wrong << " (see inspect_checkpoint --help)\n";
            return 2;
        }
        checkpoint_report::print(std::cout, svdlens::open_weights(*asked.path), asked.listing);
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::cerr << "inspect_checkpoint: " << failure.what() << "\n";
        return EXIT_FAILURE;
    }
}
