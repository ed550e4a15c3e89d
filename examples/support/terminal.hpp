/// @file
/// What a long-running program owes a terminal: a progress line, and an answer to Ctrl-C.
#ifndef SVDLENS_EXAMPLES_TERMINAL_HPP
#define SVDLENS_EXAMPLES_TERMINAL_HPP

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <svdlens/core/execution.hpp>

/// Set by Ctrl-C; work that was given its address as `execution::stop` ends soon after.
inline std::atomic<bool> interrupted{false};

inline void stop_on_interrupt() {
    static_assert(std::atomic<bool>::is_always_lock_free);
    std::signal(SIGINT, [](int) {
        interrupted.store(true);
        std::signal(SIGINT, SIG_DFL); // a second Ctrl-C ends the program at once
    });
}

/// One line on standard error that is drawn over and over: a name, percent, rate and time left. Silent in a
/// pipe and for work that is done within a moment.
class progress_line {
  public:
    progress_line(std::string what, std::string unit) : what_(std::move(what)), unit_(std::move(unit)) {}
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    ~progress_line() {
        if (drawn_) std::fputs("\r\033[K", stderr);
    }

    void operator()(const svdlens::progress_report& report) {
        const auto now = clock::now();
        if (report.done < done_) start_ = now; // the next question begins
        done_ = report.done;
        if (!visible_ || report.total == 0 || now - last_ < std::chrono::milliseconds(100)) return;
        last_ = now;
        drawn_ = true;
        const double seconds = std::chrono::duration<double>(now - start_).count();
        const double rate = static_cast<double>(report.done) / seconds;
        const double left = rate > 0 ? static_cast<double>(report.total - report.done) / rate : 0;
        std::fprintf(stderr, "\r\033[K%s %3.0f %%  %.3g %s/s  %.0f s left", what_.c_str(),
                     100 * static_cast<double>(report.done) / static_cast<double>(report.total), rate,
                     unit_.c_str(), left);
    }

  private:
    using clock = std::chrono::steady_clock;

    std::string what_;
    std::string unit_;
    bool visible_ = isatty(STDERR_FILENO) == 1;
    bool drawn_ = false;
    std::uint64_t done_ = 0;
    clock::time_point start_ = clock::now();
    clock::time_point last_ = start_;
};

#endif
