/// @file
/// How a program ends: exit statuses and one line on standard error.
#ifndef SVDLENS_EXAMPLES_PROGRAM_HPP
#define SVDLENS_EXAMPLES_PROGRAM_HPP

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include <svdlens/core/error.hpp>

#include "arguments.hpp"
#include "terminal.hpp"

/// Runs `job()`, which returns the exit status, and says in one line what it throws: 2 for wrong arguments,
/// 130 after Ctrl-C, 1 for everything else, lost output included.
template <class Job>
int run_program(std::string_view name, Job job) {
    stop_on_interrupt();
    try {
        const int status = job();
        if (std::cout.flush()) return status;
        std::cerr << name << ": cannot write to standard output\n";
        return EXIT_FAILURE;
    } catch (const usage_error& failure) {
        std::cerr << name << ": " << failure.what() << " (see " << name << " --help)\n";
        return 2;
    } catch (const svdlens::cancelled_error&) {
        std::cerr << name << ": interrupted; files are whole or not there\n";
        return 130;
    } catch (const std::exception& failure) {
        std::cerr << name << ": " << failure.what() << "\n";
        return EXIT_FAILURE;
    }
}

#endif
