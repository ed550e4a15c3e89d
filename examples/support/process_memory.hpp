/// @file
/// How much memory this process has used.
#ifndef SVDLENS_EXAMPLES_PROCESS_MEMORY_HPP
#define SVDLENS_EXAMPLES_PROCESS_MEMORY_HPP

#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <string>

/// The largest resident size so far, in bytes, pages of mapped files included.
inline std::uint64_t peak_memory() {
    constexpr std::uint64_t kibi = 1024;
    // getrusage of a process that was started by a larger one tells that one's peak; VmHWM does not.
    std::ifstream status("/proc/self/status");
    std::uint64_t size = 0;
    for (std::string word; status >> word;)
        if (word == "VmHWM:" && status >> size) return size * kibi;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * kibi;
}

#endif
