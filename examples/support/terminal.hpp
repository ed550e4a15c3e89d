/// @file
/// What a long-running program owes a terminal: a progress line, and an answer to Ctrl-C.
#ifndef SVDLENS_EXAMPLES_TERMINAL_HPP
#define SVDLENS_EXAMPLES_TERMINAL_HPP

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <svdlens/core/execution.hpp>
#include <svdlens/core/text.hpp>

/// Set by Ctrl-C; work that was given its address as `execution::stop` ends soon after.
inline std::atomic<bool> interrupted{false};

inline void stop_on_interrupt() {
    static_assert(std::atomic<bool>::is_always_lock_free);
    std::signal(SIGINT, [](int) {
        interrupted.store(true);
        std::signal(SIGINT, SIG_DFL); // a second Ctrl-C ends the program at once
    });
}

namespace detail {

/// Three digits and a prefix of thousands: 57.3 M.
inline std::string short_number(double value) {
    constexpr std::array<const char*, 5> prefixes{"", " k", " M", " G", " T"};
    std::size_t k = 0;
    for (; value >= 999.5 && k + 1 < prefixes.size(); ++k) value /= 1000;
    return svdlens::to_rounded_text(value, 3) + prefixes[k];
}

/// 59 s, 4 min 5 s, 2 h 13 min.
inline std::string duration_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    const auto text = [](std::uint64_t n, const char* unit) { return svdlens::to_text(n) + unit; };
    if (whole < 60) return text(whole, " s");
    if (whole < 3600) return text(whole / 60, " min ") + text(whole % 60, " s");
    return text(whole / 3600, " h ") + text(whole / 60 % 60, " min");
}

} // namespace detail

/// One line on standard error that is drawn over and over: a name, a bar, percent, rate and time left. Silent
/// in a pipe and for work that is done within a moment.
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
        draw(report, std::chrono::duration<double>(now - start_).count());
    }

  private:
    using clock = std::chrono::steady_clock;

    void draw(const svdlens::progress_report& report, double seconds) const {
        constexpr double width = 24;
        const double share = static_cast<double>(report.done) / static_cast<double>(report.total);
        const double rate = static_cast<double>(report.done) / seconds;
        std::string bar(static_cast<std::size_t>(width * share), '#');
        bar.resize(static_cast<std::size_t>(width), '.');
        std::string text = what_ + " [" + bar + "] " + svdlens::to_text(static_cast<int>(100 * share)) +
                           " %  " + detail::short_number(rate) + " " + unit_ + "/s";
        if (rate > 0)
            text += "  " + detail::duration_text(static_cast<double>(report.total - report.done) / rate) +
                    " left";
        std::fprintf(stderr, "\r\033[K%s", text.c_str());
    }

    std::string what_;
    std::string unit_;
    bool visible_ = isatty(STDERR_FILENO) == 1;
    bool drawn_ = false;
    std::uint64_t done_ = 0;
    clock::time_point start_ = clock::now();
    clock::time_point last_ = start_;
};

#endif
