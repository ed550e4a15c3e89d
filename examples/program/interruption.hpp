/// @file
/// Signals: work ends soon after the first that asks for it, the program at once after the second.
#ifndef SVDLENS_EXAMPLES_PROGRAM_INTERRUPTION_HPP
#define SVDLENS_EXAMPLES_PROGRAM_INTERRUPTION_HPP

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>

namespace program {

/// Set by SIGINT, SIGTERM and SIGHUP; work that has its address as `execution::stop` ends soon after.
inline std::atomic<bool> interrupted{false};

/// The signal that did, for the exit status.
inline std::atomic<int> heard_signal{0};

/// What is said when a mapped file loses its end: made before, as a handler may not make it.
inline std::array<char, 1024> lost_file_message{};

/// Ends the work where it stands. @throws cancelled_error after a signal
inline void stop_if_interrupted() {
    if (interrupted.load(std::memory_order_relaxed)) throw svdlens::cancelled_error();
}

namespace detail {

extern "C" inline void on_end_signal(int signal) {
    if (interrupted.exchange(true)) { // the second ends the program at once
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    heard_signal.store(signal);
}

extern "C" inline void on_lost_page(int) {
    const auto written =
        write(STDERR_FILENO, lost_file_message.data(), std::strlen(lost_file_message.data()));
    (void)written;
    _exit(1);
}

} // namespace detail

/// Hears the signals that ask for an end. Too long a file and a lost reader are errors of writing, which have
/// a message, and no end without one.
inline void hear_signals() {
    static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        const auto before = std::signal(signal, detail::on_end_signal);
        if (before == SIG_IGN) std::signal(signal, SIG_IGN); // nohup
    }
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
}

/// From now on the file is mapped: says so when it is cut short under us.
inline void watch_mapped_file(const std::string& program, const std::string& file) {
    const std::string text = program + ": " + svdlens::shown_bytes(file) +
                             ": the file became shorter while it was read; read it with --no-mmap, or from a "
                             "copy that nobody writes\n";
    const auto size = (std::min)(text.size(), lost_file_message.size() - 1);
    std::memcpy(lost_file_message.data(), text.data(), size);
    lost_file_message[size] = '\0';
    std::signal(SIGBUS, detail::on_lost_page);
}

} // namespace program

#endif
